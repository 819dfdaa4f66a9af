"""MACs and working keys: published values, and a second implementation (pycryptodome) that agrees."""

from collections.abc import Callable
from pathlib import Path

import pytest
from Crypto.Cipher import DES, DES3
from hypothesis import given
from hypothesis import strategies as st

from terminal.errors import ConfigError
from terminal.schemes.fields import Malformed
from terminal.schemes.unionpay_pos.keys import WorkingKeys, check_value, read_master_key
from terminal.schemes.unionpay_pos.mac import Method, mac

TMK = bytes.fromhex("11111111111111112222222222222222")
PIK = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
MAK = bytes.fromhex("1020304050607080")
SEALED = "CB4AB541CD5AD4FC256A882726936A5A08D7B4FB1735509EA362EDDE0000000000000000B1670FBB"


def test_the_published_examples_of_the_chained_macs() -> None:
    assert mac(Method.X9_9, PIK[:8], b"7654321 Now is the time for ").hex().upper() == "F1D30F6849312CA4"
    assert mac(Method.X9_19, PIK, b"Now is the time for all ").hex().upper() == "A1C72E74EA3FA9B6"


def _ecb(key: bytes) -> Callable[[bytes], bytes]:
    return (DES if len(key) == 8 else DES3).new(key, 1).encrypt  # 1: ECB in both modules


def _second_cup_ecb(key: bytes, data: bytes) -> bytes:
    folded = 0
    for at in range(0, len(data), 8):
        folded ^= int.from_bytes(data[at : at + 8].ljust(8, b"\0"), "big")
    text = f"{folded:016X}".encode()
    inner = int.from_bytes(_ecb(key)(text[:8]), "big") ^ int.from_bytes(text[8:], "big")
    return _ecb(key)(inner.to_bytes(8, "big")).hex().upper()[:8].encode()


def _second_x9_9(key: bytes, data: bytes) -> bytes:
    return DES.new(key[:8], DES.MODE_CBC, bytes(8)).encrypt(data + bytes(-len(data) % 8))[-8:]


def _second_x9_19(key: bytes, data: bytes) -> bytes:
    last = _second_x9_9(key, data)
    return DES.new(key[:8], DES.MODE_ECB).encrypt(DES.new(key[-8:], DES.MODE_ECB).decrypt(last))


def _second_x9_19_3des(key: bytes, data: bytes) -> bytes:
    return DES3.new(key, DES3.MODE_CBC, bytes(8)).encrypt(data + bytes(-len(data) % 8))[-8:]


@given(st.binary(min_size=1, max_size=100))
def test_a_second_implementation_agrees_on_every_mac(data: bytes) -> None:
    assert mac(Method.CUP_ECB, MAK, data) == _second_cup_ecb(MAK, data)
    assert mac(Method.CUP_ECB, PIK, data) == _second_cup_ecb(PIK, data)
    assert mac(Method.X9_9, MAK, data) == _second_x9_9(MAK, data)
    assert mac(Method.X9_19, PIK, data) == _second_x9_19(PIK, data)
    assert mac(Method.X9_19_3DES, PIK, data) == _second_x9_19_3des(PIK, data)


@given(st.binary(min_size=1, max_size=40))
def test_with_a_single_key_all_the_chained_macs_are_one(data: bytes) -> None:
    assert mac(Method.X9_19, MAK, data) == mac(Method.X9_19_3DES, MAK, data) == mac(Method.X9_9, MAK, data)


def test_working_keys_travel_as_published() -> None:
    assert WorkingKeys(PIK, MAK).sealed(TMK) == SEALED
    assert WorkingKeys.unseal(TMK, SEALED) == WorkingKeys(PIK, MAK)
    assert (check_value(PIK).hex().upper(), check_value(MAK).hex().upper()) == ("08D7B4FB", "B1670FBB")


def test_a_second_implementation_reads_the_published_keys() -> None:
    sealed = bytes.fromhex(SEALED)
    assert DES3.new(TMK, DES3.MODE_ECB).decrypt(sealed[:16]) == PIK
    assert DES3.new(TMK, DES3.MODE_ECB).decrypt(sealed[20:28]) == MAK


def test_a_mac_key_may_be_double_and_a_track_key_may_follow() -> None:
    double = WorkingKeys(PIK, PIK[::-1])
    assert WorkingKeys.unseal(TMK, double.sealed(TMK)) == double
    assert WorkingKeys.unseal(TMK, SEALED + SEALED[:40]) == WorkingKeys(PIK, MAK)


@pytest.mark.parametrize("sealed", ["", "00" * 40, SEALED[:-1] + "C", "0" + SEALED[1:], SEALED[:-2], SEALED + "00"])
def test_keys_that_are_not_what_their_check_values_say_are_refused(sealed: str) -> None:
    with pytest.raises(Malformed, match="DE 62"):
        WorkingKeys.unseal(TMK, sealed)


def test_keys_show_nothing_when_they_are_printed() -> None:
    assert repr(WorkingKeys(PIK, MAK)) == "WorkingKeys()"


def test_a_master_key_is_read_from_a_file_of_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "tmk"
    path.write_text(TMK.hex() + "\n")
    path.chmod(0o600)
    assert read_master_key(path) == TMK
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_master_key(path)


@pytest.mark.parametrize("text", ["", "1111", "not hexadecimal at all", "é" * 32, TMK.hex() + "00"])
def test_a_file_without_a_master_key_is_told_what_one_is(text: str, tmp_path: Path) -> None:
    path = tmp_path / "tmk"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="32 hexadecimal digits"):
        read_master_key(path)
