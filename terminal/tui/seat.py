"""Who sits at this till, and which commands want somebody else's PIN first. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from terminal.operators import Act, Door, Operator

# By the commands' ids. What moves money or prices is asked for when it is known what it is, and the till asks too.
NEEDS: Mapping[str, Act] = {
    "training": Act.TRAINING,
    "leave": Act.LEAVE,
    "wear": Act.SETTINGS,
}


@dataclass(frozen=True, slots=True)
class Staff:
    """Who works at this till, and whether they are practising; None where there is nothing to practise with."""

    operators: tuple[Operator, ...] = ()
    training: bool | None = None


class Seat:
    def __init__(self, operators: Iterable[Operator]) -> None:
        self.door = Door(operators)
        self.operator: Operator | None = None

    @property
    def is_empty(self) -> bool:
        """Somebody has to sign on before anything is sold."""
        return self.operator is None and not self.door.is_open

    @property
    def label(self) -> str:
        return f"{self.operator.number} {self.operator.name}" if self.operator else ""

    def may(self, act: Act) -> bool:
        return self.door.is_open or (self.operator is not None and self.operator.may(act))


def name_of(action: str | tuple[str, str, tuple[object, ...]]) -> str:
    """The command in an action of the screen library: "screen.refund", "app.wear('dark')"."""
    return action.partition("(")[0].rpartition(".")[2] if isinstance(action, str) else action[1]
