"""UnionPay's codes over a POS line: ISO 8583 in frames over TCP, as the bank card terminals of China speak it.

`codes.py`, `wire.py` and `outcomes.py` as in every wallet's folder. How a message is spelt is `dialect.py`, what
messages there are `calls.py`, what stands inside an element `elements.py`, the seals `mac.py` and `keys.py`, and the
end of the day `closing.py`.
"""

from terminal.scheme import Line, Procedure, Scheme
from terminal.schemes.unionpay_pos.settings import Settings, connect

# Times are ours, but for "same day" and "before the next online transaction": terminals let their owners set them.
PROCEDURE = Procedure(
    answer_within_s=60,  # the reply waits for a customer who types a password: this line has no "not yet"
    first_query_s=0,  # there is nothing to ask, so these two are never waited for
    query_every_s=0,
    give_up_s=60,
    reverse_not_before_s=0,  # what is not known is reversed at once, before anything else is sent
    reverse_again_s=(2, 4, 8, 16, 32, 60),
    reverse_alarm_after=3,  # terminals repeat a reversal three times
    reverse_window_s=24 * 3600,  # the same day; after that a person
    horizon_s=120,
    decline_is_final=True,  # a sealed refusal, on a connection that carried the request once
    can_query=False,
    can_show=False,
    can_void=True,  # of the same batch, which is closed once a day
)

SCHEME = Scheme("unionpay_pos", "UnionPay POS", PROCEDURE, Settings, connect, line=Line.FRAMED, takes=("unionpay",))
