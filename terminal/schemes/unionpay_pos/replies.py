"""Which reply belongs to which request, and what it says: shared by payments and by the end of the day."""

from terminal.schemes.fields import Malformed
from terminal.schemes.unionpay_pos import codes, dialect
from terminal.schemes.unionpay_pos.calls import reply_type
from terminal.schemes.unionpay_pos.dialect import Message

_IDENTITY = (11, 41, 42)  # trace, terminal, merchant: whose reply it is


def is_reply_to(request: bytes, reply: bytes) -> bool:
    """Whether a frame answers another: a late reply to an earlier request, with another trace or type, does not."""
    try:
        return answers(dialect.read(request).message, dialect.read(reply).message)
    except Malformed:
        return False


def answers(asked: Message, said: Message) -> bool:
    return said.mti == reply_type(asked.mti) and all(said[number] == asked[number] for number in _IDENTITY)


def response(message: Message) -> str:
    """DE 39, as it may be shown and kept; empty where it is nothing of the kind."""
    return message[39] if codes.RESPONSE.fullmatch(message[39]) else ""
