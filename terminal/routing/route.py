"""Which acquirer carries a payment code, and why.

First the merchant's own contracts: a contract names the schemes whose codes its acquirer takes. Where none does,
an agreement between wallets may open one: then the code goes to an acquirer of the other scheme. The steps are kept,
so that `saoma explain` and a support desk can see what decided.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from terminal.model import PaymentCode
from terminal.routing.agreements import HOME, Decision, Direction, Interop, Question, decide


@dataclass(frozen=True, slots=True)
class Contract:
    """What this merchant agreed with one acquirer."""

    acquirer: str
    schemes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and when it is asked, and what is agreed between the wallets."""

    interop: Interop
    day: date
    city: str = ""
    country: str = HOME
    trials: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """Where a code goes; `acquirer` is empty where nobody takes it."""

    acquirer: str
    scheme: str
    steps: tuple[str, ...]


def route(code: PaymentCode, contracts: Iterable[Contract], setting: Setting | None = None) -> Route:
    """The first contract that takes this scheme's codes, by itself or by an agreement."""
    contracts = tuple(contracts)
    steps = [f"the code is {code.name or code.scheme}'s"]
    for contract in contracts:
        if code.scheme in contract.schemes:
            steps.append(f"the merchant's contract with {contract.acquirer} takes {code.scheme} codes")
            return Route(contract.acquirer, code.scheme, tuple(steps))
        steps.append(f"the contract with {contract.acquirer} takes only {', '.join(contract.schemes)}")
    for contract, decision in _agreed(code, contracts, setting):
        steps.append(f"{contract.acquirer}: {decision.why}{''.join(f'; {one}' for one in decision.turns_on)}")
        if decision.allowed:
            return Route(contract.acquirer, code.scheme, tuple(steps))
    steps.append(f"no contract takes {code.scheme} codes: ask for another wallet")
    return Route("", code.scheme, tuple(steps))


def _agreed(
    code: PaymentCode, contracts: Iterable[Contract], setting: Setting | None
) -> Iterator[tuple[Contract, Decision]]:
    """What the agreements say of this code at each contract's acquirer. Whose bank it is, a code does not tell."""
    if setting is None:
        return
    app = next((app.key for app in setting.interop.app if app.scheme == code.scheme), "")
    for contract in contracts:
        for scheme in contract.schemes if app else ():
            yield (
                contract,
                decide(
                    Question(
                        app,
                        scheme,
                        Direction.COUNTER_SCANS,
                        setting.day,
                        city=setting.city,
                        country=setting.country,
                        trials=setting.trials,
                    ),
                    setting.interop,
                ),
            )
