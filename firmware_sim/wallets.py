"""Whose customers there are in the world: wallets, and the banks whose apps show codes of UnionPay's.

A wallet's network is whose payment codes it shows, and whose merchant codes it pays by itself. The banks, with their
limits, are those of `issuers.toml`; what is said of the others is ours to choose, but for the shape of their codes.
"""

from dataclasses import dataclass
from random import Random

from firmware_sim.issuers import CODE_LENGTH, issuers

NEVER_ASKED = 100_000  # fen: "over 1000 yuan a password always" (WeChat Pay; taken for the others too)
MOST_ONCE, MOST_A_DAY = 5_000_000, 20_000_000


@dataclass(frozen=True, slots=True)
class Wallet:
    """An issuer. `prefixes` and `length` are the shape of its payment codes, the other figures its limits in fen."""

    key: str
    name: str
    network: str
    prefixes: tuple[str, ...]
    length: int
    no_password_up_to: int = NEVER_ASKED
    most_once: int = MOST_ONCE
    most_a_day: int = MOST_A_DAY

    def code(self, rng: Random) -> str:
        """A payment code such as it shows."""
        prefix = rng.choice(self.prefixes)
        tail = self.length - len(prefix)
        return f"{prefix}{rng.randrange(10**tail):0{tail}}"


_BANKS = (
    Wallet(
        bank.key,
        bank.name,
        "unionpay",
        bank.prefixes,
        CODE_LENGTH,
        bank.free_password_fen,
        bank.single_limit_fen,
        bank.day_limit_fen,
    )
    for bank in issuers().values()
)

WALLETS = {
    wallet.key: wallet
    for wallet in (
        Wallet("wechat", "WeChat Pay", "wechat", ("10", "11", "12", "13", "14", "15"), 18),
        Wallet("alipay", "Alipay", "alipay", ("28",), 18),
        *_BANKS,
        Wallet("alipayplus", "Alipay+", "alipayplus", ("281003", "281004", "281010"), 24),
    )
}
