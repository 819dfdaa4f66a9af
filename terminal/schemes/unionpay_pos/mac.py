"""The four ways in which Chinese POS lines seal a message: eight bytes over everything before them.

Which one an acquirer wants is written in no message, so it is a setting. `cup-ecb` is UnionPay's own; the others are
CBC-MACs of ANSI X9.9 and X9.19, as the non-ASCII seal of a captured message shows some acquirers to use.
"""

from enum import StrEnum

from terminal.crypto import des_decrypt, des_encrypt

BLOCK = 8


class Method(StrEnum):
    CUP_ECB = "cup-ecb"
    X9_9 = "x9.9"
    X9_19 = "x9.19"
    X9_19_3DES = "x9.19-3des"


def mac(method: Method, key: bytes, data: bytes) -> bytes:
    """DE 64: eight bytes over `data` (from the message type on), by a key of 8 or 16 bytes."""
    blocks = [data[at : at + BLOCK].ljust(BLOCK, b"\0") for at in range(0, len(data), BLOCK)]
    match method:
        case Method.CUP_ECB:
            return _cup_ecb(key, blocks)
        case Method.X9_9:
            return _chained(key[:BLOCK], blocks)
        case Method.X9_19:
            first, second = key[:BLOCK], key[-BLOCK:]
            return des_encrypt(first, des_decrypt(second, _chained(first, blocks)))
        case Method.X9_19_3DES:
            return _chained(key, blocks)


def _cup_ecb(key: bytes, blocks: list[bytes]) -> bytes:
    """Fold all blocks into one, write it in hex, encrypt the halves in a chain; the first half of that, in hex."""
    folded = bytes(BLOCK)
    for block in blocks:
        folded = _xor(folded, block)
    text = _hex(folded)
    sealed = des_encrypt(key, _xor(des_encrypt(key, text[:BLOCK]), text[BLOCK:]))
    return _hex(sealed)[:BLOCK]


def _chained(key: bytes, blocks: list[bytes]) -> bytes:
    state = bytes(BLOCK)
    for block in blocks:
        state = des_encrypt(key, _xor(state, block))
    return state


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left) ^ int.from_bytes(right)).to_bytes(BLOCK)


def _hex(data: bytes) -> bytes:
    return data.hex().upper().encode()
