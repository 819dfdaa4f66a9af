"""Hardware in the loop for pytest: fixtures for a till and everything it is plugged into, each simulated or real.

pytest loads this wherever Saoma is installed, so nothing is imported or read before a test asks for a fixture of ours
or a bench file is named. docs/hil.md tells how it is used.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from firmware_sim.hil.acquirer import Acquirer
    from firmware_sim.hil.bench import Bench
    from firmware_sim.hil.camera import Camera
    from firmware_sim.hil.display import Display
    from firmware_sim.hil.phone import Phone
    from firmware_sim.hil.printer import Drawer, Printer
    from firmware_sim.hil.scanner import Scanner
    from firmware_sim.hil.till import Till

DEFAULT = Path("configs", "bench.toml")  # below pytest's rootdir
PLUGGED = ("scanner", "camera", "printer", "display")  # what a till is plugged into
_BENCH = pytest.StashKey["Bench"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("saoma", "hardware in the loop")
    group.addoption("--bench", type=Path, metavar="FILE", help=f"which roles are real (default: {DEFAULT}, or none)")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(role, ...): skipped where the bench has no such scanner, printer…")
    if config.getoption("bench"):
        _bench(config)


def pytest_report_header(config: pytest.Config) -> str | None:
    if not config.getoption("bench"):
        return None
    from firmware_sim.hil.bench import ROLES  # noqa: PLC0415

    bench = _bench(config)
    return f"bench: {bench.where} ({', '.join(f'{role} {bench.kind(role)}' for role in ROLES)})"


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        for role in _roles_of(mark):
            _skip_without(_bench(item.config), role)


def _roles_of(mark: pytest.Mark) -> tuple[str, ...]:
    """Those it names; none where it is a mark of somebody else's that happens to be called so."""
    from firmware_sim.hil.bench import ROLES  # noqa: PLC0415

    if unknown := [role for role in mark.args if role not in ROLES]:
        if len(unknown) == len(mark.args):
            return ()
        pytest.fail(f"needs({', '.join(map(repr, mark.args))}): roles are {', '.join(ROLES)}", pytrace=False)
    return mark.args


def _skip_without(bench: "Bench", role: str) -> None:
    if why := bench.why_missing(role):
        pytest.skip(why)


def _bench(config: pytest.Config) -> "Bench":
    """The bench file, read once; a mistake in it is a usage error."""
    from firmware_sim.hil.bench import Bench, load  # noqa: PLC0415
    from terminal.errors import ConfigError  # noqa: PLC0415

    if _BENCH not in config.stash:
        path: Path | None = config.getoption("bench")
        if path is None and (config.rootpath / DEFAULT).exists():
            path = config.rootpath / DEFAULT
        try:
            config.stash[_BENCH] = load(path) if path else Bench()
        except ConfigError as error:
            raise pytest.UsageError(str(error)) from error
    return config.stash[_BENCH]


class Hil:
    """What the fixtures share: the bench, whoever stands at it, and the one clock of everything simulated."""

    def __init__(self, bench: "Bench") -> None:
        from firmware_sim.hil.person import Person  # noqa: PLC0415
        from terminal.clock import Clock  # noqa: PLC0415

        self.bench = bench
        self.person = Person(bench.within_s)
        self.clock = Clock(bench.speed)

    def needs(self, role: str) -> "Bench":
        """The bench, where it has that role; skips where not."""
        _skip_without(self.bench, role)
        return self.bench


@pytest.fixture(scope="session")
def hil(request: pytest.FixtureRequest) -> Hil:
    """The bench that this session runs at."""
    return Hil(_bench(request.config))


@pytest.fixture(scope="session")
def hil_acquirer(hil: Hil, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Acquirer"]:
    """One for the whole session: its keys take a second to make."""
    from firmware_sim.hil.acquirer import acquirer_of  # noqa: PLC0415

    with acquirer_of(hil.needs("acquirer"), tmp_path_factory.mktemp("acquirer"), hil.clock, hil.person) as acquirer:
        yield acquirer


@pytest.fixture
def acquirer(hil_acquirer: "Acquirer") -> Iterator["Acquirer"]:
    """The hosts of every wallet: `ledger`, `fault`, `down` and `up`."""
    yield hil_acquirer
    hil_acquirer.mend()


@pytest.fixture
def phone(hil: Hil, acquirer: "Acquirer") -> "Phone":
    """Customers' wallets: `show_code`, `scan`, `type_password`."""
    from firmware_sim.hil.phone import phone_of  # noqa: PLC0415

    return phone_of(hil.needs("phone"), acquirer, hil.person)


@pytest.fixture
def scanner(hil: Hil, tmp_path: Path) -> Iterator["Scanner"]:
    """A serial scanner: `scan`, `unplug`, `plug`; `config["port"]` is where it is."""
    from firmware_sim.hil.scanner import scanner_of  # noqa: PLC0415

    with scanner_of(hil.needs("scanner"), tmp_path, hil.person) as scanner:
        yield scanner


@pytest.fixture
def camera(hil: Hil) -> Iterator["Camera"]:
    """A counter's camera: `show`, `show_picture`, `clear`, `unplug`, `plug`; `config["source"]` is where it is."""
    from firmware_sim.hil.camera import camera_of  # noqa: PLC0415

    with camera_of(hil.needs("camera"), hil.person) as camera:
        yield camera


@pytest.fixture
def printer(hil: Hil, tmp_path: Path) -> Iterator["Printer"]:
    """A receipt printer: `paper`, `run_out`, `new_roll`, `unplug`, `plug`; `config["url"]` is where it is."""
    from firmware_sim.hil.printer import printer_of  # noqa: PLC0415

    with printer_of(hil.needs("printer"), tmp_path, hil.person) as printer:
        yield printer


@pytest.fixture
def drawer(hil: Hil, printer: "Printer") -> "Drawer":
    """The cash drawer that hangs on the printer: `opened`, `close`."""
    from firmware_sim.hil.printer import drawer_of  # noqa: PLC0415

    hil.needs("drawer")
    return drawer_of(printer, hil.person)


@pytest.fixture
def display(hil: Hil, tmp_path: Path) -> Iterator["Display"]:
    """The customer's display: `text`, `wait_for`, `unplug`, `plug`; `config["port"]` is where it is."""
    from firmware_sim.hil.display import display_of  # noqa: PLC0415

    with display_of(hil.needs("display"), tmp_path, hil.person) as display:
        yield display


@pytest.fixture
def till(request: pytest.FixtureRequest, hil: Hil, acquirer: "Acquirer", tmp_path: Path) -> Iterator["Till"]:
    """A till, plugged into those devices that the test itself asks for; no other is looked for."""
    from firmware_sim.hil.till import till_of  # noqa: PLC0415

    bench = hil.needs("till")
    devices: dict[str, Any] = {
        role: request.getfixturevalue(role).config for role in PLUGGED if role in request.fixturenames
    }
    job = {
        "state": str(tmp_path / "till"),
        "folder": str(bench.folder.absolute()),
        "config": {"till": bench.table("till"), **devices, "acquirer": list(acquirer.config)},
        "clock": [] if bench.has_real else [hil.clock.speed, hil.clock.start_wall_s, hil.clock.real_start_s],
        "is_demo": not bench.is_real("acquirer"),
    }
    with till_of(bench.roles.till_command, job, tmp_path / "till.log", bench.within_s) as till:
        yield till
