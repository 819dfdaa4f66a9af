"""The texts that UnionPay's codes hold, and the shapes of its numbers: the issuing side of `codes/prefixes.toml`."""

import re

# Nineteen digits beginning 62 in every sample; the field takes one to twenty (CPM sale, qrNo).
PAYMENT_CODE = re.compile(r"[0-9]{1,20}")

# A merchant's number for an order: digits and letters, no hyphen and no underscore.
ORDER_ID = re.compile(r"[0-9A-Za-z]{8,40}")
MERCHANT_ID = re.compile(r"[0-9A-Za-z]{15}")
TERMINAL_ID = re.compile(r"[0-9A-Za-z]{8}")
QUERY_ID = re.compile(r"[0-9A-Za-z]{20,21}")

# What a shown order is drawn as: eight digits of an institution, then the order's own.
MERCHANT_CODE = re.compile(r"https://qr\.95516\.com/[0-9A-Za-z/]{1,128}(?:\?[0-9A-Za-z=&._-]{1,256})?")
SHOWN_LIFE_S = 120  # how long a merchant code of ours can be paid (payTimeout)

ANSWER_CODE = re.compile(r"[0-9A-Z]{2}")
