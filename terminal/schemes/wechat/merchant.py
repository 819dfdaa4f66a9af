"""Whose order it is: a merchant's own contract, or a service provider's for one of its merchants.

v3 spells the two differently: what is `mchid` to the one is `sp_mchid` beside a `sub_mchid` to the other.
"""

from dataclasses import dataclass
from urllib.parse import quote

from terminal.schemes.fields import Fields

PARTNER = "sp_"
LONGEST = 32


@dataclass(frozen=True, slots=True)
class Merchant:
    """Ids; empty where a message does not say them. With a `sub_mchid` the first two are the service provider's."""

    mchid: str = ""
    appid: str = ""
    sub_mchid: str = ""
    sub_appid: str = ""

    def fields(self) -> dict[str, str]:
        if not self.sub_mchid:
            return {"appid": self.appid, "mchid": self.mchid}
        sub = {"sub_appid": self.sub_appid, "sub_mchid": self.sub_mchid}
        return {f"{PARTNER}appid": self.appid, f"{PARTNER}mchid": self.mchid, **sub}

    def query(self) -> str:
        """As a GET names it, without the appids."""
        said = ((name, value) for name, value in self.fields().items() if name.endswith("mchid"))
        return "&".join(f"{name}={quote(value)}" for name, value in said)

    @classmethod
    def parse(cls, fields: Fields) -> "Merchant":
        """What is said of it, by either spelling; raises Malformed where a merchant number is missing."""
        said = cls.parse_any(fields)
        if said.mchid:
            return said
        fields.text("mchid", LONGEST)  # tells what is missing
        return said

    @classmethod
    def parse_any(cls, fields: Fields) -> "Merchant":
        """The same of a message that need not say it."""
        prefix = PARTNER if f"{PARTNER}mchid" in fields else ""
        names = (f"{prefix}mchid", f"{prefix}appid", "sub_mchid", "sub_appid")
        return cls(*(fields.text_or_empty(name, LONGEST) for name in names))


NOBODY = Merchant()
