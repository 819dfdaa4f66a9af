"""The readers we stand on, behind one shape; `load` says which of them this machine has."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from terminal.model import Corners, Symbology
from terminal.vision.options import EngineChoice
from terminal.vision.symbol import Grey, Reading


class Engine(Protocol):
    """Pixels in, readings out; holds nothing between two calls and lets other threads run meanwhile."""

    name: str

    def read(self, grey: Grey, wanted: frozenset[Symbology], *, thorough: bool = True) -> list[Reading]:
        """Every code of the wanted symbologies in a (H, W) uint8 picture of any strides.

        Not `thorough`, only as the picture lies: bars that stand upright, dark on light, at this size. That is a third
        of the price.
        """
        ...


def _none(_: Grey) -> list[Corners]:
    return []


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines to use, the cheaper first, and a sentence about each that is missing.

    `own` reads bars that none of the others does, for much more; it is there unless one engine was asked for.
    `bent_qrs` says where a (H, W) uint8 picture shows a QR code that is beyond its error correction.
    """

    present: tuple[Engine, ...]
    missing: tuple[str, ...] = ()
    own: tuple[Engine, ...] = ()
    bent_qrs: Callable[[Grey], list[Corners]] = _none


@cache
def load(choice: EngineChoice = EngineChoice.AUTO) -> Engines:
    """The engines that `choice` asks for; where zbar is missing, zxing-cpp reads in its place."""
    if choice is EngineChoice.OWN:
        return Engines(_own())
    zbar, missing = (None, ()) if choice is EngineChoice.ZXING else _zbar()
    if choice is EngineChoice.ZBAR and zbar:
        return Engines((zbar,))
    from terminal.vision.engines.zxing import Zxing, bent_qrs  # noqa: PLC0415 - only what is used is loaded

    present = (Zxing(), zbar) if zbar else (Zxing(),)
    return Engines(present, missing, _own() if choice is EngineChoice.AUTO else (), bent_qrs)


def _own() -> tuple[Engine, ...]:
    from terminal.vision.engines.own import Own  # noqa: PLC0415 - only what is used is loaded

    return (Own(),)


def _zbar() -> tuple[Engine | None, tuple[str, ...]]:
    try:
        from terminal.vision.engines.zbar import Zbar  # noqa: PLC0415 - its import fails where libzbar is missing
    except ImportError:
        return None, ("libzbar is not on this machine, zxing-cpp reads alone: apt install libzbar0, brew install zbar",)
    return Zbar(), ()
