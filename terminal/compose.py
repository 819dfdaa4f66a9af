"""Puts a counter together from its configuration: what `run` and `demo` share."""

import random
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from terminal.basket.catalogue import LABELS, Catalogue, load
from terminal.books.conversation import ConversationLog, beside
from terminal.books.files import check_free
from terminal.books.journal import Journal
from terminal.books.salvage import Salvage, open_books
from terminal.clock import Clock
from terminal.codes.classify import classify
from terminal.config import AcquirerConfig, Config, ScannerConfig
from terminal.errors import ConfigError
from terminal.model import Channel, PaymentCode, Scan, Symbol
from terminal.money import CURRENCIES
from terminal.operators import Role
from terminal.places import JOURNAL
from terminal.routing.route import Contract
from terminal.scheme import Line, Wire
from terminal.scheme import Till as TillFacts
from terminal.schemes import BY_KEY
from terminal.steps import DeviceKind, Laid, Notice, Step
from terminal.till import Acquirer, Till, TillThread
from terminal.till.backups import Backups
from terminal.till.paper import Paper
from terminal.till.performer import Carrier
from terminal.till.trials import camera_check, display_check, scanner_check, sound_check
from terminal.till.witness import Witness
from terminal.transport.framed import FramedTransport
from terminal.transport.http import HttpTransport
from terminal.transport.http import load as load_http
from terminal.transport.listener import Listener, path_of

if TYPE_CHECKING:
    from terminal.recording.recorder import Recorder
    from terminal.scanning.camera import CameraSource
    from terminal.scanning.protocols.lines import LineProfile
    from terminal.scanning.serial_port import SerialSource
    from terminal.scanning.wedge import WedgeSource
    from terminal.vision.options import Options

TURNS_WITHIN_S = 2.0  # a till's loop that is well; fsync and signatures are the longest things on it
LOAD_AFTER_S = 2.0  # by then the screen stands
NOWHERE = "https://till.invalid"  # what acquirers are told to call where nobody listens


class Counter:
    """A till with its devices: a context that starts them and leaves nothing running.

    Entering raises what keeps it from selling: JournalLocked, ConfigError, DeviceError.
    """

    def __init__(
        self,
        config: Config,
        *,
        state: Path,
        clock: Clock,
        rng: random.Random,
        is_demo: bool,
        is_lesson: bool = False,
        recorder: "Recorder | None" = None,
        operators: Mapping[str, Role] | None = None,
    ) -> None:
        """`operators` may sell here, by their numbers; without any, everybody may do everything."""
        if config.till.currency not in CURRENCIES:
            raise ConfigError(f"till.currency = {config.till.currency!r}; allowed are {', '.join(CURRENCIES)}")
        self.journal_path = state / JOURNAL
        self._catalogue = catalogue_of(config)
        self._config = config
        self._recorder = recorder
        self._clock = recorder.clock if recorder else clock
        self._rng = recorder.rng if recorder else rng
        self._operators = operators
        self._salvage: Salvage | None = None
        self._paper = Paper(config.printer, config.till, is_demo, is_lesson)
        self._camera: CameraSource | None = None
        self._running = ExitStack()
        self.till = TillThread(
            self._make_till,
            clock=clock,
            journal_path=self.journal_path,
            paper=self._paper,
            loop=recorder.loop if recorder else None,
        )

    def __enter__(self) -> "Counter":
        with ExitStack() as starting:
            self.till.start()
            starting.callback(self.till.stop)
            if self._config.acquirer:
                self._load_soon(starting)
            if self._salvage is not None:
                self.till.say(Notice("journal.damaged", self._salvage.kept_as.name))
            if self._config.books.backup and not self._paper.is_lesson:
                self._start_backups(starting, self._config.books.backup)
            if self._config.scanner.port:
                self._start_scanner(starting)
            if self._config.display.port:
                self._start_display(starting)
            if self._config.sound.outcomes != "off":
                self._start_voice(starting)
            if self._config.camera.source:
                self._start_camera(starting)
            self._running = starting.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def is_alive(self) -> bool:
        """Whether the till's loop turns and the reader too, where there is one; it may take two seconds to tell."""
        return self.till.answers(TURNS_WITHIN_S) and (self._camera is None or self._camera.is_alive)

    def _make_till(self) -> Till:
        """On the till's own thread, which then owns the journal and the connections."""
        recorder, settings, clock = self._recorder, self._config.till, self._clock
        listener = self._listener(settings.listen) if settings.listen else None
        reached_at = settings.notify_url or (listener.url if listener else NOWHERE)
        acquirers = acquirers_of(self._config, reached_at)
        kind = recorder.journal if recorder else Journal
        journal, self._salvage = open_books(self.journal_path, wall=clock.wall, monotonic=clock.monotonic, kind=kind)
        log = ConversationLog(beside(self.journal_path))  # which is ours to open once the books are
        return (recorder.till if recorder else Till)(
            terminal_id=settings.terminal_id,
            journal=journal,
            acquirers={name: replace(one, witness=Witness(log, clock, name)) for name, one in acquirers.items()},
            contracts=contracts_of(self._config),
            clock=clock,
            rng=self._rng,
            paper=self._paper,
            listener=listener,
            catalogue=self._catalogue,
            operators=self._operators,
        )

    def _listener(self, address: str) -> Listener:
        try:
            return (self._recorder.listener if self._recorder else Listener)(address)
        except ConfigError:
            check_free(self.journal_path)  # a till that is running has the address too: that says more
            raise

    def _load_soon(self, starting: ExitStack) -> None:
        """What the first payment needs and the screen does not."""
        timer = threading.Timer(LOAD_AFTER_S, load_http)
        timer.daemon = True
        timer.start()
        starting.callback(timer.cancel)

    def _start_backups(self, starting: ExitStack, folder: Path) -> None:
        whose, keep = self._config.till.terminal_id, self._config.books.keep
        backups = Backups(folder, self.journal_path, whose, self._clock, keep=keep, say=self.till.say)
        starting.callback(backups.stop)
        starting.callback(self.till.subscribe(backups.hear))

    def _start_scanner(self, starting: ExitStack) -> None:
        from terminal.scanning.protocols.lines import LineProfile  # only where there is a scanner

        settings = self._config.scanner
        profile = LineProfile(prefix=settings.prefix, aim_ids=settings.aim_ids)
        if settings.ending == "silence":
            profile = replace(profile, endings=b"")
        source = self._scanner(settings, profile)
        source.start()
        starting.callback(source.stop)

    def _scanner(self, settings: ScannerConfig, profile: "LineProfile") -> "SerialSource | WedgeSource":
        def on_line(text: str, at_s: float) -> None:
            self.till.scanned([Scan(text, Channel.SCANNER, at_s, source=settings.port)])

        if settings.is_keyboard:
            from terminal.scanning.wedge import WedgeSource

            return WedgeSource(settings.port, on_line=on_line, on_state=self.till.device, profile=profile)
        from terminal.scanning.serial_port import SerialSource

        source = SerialSource(
            settings.port,
            on_line=on_line,
            on_state=self.till.device,
            baud=settings.baud,
            profile=profile,
            protocol=settings.protocol,
            on_bytes=self._recorder.line(settings.port, settings.protocol, profile) if self._recorder else None,
        )
        self.till.add_check(DeviceKind.SCANNER, settings.port, scanner_check(source))
        return source

    def _start_display(self, starting: ExitStack) -> None:
        from terminal.receipt.customer_display import KINDS, as_lesson, shown_now
        from terminal.transport.display import DisplayLine

        settings = self._config.display
        kind = as_lesson(KINDS[settings.kind]) if self._paper.is_lesson else KINDS[settings.kind]
        line = DisplayLine(settings.port, baud=kind.baud, start=kind.start, on_state=self.till.device)

        def show() -> None:
            line.show(kind.encode(shown_now(self.till.snapshot())))

        starting.callback(self.till.subscribe(lambda event: show() if isinstance(event, Step | Laid) else None))
        show()
        self.till.add_check(DeviceKind.DISPLAY, settings.port, display_check(line, kind, self.till.snapshot))
        line.start()
        starting.callback(line.stop)

    def _start_voice(self, starting: ExitStack) -> None:
        from terminal.voice.speaker import Voice

        voice = Voice(self._config.till.language, speaks=self._config.sound.outcomes == "spoken")
        voice.start()
        self.till.rings, self.till.mute = lambda: voice.rings, voice.mute
        self.till.add_check(DeviceKind.SOUND, voice.player, sound_check(voice))
        starting.callback(voice.stop)
        starting.callback(self.till.subscribe(voice.hear))

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
        self.till.add_check(DeviceKind.CAMERA, self._config.camera.source, camera_check(source.preview.peek))
        self._camera = source
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


def catalogue_of(config: Config) -> Catalogue:
    """What the shop sells; raises ConfigError."""
    settings = config.basket
    if settings.catalogue is None:
        return Catalogue(())
    return load(settings.catalogue, CURRENCIES[config.till.currency], settings.labels or LABELS)


def contracts_of(config: Config) -> list[Contract]:
    """What the merchant agreed with whom, in the order of the file."""
    return [Contract(one.name or one.scheme, one.takes or _takes(one.scheme)) for one in config.acquirer]


def _takes(scheme: str) -> tuple[str, ...]:
    return BY_KEY[scheme].takes or (scheme,)


_BEGINS = {Line.HTTP: ("http://", "https://"), Line.FRAMED: ("tcp://",)}


def acquirers_of(config: Config, reached_at: str = NOWHERE) -> dict[str, Acquirer]:
    """The contracts as a till needs them, by name; raises ConfigError for keys that cannot be used."""
    found: dict[str, Acquirer] = {}
    for one in config.acquirer:
        acquirer = _acquirer(one, config.till.terminal_id, reached_at)
        if acquirer.name in found:
            raise ConfigError(f"acquirer {acquirer.name}: two contracts are called so; give each a `name` of its own")
        found[acquirer.name] = acquirer
    return found


def _acquirer(config: AcquirerConfig, terminal_id: str, reached_at: str) -> Acquirer:
    """One contract as the till needs it; raises ConfigError for keys that cannot be used."""
    scheme, name = BY_KEY[config.scheme], config.name or config.scheme
    begins = _BEGINS[scheme.line]
    if not config.base_url.startswith(begins):
        raise ConfigError(f"acquirer {name}: base_url = {config.base_url!r} must begin with {' or '.join(begins)}")
    wire = scheme.connect(config.settings, TillFacts(terminal_id, reached_at + path_of(name)))
    carrier, fee_rate = _carrier(scheme.line, config.base_url, wire), _rate(name, config.fee_percent)
    return Acquirer(name, wire, scheme.procedure, carrier, scheme.name, fee_rate)


def _rate(name: str, fee_percent: float | None) -> Decimal | None:
    """Of each unit; raises ConfigError."""
    if fee_percent is None:
        return None
    if not 0 <= fee_percent < 100:  # noqa: PLR2004 - percent; and TOML knows nan and inf
        raise ConfigError(f"acquirer {name}: fee_percent = {fee_percent}; it is from 0.0 to below 100.0")
    return Decimal(str(fee_percent)).scaleb(-2)


def _carrier(line: Line, base_url: str, wire: Wire) -> Carrier:
    if line is Line.HTTP:
        return HttpTransport(base_url)
    return FramedTransport(base_url, getattr(wire, "is_reply", None))
