"""The texts that WeChat Pay's codes hold, and how long they live: the issuing side of `codes/prefixes.toml`."""

import re

# Eighteen digits beginning 10 to 15 (micropay, chapter 5_1).
PREFIXES = ("10", "11", "12", "13", "14", "15")
PAYMENT_CODE_LENGTH = 18
PAYMENT_CODE = re.compile(r"1[0-5][0-9]{16}")

SHOWN_S = 60  # the wallet shows a fresh one each minute (common knowledge; no chapter says so)
GRACE_S = 60  # and the host still takes the old one for a while (ours to choose: blogs say two or three minutes)

# A merchant's number for an order (v3 codepay): it travels in paths, so nothing else is let in.
ORDER_NUMBER = re.compile(r"[0-9A-Za-z_\-*]{6,32}")
REFUND_NUMBER = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}")

# What a Native order is drawn as; it can be paid for two hours unless time_expire says sooner.
NATIVE_URL = "weixin://wxpay/bizpayurl?pr="
NATIVE_LIFE_S = 7200

# Their words and numbers, as they may be shown and kept: error codes, states, transaction and refund ids.
WORD = re.compile(r"[0-9A-Za-z_]+")
