"""WeChat Pay, v3: JSON under RSA signatures. What it shares with v2 (`wechat_v2`) is in `schemes/tenpay.py`."""

from terminal.scheme import Scheme
from terminal.schemes.tenpay import PROCEDURE
from terminal.schemes.wechat.settings import Settings, connect

SCHEME = Scheme("wechat", "WeChat Pay", PROCEDURE, Settings, connect)
