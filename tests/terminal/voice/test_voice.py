"""The counter hears each outcome by a sound of its own, through whatever the machine has, and no sale waits for it."""

import io
import os
import shutil
import stat
import threading
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from terminal.money import Money
from terminal.steps import Phase, Step
from terminal.voice import speaker
from terminal.voice.speaker import Voice
from terminal.voice.tones import RATE_HZ, TONES, wav

APPROVED = Step(Phase.APPROVED, Money(1250), wallet="微信支付")
DECLINED = Step(Phase.DECLINED)


def test_every_outcome_sounds_otherwise() -> None:
    outcomes = [phase for phase in Phase if phase.is_outcome]

    assert set(outcomes) <= TONES.keys()
    assert len({wav(TONES[phase]) for phase in outcomes}) == len(outcomes)


def test_a_tone_is_a_wav_file_that_starts_and_ends_softly() -> None:
    with wave.open(io.BytesIO(wav(TONES[Phase.APPROVED]))) as file:
        frames = file.readframes(file.getnframes())
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE_HZ, 1, 2)
        assert file.getnframes() == RATE_HZ // 2
    levels = memoryview(frames).cast("h")
    assert max(levels) > 16_000
    assert max(abs(levels[at]) for at in (0, 1, -1)) < 1_000


class Machine:
    """A machine with programs of the test's: the player keeps what it was fed, the speaker repeats its words."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def program(self, name: str, script: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IEXEC)

    def voice(self, **settings: bool) -> Voice:
        return Voice("zh", **settings)

    @property
    def played(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.folder.glob("played.*"), key=lambda path: path.name)]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    monkeypatch.setattr(speaker, "PLAYERS", (("play-it",),))
    monkeypatch.setattr(speaker, "SPEAKERS", (("say-it",),))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    yield Machine(tmp_path)
    assert not [thread for thread in threading.enumerate() if thread.name == "voice"]


def keeps(machine: Machine) -> str:
    """A player that keeps each sound whole, in the order they came."""
    part, count = f'"{machine.folder}/.part"', f'$(ls "{machine.folder}" | grep -c played)'
    return f'cat > {part}; n={count}; mv {part} "{machine.folder}/played.$n"'


def test_an_approval_is_a_tone_and_then_the_sentence(machine: Machine) -> None:
    machine.program("play-it", keeps(machine))
    machine.program("say-it", "cat")
    voice = machine.voice()
    voice.start()

    voice.hear(APPROVED)
    _until(lambda: machine.played == [wav(TONES[Phase.APPROVED]), "微信支付到账 十二元五角".encode()])
    voice.stop()


def test_without_a_player_the_till_is_silent(machine: Machine) -> None:
    voice = machine.voice()

    voice.start()
    voice.hear(APPROVED)
    voice.stop()

    assert (voice.player, voice.speaker) == ("", "")


def test_the_terminal_s_bell_stands_in_for_a_player_but_not_for_one_that_is_silenced(machine: Machine) -> None:
    voice = machine.voice()
    assert voice.rings
    assert voice.mute()
    assert not voice.rings
    machine.program("play-it", "cat > /dev/null")
    assert not machine.voice().rings


def test_silenced_it_lets_nothing_be_heard_until_it_may_again(machine: Machine) -> None:
    machine.program("play-it", keeps(machine))
    voice = machine.voice(speaks=False)
    voice.start()
    assert voice.mute()
    voice.hear(DECLINED)
    assert not voice.mute()
    voice.hear(APPROVED)
    _until(lambda: machine.played)
    voice.stop()
    assert machine.played == [wav(TONES[Phase.APPROVED])]


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")
def test_the_sentence_is_spoken_and_not_in_silence() -> None:
    (command,) = (words for words in speaker.SPEAKERS if words[0] == "espeak-ng")
    spoken = speaker._output([*command, speaker.VOICES["zh"]], "微信支付到账 十二元五角".encode())
    with wave.open(io.BytesIO(spoken)) as file:
        samples = np.frombuffer(spoken[44:], np.int16).astype(float)
        assert 2 < len(samples) / file.getframerate() < 6
    assert np.sqrt(np.mean(samples**2)) > 1000


@pytest.mark.parametrize("script", ["exit 1", "kill -9 $$", "echo broken >&2; exit 3"])
def test_a_player_that_fails_harms_nothing(machine: Machine, script: str) -> None:
    machine.program("play-it", script)
    voice = machine.voice()
    voice.start()

    voice.hear(APPROVED)
    voice.stop()


def test_only_the_newest_waits_and_nobody_waits_for_it(machine: Machine) -> None:
    machine.program("play-it", f'while [ ! -e "{machine.folder}/go" ]; do sleep 0.01; done; {keeps(machine)}')
    voice = machine.voice(speaks=False)
    voice.start()

    for phase in (Phase.PROCESSING, Phase.DECLINED, Phase.UNKNOWN, Phase.APPROVED):
        voice.hear(Step(phase, Money(100)))
    (machine.folder / "go").touch()
    _until(lambda: machine.played[-1:] == [wav(TONES[Phase.APPROVED])])
    voice.stop()

    assert len(machine.played) <= 2


def _until(holds: Callable[[], bool]) -> None:
    ended = threading.Event()
    for _ in range(1000):
        if holds():
            return
        ended.wait(0.01)
    raise AssertionError("still waiting after ten seconds")


def test_an_outcome_that_comes_as_the_till_leaves_does_not_keep_it(machine: Machine) -> None:
    machine.program("play-it", f'while [ ! -e "{machine.folder}/go" ]; do sleep 0.01; done')
    voice = machine.voice(speaks=False)
    voice.start()
    voice.hear(APPROVED)
    _until(voice._next.empty)  # it is being played

    leaving = threading.Thread(target=voice.stop)
    leaving.start()
    _until(voice._next.full)
    voice.hear(APPROVED)
    (machine.folder / "go").touch()

    leaving.join(10)
    assert not leaving.is_alive()
