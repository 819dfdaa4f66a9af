"""Product numbers (GS1 General Specifications): check digits, the short UPC-E form, and one length for all.

A number that passes here names goods; it can never be a payment code, for those are longer.
"""

import re

LENGTHS = (8, 12, 13, 14)  # GTIN-8, GTIN-12 (UPC-A), GTIN-13 (EAN), GTIN-14 (cartons)
UPC_E = re.compile(r"[01][0-9]{7}")
SSCC = re.compile(r"00[0-9]{18}")  # application identifier 00 and the serial of a shipping unit

# UPC-E's last payload digit says where its five-digit half was squeezed (GS1 5.2.2.4.2).
_ZEROS_WITHIN = 2
_ZEROS_AFTER_THREE = 3
_ZEROS_AFTER_FOUR = 4


def check_digit(digits: str) -> str:
    """The modulo-10 digit that belongs after these ASCII digits: weights 3, 1, 3… from the right."""
    total = sum(int(digit) * (1 if index % 2 else 3) for index, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def is_gtin(text: str) -> bool:
    """Whether this is a GTIN of any length with its right check digit."""
    return len(text) in LENGTHS and _is_checked(text)


def is_sscc(text: str) -> bool:
    """Whether this is a shipping label's `00` and serial with its right check digit."""
    return SSCC.fullmatch(text) is not None and _is_checked(text[2:])


def gtin14(text: str) -> str:
    """A GTIN padded to the one form that compares: 14 digits."""
    return text.rjust(14, "0")


def expand_upc_e(text: str) -> str:
    """The 12-digit UPC-A of an 8-digit UPC-E (number system, six digits, check); raises ValueError on other text."""
    if not UPC_E.fullmatch(text):
        raise ValueError("a UPC-E has eight digits, the first of them 0 or 1")
    system, payload, check = text[0], text[1:7], text[7]
    rule = int(payload[5])
    if rule <= _ZEROS_WITHIN:
        body = f"{payload[:2]}{rule}0000{payload[2:5]}"
    elif rule == _ZEROS_AFTER_THREE:
        body = f"{payload[:3]}00000{payload[3:5]}"
    elif rule == _ZEROS_AFTER_FOUR:
        body = f"{payload[:4]}00000{payload[4]}"
    else:
        body = f"{payload[:5]}0000{rule}"
    return system + body + check


def _is_checked(text: str) -> bool:
    return text.isascii() and text.isdigit() and check_digit(text[:-1]) == text[-1]
