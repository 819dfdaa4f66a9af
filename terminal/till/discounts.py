"""Which discounts not everybody may give: those that take more off than a cashier may, wherever they come from.

It is the result that counts. Goods that are taken away under a fixed amount off make a large discount of a small one.
"""

from collections.abc import Iterator

from terminal.basket.basket import WHOLE, Basket, Discount, Item, PercentOff
from terminal.operators import FREE_DISCOUNT_PERCENT

_FREE = FREE_DISCOUNT_PERCENT * WHOLE // 100  # basis points

_Given = tuple[Item | None, Discount, int]  # on an item or on everything; off how many minor units


def needs_leave(before: Basket, after: Basket) -> bool:
    """Whether a discount is larger than a cashier's, and was not so before."""
    had = list(_given(before))
    return any(_is_large(off, whole) and not _was(had, (item, off, whole)) for item, off, whole in _given(after))


def _given(basket: Basket) -> Iterator[_Given]:
    for line in basket.lines:
        if line.off:
            yield line.item, line.off, line.gross
    if basket.off:
        yield None, basket.off, sum(line.net for line in basket.lines)


def _is_large(off: Discount, whole: int) -> bool:
    if isinstance(off, PercentOff):
        return off.basis_points > _FREE
    return off.of(whole) * WHOLE > whole * _FREE


def _was(had: list[_Given], given: _Given) -> bool:
    """Somebody has let it: the same off the same, and off no less of it."""
    item, off, whole = given
    return any((item, off) == was[:2] and (isinstance(off, PercentOff) or whole >= was[2]) for was in had)
