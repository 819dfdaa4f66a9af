"""Alipay+: wallets of many countries by one code of 24 digits, for merchants abroad. Files as in every wallet."""

from terminal.scheme import Procedure, Scheme
from terminal.schemes.alipayplus.settings import Settings, connect

# "PAYMENT_IN_PROCESS: inquire every 3 seconds for 60, then cancel; only a successful cancel makes it failed."
PROCEDURE = Procedure(
    answer_within_s=10,
    first_query_s=3,
    query_every_s=3,
    give_up_s=60,
    reverse_not_before_s=0,
    reverse_again_s=(2, 4, 8, 16, 32, 60),  # status U: "again with the same id"; the pauses are ours
    reverse_alarm_after=6,
    reverse_window_s=24 * 3600,  # "until 00:15 of the next day, Beijing time": the host knows better
    horizon_s=300,  # ours: a code is dead after two minutes, an order that waits for a password after three
    decline_is_final=False,
    can_show=False,
)

SCHEME = Scheme("alipayplus", "Alipay+", PROCEDURE, Settings, connect)
