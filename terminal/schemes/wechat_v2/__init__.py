"""WeChat Pay's older interface, which most counters still speak: flat XML under a shared key.

The same wallet and the same codes as `wechat`; what the two share is in `schemes/tenpay.py`.
"""

from terminal.scheme import Scheme
from terminal.schemes.tenpay import PROCEDURE
from terminal.schemes.wechat_v2.settings import Settings, connect

SCHEME = Scheme("wechat_v2", "WeChat Pay", PROCEDURE, Settings, connect, takes=("wechat",))
