"""The texts that a POS line carries, and what is a number of whose: the issuing side of `codes/prefixes.toml`."""

import re

# A scanned UnionPay code: 62 and seventeen digits (every bank app that is a QuickPass issuer shows such a one).
PAYMENT_CODE = re.compile(r"62[0-9]{17}")
# The payment voucher number of the reply: it, not the code, names the payment from then on.
VOUCHER = re.compile(r"[0-9]{20}")

TERMINAL_ID = re.compile(r"[0-9A-Za-z]{8}")
MERCHANT_ID = re.compile(r"[0-9A-Za-z]{15}")
OPERATOR = re.compile(r"[0-9]{2}")
BATCH = re.compile(r"[0-9]{6}")
DATE = re.compile(r"[0-9]{4}")  # MMDD
REFERENCE = re.compile(r"[0-9A-Za-z]{12}")  # DE 37, the acquirer's retrieval reference number
RESPONSE = re.compile(r"[0-9A-Z]{2}")  # DE 39

LAST_TRACE = 999_999
LAST_BATCH = 999_999


def next_batch(batch: str) -> str:
    """The batch after this one; after the last comes the first again."""
    return f"{int(batch) % LAST_BATCH + 1:06}"
