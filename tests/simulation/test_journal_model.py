"""The journal beside a model of it: any calls in any order, with power cuts in between (gate G1)."""

import os
import random
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from firmware_sim.simulation.disk import Disk, drives, hold_place
from terminal.books.journal import Journal
from terminal.errors import IllegalMove
from terminal.model import Answer, Order, PaymentCode, Refund, RefundState, State, Verdict
from terminal.money import Money

# The diagram of docs/money.md, written down once more: from where each state may be entered.
EDGES = {
    State.APPROVED: {State.INTENT},
    State.REVERSING: {State.INTENT, State.REVERSED, State.CLOSED},
    State.REVERSED: {State.REVERSING},
    State.CLOSED: {State.INTENT, State.REVERSED, State.MANUAL},
    State.MANUAL: {State.INTENT, State.REVERSING, State.REVERSED},
}
FEN = 100
SALES, ORDERS = 3, 12
WHY = Answer(Verdict.UNKNOWN, said="model")
EXAMPLES = int(os.environ.get("SAOMA_MODEL_EXAMPLES", "15"))  # `make prove` asks for more
STEPS = int(os.environ.get("SAOMA_MODEL_STEPS", "30"))


class JournalBesideItsModel(RuleBasedStateMachine):
    """The model is three dictionaries; the journal is the real one, on a disk that loses power."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.disks = self.stack.enter_context(drives())
        self.folder = Path(tempfile.mkdtemp())
        self.stack.callback(shutil.rmtree, self.folder)
        self.sales: dict[str, str] = {}  # by order number
        self.states: dict[str, State] = {}
        self.refunds: dict[str, tuple[str, int, RefundState]] = {}
        self.disk = Disk()
        self.journal = self.start()

    def start(self) -> Journal:
        self.disks[str(self.folder)] = self.disk
        hold_place(self.folder / "journal.db")
        return Journal(self.folder / "journal.db", wall=lambda: 1.8e9, monotonic=lambda: 0.0)

    def teardown(self) -> None:
        self.journal.close()
        self.stack.close()

    @precondition(lambda self: len(self.states) < ORDERS)
    @rule(sale=st.integers(1, SALES), shown=st.booleans())
    def an_attempt_begins(self, sale: int, shown: bool) -> None:
        number = len(self.states) + 1
        code = None if shown else PaymentCode("wechat", f"13456789012345{number:04}")
        order = Order(f"O{number}", f"S{sale}", Money(FEN), code, "wechat", shown=shown, begun_s=1, trace=number)
        live = [one for one, of in self.sales.items() if of == order.sale_id]
        may = not any(self.states[one] in (State.INTENT, State.APPROVED) for one in live)
        if self.allowed(lambda: self.journal.begin(order), may):
            self.sales[order.order_id], self.states[order.order_id] = order.sale_id, State.INTENT

    @precondition(lambda self: self.states)
    @rule(data=st.data(), to=st.sampled_from(sorted(EDGES)))
    def an_attempt_moves(self, data: st.DataObject, to: State) -> None:
        order_id = data.draw(st.sampled_from(sorted(self.states)))
        may = self.states[order_id] in EDGES[to]
        if self.allowed(lambda: self.journal.move(order_id, to, WHY), may):
            self.states[order_id] = to

    @precondition(lambda self: State.APPROVED in self.states.values())
    @rule(data=st.data(), fen=st.integers(1, FEN))
    def a_refund_begins(self, data: st.DataObject, fen: int) -> None:
        order_id = data.draw(st.sampled_from(sorted(self.states)))
        given = sum(minor for of, minor, state in self.refunds.values() if of == order_id and state.holds_money)
        may = self.states[order_id] is State.APPROVED and fen <= FEN - given
        order = Order(order_id, self.sales[order_id], Money(FEN), None, "wechat")
        refund = Refund(f"R{len(self.refunds) + 1}", order, Money(fen))
        if self.allowed(lambda: self.journal.begin_refund(refund), may):
            self.refunds[refund.refund_id] = order_id, fen, RefundState.ASKED

    @precondition(lambda self: self.refunds)
    @rule(data=st.data(), to=st.sampled_from((RefundState.DONE, RefundState.REFUSED, RefundState.MANUAL)))
    def a_refund_ends(self, data: st.DataObject, to: RefundState) -> None:
        refund_id = data.draw(st.sampled_from(sorted(self.refunds)))
        order_id, minor, state = self.refunds[refund_id]
        may = state in (RefundState.ASKED, RefundState.MANUAL)
        if self.allowed(lambda: self.journal.move_refund(refund_id, to, WHY), may):
            self.refunds[refund_id] = order_id, minor, to

    @rule(seed=st.integers(0, 1000))
    def the_power_fails(self, seed: int) -> None:
        image = self.disk.survivors(random.Random(seed))
        self.journal.close()
        self.disk = Disk(image)
        self.journal = self.start()

    def allowed(self, work: object, may: bool) -> bool:
        assert callable(work)
        try:
            work()
        except IllegalMove:
            assert not may, "the diagram allows it"
            return False
        assert may, "the diagram does not allow it"
        return True

    @invariant()
    def both_say_the_same(self) -> None:
        assert {one.order_id: one.state for one in self.journal.attempts()} == self.states
        lines = {one.refund_id: (one.attempt.order_id, one.money.minor, one.state) for one in self.journal.refunds()}
        assert lines == self.refunds
        self.journal.verify()


JournalBesideItsModel.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestTheJournal = JournalBesideItsModel.TestCase
