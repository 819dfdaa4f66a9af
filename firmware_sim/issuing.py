"""What an issuer thinks of a payment: asked by an acquirer that charges a code, and by a phone that scans one."""

from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Customer, Refusal, State
from firmware_sim.wallets import WALLETS

DAY_S = 24 * 3600.0
BEIJING_S = 8 * 3600.0  # limits are by the day in Beijing


def issuer_refuses(ledger: Ledger, customer: Customer, amount: int, now_s: float) -> str:
    """Why the issuer will not pay this at all; empty where it may."""
    if customer.refused_as:
        return customer.refused_as
    wallet = WALLETS[customer.wallet]
    if amount > wallet.most_once:
        return Refusal.OVER_LIMIT
    midnight_s = now_s - (now_s + BEIJING_S) % DAY_S
    if ledger.spent_since(customer.id, midnight_s) + amount > wallet.most_a_day:
        return Refusal.OVER_DAY_LIMIT
    return ""


def needs_password(customer: Customer, amount: int) -> bool:
    return customer.needs_password or amount > WALLETS[customer.wallet].no_password_up_to


def dialog(customer: Customer, longest_s: float) -> tuple[float, State]:
    """After how many seconds a password dialog ends, and how."""
    after_s = customer.types_after_s
    if after_s is None or after_s > longest_s:
        return longest_s, State.FAILED
    return after_s, State.FAILED if customer.types_wrong else State.PAID
