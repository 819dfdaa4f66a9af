"""What both interfaces of WeChat Pay share, as it is one house (Tenpay) behind v2 and v3: shapes, times, trade states.

The two are wallets of their own here (`wechat`, `wechat_v2`) and do not know each other; both know this.
"""

import re
from collections.abc import Mapping

from terminal.model import Reason, Verdict
from terminal.scheme import Procedure
from terminal.schemes.beijing import moment

# --- shapes ----------------------------------------------------------------------------------------------

# Eighteen digits beginning 10 to 15 (micropay, chapter 5_1); `codes/prefixes.toml` says so too.
PAYMENT_CODE = re.compile(r"1[0-5][0-9]{16}")

# A merchant's numbers: they travel in paths, so nothing else is let in.
ORDER_NUMBER = re.compile(r"[0-9A-Za-z_\-*]{6,32}")
REFUND_NUMBER = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")

# Their words and numbers, as they may be shown and kept: error codes, states, transaction and refund ids.
WORD = re.compile(r"[0-9A-Za-z_]+")

NATIVE_URL = "weixin://wxpay/bizpayurl?pr="  # what a Native order is drawn as

# --- times -----------------------------------------------------------------------------------------------

NATIVE_LIFE_S = 7200  # a Native order can be paid for two hours unless time_expire says sooner
SHOWN_LIFE_S = 300  # which ours does: the shorter a merchant code can be paid, the less there is to undo

# Official procedure for a scanned code (v2 micropay, 2025-08-14, which v3 codepay shares).
PROCEDURE = Procedure(
    answer_within_s=10,
    first_query_s=5,  # "system error: wait 5 s, then query"
    query_every_s=5,  # that page says about 10, older domestic pages 5: the customer who typed is seen sooner
    give_up_s=45,
    reverse_not_before_s=15,
    reverse_again_s=(2, 4, 8, 16, 32, 60),  # "no answer or an error: again"; the pauses are ours
    reverse_alarm_after=6,
    reverse_window_s=7 * 24 * 3600,
    # Ours: a code is dead after two minutes, a password dialog after two more, and one is for what lags behind;
    # the v3 gateway itself refuses a request signed more than five minutes ago.
    horizon_s=300,
    decline_is_final=False,  # "please revoke": PAYERROR wants the order closed, and a stray copy may be about
)


def rfc3339(unix_s: float) -> str:
    """As v3 writes times: `2026-11-23T10:15:30+08:00`."""
    return moment(unix_s).isoformat()


# --- trade states ----------------------------------------------------------------------------------------

Outcome = tuple[Verdict, Reason]

UNFAMILIAR: Outcome = (Verdict.UNKNOWN, Reason.BAD_REPLY)
PENDING: Outcome = (Verdict.PENDING, Reason.NONE)
ASK_AGAIN: Outcome = (Verdict.UNKNOWN, Reason.OTHER)

# Of an order, whoever asked about it (v2 orderquery, v3 query: the same words).
TRADE_STATES: Mapping[str, Outcome] = {
    "SUCCESS": (Verdict.APPROVED, Reason.NONE),
    "NOTPAY": PENDING,
    "USERPAYING": PENDING,
    "ACCEPT": PENDING,
    "PAYERROR": (Verdict.DECLINED, Reason.CUSTOMER_GAVE_UP),
    "CLOSED": (Verdict.DECLINED, Reason.ORDER_CLOSED),
    "REVOKED": (Verdict.REVERSED, Reason.NONE),
    # Paid, and then given back in part or whole by somebody else: not a payment to hand goods over for.
    "REFUND": (Verdict.UNKNOWN, Reason.REFUNDED),
}


def of_state(trade_state: str) -> Outcome:
    """A state we have never met is a doubt to settle, not a refusal to believe."""
    return TRADE_STATES.get(trade_state, UNFAMILIAR)
