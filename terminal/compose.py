"""Puts a counter together from its configuration: what `run` and `demo` share."""

import random
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.books.salvage import Salvage, open_books
from terminal.clock import Clock
from terminal.codes.classify import classify
from terminal.config import AcquirerConfig, Config
from terminal.errors import ConfigError
from terminal.model import Channel, PaymentCode, Scan, Symbol
from terminal.routing.route import Contract
from terminal.schemes import wechat
from terminal.schemes.wechat.credentials import Credentials
from terminal.schemes.wechat.wire import WechatWire
from terminal.steps import Notice
from terminal.till import Acquirer, Till, TillThread
from terminal.till.paper import Paper
from terminal.transport.http import HttpTransport

if TYPE_CHECKING:
    from terminal.vision.options import Options


class Counter:
    """A till with its devices: a context that starts them and leaves nothing running.

    Entering raises what keeps it from selling: JournalLocked, ConfigError, DeviceError.
    """

    def __init__(self, config: Config, *, state: Path, clock: Clock, rng: random.Random, is_demo: bool) -> None:
        self.journal_path = state / "journal.db"
        self._config = config
        self._clock = clock
        self._rng = rng
        self._salvage: Salvage | None = None
        self._paper = Paper(config.printer, config.till, is_demo)
        self._running = ExitStack()
        self.till = TillThread(self._make_till, clock=clock, journal_path=self.journal_path, paper=self._paper)

    def __enter__(self) -> "Counter":
        with ExitStack() as starting:
            self.till.start()
            starting.callback(self.till.stop)
            if self._salvage is not None:
                self.till.say(Notice("journal.damaged", self._salvage.kept_as.name))
            if self._config.scanner.port:
                self._start_scanner(starting)
            if self._config.camera.source:
                self._start_camera(starting)
            self._running = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def _make_till(self) -> Till:
        """On the till's own thread, which then owns the journal and the connections."""
        acquirers = dict(map(_acquirer, self._config.acquirer))
        contracts = [Contract(one.name or one.scheme, one.takes or (one.scheme,)) for one in self._config.acquirer]
        journal, self._salvage = open_books(self.journal_path, wall=self._clock.wall, monotonic=self._clock.monotonic)
        return Till(
            terminal_id=self._config.till.terminal_id,
            journal=journal,
            acquirers=acquirers,
            contracts=contracts,
            clock=self._clock,
            rng=self._rng,
            paper=self._paper,
        )

    def _start_scanner(self, starting: ExitStack) -> None:
        from terminal.scanning.protocols.lines import LineProfile  # only where there is a scanner
        from terminal.scanning.serial_port import SerialSource

        settings = self._config.scanner
        profile = LineProfile(prefix=settings.prefix, aim_ids=settings.aim_ids)
        if settings.ending == "silence":
            profile = replace(profile, endings=b"")
        source = SerialSource(
            settings.port,
            baud=settings.baud,
            profile=profile,
            on_line=lambda text, at_s: self.till.scanned([Scan(text, Channel.SCANNER, at_s, source=settings.port)]),
            on_state=self.till.device,
        )
        source.start()
        starting.callback(source.stop)

    def _start_camera(self, starting: ExitStack) -> None:
        from terminal.scanning.camera import CameraSource  # loads OpenCV
        from terminal.vision.engines import load

        options = self._options()
        for sentence in load(options.engine).missing:
            self.till.say(Notice("reader.missing", sentence))
        source = CameraSource(
            self._config.camera.source,
            options,
            on_symbols=self._seen,
            on_state=self.till.device,
            is_payment=_is_payment,
        )
        self.till.preview = source.preview.peek
        source.start()
        starting.callback(source.stop)

    def _options(self) -> "Options":
        from terminal.vision.options import EngineChoice, Options

        return Options(engine=EngineChoice(self._config.reader.engine))

    def _seen(self, symbols: list[Symbol], taken_s: float) -> None:
        source = self._config.camera.source
        self.till.scanned([Scan(one.text, Channel.CAMERA, taken_s, one.symbology, source) for one in symbols])


def _is_payment(symbol: Symbol) -> bool:
    return isinstance(classify(symbol.text, channel=Channel.CAMERA, symbology=symbol.symbology), PaymentCode)


def _acquirer(config: AcquirerConfig) -> tuple[str, Acquirer]:
    """One contract as the till needs it; raises ConfigError for keys that cannot be used."""
    keys: Mapping[str, Path] = {config.public_key_id: config.public_key} if config.public_key_id else {}
    if not config.base_url.startswith(("http://", "https://")):
        raise ConfigError(f"acquirer {config.name or config.scheme}: base_url = {config.base_url!r} is no web address")
    credentials = Credentials.from_files(
        config.mchid,
        config.appid,
        private_key=config.private_key,
        certificate=config.certificate,
        apiv3_key=config.apiv3_key,
        public_keys=keys,
        platform_certificates=config.platform_certificates,
    )
    name = config.name or config.scheme
    return name, Acquirer(name, WechatWire(credentials), wechat.PROCEDURE, HttpTransport(config.base_url))
