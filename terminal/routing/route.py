"""Which acquirer carries a payment code, and why.

The narrow first form: a merchant has contracts, a contract names the schemes whose codes its acquirer takes. The
steps are kept so that `saoma explain` and a support desk can see what decided.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from terminal.model import PaymentCode


@dataclass(frozen=True, slots=True)
class Contract:
    """What this merchant agreed with one acquirer."""

    acquirer: str
    schemes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """Where a code goes; `acquirer` is empty where nobody takes it."""

    acquirer: str
    scheme: str
    steps: tuple[str, ...]


def route(code: PaymentCode, contracts: Iterable[Contract]) -> Route:
    """The first contract that takes this scheme's codes."""
    steps = [f"the code is {code.name or code.scheme}'s"]
    for contract in contracts:
        if code.scheme in contract.schemes:
            steps.append(f"the merchant's contract with {contract.acquirer} takes {code.scheme} codes")
            return Route(contract.acquirer, code.scheme, tuple(steps))
        steps.append(f"the contract with {contract.acquirer} takes only {', '.join(contract.schemes)}")
    steps.append(f"no contract takes {code.scheme} codes: ask for another wallet")
    return Route("", code.scheme, tuple(steps))
