"""The conversation of a POS with its acquirer: sign in, then payments that are sealed both ways.

Sans-IO. A reply is believed only when its MAC is right and it speaks of the terminal, the trace and the amount that
were asked about. There is no query on this line: what is not known is reversed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from terminal.model import Answer, Order, Reason, Refund, Verdict
from terminal.scheme import BatchLine, Closed, Closing, Operation, Reply, Request
from terminal.schemes import beijing
from terminal.schemes.fields import Malformed
from terminal.schemes.unionpay_pos import calls, closing, codes, dialect, elements, outcomes
from terminal.schemes.unionpay_pos.calls import Desk, batch_of
from terminal.schemes.unionpay_pos.dialect import Message, Received
from terminal.schemes.unionpay_pos.elements import Balance, Item, Original
from terminal.schemes.unionpay_pos.keys import WorkingKeys
from terminal.schemes.unionpay_pos.replies import answers, is_reply_to, response

_MEANT = (3, 4, 49)  # what was asked for: a reply may leave it out, an approval neither processing nor amount
_APPROVED_NAMES = (3, 4)
_AGREES = {Balance.EQUAL: True, Balance.UNEQUAL: False}


class PosWire:
    """`terminal.scheme.Wire` and `SignsIn` for one terminal. Holds the working keys and the batch of the day.

    `is_reply` is there where the line is to be kept open between exchanges: see `transport/framed.py`.
    """

    def __init__(self, desk: Desk, master_key: bytes, *, keeps_line: bool = False) -> None:
        self.desk = desk
        self.is_reply = is_reply_to if keeps_line else None
        self._master_key = master_key
        self._keys: WorkingKeys | None = None
        self._doubted = "", calls.NO_REPLY  # the last sale whose reply was not believed, by its trace, and why

    # Opening the line.

    def opening(self, *, now_s: int) -> Request | None:
        # A sign-in is no payment: its trace need only differ from the last one's.
        return None if self._keys else self.plain(self.desk.sign_in(now_s % codes.LAST_TRACE + 1))

    def opened(self, reply: Reply) -> Answer:
        try:
            message = dialect.read(reply.body).message
            said = response(message)
            if (message.mti, message[41], message[42]) != ("0810", self.desk.terminal_id, self.desk.merchant_id):
                return Answer(Verdict.UNKNOWN, Reason.MISMATCH, said)
            if said not in outcomes.SUCCESS:
                return Answer(Verdict.DECLINED, Reason.CONFIGURATION, said)
            self._keys = WorkingKeys.unseal(self._master_key, message[62])
        except Malformed as error:
            return Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, str(error))
        if codes.BATCH.fullmatch(batch_of(message)):
            self.begin(batch_of(message))
        return Answer(Verdict.APPROVED, said=said)

    def begin(self, batch: str) -> None:
        """The batch that what follows belongs to."""
        self.desk = replace(self.desk, batch=batch)

    def close_batch(self, lines: Sequence[BatchLine], traces: Iterator[int]) -> Closing:
        """`terminal.scheme.Batches`. A line that does not say its batch is taken to be of this one."""
        items = [item for line in lines if (item := self._item(line))]
        closed = yield from closing.close_batch(self, items, traces)
        return Closed(_AGREES.get(closed.balance), closed.said, len(items), self.desk.batch)

    def _item(self, line: BatchLine) -> Item | None:
        original = Original.of_transaction(line.transaction_id) or Original(self.desk.batch, "")
        is_here = original.batch == self.desk.batch
        return Item(line.trace, line.money.minor, line.is_credit, original.voucher) if is_here else None

    # Payments.

    def request(self, operation: Operation, order: Order, *, now_s: int, nonce: str) -> Request:  # noqa: ARG002
        return self._sealed(self._asked(operation, order))

    def refund_request(self, operation: Operation, refund: Refund, *, now_s: int, nonce: str) -> Request:  # noqa: ARG002
        return self._sealed(self._asked(operation, refund))

    def answer(self, operation: Operation, order: Order | Refund, reply: Reply, *, now_s: int) -> Answer:  # noqa: ARG002
        asked = self._asked(operation, order)
        try:
            answer = self._meaning(operation, asked, dialect.read(reply.body))
        except Malformed as error:
            answer = Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, str(error))
        if operation is Operation.PAY and answer.verdict is Verdict.UNKNOWN:
            self._doubted = asked[11], _why(answer)
        return answer

    def _meaning(self, operation: Operation, asked: Message, received: Received) -> Answer:
        message, said = received.message, response(received.message)
        if not answers(asked, message):
            return Answer(Verdict.UNKNOWN, Reason.MISMATCH, said)
        if said in outcomes.SIGN_IN_AGAIN:
            self._keys = None  # such a reply has no MAC; signing in once more does no harm, whoever asks for it
            return Answer(Verdict.UNKNOWN, Reason.OTHER, said)
        if not self._vouched_for(received):
            return Answer(Verdict.UNKNOWN, Reason.BAD_SIGNATURE, "reply without a right MAC")
        verdict, reason = outcomes.of(operation, said)
        if _differs(asked, message, verdict):
            return Answer(Verdict.UNKNOWN, Reason.MISMATCH, said)
        if verdict is not Verdict.APPROVED:
            return Answer(verdict, reason, said)
        return Answer(verdict, reason, said, self._transaction_id(message), payer=elements.parse_issuer(message[63]))

    def _asked(self, operation: Operation, order: Order | Refund) -> Message:
        if isinstance(order, Refund):
            return self._give_back(operation, order)
        if operation is Operation.REVERSE:
            trace, why = self._doubted
            is_known = trace == f"{order.trace:06}"
            return self.desk.reversal(order.trace, order.money, order.code, why if is_known else calls.NO_REPLY)
        assert operation is Operation.PAY, f"a POS line has no {operation}"
        assert order.code, "a code is charged once, by the attempt that scanned it"
        return self.desk.sale(order.trace, order.money, order.code)

    def _give_back(self, operation: Operation, refund: Refund) -> Message:
        """A repeat has the same trace. What may be voided is, whoever asks: a batch may be open for days."""
        order = refund.order
        date = beijing.moment(order.begun_s).strftime("%m%d")
        original = Original.of_transaction(order.transaction_id) or Original(self.desk.batch, date)
        in_batch = refund.money == order.money and original.batch == self.desk.batch
        is_void = operation is Operation.VOID or in_batch
        write = self.desk.void if is_void else self.desk.refund
        return write(refund.trace, refund.money, original, order.trace)

    def _vouched_for(self, received: Received) -> bool:
        return self._keys is not None and received.is_sealed_by(self.desk.dialect.mac, self._keys.mac_key)

    def _transaction_id(self, message: Message) -> str:
        """What a void or a refund will need; empty where the reply does not even say its date."""
        number = self.desk.dialect.code_element
        try:
            voucher = elements.parse_tagged(number, message[number]).get(elements.VOUCHER_TAG, "")
        except Malformed:
            voucher = ""  # paid all the same: batch and trace name it too
        written = Original(self.desk.batch, message[13], voucher, message[37]).transaction_id()
        return written if Original.of_transaction(written) else ""

    # Frames.

    def plain(self, message: Message) -> Request:
        """A message that moves no money goes without a MAC."""
        return _framed(dialect.write(message, self._routing))

    def _sealed(self, message: Message) -> Request:
        assert self._keys, "the line is opened first"
        return _framed(dialect.write(message, self._routing, self.desk.dialect.mac, self._keys.mac_key))

    @property
    def _routing(self) -> str:
        return self.desk.dialect.tpdu + self.desk.dialect.header


def _why(answer: Answer) -> str:
    """What a reversal says for its reason, where a reply came."""
    if answer.said == calls.CANNOT_PROCESS:
        return calls.CANNOT_PROCESS
    return calls.BAD_MAC if answer.reason is Reason.BAD_SIGNATURE else calls.OTHER_CAUSE


def _framed(frame: bytes) -> Request:
    return Request("", "", {}, frame)


def _differs(asked: Message, said: Message, verdict: Verdict) -> bool:
    """Whether it speaks of another payment."""
    needed = _APPROVED_NAMES if verdict is Verdict.APPROVED else ()
    return any(said[number] != asked[number] for number in _MEANT if number in needed or number in said.elements)
