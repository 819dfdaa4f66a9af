"""UnionPay's QR front end (qra.95516.com) and its kin: an acquirer that takes three wallets' codes by one interface.

`codes.py`, `wire.py` and `outcomes.py` as in every wallet's folder.
"""

from terminal.scheme import Procedure, Scheme
from terminal.schemes.qra.codes import SHOWN_LIFE_S, TAKES
from terminal.schemes.qra.settings import Settings, connect

# The interface's notes say what to ask, not when: the times are those of the most patient wallet behind it.
PROCEDURE = Procedure(
    answer_within_s=10,
    first_query_s=5,
    query_every_s=5,
    give_up_s=60,
    reverse_not_before_s=15,  # WeChat Pay's rule, which the front end cannot lift
    reverse_again_s=(2, 4, 8, 16, 32, 60),
    reverse_alarm_after=6,
    reverse_window_s=24 * 3600,  # Alipay's and UnionPay's day is the shortest
    horizon_s=300,
    decline_is_final=False,  # a refusal does not name its order: a reversal that does settles it
    show_for_s=SHOWN_LIFE_S,
)

SCHEME = Scheme("qra", "Aggregated front end", PROCEDURE, Settings, connect, takes=TAKES)
