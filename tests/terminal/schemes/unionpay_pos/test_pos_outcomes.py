"""Every answer code of the facts sheet, one row each, for a sale and for its reversal."""

import string
from itertools import product

import pytest

from terminal.model import Reason, Verdict
from terminal.scheme import Operation
from terminal.schemes.unionpay_pos import outcomes

# Section 5.2's table of DE 39: meaning for a sale, for a reversal. A approved or reversed, D refused, U unknown.
CODES = {
    "00": "AA", "01": "DD", "02": "DD", "03": "DD", "04": "DD", "05": "DU", "06": "DU", "07": "DD",
    "10": "AA", "11": "AA", "12": "DA", "13": "DD", "14": "DD", "15": "DD", "16": "AA", "19": "DU",
    "20": "DD", "21": "DD", "22": "DU", "23": "DD", "25": "DA", "30": "DD", "34": "DD", "38": "DD",
    "40": "DD", "41": "DD", "43": "DD", "45": "DD", "51": "DD", "54": "DD", "55": "DD", "57": "DD",
    "58": "DD", "59": "DD", "61": "DD", "62": "DD", "64": "DD", "65": "DD", "68": "UU", "75": "DD",
    "90": "DU", "91": "DU", "92": "DU", "94": "UU", "96": "UU", "97": "UU", "98": "UU", "99": "UU",
    "A0": "UU", "A1": "DD", "A2": "AA", "A3": "DD", "A4": "AA", "A5": "AA", "A6": "AA", "A7": "DD",
}  # fmt: skip
SALE = {"A": Verdict.APPROVED, "D": Verdict.DECLINED, "U": Verdict.UNKNOWN}
REVERSAL = {"A": Verdict.REVERSED, "D": Verdict.DECLINED, "U": Verdict.UNKNOWN}


@pytest.mark.parametrize(("code", "means"), CODES.items())
def test_every_documented_code_means_what_the_facts_say(code: str, means: str) -> None:
    assert outcomes.of(Operation.PAY, code)[0] is SALE[means[0]]
    assert outcomes.of(Operation.REFUND, code)[0] is SALE[means[0]]
    assert outcomes.of(Operation.REVERSE, code)[0] is REVERSAL[means[1]]


@pytest.mark.parametrize(("code", "means"), CODES.items())
def test_every_refusal_has_a_reason(code: str, means: str) -> None:
    verdict, reason = outcomes.of(Operation.PAY, code)
    assert (reason is Reason.NONE) is (verdict is Verdict.APPROVED)


def test_an_unfamiliar_code_is_unknown_whatever_was_asked() -> None:
    pairs = {"".join(pair) for pair in product(string.digits + string.ascii_uppercase, repeat=2)}
    unfamiliar = [*sorted(pairs - set(CODES)), "", "0", "000"]
    assert len(unfamiliar) == 36 * 36 - len(CODES) + 3
    for operation in outcomes.TABLES:
        for code in unfamiliar:
            assert outcomes.of(operation, code) == (Verdict.UNKNOWN, Reason.BAD_REPLY)


@pytest.mark.parametrize("code", ["25", "12"])
def test_nothing_there_to_undo_is_undone_until_the_horizon_says_so(code: str) -> None:
    assert outcomes.of(Operation.REVERSE, code) == (Verdict.REVERSED, Reason.NOT_FOUND)
