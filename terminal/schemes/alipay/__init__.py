"""Alipay: whose codes begin 25 to 30. `codes.py`, `wire.py` and `outcomes.py` as in every wallet's folder."""

from terminal.scheme import Procedure, Scheme
from terminal.schemes.alipay.settings import Settings, connect

# The bar-code product's procedure (Ant's barcode payment pages).
PROCEDURE = Procedure(
    answer_within_s=5,  # "no answer in 5 s: query"
    first_query_s=3,  # "every 3 to 5 s, 10 to 20 times at 3 s, about a minute in all"
    query_every_s=3,
    give_up_s=60,
    reverse_not_before_s=0,  # "cancel at once after the last query"
    reverse_again_s=(2, 4, 8, 16, 32, 60),  # "retry_flag Y: cancel again"; the pauses are ours
    reverse_alarm_after=6,
    # "The same day and 15 minutes" in the overseas product; for ours no page was found. A host that has closed
    # earlier says so in words that we know.
    reverse_window_s=24 * 3600,
    # Ours: a payment code is dead after two minutes, a code on our screen likewise, and the order that either makes
    # is given three to be paid in (CODE_LIFE, ORDER_LIFE).
    horizon_s=300,
    decline_is_final=False,  # "every trade must reach a final state", and a stray copy may be about
)

SCHEME = Scheme("alipay", "Alipay", PROCEDURE, Settings, connect)
