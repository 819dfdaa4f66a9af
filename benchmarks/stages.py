"""What each stage of our own reading costs, measured from outside: the product holds no stopwatch.

Within `Stages.priced()` every public function and method of `terminal.vision` is wrapped, wherever it was imported to.
Time counts for the module that spends it: what a stage has others do is theirs. A generator's body counts for whoever
draws from it.
"""

import functools
import importlib
import inspect
import pkgutil
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import terminal.vision

_WORDS = {"box", "options", "symbol"}  # too small and too often called to be worth a wrapper
_ROOT = "terminal.vision."


class Stages:
    """Seconds of CPU by stage; `priced()` may be entered again and again."""

    def __init__(self) -> None:
        self.spent_s: defaultdict[str, float] = defaultdict(float)
        self._open: list[tuple[str, float]] = []  # the stages being in, and when their clock was last started
        self._places = list(self._find())

    @contextmanager
    def priced(self) -> Iterator[None]:
        """Calls into the stages are timed as long as this lasts."""
        for holder, name, _, timed in self._places:
            setattr(holder, name, timed)
        try:
            yield
        finally:
            for holder, name, plain, _ in self._places:
                setattr(holder, name, plain)

    def _find(self) -> Iterator[tuple[Any, str, Any, Any]]:
        """Where a stage's function is held, under which name, as it is, and timed."""
        modules = _modules()
        timed = {function: self._timed(function, stage) for function, stage in _functions(modules)}
        for module in modules.values():
            for holder in (module, *_classes(module)):
                for name, held in list(vars(holder).items()):
                    if inspect.isfunction(held) and held in timed:
                        yield holder, name, held, timed[held]

    def _timed(self, function: Callable[..., Any], stage: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            self._enter(stage)
            try:
                return function(*args, **kwargs)
            finally:
                self._leave()

        return timed

    def _enter(self, stage: str) -> None:
        now_s = time.process_time()
        if self._open:
            outer, since_s = self._open[-1]
            self.spent_s[outer] += now_s - since_s
        self._open.append((stage, time.process_time()))

    def _leave(self) -> None:
        now_s = time.process_time()
        stage, since_s = self._open.pop()
        self.spent_s[stage] += now_s - since_s
        if self._open:
            self._open[-1] = self._open[-1][0], time.process_time()


def _modules() -> dict[str, ModuleType]:
    """Every module of the eyes, by its name below them."""
    found = pkgutil.walk_packages(terminal.vision.__path__, _ROOT)
    names = [info.name for info in found]
    return {name.removeprefix(_ROOT): importlib.import_module(name) for name in names}


def _functions(modules: dict[str, ModuleType]) -> Iterator[tuple[Any, str]]:
    """The public functions and methods that do a stage's work, with the stage's name."""
    for stage, module in modules.items():
        if stage in _WORDS:
            continue
        for holder in (module, *_classes(module)):
            for name, held in vars(holder).items():
                is_own = inspect.isfunction(held) and held.__module__ == module.__name__
                if is_own and not name.startswith("_") and not inspect.isgeneratorfunction(held):
                    yield held, "bars" if stage.startswith("linear") else stage


def _classes(module: ModuleType) -> list[type]:
    """The classes that a module defines, protocols excepted."""
    own = (held for held in vars(module).values() if inspect.isclass(held) and held.__module__ == module.__name__)
    return [one for one in own if not getattr(one, "_is_protocol", False)]
