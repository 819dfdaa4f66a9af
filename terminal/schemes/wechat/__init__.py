"""WeChat Pay: whose codes begin 10 to 15. `codes.py`, `wire.py` and `outcomes.py` as in every wallet's folder."""

from terminal.scheme import Procedure, Scheme
from terminal.schemes.wechat.settings import Settings, connect

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
    # the gateway itself refuses a request signed more than five minutes ago.
    horizon_s=300,
    decline_is_final=False,  # "please revoke": PAYERROR wants the order closed, and a stray copy may be about
)

SCHEME = Scheme("wechat", "WeChat Pay", PROCEDURE, Settings, connect)
