"""A mistake in a configuration is told with the file, the key, the value and what is allowed."""

from pathlib import Path

import pytest

from firmware_sim.hil.bench import Roles
from firmware_sim.hil.bench import load as load_bench
from terminal.config import Config, build, load, read_toml
from terminal.errors import ConfigError
from terminal.routing.agreements import Interop
from terminal.schemes import SETTINGS

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.toml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_configuration_we_ship_loads(path: Path) -> None:
    if path.name == "bench.toml":
        assert load_bench(path).roles == Roles()
    elif path.name == "interop.toml":
        assert build(Interop, read_toml(path), str(path), "", path.parent).checked(str(path)).agreement
    else:
        assert isinstance(load(path, SETTINGS), Config)


def test_there_are_configurations_to_load() -> None:
    assert len(CONFIGS) >= 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[till]\nshopp = 'x'", ["till.shopp", "unknown key", "terminal_id"]),
        ("[till]\nlanguage = 'fr'", ["till.language", "'fr'", "'zh', 'en'"]),
        ("[printer]\ncolumns = 40", ["printer.columns", "40", "32, 42, 48"]),
        ("[printer]\ncolumns = 32.0", ["printer.columns", "32.0", "32, 42, 48"]),
        ("[scanner]\nbaud = 'fast'", ["scanner.baud", "'fast'", "a whole number"]),
        ("[scanner]\nbaud = true", ["scanner.baud", "True"]),
        ("till = 3", ["till", "a table"]),
        ("[[acquirer]]\nscheme = 'wechat'", ["acquirer[0].base_url", "missing"]),
        ("[[acquirer]]\nscheme = 'paypal'", ["acquirer[0].scheme", "'paypal'", "'wechat'"]),
        ("[[acquirer]]\nscheme = 'wechat'\nbase_url = 'x'", ["acquirer[0].mchid", "missing"]),
        ("[[acquirer]]\nscheme = 'wechat'\nbase_url = 'x'\nshop = 1", ["acquirer[0].shop", "unknown key", "mchid"]),
        ("[acquirer]\nscheme = 'wechat'", ["acquirer", "[[acquirer]]"]),
        ("[till", ["not TOML"]),
        ("[till]\nterminal_id = 'pos one'", ["till.terminal_id", "'pos one'", "1 to 8 of A-Z and 0-9"]),
        ("[till]\nterminal_id = 'POS000001'", ["till.terminal_id"]),
        ("[scanner]\nbaud = 0", ["scanner.baud = 0", "a rate such as 9600"]),
        ("[printer]\nurl = 'ftp://x'", ["printer.url", "'ftp://x'", "tcp://host:9100"]),
        ("[basket]\ntips = [5, -5]", ["basket.tips = [5, -5]", "percents from 1 to 100"]),
        ("[books]\nkeep = 0", ["books.keep = 0", "at least 1"]),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, told: list[str]) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(path, SETTINGS)
    for part in [str(path), *told]:
        assert part in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load(tmp_path / "nowhere.toml", SETTINGS)


def test_paths_are_taken_from_the_folder_of_the_file(tmp_path: Path) -> None:
    keys = "\n".join(f"{name} = 'keys/{name}'" for name in ("private_key", "certificate", "apiv3_key"))
    path = tmp_path / "shop.toml"
    path.write_text(f"[[acquirer]]\nscheme='wechat'\nbase_url='http://127.0.0.1:1'\nmchid='1'\nappid='2'\n{keys}\n")
    assert load(path, SETTINGS).acquirer[0].settings.private_key == tmp_path / "keys" / "private_key"
