"""A settlement at the counter leaves a copy of the books, and one that cannot be made stops nothing."""

import random
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from terminal.books.journal import JournalReader
from terminal.clock import Clock
from terminal.compose import Counter
from terminal.config import BooksConfig, Config
from terminal.steps import Event, Notice, Settling, Stage

DEADLINE_S = 90.0
DONE = Settling("wechat", 2, 2, Stage.DONE)


@pytest.fixture
def counter(tmp_path: Path) -> Callable[..., Counter]:
    """One in whose configuration a folder for backups stands."""

    def make(*, is_lesson: bool = False) -> Counter:
        config, rng = Config(books=BooksConfig(tmp_path / "stick", keep=2)), random.Random(1)
        return Counter(config, state=tmp_path, clock=Clock(), rng=rng, is_demo=False, is_lesson=is_lesson)

    return make


def tell(counter: Counter, event: Event) -> None:
    """As the till does, on its own thread."""
    counter.till._post(lambda: counter.till._till._board.tell(event))
    assert counter.till.answers(DEADLINE_S)


def test_when_the_last_acquirer_is_done_with_the_books_are_copied(
    counter: Callable[..., Counter], tmp_path: Path
) -> None:
    (tmp_path / "stick").mkdir()
    with counter() as running:
        tell(running, Settling("alipay", 1, 2, Stage.DONE))
        tell(running, Settling("wechat", 2, 2, Stage.MATCHING))
        tell(running, DONE)
    (copy,) = (tmp_path / "stick").iterdir()
    with closing(JournalReader(copy)) as books:
        assert books.verify()


def test_a_copy_that_cannot_be_made_is_said(counter: Callable[..., Counter]) -> None:
    said, heard = threading.Event(), list[Notice]()

    def listen(event: Event) -> None:
        if isinstance(event, Notice):
            heard.append(event)
            said.set()

    with counter() as running:
        running.till.subscribe(listen)
        tell(running, DONE)
        assert said.wait(DEADLINE_S)
    assert heard[0].key == "backup.failed"
    assert "stick" in heard[0].detail


def test_practice_books_are_not_copied(counter: Callable[..., Counter], tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    with counter(is_lesson=True) as running:
        tell(running, DONE)
    assert list((tmp_path / "stick").iterdir()) == []
