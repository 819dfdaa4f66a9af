"""What an Alipay host tells a shop unasked, and the next morning: notifications and bills."""

from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest

from firmware_sim.faults import FAULTS
from firmware_sim.hosts.alipay import AlipayHost
from terminal.errors import NoBill
from terminal.model import Refund
from terminal.money import Money
from terminal.scheme import BillKind, BillLine, Operation, Reply, Request
from terminal.schemes.alipay import bills
from terminal.schemes.alipay.codes import beijing
from terminal.schemes.alipay.notices import TradeNotice
from terminal.schemes.alipay.replies import BillUrl
from terminal.schemes.alipay.wire import BILL, Call, node_name

NOTIFY = "http://127.0.0.1:9/alipay"


# --- telling the shop ------------------------------------------------------------------------------------


def test_a_payment_is_told_and_the_till_knows_whose_it_is(either: Any) -> None:
    order = either.shown()
    either.customer().scan(either.ask(Operation.SHOW, order).shown_code)
    purchase = either.host.acquirer.find(order.order_id)
    assert purchase.notify_url == NOTIFY
    heard = either.wire.notified(either.host.notice(purchase, None), now_s=int(either.clock.wall()))
    assert heard.order_id == order.order_id
    assert heard.reply.body == b"success"
    assert either.host.heard(heard.reply)


def test_a_refund_is_told_with_all_that_went_back(shop: Any) -> None:
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    shop.ask(Operation.REFUND, Refund("R1", order, Money(234)))
    purchase = shop.host.acquirer.find(order.order_id)
    (returned,) = shop.host.acquirer.refunds(purchase)
    told = TradeNotice.read(shop.host.notice(purchase, returned).body, shop.keys.credentials().platform_keys)
    assert (told.refund_fee, told.trade_status, told.out_trade_no) == (234, "TRADE_SUCCESS", order.order_id)


def test_what_waits_to_be_told_is_in_the_books_with_the_payment(shop: Any) -> None:
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    shop.ask(Operation.REFUND, Refund("R1", order, Money(234)))
    assert [notice.url for notice in shop.ledger.notices_of(order.order_id)] == [NOTIFY, NOTIFY]


def test_the_ladder_is_the_documented_one() -> None:
    assert AlipayHost.ladder_s == (240, 600, 600, 3600, 7200, 21600, 54000)
    assert sum(AlipayHost.ladder_s) == 24 * 3600 + 24 * 60  # "8 sends in 25 h"


def test_a_notice_of_nobodys_is_not_heard(shop: Any) -> None:
    order = shop.order(shop.customer().code())
    shop.ask(Operation.PAY, order)
    purchase = shop.host.acquirer.find(order.order_id)
    heard = shop.wire.notified(shop.host.notice(purchase, None, FAULTS["bad_signature"]), now_s=0)
    assert heard.order_id == ""
    assert not shop.host.heard(heard.reply)


# --- bills ---------------------------------------------------------------------------------------------


def _bill(shop: Any, day: date, *, later_s: float = 0.0) -> tuple[BillLine, ...]:
    """What a till fetches; `later_s` passes between the link and the file."""
    fetching = shop.wire.bill(day, now_s=int(shop.clock.wall()), nonces=iter(()))
    file = fetching.send(shop.host.answer(next(fetching)))
    shop.clock.advance(later_s)
    with pytest.raises(StopIteration) as done:
        fetching.send(shop.host.answer(file))
    lines: tuple[BillLine, ...] = done.value.value
    return lines


def _today(shop: Any) -> date:
    return date.fromisoformat(beijing(shop.clock.wall())[:10])


def test_a_bill_says_what_was_paid_and_what_went_back(either: Any) -> None:
    day = _today(either)
    kept, undone, shown = either.order(either.customer().code()), either.order(either.customer().code()), either.shown()
    for order in (kept, undone, either.order(either.customer(balance=0).code())):
        either.ask(Operation.PAY, order)
    either.customer().scan(either.ask(Operation.SHOW, shown).shown_code)
    either.ask(Operation.REFUND, Refund("R1", kept, Money(234)))
    either.ask(Operation.REVERSE, undone)
    either.clock.advance(33 * 3600)
    lines = _bill(either, day)
    assert [(line.order_id, line.kind, line.money.minor, line.refund_id, str(line.fee)) for line in lines] == [
        (kept.order_id, BillKind.SALE, 1234, "", "0.07"),  # 0.6 %, each by itself
        (kept.order_id, BillKind.REFUND, 234, "R1", "0.00"),
        (undone.order_id, BillKind.SALE, 1234, "", "0.07"),
        (undone.order_id, BillKind.REVERSAL, 1234, "", "0.00"),
        (shown.order_id, BillKind.SALE, 500, "", "0.03"),
    ]
    signs = {BillKind.SALE: 1, BillKind.REFUND: -1, BillKind.REVERSAL: -1}
    in_all = sum(signs[line.kind] * line.money.minor for line in lines)
    assert in_all == either.net(kept) + either.net(undone) + either.net(shown)
    assert all(len(line.transaction_id) == 28 and line.at.startswith(day.isoformat()) for line in lines)


def test_a_month_is_a_bill_too(shop: Any) -> None:
    month = _today(shop).isoformat()[:7]
    shop.ask(Operation.PAY, shop.order(shop.customer().code()))
    shop.clock.advance(33 * 3600)
    told = shop.said("alipay.data.dataservice.bill.downloadurl.query", {"bill_type": "trade", "bill_date": month})
    url = urlsplit(told["bill_download_url"])
    file = shop.host.answer(Request("GET", f"{url.path}?{url.query}", {}))
    assert file.headers["content-type"] == "application/zip"
    assert [row.amount for row in bills.read(file.body)] == [1234]


def test_a_bill_is_ready_the_next_morning_and_empty_where_nothing_was_sold(shop: Any) -> None:
    shop.ask(Operation.PAY, shop.order(shop.customer().code()))
    with pytest.raises(NoBill, match="BILL_NOT_EXIST"):
        _bill(shop, _today(shop))
    fetching = shop.wire.bill(date(2026, 1, 1), now_s=int(shop.clock.wall()), nonces=iter(()))
    with pytest.raises(StopIteration) as done:  # NO_BILL_DATA, and no file to fetch
        fetching.send(shop.host.answer(next(fetching)))
    assert done.value.value == ()


def test_a_link_to_a_bill_dies_after_half_a_minute(shop: Any) -> None:
    day = _today(shop)
    shop.ask(Operation.PAY, shop.order(shop.customer().code()))
    shop.clock.advance(33 * 3600)
    assert len(_bill(shop, day, later_s=29)) == 1
    with pytest.raises(NoBill, match="not a zip file"):
        _bill(shop, day, later_s=31)


def test_a_bill_that_nobody_signed_is_not_fetched(shop: Any) -> None:
    fetching = shop.wire.bill(_today(shop), now_s=0, nonces=iter(()))
    next(fetching)
    forged = Reply(200, {}, b'{"error_response":{"code":"10000","bill_download_url":"http://127.0.0.1/x"}}')
    with pytest.raises(NoBill, match="without signature"):
        fetching.send(forged)


@pytest.mark.parametrize("link", ["http://[", "@elsewhere.invalid/x", "x"])
def test_a_link_that_leads_nowhere_or_elsewhere_is_not_followed(shop: Any, link: str) -> None:
    fetching = shop.wire.bill(_today(shop), now_s=0, nonces=iter(()))
    next(fetching)
    signed = shop.host._gate.reply(Call({}), node_name(BILL), BillUrl(link).body())
    with pytest.raises(NoBill):
        fetching.send(signed)
