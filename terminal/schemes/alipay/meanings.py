"""What a node that can be believed means: for this order or refund, in our words.

A success must name the order and the amount that were asked about; one about something else is a mismatch, whoever
signed it. Raises Malformed for what is not as its method page says.
"""

from terminal.model import Answer, Order, Reason, Refund, Verdict
from terminal.scheme import Operation
from terminal.schemes.alipay import outcomes
from terminal.schemes.alipay.codes import ORDER_URL
from terminal.schemes.alipay.replies import (
    IN_PROGRESS,
    SUCCESS,
    Cancelled,
    Failure,
    QrCode,
    Refunded,
    RefundState,
    TradeState,
)
from terminal.schemes.fields import Fields, Malformed


def meaning(operation: Operation, about: Order | Refund, node: Fields) -> Answer:
    """What `node` says in answer to `operation`."""
    said = Failure.parse(node)
    if isinstance(about, Refund):
        return _of_refund(operation, about, node) if said.code == SUCCESS else _refusal(operation, said)
    if said.code == SUCCESS:
        return _of_order(operation, about, node)
    if said.code == IN_PROGRESS and operation is Operation.PAY:
        return _trade(about, TradeState.parse(node), outcomes.PENDING, said.code)
    answer = _refusal(operation, said)
    if operation is Operation.QUERY and about.shown and answer.reason is Reason.NOT_FOUND:
        # The trade is made when somebody scans our code: until then, this is how it waits.
        return Answer(Verdict.PENDING, Reason.NOT_FOUND, answer.said)
    return answer


def _refusal(operation: Operation, said: Failure) -> Answer:
    return Answer(*outcomes.of_refusal(operation, said.code, said.sub_code), said.sub_code or said.code)


# Of an order.


def _of_order(operation: Operation, order: Order, node: Fields) -> Answer:
    match operation:
        case Operation.PAY:
            return _trade(order, TradeState.parse(node), (Verdict.APPROVED, Reason.NONE), SUCCESS)
        case Operation.SHOW:
            return _shown(order, QrCode.parse(node))
        case Operation.REVERSE | Operation.CLOSE:
            return _undone(order, Cancelled.parse(node))
        case _:
            trade = TradeState.parse(node)
            return _trade(order, trade, outcomes.of_trade(trade.trade_status), trade.trade_status)


def _trade(order: Order, trade: TradeState, outcome: outcomes.Outcome, said: str) -> Answer:
    verdict, reason = outcome
    if _differs(order, trade, verdict):
        return Answer(Verdict.UNKNOWN, Reason.MISMATCH, said, trade.trade_no)
    if verdict is Verdict.APPROVED and not trade.trade_no:
        raise Malformed("trade_no", "is missing")
    return Answer(verdict, reason, said, trade.trade_no)


def _differs(order: Order, trade: TradeState, verdict: Verdict) -> bool:
    """Whether it speaks of another order; what decides must name its order, a success its amount too."""
    other_order = trade.out_trade_no != order.order_id and bool(trade.out_trade_no or not verdict.in_doubt)
    needs_amount = trade.total is not None or verdict is Verdict.APPROVED
    return other_order or (needs_amount and trade.total != order.money.minor)


def _shown(order: Order, answer: QrCode) -> Answer:
    if answer.out_trade_no != order.order_id:
        return Answer(Verdict.UNKNOWN, Reason.MISMATCH, SUCCESS)
    if not answer.qr_code.startswith(ORDER_URL):
        return Answer(Verdict.UNKNOWN, Reason.BAD_REPLY, "qr_code of an unknown form")
    return Answer(Verdict.PENDING, said=SUCCESS, shown_code=answer.qr_code)


def _undone(order: Order, cancelled: Cancelled) -> Answer:
    said = cancelled.action or SUCCESS
    if cancelled.out_trade_no != order.order_id:
        return Answer(Verdict.UNKNOWN, Reason.MISMATCH, said)
    if cancelled.retry:
        return Answer(Verdict.UNKNOWN, Reason.OTHER, said, cancelled.trade_no, again=True)
    # Without an action there was no trade: undone as far as Alipay knows, and no further.
    return Answer(Verdict.REVERSED, Reason.NONE if cancelled.action else Reason.NOT_FOUND, said, cancelled.trade_no)


# Of a refund.


def _of_refund(operation: Operation, refund: Refund, node: Fields) -> Answer:
    if operation is Operation.REFUND_QUERY:
        return _refund_state(refund, RefundState.parse(node))
    return _refunded(refund, Refunded.parse(node))


def _refunded(refund: Refund, answer: Refunded) -> Answer:
    """It tells what has gone back in all, not what this refund did: where that proves nothing, the query must say."""
    said = "fund_change=Y" if answer.fund_change else "fund_change=N"
    paid, in_all = refund.order.money.minor, answer.refund_fee
    is_less = answer.fund_change and in_all < refund.money.minor
    if answer.out_trade_no != refund.order.order_id or in_all > paid or is_less:
        return Answer(Verdict.UNKNOWN, Reason.MISMATCH, said, answer.trade_no)
    # Nothing moved now: it went through earlier, or has not yet. Once everything is back, ours is.
    is_done = answer.fund_change or in_all == paid
    return Answer(Verdict.APPROVED if is_done else Verdict.PENDING, said=said, transaction_id=answer.trade_no)


def _refund_state(refund: Refund, state: RefundState) -> Answer:
    if not state.out_request_no and state.refund_amount is None:
        return Answer(*outcomes.NOT_FOUND, SUCCESS)  # a success, to Alipay: there is no such refund
    told = (state.out_request_no, state.out_trade_no, state.refund_amount)
    if told != (refund.refund_id, refund.order.order_id, refund.money.minor):
        return Answer(Verdict.UNKNOWN, Reason.MISMATCH, state.refund_status, state.trade_no)
    # The status is left out while the refund has not gone through.
    outcome = outcomes.of_refund(state.refund_status) if state.refund_status else outcomes.PENDING
    return Answer(*outcome, state.refund_status, state.trade_no)
