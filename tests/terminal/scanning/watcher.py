"""A till's camera in a process of its own: each state and each text that it says is a line, until its input ends."""

import json
import sys

from terminal.model import Symbol
from terminal.scanning.camera import CameraSource
from terminal.steps import DeviceState
from terminal.vision.options import Options


def tell(kind: str, *words: object) -> None:
    sys.stdout.write(json.dumps([kind, *words]) + "\n")
    sys.stdout.flush()


def on_symbols(symbols: list[Symbol], _taken_s: float) -> None:
    for symbol in symbols:
        tell("text", symbol.text)


def on_state(state: DeviceState) -> None:
    tell("up" if state.up else "down", state.detail)


if __name__ == "__main__":
    camera = CameraSource(sys.argv[1], Options(), on_symbols=on_symbols, on_state=on_state)
    camera.start()
    sys.stdin.read()
    camera.stop()
