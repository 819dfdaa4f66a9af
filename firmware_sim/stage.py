"""Plays stories: the till's own flow and wires against a host, in virtual time, and holds the books against each other.

Nothing is slept and no socket is opened: a wait moves the clock, a request is put to the host by hand, and what a fault
does to a reply is what a till would find on its line.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from firmware_sim.crowd import Crowd
from firmware_sim.faults import Delivery, Faults
from firmware_sim.hand_clock import HandClock
from firmware_sim.hosts.every import HOSTS, Make
from firmware_sim.hosts.host import HELD, Host
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Kind
from firmware_sim.phones.phone import Phone
from firmware_sim.stories import Step, Story
from firmware_sim.wallets import WALLETS
from terminal.codes.classify import classify
from terminal.config import from_table
from terminal.errors import ConfigError
from terminal.model import Answer, Channel, MerchantCode, Order, PaymentCode, Reason, Refund, State, Verdict
from terminal.money import Money
from terminal.payment.actions import Ask, AskRefund, Flow, Told, Wait, Woken, Write
from terminal.payment.flow import finish, pay, refund, show
from terminal.scheme import Operation, Reply, Request, Scheme, SignsIn, Till, Wire
from terminal.schemes import BY_KEY, SETTINGS

NOBODY = "http://story.invalid"
HELD_S = 0.5
NOT_SENT = Answer(Verdict.UNKNOWN, Reason.NOT_SENT)
NO_ANSWER = Answer(Verdict.UNKNOWN, Reason.NO_ANSWER)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one step ended at one host for one wallet; `wrong` is nothing where it ended as it must."""

    step: str
    host: str
    wallet: str
    way: Kind
    verdict: Verdict
    reason: Reason
    said: str
    state: State | None
    net_fen: int
    wrong: tuple[str, ...] = ()


@dataclass(slots=True)
class Sale:
    """What the till's journal would have of one sale, and what is still to happen to it."""

    step: Step
    order: Order
    phone: Phone
    state: State | None = None
    events: list[tuple[float, Callable[[], Woken | None]]] = field(default_factory=list)


class Stage:
    """One host, with its own ledger, clock and till."""

    def __init__(self, make: Make, state: Path) -> None:
        self._clock = HandClock()
        self._ledger = Ledger()
        self._faults = Faults()
        self._rng = random.Random(7)
        self.host: Host = make(state, self._ledger, self._clock, self._faults)
        table = {**self.host.merchant_config(), "base_url": NOBODY}
        self._scheme: Scheme = BY_KEY[table["scheme"]]
        (contract,) = from_table({"acquirer": [table]}, self.host.name, state, SETTINGS).acquirer
        self._wire: Wire = self._scheme.connect(contract.settings, Till("POS01", f"{NOBODY}/notify"))
        self._crowd = Crowd(self._ledger, self._clock, self._rng)
        self._takes = contract.takes or self._scheme.takes or (self._scheme.key,)
        self._numbers = count(1)
        self._is_down = False

    def close(self) -> None:
        self._ledger.close()

    def play(self, story: Story, wallets: Sequence[str]) -> Iterator[Outcome]:
        """Each step, for each of these wallets that may pay here, each way that it may."""
        shows = self._shown_network() if self._scheme.procedure.can_show else ""
        for wallet in wallets:
            network = WALLETS[wallet].network
            for step in (one for one in story.steps if self.host.name not in one.not_at):
                if Kind.CHARGED in step.ways and network in self._takes:
                    yield self._sale(step, wallet, Kind.CHARGED)
                if Kind.SHOWN in step.ways and network == shows:
                    yield self._sale(step, wallet, Kind.SHOWN)

    def _shown_network(self) -> str:
        """Whose code this host shows: asked once, for an order that nobody pays."""
        answer = self._asked(Operation.SHOW, self._order(Money(1), shown=True))
        meaning = classify(answer.shown_code, channel=Channel.CAMERA)
        return meaning.scheme if isinstance(meaning, MerchantCode) else ""

    # One sale.

    def _sale(self, step: Step, wallet: str, way: Kind) -> Outcome:
        phone = self._crowd.arrive({**step.customer, "wallet": wallet})
        sale = Sale(step, self._order(Money(step.amount_fen), shown=way is Kind.SHOWN), phone)
        if way is Kind.CHARGED:
            digits = self._code(step, phone)
            sale.order = replace(sale.order, code=PaymentCode(WALLETS[wallet].network, digits))
        for fault in step.faults:
            for _ in range(fault.times):
                self._faults.arm(fault.name, _operation(fault.on, way))
        if step.cancelled_after_s is not None:
            sale.events.append((self._clock.monotonic() + step.cancelled_after_s, lambda: Woken.CANCELLED))
        self._is_down = step.host_is_down
        flow = show if way is Kind.SHOWN else pay
        begun_s, held = self._clock.monotonic(), self._held()
        answer = self._perform(sale, flow(sale.order, self._scheme.procedure, self._clock.monotonic))
        self._is_down = False
        is_met = not step.faults or len(self._faults.waiting) < sum(fault.times for fault in step.faults)
        self._faults.disarm()
        if sale.state and sale.state.is_open:
            procedure, now = self._scheme.procedure, self._clock.monotonic
            self._perform(sale, finish(sale.order, sale.state, procedure, now, begun_s))
        given_back = self._refunded(sale) if step.refund_fen else 0
        outcome = self._judged(sale, wallet, answer, self._held() - held, given_back)
        return outcome if is_met else replace(outcome, wrong=(*outcome.wrong, "no fault of the step's was met"))

    def _code(self, step: Step, phone: Phone) -> str:
        """What the customer holds up."""
        digits = phone.code()
        match step.code:
            case "used":
                self._ledger.spend(digits)
            case "expired":
                self._clock.advance(24 * 3600)
            case "nobody's":
                digits = phone.wallet.code(self._rng)
        return digits

    def _order(self, money: Money, *, shown: bool) -> Order:
        number = next(self._numbers)
        now_s = int(self._clock.wall())
        return Order(
            f"POS01{number:07}", f"S{number}", money, acquirer=self.host.name, shown=shown, begun_s=now_s, trace=number
        )

    def _refunded(self, sale: Sale) -> int:
        """What a refund gave back."""
        number, now_s = next(self._numbers), int(self._clock.wall())
        asked = Refund(f"R01{number:07}", sale.order, Money(sale.step.refund_fen), begun_s=now_s, trace=number)
        answer = self._perform(sale, refund(asked, self._scheme.procedure, self._clock.monotonic))
        return sale.step.refund_fen if answer.verdict is Verdict.APPROVED else 0

    def _held(self) -> int:
        """What the merchants have of all their orders, in fen. (A host may number orders in a way of its own.)"""
        self._ledger.advance(self._clock.wall())
        return sum(line.net for merchant in self._ledger.merchants() for line in self._ledger.books(merchant))

    def _judged(self, sale: Sale, wallet: str, answer: Answer, net: int, given_back: int) -> Outcome:
        """The ending that was told, and the one rule that is never told: both books say the same."""
        step, ends, state = sale.step, sale.step.ending(self.host.name), sale.state
        due = step.amount_fen - given_back if state is State.APPROVED else 0
        checks = {
            f"the verdict is {answer.verdict}": answer.verdict in ends.verdict,
            f"the reason is {answer.reason or 'none'}": not ends.reason or answer.reason in ends.reason,
            f"it is {state} in the end": state is ends.state if ends.state else state in _ENDED,
            f"the acquirer has {net} fen of it and not {due}": net == due,
            f"of {step.refund_fen} fen {given_back} were given back": given_back == step.refund_fen,
            **{f"the ledger has {broken}": False for broken in self._ledger.check()},
        }
        return Outcome(
            step.name,
            self.host.name,
            wallet,
            Kind.SHOWN if sale.order.shown else Kind.CHARGED,
            answer.verdict,
            answer.reason,
            answer.said,
            state,
            net,
            tuple(what for what, is_right in checks.items() if not is_right),
        )

    # What the flow wants done.

    def _perform(self, sale: Sale, flow: Flow) -> Answer:
        told: Told = None
        while True:
            try:
                action = flow.send(told)
            except StopIteration as end:
                answer: Answer = end.value
                return answer
            match action:
                case Write(order, state):
                    sale.order, sale.state, told = order, state, None
                case Ask(operation, order):
                    told = self._asked(operation, order)
                    self._shows(sale, told)
                case AskRefund(operation, asked):
                    told = self._asked(operation, asked)
                case Wait(until_s):
                    told = self._wait(sale, until_s)
                case _:
                    told = None

    def _shows(self, sale: Sale, answer: Answer) -> None:
        """The customer scans what the till shows, in a while."""
        if answer.shown_code and (after_s := sale.step.scans_after_s) is not None:
            sale.events.append((self._clock.monotonic() + after_s, lambda: _scanned(sale.phone, answer.shown_code)))

    def _wait(self, sale: Sale, until_s: float) -> Woken:
        """Lets pass what time there is, and happen what happens in it."""
        sale.events.sort(key=lambda event: event[0])
        while sale.events and sale.events[0][0] <= until_s:
            at_s, happens = sale.events.pop(0)
            self._clock.now_s = max(self._clock.now_s, at_s)
            if (woken := happens()) is not None:
                return woken
        self._clock.now_s = max(self._clock.now_s, until_s)
        return Woken.ELAPSED

    def _asked(self, operation: Operation, asked: Order | Refund) -> Answer:
        wire = self._wire
        if isinstance(wire, SignsIn) and (request := wire.opening(now_s=self._now_s)) is not None:
            reply = self._exchange(request)
            opened = reply if isinstance(reply, Answer) else wire.opened(reply)
            if opened.verdict is not Verdict.APPROVED:
                return replace(NOT_SENT, said=opened.said)
        reply = self._exchange(self._request(operation, asked))
        return reply if isinstance(reply, Answer) else wire.answer(operation, asked, reply, now_s=self._now_s)

    def _request(self, operation: Operation, asked: Order | Refund) -> Request:
        nonce = f"{self._rng.getrandbits(128):032x}"
        if isinstance(asked, Refund):
            return self._wire.refund_request(operation, asked, now_s=self._now_s, nonce=nonce)
        return self._wire.request(operation, asked, now_s=self._now_s, nonce=nonce)

    @property
    def _now_s(self) -> int:
        return int(self._clock.wall())

    def _exchange(self, request: Request) -> Reply | Answer:
        """What a till finds on its line, after the time that this takes."""
        if self._is_down:
            return NOT_SENT
        listens_s = self._scheme.procedure.answer_within_s
        played = self.host.play(request)
        gives_up_s = self._clock.monotonic() + listens_s
        while played.reply == HELD and self._clock.monotonic() < gives_up_s:
            self._clock.advance(HELD_S)
            played = replace(played, reply=self.host.answer(request))
        if played.reply == HELD or played.delivery in (Delivery.SILENCE, Delivery.LATE):
            self._clock.now_s = max(self._clock.now_s, gives_up_s)
            return NO_ANSWER
        if played.reply is None or played.delivery in (Delivery.NONE, Delivery.CUT):
            return NO_ANSWER
        return replace(played.reply, headers={name.lower(): value for name, value in played.reply.headers.items()})


_ENDED = (State.APPROVED, State.CLOSED)


def play_everywhere(story: Story, state: Path, hosts: Sequence[str], wallets: Sequence[str]) -> Iterator[Outcome]:
    """At each host of these names (none: all whose wire a till speaks), for each of these wallets that may pay there.

    Raises ConfigError for a host that there is not.
    """
    if unknown := sorted(set(hosts) - set(HOSTS)):
        raise ConfigError(f"no host is called {', '.join(unknown)}; there are {', '.join(HOSTS)}")
    for name in hosts or [name for name in HOSTS if name in BY_KEY]:
        stage = Stage(HOSTS[name], state)
        yield from stage.play(story, wallets)
        stage.close()


def _operation(on: Operation, way: Kind) -> Operation:
    """The same fault either way: asking for money is showing a code, and undoing closing it."""
    shown = {Operation.PAY: Operation.SHOW, Operation.REVERSE: Operation.CLOSE}
    return shown.get(on, on) if way is Kind.SHOWN else on


def _scanned(phone: Phone, text: str) -> None:
    phone.scan(text)
