"""Who speaks on a POS line, and in whose name it is answered: sign-in, working keys, and MACs both ways."""

from random import Random

from firmware_sim.faults import Spoil
from firmware_sim.hosts import unionpay_pos_words as words
from firmware_sim.hosts.acquiring import Refused
from firmware_sim.hosts.unionpay_pos_keys import Keys
from terminal.scheme import Reply
from terminal.schemes import beijing
from terminal.schemes.fields import Malformed
from terminal.schemes.unionpay_pos import dialect
from terminal.schemes.unionpay_pos.calls import Call, batch_of, call_of, reply_type
from terminal.schemes.unionpay_pos.dialect import Dialect, Message, Received
from terminal.schemes.unionpay_pos.keys import KEY_BYTES, SINGLE_BYTES, WorkingKeys
from terminal.schemes.unionpay_pos.mac import Method

ECHOED = (3, 4, 11, 25, 41, 42, 49, 60)
WITH_SINGLE_KEY = (Method.CUP_ECB, Method.X9_9)


class Gate:
    """The keys' side of the host. Working keys last until the next sign-in, a sign-off or a restart."""

    def __init__(self, keys: Keys, spoken: Dialect, rng: Random) -> None:
        self._keys = keys
        self._spoken = spoken
        self._rng = rng
        self._working: WorkingKeys | None = None

    def sign_in(self) -> str:
        """New working keys, as DE 62 carries them."""
        mac_bytes = SINGLE_BYTES if self._spoken.mac in WITH_SINGLE_KEY else KEY_BYTES
        self._working = WorkingKeys(self._rng.randbytes(KEY_BYTES), self._rng.randbytes(mac_bytes))
        return self._working.sealed(self._keys.master_key)

    def sign_off(self) -> None:
        self._working = None

    def admit(self, received: Received) -> Call:
        """Which call it is, of our terminal and rightly sealed; raises Refused, or Malformed where it has no trace."""
        message, call = received.message, call_of(received.message)
        if (message[41], message[42]) != (self._keys.terminal_no, self._keys.merchant_no):
            raise Refused(words.UNKNOWN_TERMINAL)
        if not message[11]:
            raise Malformed("DE 11", "is missing")
        if call is None:
            raise Refused(words.NOT_SUPPORTED)
        if call.value.is_payment:
            self._check(call, received)
        return call

    def _check(self, call: Call, received: Received) -> None:
        # A reversal may be of a batch that has been closed meanwhile; nothing else may.
        is_late = batch_of(received.message) != self._keys.batch and call is not Call.REVERSAL
        if self._working is None or is_late:
            raise Refused(words.UNKNOWN_TERMINAL)
        if not received.is_sealed_by(self._spoken.mac, self._working.mac_key):
            raise Refused(words.BAD_MAC)

    def reply(self, asked: Received, said: dict[int, str], now_s: float, spoil: Spoil) -> Reply:
        """What is said, with the elements that every reply has, sealed where the request had to be."""
        request, now = asked.message, beijing.moment(now_s)
        call = call_of(request)
        elements = {number: request[number] for number in ECHOED if number in request.elements}
        elements |= {12: f"{now:%H%M%S}", 13: f"{now:%m%d}", 32: words.ACQUIRER}
        elements[37] = words.reference(now, request[11])
        elements |= said
        is_payment = call is not None and call.value.is_payment
        if is_payment:
            elements[15] = f"{now:%m%d}"
        message = Message(reply_type(request.mti), _spoilt(elements, spoil))
        routing = dialect.returned(asked.routing)
        if is_payment and self._working and message[39] not in words.UNSEALED:
            frame = dialect.write(message, routing, self._spoken.mac, self._working.mac_key)
        else:
            frame = dialect.write(message, routing)
        return Reply(0, {}, _with_wrong_end(frame) if spoil is Spoil.SIGNATURE else frame)


def _spoilt(elements: dict[int, str], spoil: Spoil) -> dict[int, str]:
    match spoil:
        case Spoil.AMOUNT if 4 in elements:  # noqa: PLR2004 - the element's own number
            return elements | {4: f"{int(elements[4]) + 1:012}"}
        case Spoil.WORD:
            return elements | {39: words.ODD}
        case Spoil.FAULT:
            return elements | {39: words.CENTRE_FAULT}
    return elements


def _with_wrong_end(frame: bytes) -> bytes:
    """A payment ends with its MAC, a sign-in with the check value of a key."""
    return frame[:-1] + bytes([frame[-1] ^ 1])
