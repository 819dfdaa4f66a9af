"""Who asks a WeChat Pay host, and in whose name it answers: signatures both ways, and no request twice."""

from dataclasses import replace
from random import Random

from firmware_sim.faults import Spoil
from firmware_sim.hosts.keys import Keys
from firmware_sim.hosts.wechat_words import Refused
from terminal.scheme import Reply, Request
from terminal.schemes.fields import Malformed
from terminal.schemes.wechat import signing


class Gate:
    """The keys' side of the host, and its memory of nonces."""

    def __init__(self, keys: Keys, rng: Random) -> None:
        self._keys = keys
        self._rng = rng
        self._nonces: dict[str, float] = {}  # of requests seen within the window, oldest first

    def authenticate(self, request: Request, now_s: float) -> None:
        """Raises Refused unless the merchant signed this very request, lately, and once."""
        try:
            claim = signing.Authorization.parse(_header(request, "authorization"))
        except Malformed as error:
            raise Refused("SIGN_ERROR", str(error)) from error
        if (claim.mchid, claim.serial_no) != (self._keys.mchid, self._keys.merchant_serial):
            raise Refused("SIGN_ERROR", "商户证书序列号有误")
        if not claim.is_fresh(now_s):
            raise Refused("SIGN_ERROR", "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
        if not claim.signs(request, self._keys.merchant_key):
            raise Refused("SIGN_ERROR")
        if self._is_replayed(claim.nonce, now_s):
            raise Refused("SIGN_ERROR", "Http头Authorization中的nonce_str重复")

    def _is_replayed(self, nonce: str, now_s: float) -> bool:
        # A request signed with a clock five minutes ahead is fresh for ten.
        horizon_s = now_s - 2 * signing.WINDOW_S
        while self._nonces and self._nonces[oldest := next(iter(self._nonces))] < horizon_s:
            del self._nonces[oldest]
        seen = nonce in self._nonces
        self._nonces.setdefault(nonce, now_s)
        return seen

    def signed(self, request: Request, status: int, body: bytes, now_s: float, spoil: Spoil) -> Reply:
        """Signed with the key that the request names, or with the platform certificate's."""
        serial, key = self._keys.platform_serial, self._keys.platform_key
        if _header(request, "wechatpay-serial") == self._keys.public_key_id:
            serial, key = self._keys.public_key_id, self._keys.public_key_secret
        nonce, request_id = self.token(), self.token()
        reply = signing.signed_reply(
            status, body, serial=serial, key=key, now_s=int(now_s), nonce=nonce, request_id=request_id
        )
        return _with_bad_signature(reply) if spoil is Spoil.SIGNATURE else reply

    def token(self) -> str:
        return f"{self._rng.getrandbits(128):032X}"


def _header(request: Request, name: str) -> str:
    return next((value for key, value in request.headers.items() if key.lower() == name), "")


def _with_bad_signature(reply: Reply) -> Reply:
    """The same reply under another nonce than the one that was signed."""
    return replace(reply, headers={**reply.headers, "wechatpay-nonce": "0" * 32})
