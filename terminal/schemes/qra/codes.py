"""The shapes of what the aggregated front end takes and gives. The payment codes are those of three other wallets."""

import re

TAKES = ("wechat", "alipay", "unionpay")

# Sixteen to twenty-four digits: which wallet's they are is the acquirer's to see (`codes/prefixes.toml` has the table).
PAYMENT_CODE = re.compile(r"[0-9]{16,24}")
ORDER_NUMBER = re.compile(r"[0-9A-Za-z_\-*]{5,32}")
TRANSACTION_ID = re.compile(r"[0-9A-Za-z]{1,32}")
MERCHANT_ID = re.compile(r"[0-9A-Za-z]{1,32}")

MERCHANT_CODE = re.compile(r"https://qr\.95516\.com/[0-9A-Za-z/?=&._-]{1,256}")
SHOWN_LIFE_S = 120  # how long a merchant code of ours can be paid (time_expire)

WORD = re.compile(r"[0-9A-Za-z_.]+(?: [0-9A-Za-z_.]+){0,3}")  # "System error" is an error code of theirs

# The middle of a trade_type, `pay.<wallet>.<way>`, and what a receipt calls it.
PAYERS = {"weixin": "微信支付", "alipay": "支付宝", "unionpay": "云闪付"}
