"""What a till keeps of its conversations: readable by the scheme's own words, and nothing in it that could be spent."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.faults import Faults
from firmware_sim.hand_clock import HandClock
from firmware_sim.hosts.every import HOSTS
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer
from firmware_sim.phones.phone import Phone
from firmware_sim.wallets import WALLETS
from terminal.books.conversation import KEPT, ConversationLog, Exchange, conversation
from terminal.config import from_table
from terminal.errors import JournalError
from terminal.model import Answer, Order, PaymentCode, Reason, Refund, Verdict
from terminal.money import Money
from terminal.scheme import Notified, Operation, Reply, Request, SignsIn, Till
from terminal.schemes import BY_KEY, SETTINGS
from terminal.schemes.told import LONGEST, MOST_FIELDS, told
from terminal.till.witness import NOTICE, Witness

PAYERS = {"wechat": "wechat", "wechat_v2": "wechat", "qra": "wechat", "alipay": "alipay", "alipayplus": "alipayplus"}
NOW_S = 1_795_400_000
CODE = "134567890123456789"


class Counter:
    """One acquirer, the till's wire to it, a customer, and a witness of what is said."""

    def __init__(self, name: str, state: Path) -> None:
        self.clock, self.ledger, self.log = HandClock(NOW_S), Ledger(), ConversationLog(state / "wire.db")
        self.host = HOSTS[name](state, self.ledger, self.clock, Faults())
        table = {**self.host.merchant_config(), "base_url": "http://lab.invalid"}
        (contract,) = from_table({"acquirer": [table]}, name, state, SETTINGS).acquirer
        self.wire = BY_KEY[contract.scheme].connect(contract.settings, Till("POS01", "http://lab.invalid/n"))
        network = PAYERS.get(name, "unionpay")
        wallet = next(wallet for wallet in WALLETS.values() if wallet.network == network)
        self.ledger.add_customer(Customer("c1", wallet=wallet.key), 10_000_00)
        self.code = Phone("c1", self.ledger, self.clock, random.Random(1)).code()
        self.order = Order(
            "POS01000010000100WI", "S1", Money(1250), PaymentCode(network, self.code), name, begun_s=NOW_S, trace=1
        )
        self._rng = random.Random(2)
        self.witness = Witness(self.log, self.clock, name)

    def ask(self, operation: Operation, about: Order | Refund) -> Answer:
        if isinstance(self.wire, SignsIn) and (opening := self.wire.opening(now_s=NOW_S)):
            self.wire.opened(self._reply(opening))
        asking: Any = self.wire.refund_request if isinstance(about, Refund) else self.wire.request
        request = asking(operation, about, now_s=NOW_S, nonce=f"{self._rng.getrandbits(128):032x}")
        reply = self._reply(request)
        answer = self.wire.answer(operation, about, reply, now_s=NOW_S)
        self.witness.asked(operation, about, request, reply, answer, self.clock.monotonic())
        return answer

    def _reply(self, request: Request) -> Reply:
        reply = self.host.answer(request)
        return replace(reply, headers={name.lower(): value for name, value in reply.headers.items()})


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path


@pytest.mark.parametrize("name", HOSTS)
def test_a_payment_and_its_refund_are_told_by_the_schemes_own_words_without_the_code(name: str, state: Path) -> None:
    at = Counter(name, state)
    paid = at.ask(Operation.PAY, at.order)
    assert paid.verdict in (Verdict.APPROVED, Verdict.PENDING), paid
    order = replace(at.order, transaction_id=paid.transaction_id)
    at.ask(Operation.REFUND, Refund("RPOS01000010000200WI", order, Money(250), begun_s=NOW_S, trace=2))
    at.log.close()
    said = conversation(state / "wire.db", at.order.order_id)
    assert [(one.operation, one.acquirer) for one in said] == [("pay", name), ("refund", name)]
    assert said[0].meant == (paid.verdict,)
    for one in said:
        assert len(one.asked) > 3, one.asked
        assert len(one.said) > 3, one.said
        assert "bytes" not in one.asked.keys() | one.said.keys(), "it was read"
    assert any("1250" in value or "12.50" in value for value in said[0].asked.values())
    assert any("*" in value for value in said[0].asked.values()), "the code, masked"
    kept = b"".join(file.read_bytes() for file in state.glob("wire.db*"))
    assert at.code.encode() not in kept


def test_what_is_nested_is_told_by_the_way_to_it() -> None:
    body = (
        b'{"amount": {"total": 1250}, "payer": {"auth_code": "134567890123456789"}, "list": [{"a": null}, {"b": "c"}]}'
    )
    assert told("/v3/pay?mchid=190", body) == {
        "mchid": "190",
        "amount.total": "1250",
        "payer.auth_code": "13************6789",
        "list[1].b": "c",
    }
    assert (
        told("", b"biz_content=%7B%22total_amount%22%3A%2212.50%22%7D&sign=abc")["biz_content.total_amount"] == "12.50"
    )
    assert told("", b"respMsg=OK[00]&reserved={a=1&b=2}") == {"respMsg": "OK[00]", "reserved": "{a=1&b=2}"}


@pytest.mark.parametrize(
    ("body", "secret"),
    [
        (b'{"message": "134567890123456789 was used"}', CODE),
        (b'{"note": "the code 134567890123456789, again"}', CODE),
        (b"<xml><auth_code>134567890123456789</auth_code></xml>", CODE),
        (b'{"apiv3_key": "0123456789abcdefghijklmnopqrstuv"}', "0123456789abc"),
        (b'{"sign": "c2lnbmF0dXJl"}', "c2lnbmF0dXJl"),
        (b'{"payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}', "M2pxb1Q9zNj"),
        (b'{"password": "123456"}', "123456"),
        (b'{"buyer_id": "12345"}', "12345"),
    ],
)
def test_what_could_be_spent_or_is_a_persons_is_not_told(body: bytes, secret: str) -> None:
    fields = told("", body)
    assert fields
    assert secret not in str(fields)


def test_a_code_that_no_rule_knows_is_masked_all_the_same() -> None:
    assert told("", b'{"said": "hQVDUFYwMWETTwigAAAAVVVVAQ=="}', "hQVDUFYwMWETTwigAAAAVVVVAQ==") == {
        "said": "hQ" + "*" * 22 + "AQ=="
    }


@given(st.binary(max_size=300), st.text(max_size=60))
def test_any_bytes_are_told_within_bounds(body: bytes, path: str) -> None:
    fields = told(path, body)
    assert len(fields) <= MOST_FIELDS
    assert all(len(text) <= LONGEST + 20 for pair in fields.items() for text in pair)


def test_a_deep_or_a_long_message_is_cut() -> None:
    assert told("", b'{"a":' * 90_000) == {"bytes": str(5 * 90_000)}
    assert set(told("", b'{"a":' * 9 + b"1" + b"}" * 9)) == {"a.a.a.a.a.a"}
    assert told("", b'{"a": "' + b"x" * 500 + b'"}')["a"] == "x" * LONGEST + "... (500)"


def test_a_question_that_nobody_answered_says_so(state: Path) -> None:
    log, clock = ConversationLog(state / "wire.db"), HandClock(NOW_S)
    order = Order("POS1", "S1", Money(1), PaymentCode("wechat", CODE))
    lost = Answer(Verdict.UNKNOWN, Reason.NO_ANSWER)
    since_s = clock.monotonic()
    clock.advance(10)
    request = Request("POST", "/pay?code=134567890123456789", {}, CODE.encode())
    Witness(log, clock, "wechat").asked(Operation.PAY, order, request, lost, lost, since_s)
    (one,) = conversation(state / "wire.db", "POS1")
    assert (one.took_ms, one.status, one.said, one.path) == (10_000, 0, {}, "/pay")
    assert one.meant == ("unknown", "no_answer")
    assert one.wall_ms == NOW_S * 1000
    assert CODE not in str(one)


def test_a_call_of_the_acquirer_is_part_of_it(state: Path) -> None:
    log = ConversationLog(state / "wire.db")
    request = Request("POST", "/wechat", {}, b'{"id": "EV-1", "resource": {"ciphertext": "c2VjcmV0"}}')
    Witness(log, HandClock(NOW_S), "wechat").heard(request, Notified("POS1", Reply(204, {})))
    (one,) = conversation(state / "wire.db", "POS1")
    assert (one.operation, one.status, dict(one.asked)) == (NOTICE, 204, {"id": "EV-1", "resource.ciphertext": "(8)"})


# --- the file ---------------------------------------------------------------------------------------------


def exchange(number: int) -> Exchange:
    return Exchange(f"POS{number}", number, 1, "wechat", "pay", "POST", "/pay", {"a": "\ud800"}, 200, {}, ("approved",))


def test_the_oldest_goes_when_there_is_too_much(state: Path) -> None:
    path = state / "wire.db"
    ConversationLog(path).close()
    db = apsw.Connection(str(path))
    db.execute(f"""with recursive n(i) as (select 1 union all select i + 1 from n where i < {KEPT + 100})
        insert into exchange select i, 'POS' || i, i, 0, '', '', '', '', '{{}}', 0, '{{}}', '[]' from n""")
    db.close()
    log = ConversationLog(path)
    log.keep(exchange(0))
    assert conversation(path, "POS101") == []
    assert len(conversation(path, "POS102")) == 1
    assert conversation(path, "POS0") == [exchange(0)]


def test_a_damaged_file_is_begun_anew_and_books_without_one_have_no_conversation(state: Path) -> None:
    path = state / "wire.db"
    assert conversation(path, "POS1") == []
    path.write_bytes(b"no database at all" * 500)
    log = ConversationLog(path)
    log.keep(exchange(1))
    assert conversation(path, "POS1") == [exchange(1)]


def test_a_place_that_cannot_be_kept_to_ourselves_is_named(state: Path, mocker: Any) -> None:
    mocker.patch.object(Path, "chmod", side_effect=PermissionError(1, "Operation not permitted"))
    with pytest.raises(JournalError, match=r"wire\.db"):
        ConversationLog(state / "wire.db")


def test_talk_that_cannot_be_kept_costs_no_payment(state: Path) -> None:
    log = ConversationLog(state / "wire.db")
    other = apsw.Connection(str(state / "wire.db"))
    other.execute("drop table exchange")
    log.keep(exchange(1))
