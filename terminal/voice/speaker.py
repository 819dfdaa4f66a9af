"""Plays tones and sentences through whatever this machine has, on a thread of its own, and never holds up a sale.

Only the newest thing is ever waiting to be said: a cashier who has gone on does not hear about the sale before.
A machine without a player is silent: `saoma doctor` says so, and the screen rings the terminal's bell instead.
"""

import queue
import shutil
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from terminal.steps import Event, Phase, Step
from terminal.voice.sentence import sentence
from terminal.voice.tones import TONES, wav

# Each reads a WAV file from its standard input.
PLAYERS: Sequence[tuple[str, ...]] = (
    ("paplay", "/dev/stdin"),
    ("aplay", "-q", "-"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet", "-"),
)
# Each speaks what it reads from its standard input into a WAV file on its standard output.
SPEAKERS: Sequence[tuple[str, ...]] = (
    ("espeak-ng", "--stdin", "--stdout", "-v"),
    ("espeak", "--stdin", "--stdout", "-v"),
)
VOICES = {"zh": "cmn", "en": "en-gb"}
TEST_WORDS = {"zh": "测试", "en": "test"}
WITHIN_S = 15.0  # no sentence is as long


@dataclass(frozen=True, slots=True)
class Sound:
    """What one step sounds like: a tone, then a sentence where there is one."""

    tone: bytes
    words: str


class Voice:
    """Hears the till's events and lets the counter hear them."""

    def __init__(self, language: str, *, speaks: bool = True) -> None:
        """Without `speaks` there are tones alone."""
        self._language = language
        self._player = _found(PLAYERS)
        self._speaker = _found(SPEAKERS) if speaks else None
        self._next: queue.Queue[Sound | None] = queue.Queue(maxsize=1)
        self._thread = threading.Thread(target=self._run, name="voice", daemon=True)
        self._is_over = self._is_muted = False

    @property
    def rings(self) -> bool:
        """Whether the screen is to ring the terminal's bell in its place."""
        return not (self._player or self._is_muted)

    def mute(self) -> bool:
        """Be silent from the next outcome on, or no longer; whether it is now."""
        self._is_muted = not self._is_muted
        return self._is_muted

    @property
    def player(self) -> str:
        """What plays here; empty where nothing does."""
        return self._player[0] if self._player else ""

    @property
    def speaker(self) -> str:
        """What speaks here; empty where nothing does."""
        return self._speaker[0] if self._speaker else ""

    def start(self) -> None:
        if self._player:
            self._thread.start()

    def stop(self) -> None:
        """What is being said is said to its end; what waits is not."""
        if self._thread.is_alive():
            self._is_over = True  # first: an event on its way may take the place of what says so in the queue
            self._put(None)
            self._thread.join()

    def hear(self, event: Event) -> None:
        """An event of the till, on its thread: returns at once."""
        if isinstance(event, Step) and event.phase in TONES and self._thread.is_alive() and not self._is_muted:
            self._put(Sound(wav(TONES[event.phase]), sentence(event, self._language)))

    def test(self) -> None:
        """As an approval sounds, without its sentence: no money came."""
        if self._thread.is_alive():
            self._put(Sound(wav(TONES[Phase.APPROVED]), TEST_WORDS[self._language]))

    def _put(self, sound: Sound | None) -> None:
        """In place of whatever waits."""
        while True:
            try:
                self._next.put_nowait(sound)
            except queue.Full:
                try:
                    self._next.get_nowait()
                except queue.Empty:
                    continue
            else:
                return

    def _run(self) -> None:
        while (sound := self._next.get()) is not None and not self._is_over:
            self._play(sound.tone)
            if sound.words and self._speaker:
                self._play(_output([*self._speaker, VOICES[self._language]], sound.words.encode()))

    def _play(self, tone: bytes) -> None:
        assert self._player is not None
        _output(self._player, tone)


def _found(programs: Sequence[tuple[str, ...]]) -> tuple[str, ...] | None:
    return next((one for one in programs if shutil.which(one[0])), None)


def _output(command: Sequence[str], fed: bytes) -> bytes:
    """What a program makes of this; nothing where it fails or hangs, for a sound is not worth a sale."""
    try:
        done = subprocess.run(command, input=fed, capture_output=True, timeout=WITHIN_S, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout
