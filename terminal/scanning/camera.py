"""A camera as the till sees it: symbols, a small picture for the screen, and whether it is there.

One thread captures and keeps only the newest frame; another reads it and never queues. A camera that dies or stalls
is missed by the reading thread, which waits for frames, and reopened by the capturing one.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from terminal.errors import DeviceError
from terminal.model import Symbol, Unread, masked
from terminal.scanning.capture import SMALL, Capture, Picture, open_capture
from terminal.scanning.newest import Newest
from terminal.steps import DeviceKind, DeviceState, Preview, SeenCode
from terminal.vision.box import merged
from terminal.vision.options import Options
from terminal.vision.reader import Reader, read
from terminal.vision.symbol import Grey

STALLED_S = 1.5  # without a new frame: said within two seconds of the last one
RETRY_S = (0.1, 0.2, 0.5, 1.0, 2.0)  # the last one repeats
HUNG_S = 10.0  # a look takes a part of a second, and the wait for a picture ends by itself
STOP_WITHIN_S = 3.0  # a read from a stalled camera comes back by itself after two
SHOWN_S = 0.3  # an outline outlives a frame in which the code was missed
PREVIEW_WIDTH = 160
LABEL_LETTERS = 24
OUTLINED = 3  # places that might be codes

log = logging.getLogger(__name__)

OnSymbols = Callable[[list[Symbol], float], None]
OnState = Callable[[DeviceState], None]
IsPayment = Callable[[Symbol], bool]


@dataclass(frozen=True, slots=True, eq=False)
class _Shot:
    """A picture, and the open camera it came from."""

    picture: Picture
    capture: Capture


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why no picture comes. It takes a frame's place in the box, so what was true last is said last."""

    detail: str


class CameraSource:
    """Symbols from a camera (`0`, `/dev/video0`, a URL), a video file, a picture or a folder of pictures.

    Both callbacks are called on the reading thread: `on_symbols(symbols, taken_s)` for every frame in which something
    was believed, with the machine's monotonic time of the frame, and `on_state` when the camera came or went.
    """

    def __init__(
        self,
        source: str,
        options: Options,
        *,
        on_symbols: OnSymbols,
        on_state: OnState,
        is_payment: IsPayment = lambda _symbol: False,
    ) -> None:
        self.preview: Newest[Preview] = Newest()
        self._source, self._options = source, options
        self._on_symbols, self._on_state = on_symbols, on_state
        self._shots: Newest[_Shot | _Trouble] = Newest()
        self._reader = Reader(options)
        self._screen = _Screen(self.preview, is_payment)
        self._said: DeviceState | None = None
        self._turned_s = time.monotonic()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=work, name=f"camera {work.__name__}", daemon=True)
            for work in (self._capture, self._read)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End both threads; at once, or within three seconds if the camera is stalled."""
        self._stop.set()
        self._shots.close()
        for thread in self._threads:
            thread.join(STOP_WITHIN_S)

    @property
    def is_alive(self) -> bool:
        """Whether the reading thread still turns, with pictures or without; True once there is nothing more to read."""
        return self._shots.is_closed or time.monotonic() - self._turned_s < HUNG_S

    def set_options(self, options: Options) -> None:
        """What to look for from the next frame on; from any thread."""
        self._options = options

    # --- the capturing thread ----------------------------------------------------------------------------

    def _capture(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                capture = open_capture(self._source)
            except DeviceError as error:
                self._shots.put(_Trouble(str(error)))
            else:
                with closing(capture):
                    failures = 0 if self._pass_on(capture) else failures
                if not capture.is_live:
                    break
                self._shots.put(_Trouble(f"{self._source} sends no more pictures: is it plugged in?"))
            self._stop.wait(RETRY_S[min(failures, len(RETRY_S) - 1)])
            failures += 1
        self._shots.close()

    def _pass_on(self, capture: Capture) -> int:
        """Hand over pictures until they end; how many there were."""
        count = 0
        while not self._stop.is_set() and (picture := capture.next()):
            self._shots.put(_Shot(picture, capture))
            count += 1
            if capture.is_stills:
                self._shots.wait_until_taken()
        return count

    # --- the reading thread ------------------------------------------------------------------------------

    def _read(self) -> None:
        while (shot := self._shots.take(STALLED_S)) or not self._shots.is_closed:
            self._turned_s = time.monotonic()
            match shot:
                case _Shot(picture, capture):
                    if self._looked(picture, is_still=capture.is_stills):
                        self._say(up=True, detail=capture.detail)
                case _Trouble(detail):
                    self._say(up=False, detail=detail)
                case None:
                    self._say(up=False, detail=f"no picture from {self._source}: is it plugged in?")
        if not self._stop.is_set():
            self._say(up=False, detail=f"{self._source}: finished")

    def _looked(self, picture: Picture, *, is_still: bool) -> bool:
        """Whether it went well. A fault of the reader costs one picture, not the counter's sight."""
        try:
            self._look(picture, is_still=is_still)
        except Exception:
            log.exception("a fault of the reader; it goes on afresh with the next picture")
            self._reader = Reader(self._options)
            self._say(up=False, detail="a fault of the reader: it goes on with the next picture; please report the log")
            return False
        return True

    def _look(self, picture: Picture, *, is_still: bool) -> None:
        small = picture.small()
        if small is None or not small.size:
            return  # damaged on its way: the next one comes soon
        symbols = self._symbols(picture, small, is_still=is_still)
        self._screen.show(small, symbols, self._reader, picture.taken_s)
        if symbols:
            self._on_symbols(symbols, picture.taken_s)

    def _symbols(self, picture: Picture, small: Grey, *, is_still: bool) -> list[Symbol]:
        options = self._options
        if options is not self._reader.options:
            self._reader.options = options
        if not is_still:
            return look(self._reader, picture, small)
        grey = picture.grey()
        return [] if grey is None else read(grey, options)

    def _say(self, *, up: bool, detail: str) -> None:
        """Only what is news: a camera that stays away is reported once, with the first reason."""
        state = DeviceState(DeviceKind.CAMERA, self._source, up, detail)
        if state != self._said and (up or self._said is None or self._said.up):
            self._said = state
            self._on_state(state)


def look(reader: Reader, picture: Picture, small: Grey) -> list[Symbol]:
    """What a reader believes in the next picture of a stream, decoded in full only where that is worth it."""
    grey = picture.grey() if reader.glance(small) else None
    return [] if grey is None else reader.study(grey)


class _Screen:
    """Makes the previews: small pictures, what was read in them, and how many come in a second."""

    def __init__(self, preview: Newest[Preview], is_payment: IsPayment) -> None:
        self._preview, self._is_payment = preview, is_payment
        self._seen: tuple[SeenCode, ...] = ()
        self._paying: set[str] = set()
        self._seen_s = self._taken_s = 0.0
        self._period_s = 0.0

    def show(self, small: Grey, symbols: list[Symbol], reader: Reader, taken_s: float) -> None:
        step = -(-small.shape[1] // PREVIEW_WIDTH)
        if symbols or taken_s - self._seen_s > SHOWN_S:
            self._seen, self._seen_s = tuple(self._told(symbol) for symbol in symbols), taken_s
            told = zip(symbols, self._seen, strict=True)
            self._paying = {symbol.text for symbol, seen in told if seen.is_payment}  # bars and QR may show the same
        pixels = np.ascontiguousarray(small[::step, ::step])
        located = () if self._seen else tuple(box.corners for box in merged(reader.located)[:OUTLINED])
        scale, rate = 1 / (SMALL * step), self._rate(taken_s)
        self._preview.put(Preview(pixels, scale, self._seen, taken_s, rate, located, self._unread(reader)))

    def _unread(self, reader: Reader) -> Unread | None:
        """Of two payment codes neither is taken: that comes before why others are not read."""
        return Unread.TWO_CODES if len(self._paying) > 1 else None if self._seen else reader.unread

    def _rate(self, taken_s: float) -> float:
        """Frames a second, over about the last ten."""
        period_s, self._taken_s = taken_s - self._taken_s, taken_s
        self._period_s += (period_s - self._period_s) / 10 if self._period_s else 0.0
        self._period_s = self._period_s or min(period_s, 1.0)
        return 1 / self._period_s if self._period_s > 0 else 0.0

    def _told(self, symbol: Symbol) -> SeenCode:
        text = "".join(letter if letter.isprintable() else "·" for letter in symbol.text[:LABEL_LETTERS])
        return SeenCode(symbol.corners, f"{symbol.symbology} {masked(text)}", self._is_payment(symbol))
