"""What the till says: where things stand now, and every event to whoever listens. It decides nothing."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from terminal.books.journal import Attempt
from terminal.clock import Clock
from terminal.model import Order, State
from terminal.money import Currency, Money
from terminal.steps import DeviceState, Event, Laid, Notice, OpenAttempt, Phase, Settling, Snapshot, Split, Stage, Step

SAME_NOTICE_S = 2.0  # a code that stays in view is mentioned once


class Board:
    """Belongs to the till's loop. Its `snapshot` is replaced whole, never changed."""

    def __init__(self, clock: Clock, currency: Currency) -> None:
        self._clock = clock
        self._listeners: list[Callable[[Event], None]] = []
        self._last_notice = (Notice(""), 0.0)
        self._timer: asyncio.TimerHandle | None = None
        self._open: dict[str, tuple[float, Money, State]] = {}  # with when it was begun, in Unix seconds
        self.split: Split | None = None  # of the sale that all steps are about
        self.snapshot = Snapshot(Step(Phase.IDLE), currency=currency)

    @property
    def phase(self) -> Phase:
        return self.snapshot.step.phase

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Tell `listener` every event; returns how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            listener(event)

    def step(self, step: Step) -> None:
        """The sale moved on."""
        if step.split != self.split:
            step = replace(step, split=self.split)
        self.snapshot = replace(self.snapshot, step=step)
        self.tell(step)

    def about(self, step: Step, order: Order, wallet: str) -> None:
        """As `step`, filled with what is known of the order."""
        code = order.code.masked if order.code else ""
        self.step(replace(step, order_id=order.order_id, wallet=wallet, code=code, since_s=self._clock.monotonic()))

    def for_a_while(self, step: Step, seconds: float, then: Callable[[], None]) -> None:
        """A step that ends by itself."""
        now_s = self._clock.monotonic()
        self.step(replace(step, deadline_s=now_s + seconds, since_s=now_s))
        self.later(seconds, then)

    def later(self, seconds: float, then: Callable[[], None]) -> None:
        """The one timer of the counter: setting it anew forgets what it was set for."""
        self.no_timer()
        self._timer = asyncio.get_running_loop().call_later(self._clock.real(seconds), then)

    def no_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def notice(self, key: str, detail: str = "") -> None:
        self.say(Notice(key, detail))

    def say(self, notice: Notice) -> None:
        """Say it, unless it was the last thing said and its cause has been there ever since."""
        now_s = self._clock.monotonic()
        last, last_s = self._last_notice
        self._last_notice = (notice, now_s)
        if notice != last or self._clock.real(now_s - last_s) > SAME_NOTICE_S:
            self.snapshot = replace(self.snapshot, said=notice)
            self.tell(notice)

    def device(self, state: DeviceState) -> None:
        """A device came, went, or has something to say."""
        same = [one for one in self.snapshot.devices if (one.kind, one.name) == (state.kind, state.name)]
        others = tuple(one for one in self.snapshot.devices if one not in same)
        since_s = same[0].since_s if same and same[0].up is state.up else self._clock.wall()
        state = replace(state, since_s=since_s)
        self.snapshot = replace(self.snapshot, devices=(*others, state))
        self.tell(state)

    def open_attempts(self, attempts: Sequence[Attempt]) -> None:
        """What is still owed an ending, as the books say it at start; from then on `moved` is told."""
        self._open = {one.order_id: (one.begun_ms / 1000, one.money, one.state) for one in attempts}
        self._show_open()

    def moved(self, order: Order, state: State) -> None:
        """Where an attempt now stands in the books."""
        if state.is_open:
            self._open[order.order_id] = (float(order.begun_s), order.money, state)
        else:
            self._open.pop(order.order_id, None)
        self._show_open()

    def _show_open(self) -> None:
        now_s = self._clock.wall()
        begun = sorted((begun_s, order_id) for order_id, (begun_s, _, _) in self._open.items())
        told = (OpenAttempt(one, *self._open[one][1:], max(0.0, now_s - begun_s)) for begun_s, one in begun)
        self.snapshot = replace(self.snapshot, open_attempts=tuple(told))

    def settling(self, progress: Settling) -> None:
        """The end of the day moved on."""
        self.snapshot = replace(self.snapshot, settling=None if progress.stage is Stage.DONE else progress)
        self.tell(progress)

    def laid(self, laid: Laid) -> None:
        """The goods at the counter changed."""
        self.snapshot = replace(self.snapshot, laid=laid)
        self.tell(laid)

    def sold(self, money: Money) -> None:
        """One more sale since the start."""
        total = self.snapshot.approved_total or Money(0, money.currency)
        count = self.snapshot.approved_count + 1
        self.snapshot = replace(self.snapshot, approved_count=count, approved_total=total + money)
