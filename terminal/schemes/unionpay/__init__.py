"""UnionPay's Cloud QuickPass over the open platform 5.1.0, and the bank apps behind it: codes that begin 62.

`codes.py`, `wire.py` and `outcomes.py` as in every wallet's folder.
"""

from terminal.scheme import Procedure, Scheme
from terminal.schemes.unionpay.codes import SHOWN_LIFE_S
from terminal.schemes.unionpay.settings import Settings, connect

PROCEDURE = Procedure(
    answer_within_s=10,  # ours: UnionPay's published examples wait 30, and a counter cannot
    first_query_s=8,  # ours, of a code that is shown: whoever hears notices need not wait for a question
    query_every_s=8,
    query_ladder_s=(1, 2, 4, 8, 16, 32),  # "query after so many seconds, six times at most"
    give_up_s=63,  # the sum of these
    reverse_not_before_s=0,
    reverse_again_s=(2, 4, 8, 16, 32, 60),  # ours: no manual says
    reverse_alarm_after=6,
    reverse_window_s=30 * 24 * 3600,  # a reversal for its settlement day, 23:00 to 23:00, then a refund for a month
    horizon_s=300,  # ours, as for the others: a code is dead after two minutes, a password dialog after two more
    # A refused order number stays refused, and a reversal is "only for orders of which the outcome is not known".
    decline_is_final=True,
    show_for_s=SHOWN_LIFE_S,
    day_begins_s=-3600,  # "the day runs from 23:00 to 23:00"
    can_void=True,  # "of the same settlement day, in full"
)

SCHEME = Scheme("unionpay", "UnionPay QuickPass", PROCEDURE, Settings, connect)
