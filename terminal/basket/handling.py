"""What a cashier does with goods, as one small word: it is asked of the till in one way, and taped in one way."""

from dataclasses import dataclass
from enum import StrEnum

from terminal.basket.basket import AmountOff, Basket, Discount, PercentOff


class Act(StrEnum):
    """What `number`, `line` and `code` of a `Handling` mean with it."""

    LAY = "lay"  # one more of the item `code`, as it was looked up
    LAY_PRICED = "lay_priced"  # something for `number` minor units: the GTIN that no catalogue has, or without a code
    TIMES = "times"  # the next thing stands for `number`; of what is weighed, grams
    MORE = "more"  # one more of what was laid down last
    COUNT = "count"  # `number` of that line
    VOID = "void"  # that line is not bought; without a line, nothing is
    PERCENT_OFF = "percent_off"  # `number` basis points off that line, or without a line off all of them; 0: none
    AMOUNT_OFF = "amount_off"  # the same with minor units
    TIP = "tip"  # `number` minor units on top
    UNDO = "undo"  # as it was before the last change
    HOLD = "hold"  # this basket waits
    RESUME = "resume"  # the held basket `number` again; what lies here waits in its place


@dataclass(frozen=True, slots=True)
class Handling:
    """`line` counts from 0."""

    act: Act
    number: int = 0
    line: int | None = None
    code: str = ""


def handled(basket: Basket, handling: Handling) -> Basket:
    """The basket after one of the acts that change its lines; raises ValueError or IndexError where it cannot be."""
    number, line = handling.number, handling.line
    match handling.act:
        case Act.COUNT if line is not None:
            return basket.count(line, number)
        case Act.VOID:
            return Basket(currency=basket.currency) if line is None else basket.void(line)
        case Act.PERCENT_OFF:
            return _off(basket, line, PercentOff(number) if number else None)
        case Act.AMOUNT_OFF:
            return _off(basket, line, AmountOff(number) if number else None)
        case Act.TIP:
            return basket.with_tip(number)
    raise ValueError(f"{handling.act} changes no line")


def _off(basket: Basket, line: int | None, off: Discount | None) -> Basket:
    return basket.all_off(off) if line is None else basket.line_off(line, off)
