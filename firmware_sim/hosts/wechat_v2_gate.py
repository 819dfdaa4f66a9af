"""Who asks a WeChat Pay v2 host, and in whose name it answers: one key, and a signature both ways.

v2 signs no time and asks for no nonce to be new, so a request may be sent again by anybody who has seen it: what it
asks for is then the same order.
"""

from collections.abc import Mapping
from random import Random

from firmware_sim.faults import Spoil
from firmware_sim.hosts.wechat_keys import Keys
from firmware_sim.hosts.wechat_v2_words import TEXTS, TurnedAway
from terminal.scheme import Reply, Request
from terminal.schemes import flat_xml
from terminal.schemes.fields import Malformed
from terminal.schemes.flat_xml import SignType
from terminal.schemes.wechat_v2.replies import FAIL, SUCCESS
from terminal.schemes.wechat_v2.wire import CONTENT_TYPE, WRONG_SIGNATURE, Signing, pack

WHOSE = ("appid", "mch_id", "sub_appid", "sub_mch_id")


class Gate:
    """The key's side of the host."""

    def __init__(self, keys: Keys, rng: Random) -> None:
        self._keys = keys
        self._rng = rng

    def let_in(self, request: Request) -> Signing:
        """Raises TurnedAway unless the merchant signed this."""
        if request.method != "POST":
            raise TurnedAway(TEXTS["REQUIRE_POST_METHOD"], "must be POST")
        try:
            signing = Signing.read(request.body)
        except Malformed as error:
            raise TurnedAway(f"XML格式错误: {error}", str(error)) from error
        if not signing.is_by(self._keys.api_key):
            raise TurnedAway(WRONG_SIGNATURE, "the signature is not made with this merchant's key")
        return signing

    def signed(
        self, said: Mapping[str, str], whose: Mapping[str, str], kind: SignType, spoil: Spoil = Spoil.NOTHING
    ) -> Reply:
        """`whose` names the merchant, as it was asked or as a notice must; what else it holds is not repeated."""
        named = {name: whose.get(name, "") for name in WHOSE}
        nonce = f"{self._rng.getrandbits(128):032x}"
        fields = {"return_code": SUCCESS, "return_msg": "OK", **named, "nonce_str": nonce, **said}
        key = self._keys.api_key[::-1] if spoil is Spoil.SIGNATURE else self._keys.api_key
        return Reply(200, {"content-type": CONTENT_TYPE}, pack(fields, key, kind))


def turned_away(error: TurnedAway) -> Reply:
    said = {"return_code": FAIL, "return_msg": error.text, "error_code": error.code}
    return Reply(200, {"content-type": CONTENT_TYPE}, flat_xml.write(said))
