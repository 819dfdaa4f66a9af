"""The printer on a tape: what was to be printed, and what came of it."""

from asyncio import Future, get_running_loop
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from inspect import iscoroutinefunction, signature
from typing import Any

from terminal.errors import DeviceError
from terminal.recording.loops import Gate
from terminal.recording.plain import plain
from terminal.recording.tape import IN, OUT
from terminal.recording.watch import Note
from terminal.till.paper import Paper
from terminal.transport.printer import PrinterStatus

Call = Callable[[str, Mapping[str, Any]], Awaitable[PrinterStatus]]


def taped_paper(paper: Paper, gate: Gate, note: Note) -> Paper:
    """As it is recorded: the printer's answers wait for moments of their own."""

    async def call(name: str, given: Mapping[str, Any]) -> PrinterStatus:
        _note_asked(note, name, given)
        try:
            status: PrinterStatus = await getattr(paper, name)(**given)
        except DeviceError as error:
            why = {"why": str(error)}
            await gate.turn(lambda: note(IN, "not_printed", why))
            raise
        await gate.turn(lambda: note(IN, "printed", {"status": plain(status)}))
        return status

    return _calling(paper, call)


def played_paper(paper: Paper, note: Note, answers: "deque[Future[PrinterStatus]]") -> Paper:
    """As it is replayed: the printer's answers are brought by the tape, in the order of `answers`."""

    async def call(name: str, given: Mapping[str, Any]) -> PrinterStatus:
        _note_asked(note, name, given)
        answer: Future[PrinterStatus] = get_running_loop().create_future()
        answers.append(answer)
        return await answer

    return _calling(paper, call)


def _note_asked(note: Note, name: str, given: Mapping[str, Any]) -> None:
    note(OUT, "printer", {"asked": name, **{key: one for key, one in given.items() if isinstance(one, (str, bool))}})


def _calling(paper: Paper, call: Call) -> Paper:
    """The same paper, whatever it asks of the printer asked by `call`."""

    def called(name: str) -> Callable[..., Awaitable[PrinterStatus]]:
        names = tuple(signature(getattr(Paper, name)).parameters)[1:]
        return lambda _, *args, **named: call(name, dict(zip(names, args, strict=False)) | named)

    asking = (name for name in dir(Paper) if not name.startswith("_") and iscoroutinefunction(getattr(Paper, name)))
    kind: Any = type("Paper", (Paper,), {"__slots__": (), **{name: called(name) for name in asking}})
    calling: Paper = kind(paper.printer, paper.till, paper.is_demo, paper.is_lesson)
    return calling
