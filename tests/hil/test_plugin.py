"""The plugin itself: what is skipped and why, what is an error, and that it leaves everybody else alone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

# Loaded here once: a run within this one forgets what it has loaded, and numpy cannot be loaded twice.
from firmware_sim.hil import camera, display, printer, scanner, till  # noqa: F401
from firmware_sim.hil.acquirer import SimAcquirer
from firmware_sim.hil.bench import ROLES
from firmware_sim.hil.phone import SimPhone
from terminal.clock import Clock

pytest_plugins = ["pytester"]

WITHIN_S = 60.0
PAGE = Path(__file__).parents[2] / "docs" / "hil.md"
ONE_TEST = "def test_it(scanner): scanner.scan('1')"
ACQUIRER = (
    "[[acquirer]]\nscheme = 'wechat_v2'\nbase_url = 'http://127.0.0.1:9'\nmch_id = '1'\nappid = '1'\napi_key = 'key'"
)
MARKED = "import pytest\n@pytest.mark.needs({})\ndef test_it(): pass"
NOBODY_AT_A_TERMINAL = (
    "from pathlib import Path\nfrom firmware_sim.hil import person\nperson.TERMINAL = Path('/dev/nowhere')"
)


def run(pytester: pytest.Pytester, test: str, bench: str = "", conftest: str = "") -> pytest.RunResult:
    pytester.makepyfile(test)
    pytester.makeconftest(conftest)
    words = ["-ra", *(f"-pno:{name}" for name in ("cacheprovider", "asyncio", "hypothesispytest"))]
    if bench:
        pytester.makefile(".toml", mybench=bench)
        words += ["--bench", "mybench.toml"]
    return pytester.runpytest(*words)


def test_a_role_that_is_absent_is_skipped_with_its_reason(pytester: pytest.Pytester) -> None:
    done = run(pytester, ONE_TEST, '[roles]\nscanner = "absent"')
    done.assert_outcomes(skipped=1)
    done.stdout.fnmatch_lines(["bench: mybench.toml (*scanner absent*", "SKIPPED*scanner is absent from mybench.toml"])


def test_a_mark_names_what_a_test_needs_beside_its_fixtures(pytester: pytest.Pytester) -> None:
    done = run(pytester, MARKED.format("'till', 'printer'"), '[roles]\nprinter = "absent"\ndrawer = "absent"')
    done.assert_outcomes(skipped=1)
    done.stdout.fnmatch_lines(["SKIPPED*printer is absent from mybench.toml"])


@pytest.mark.parametrize(
    ("role", "table", "told"),
    [
        ("scanner", "[scanner]\nport = '/dev/nowhere/scanner'", "/dev/nowhere/scanner"),
        ("camera", "[camera]\nsource = '98'", "/dev/video98"),
        ("printer", "[printer]\nurl = 'tcp://127.0.0.1:9'", "tcp://127.0.0.1:9"),
        ("display", "[display]\nport = '/dev/nowhere/display'", "/dev/nowhere/display"),
        ("till", "", "no-such-program"),
        ("acquirer", ACQUIRER, "http://127.0.0.1:9"),
    ],
)
def test_a_real_device_that_is_not_there_is_skipped_with_its_reason(
    pytester: pytest.Pytester, role: str, table: str, told: str
) -> None:
    bench = f"[roles]\n{role} = 'real'\ndrawer = 'absent'\ntill_command = ['no-such-program']\n{table}"
    done = run(pytester, MARKED.format(repr(role)), bench)
    done.assert_outcomes(skipped=1)
    done.stdout.fnmatch_lines([f"SKIPPED*{role} is real in mybench.toml, but nothing is at {told}"])


def test_a_hand_that_is_not_there_is_skipped_with_what_it_should_have_done(pytester: pytest.Pytester) -> None:
    bench = f"[roles]\nscanner = 'real'\n[scanner]\nport = '{pytester.path}'"
    done = run(pytester, ONE_TEST, bench, NOBODY_AT_A_TERMINAL)
    done.assert_outcomes(skipped=1)
    done.stdout.fnmatch_lines(["SKIPPED*nobody is at a terminal to do this: Hold this code under the scanner"])


def test_a_stand_in_that_does_not_start_is_an_error(pytester: pytest.Pytester) -> None:
    nowhere = "import pathlib, pytest\n@pytest.fixture\ndef tmp_path(): return pathlib.Path('/dev/nowhere')"
    done = run(pytester, ONE_TEST, conftest=nowhere)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*FileNotFoundError*/dev/nowhere*"])


def test_a_till_that_does_not_start_is_an_error_that_says_why(pytester: pytest.Pytester) -> None:
    done = run(pytester, "def test_it(till): pass", "[till]\ncurrency = 'ZZZ'")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*the till ended before it said that it was ready: till.currency = 'ZZZ'*"])


@pytest.mark.parametrize(
    ("bench", "told"),
    [
        ("[roles]\nscanner = 'fake'", "roles.scanner = 'fake'; allowed are 'sim', 'real', 'absent'"),
        ("[roles]\nscaner = 'sim'", "roles.scaner: unknown key; allowed are till, scanner, "),
        ("[roles]\nscanner = 'real'", "scanner.port is missing: roles.scanner = 'real' wants it"),
        ("[roles]\ntill = 'real'", "roles.till_command is missing: roles.till = 'real' wants it"),
        ("[roles]\nacquirer = 'real'", "[[acquirer]] is missing: roles.acquirer = 'real' wants it"),
        ("[roles]\ndrawer = 'real'", "roles.drawer = 'real'; allowed are 'sim', as its printer is, and 'absent'"),
        ("[printer]\ncolumns = 33", "printer.columns = 33; allowed are 32, 42, 48"),
        ("roles = ", "not TOML: "),
    ],
)
def test_a_mistake_in_the_bench_file_is_told_with_file_key_value_and_what_is_allowed(
    pytester: pytest.Pytester, bench: str, told: str
) -> None:
    done = run(pytester, ONE_TEST, bench)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: mybench.toml: {told}" in done.stderr.str()


def test_the_file_in_configs_is_found_and_nothing_is_read_before_it_is_wanted(pytester: pytest.Pytester) -> None:
    pytester.mkdir("configs").joinpath("bench.toml").write_text("[roles]\nscanner = 'absent'", encoding="utf-8")
    run(pytester, ONE_TEST).assert_outcomes(skipped=1)
    pytester.path.joinpath("configs", "bench.toml").write_text("somebody else's", encoding="utf-8")
    run(pytester, "def test_it(): pass").assert_outcomes(passed=1)


def test_a_mark_of_somebody_elses_that_is_called_so_is_left_alone(pytester: pytest.Pytester) -> None:
    run(pytester, MARKED.format("'network'")).assert_outcomes(passed=1)
    mixed = run(pytester, MARKED.format("'scanner', 'pirnter'"))
    mixed.assert_outcomes(errors=1)
    mixed.stdout.fnmatch_lines([f"needs('scanner', 'pirnter'): roles are {', '.join(ROLES)}"])


def test_loading_it_loads_nothing_else() -> None:
    load = "import sys, pytest; before = set(sys.modules); import firmware_sim.hil.plugin"
    words = [sys.executable, "-c", f"{load}; print(*set(sys.modules) - before)"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    assert set(done.stdout.split()) == {"firmware_sim", "firmware_sim.hil", "firmware_sim.hil.plugin"}


def shown_in_the_page(name: str) -> str:
    return PAGE.read_text(encoding="utf-8").split(f"```{name}\n")[1].split("```")[0]


def test_the_first_test_of_the_page_runs_as_it_stands(pytester: pytest.Pytester) -> None:
    run(pytester, shown_in_the_page("python test_first.py")).assert_outcomes(passed=1)


def test_the_bench_of_the_page_is_a_bench(pytester: pytest.Pytester) -> None:
    done = run(pytester, ONE_TEST, shown_in_the_page("toml mybench.toml"))
    done.assert_outcomes(skipped=1)
    done.stdout.fnmatch_lines(["SKIPPED*nothing is at /dev/serial/by-id/usb-Honeywell_HH660-if00"])


def test_a_real_acquirer_is_whoever_the_file_names(pytester: pytest.Pytester) -> None:
    acquirer = SimAcquirer(pytester.mkdir("acquirer"), Clock(), WITHIN_S)
    acquirer.up()
    try:
        code = SimPhone(acquirer).show_code("wechat").text
        sells = f"""
            from terminal.money import Money

            def test_it(till, scanner, acquirer):
                till.wait_for_device("scanner")
                till.charge(Money(1250))
                till.wait_for("await_code")
                scanner.scan("{code}")
                till.wait_for("approved")

            def test_a_fault(acquirer):
                acquirer.fault("lost_reply")

            def test_a_phone(phone):
                pass
        """
        table = next(one for one in acquirer.config if one["scheme"] == "wechat_v2")
        tables = "\n".join(f"{key} = {json.dumps(value)}" for key, value in table.items())
        done = run(pytester, sells, f"[roles]\nacquirer = 'real'\n[[acquirer]]\n{tables}")
        assert list(acquirer.ask("books")["net_fen"].values()) == [1250]
    finally:
        acquirer.down()
    done.assert_outcomes(passed=1, skipped=2)
    done.stdout.fnmatch_lines(
        [
            "SKIPPED*a real acquirer cannot be told to do this: lost_reply, 1 times on pay",
            "SKIPPED*a simulated phone has no money at a real acquirer*",
        ]
    )


def test_a_till_of_yours_is_whatever_talks_by_lines(pytester: pytest.Pytester) -> None:
    pytest.importorskip("wechatpy", reason="wechatpy is not installed: pip install 'saoma[dev]'")
    yours = pytester.path / "yours.py"
    yours.write_text(shown_in_the_page("python yours.py"), encoding="utf-8")
    sells = """
        from terminal.money import Money

        def test_it(till, scanner, phone, acquirer):
            for balance, phase, net in ((5000, "approved", 1250), (0, "declined", 0)):
                till.charge(Money(1250))
                till.wait_for("await_code")
                scanner.scan(phone.show_code("wechat", balance_fen=balance))
                said = till.wait_for("approved", "declined")
                assert (said.phase, acquirer.ledger(said.order_id)) == (phase, net)
    """
    bench = f"[roles]\ntill = 'real'\ntill_command = [{sys.executable!r}, '{yours}']"
    run(pytester, sells, bench).assert_outcomes(passed=1)
