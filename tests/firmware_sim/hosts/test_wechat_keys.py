from pathlib import Path

import pytest

from firmware_sim.hosts import wechat_keys as keys_module
from firmware_sim.hosts.wechat_keys import Keys, load_or_make
from terminal.errors import ConfigError


def test_keys_are_the_owners_alone(wechat_keys: Keys) -> None:
    folder = wechat_keys.files.folder
    assert folder.stat().st_mode & 0o777 == 0o700
    files = list(folder.iterdir())
    assert len(files) == 9
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_keys_are_made_once_and_used_again(wechat_keys: Keys) -> None:
    again = load_or_make(wechat_keys.files.folder.parent)
    assert (again.mchid, again.appid, again.apiv3_key) == (wechat_keys.mchid, wechat_keys.appid, wechat_keys.apiv3_key)
    assert again.merchant_serial == wechat_keys.merchant_serial
    assert again.platform_key.private_numbers() == wechat_keys.platform_key.private_numbers()


def test_identities_have_the_shapes_of_real_ones(wechat_keys: Keys) -> None:
    assert len(wechat_keys.mchid) == 10
    assert wechat_keys.appid.startswith("wx")
    assert wechat_keys.public_key_id.startswith("PUB_KEY_ID_")
    assert len(wechat_keys.apiv3_key) == 32
    assert wechat_keys.apiv3_key.decode() not in repr(wechat_keys)


def test_a_start_that_was_cut_leaves_all_the_keys_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(keys_module, "_fill", cut)
    with pytest.raises(OSError, match="no space"):
        load_or_make(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_others_can_read_is_refused_at_the_next_start(tmp_path: Path) -> None:
    made = load_or_make(tmp_path)
    made.files.platform_key.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_or_make(tmp_path)
