"""A sale: what is to be paid, at once or in parts."""

from dataclasses import dataclass, replace

from terminal.money import Money
from terminal.steps import Split

_PART = "/"  # between a sale and the place of a part of it


def whole_of(attempt_id: str) -> str:
    """The sale of which this is a part, or which this is."""
    return attempt_id.partition(_PART)[0]


@dataclass(frozen=True, slots=True)
class Sale:
    """An attempt that failed may be followed by another for the same sale; each part has one attempt at a time.

    In the books a part is a sale of its own, named by the whole one and its place ("S…/2"), so that "one live attempt
    for a sale" holds for each. Parts follow one another: the next begins when the one before it is paid.
    """

    sale_id: str
    total: Money
    due: Money  # what is being paid now
    paid: Money
    parts: int = 0  # that are paid
    is_split: bool = False

    @classmethod
    def of(cls, sale_id: str, total: Money) -> "Sale":
        return cls(sale_id, total, total, Money(0, total.currency))

    @property
    def rest(self) -> Money:
        return self.total - self.paid

    @property
    def is_part_paid(self) -> bool:
        return 0 < self.paid.minor < self.total.minor

    @property
    def attempt_id(self) -> str:
        """What the books call it while `due` is being paid."""
        return f"{self.sale_id}{_PART}{self.parts + 1}" if self.is_split else self.sale_id

    @property
    def split(self) -> Split | None:
        return Split(self.total, self.paid) if self.is_split else None

    def asking(self, due: Money) -> "Sale":
        return replace(self, due=due, is_split=self.parts > 0 or due != self.total)

    def with_paid(self, money: Money) -> "Sale":
        return replace(self, paid=self.paid + money, parts=self.parts + 1)
