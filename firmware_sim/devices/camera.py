"""A camera on the network: MJPEG over HTTP, which OpenCV's own capture opens like any other.

Like a real camera it never queues: whoever reads slowly misses pictures and is never shown an old one. It draws only
while somebody watches, can be unplugged and plugged in again, and can stall with the line still open.
"""

import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from firmware_sim.devices.pictures import Jpegs, Picture, Spoiler

BOUNDARY = "saoma-frame"
HEADER = f"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary={BOUNDARY}\r\nConnection: close\r\n\r\n"
LONGEST_REQUEST = 8192
REQUEST_WITHIN_S = 5.0
SEND_BUFFER = 16 * 1024  # bytes: less than a picture, so that hardly one is ever on its way
DRAIN_EVERY_MS = 1
DOOR_LOOKS_UP_S = 0.2  # where closing does not wake a waiting thread (macOS)


class MjpegCamera:
    """Serves what `draw` gives at a time of `clock` to everyone who asks. Each method may be called from any thread."""

    def __init__(
        self,
        draw: Callable[[float], Picture],
        *,
        port: int = 0,
        frames_per_s: float = 30.0,
        quality: int = 85,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._draw, self._clock = draw, clock
        self._period_s, self._jpegs = 1 / frames_per_s, Jpegs(quality)
        self._port = port
        self._door: socket.socket | None = None
        self._viewers: set[socket.socket] = set()
        self._newest: tuple[int, bytes] = (0, b"")
        self._changed = threading.Condition()
        self._running = self._stalled = False
        self._spoiler = Spoiler()
        self.tear, self.shrink = self._spoiler.tear, self._spoiler.shrink
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/camera.mjpg"

    @property
    def viewers(self) -> int:
        with self._changed:
            return len(self._viewers)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Plug it in and begin; OSError if the port is taken."""
        self._running = True
        self.plug()
        self._begin(self._picture_loop)

    def stop(self) -> None:
        self.unplug()
        with self._changed:
            self._running = False
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def plug(self) -> None:
        """Listen, on the same port as before."""
        if self._door:
            return
        door = socket.create_server(("127.0.0.1", self._port))
        door.settimeout(DOOR_LOOKS_UP_S)
        self._port = door.getsockname()[1]
        self._door = door
        self._begin(self._door_loop, door)

    def unplug(self) -> None:
        """The server is gone and every connection is cut."""
        with self._changed:
            door, self._door = self._door, None
            for connection in (door, *self._viewers):
                _cut(connection)
            self._viewers.clear()
            self._changed.notify_all()
            self._changed.wait_for(lambda: door is None or door.fileno() < 0)

    def stall(self) -> None:
        """Connections stay, pictures stop."""
        with self._changed:
            self._stalled = True

    def resume(self) -> None:
        with self._changed:
            self._stalled = False
            self._changed.notify_all()

    def _begin(self, work: Callable[..., None], *connection: socket.socket) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=work, args=connection, name=f"camera{work.__name__}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _door_loop(self, door: socket.socket) -> None:
        while self._door is door:
            with suppress(OSError):  # nobody came for a while, or we are unplugged
                viewer, _ = door.accept()
                self._welcome(viewer, door)
        with self._changed:
            door.close()
            self._changed.notify_all()

    def _welcome(self, viewer: socket.socket, door: socket.socket) -> None:
        with self._changed:
            if self._door is not door:
                viewer.close()
                return
            self._viewers.add(viewer)
            self._changed.notify_all()
        self._begin(self._viewer_loop, viewer)

    def _picture_loop(self) -> None:
        """Keep the newest picture ready, at the camera's own pace, while somebody watches."""
        due_s = self._clock()
        while self._watched():
            due_s = max(due_s + self._period_s, self._clock())
            jpeg = self._spoiler.sent(self._jpegs.encoded(self._spoiler.drawn(self._draw(self._clock()))))
            with self._changed:
                self._newest = (self._newest[0] + 1, jpeg)
                self._changed.notify_all()
            time.sleep(max(0.0, due_s - self._clock()))  # the sensor's pace

    def _watched(self) -> bool:
        """Wait until a picture is wanted; False when the camera was stopped."""
        with self._changed:
            self._changed.wait_for(lambda: not self._running or (self._viewers and not self._stalled))
            return self._running

    def _viewer_loop(self, viewer: socket.socket) -> None:
        with viewer, suppress(OSError):  # they went away, or we were unplugged
            _read_request(viewer)
            viewer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            viewer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            viewer.sendall(HEADER.encode())
            number = self._newest[0]
            while picture := self._newer_than(number, viewer):
                number, jpeg = picture
                part = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                viewer.sendall(part.encode() + jpeg + b"\r\n")
                _wait_until_taken(viewer)
        with self._changed:
            self._viewers.discard(viewer)

    def _newer_than(self, number: int, viewer: socket.socket) -> tuple[int, bytes] | None:
        """Wait for a picture that this viewer has not had; None once its connection was cut."""
        with self._changed:
            self._changed.wait_for(lambda: viewer not in self._viewers or self._newest[0] > number)
            return self._newest if viewer in self._viewers else None


def _read_request(viewer: socket.socket) -> None:
    """Whatever is asked for, there is one picture to show; OSError if it is no request."""
    viewer.settimeout(REQUEST_WITHIN_S)
    request = b""
    while b"\r\n\r\n" not in request:
        piece = viewer.recv(LONGEST_REQUEST)
        request += piece
        if not piece or len(request) > LONGEST_REQUEST:
            raise ConnectionError("not an HTTP request")
    viewer.settimeout(None)


def _cut(connection: socket.socket | None) -> None:
    """Both ends know at once; the thread that is waiting on it wakes up and closes it."""
    with suppress(OSError):
        if connection:
            connection.shutdown(socket.SHUT_RDWR)


if sys.platform == "linux":
    import fcntl
    import select
    import termios

    def _wait_until_taken(viewer: socket.socket) -> None:
        """Until the kernel's queue is empty, so that the next picture sent is the newest; or until the line is cut."""
        line = select.poll()
        line.register(viewer, 0)  # only what is always told: closed, broken
        while _unsent(viewer) and not line.poll(DRAIN_EVERY_MS):
            pass

    def _unsent(viewer: socket.socket) -> int:
        left: int = struct.unpack("i", fcntl.ioctl(viewer, termios.TIOCOUTQ, bytes(4)))[0]
        return left

else:

    def _wait_until_taken(_: socket.socket) -> None:
        """Elsewhere the small send buffer must do."""
