"""Where a world's shops are and what they are called: the agreements hang on it, and merchant codes say it."""

from dataclasses import dataclass

from terminal.codes.emv.merchant import UnionPayAccount
from terminal.codes.emv.universal import Shop
from terminal.routing.agreements import HOME


@dataclass(frozen=True, slots=True)
class Place:
    """`trials` says whether the shops take part in any that the wallets hold; `mcc` is their category (ISO 18245).

    Abroad they ask for `currency`, and UnionPay pays them in `settles_in`.
    """

    city: str = "Shanghai"
    country: str = HOME
    currency: str = "CNY"
    settles_in: str = ""  # empty: in what they ask for
    trials: bool = False
    shop: str = "Saoma Demo Store"
    mcc: str = "5411"  # grocery stores, supermarkets

    def shop_of(self, institution: str, merchant: str) -> Shop:
        """As a UnionPay merchant's codes say it; the institution is eight digits, the merchant fifteen characters."""
        return Shop(UnionPayAccount(institution, institution, merchant), self.shop, self.city, self.mcc, self.country)
