"""Who asks a WeChat Pay host, and in whose name it answers: signatures both ways, and no request twice."""

from random import Random

from firmware_sim.faults import Spoil
from firmware_sim.hosts.wechat_keys import Keys
from firmware_sim.hosts.wechat_words import Refused
from terminal.scheme import Reply, Request
from terminal.schemes.fields import Malformed
from terminal.schemes.wechat import signing
from terminal.schemes.wechat.notices import Notice

TOO_LATE = "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟"
SEEN = "Http头Authorization中的nonce_str重复"


class Gate:
    """The keys' side of the host, and its memory of nonces."""

    def __init__(self, keys: Keys, rng: Random) -> None:
        self._keys = keys
        self._rng = rng
        self._nonces: dict[str, float] = {}  # of requests seen within the window, oldest first
        self._mode = keys.public_key_id  # the key that the merchant last asked for: notices are signed with it too

    def authenticate(self, request: Request, now_s: float) -> None:
        """Raises Refused unless the merchant signed this very request, lately, and once."""
        try:
            claim = signing.Authorization.parse(_header(request, "authorization"))
        except Malformed as error:
            raise Refused("SIGN_ERROR", str(error), plain=str(error)) from error
        if (claim.mchid, claim.serial_no) != (self._keys.mchid, self._keys.merchant_serial):
            raise Refused("SIGN_ERROR", "商户证书序列号有误", plain="not this merchant's number and certificate")
        if not claim.is_fresh(now_s):
            raise Refused("SIGN_ERROR", TOO_LATE, plain="signed more than five minutes ago or ahead")
        if not claim.signs(request, self._keys.merchant_key):
            raise Refused("SIGN_ERROR", plain="the signature is not the merchant's over this request")
        if self._is_replayed(claim.nonce, now_s):
            raise Refused("SIGN_ERROR", SEEN, plain="this nonce has been used")

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
        asked_for = _header(request, "wechatpay-serial")
        self._mode = asked_for if asked_for == self._keys.public_key_id else self._keys.platform_serial
        headers = {"content-type": signing.CONTENT_TYPE, "request-id": self.token()}
        return Reply(status, headers | self._signature(body, now_s, spoil), body)

    def notice(self, notice: Notice, now_s: float, spoil: Spoil) -> Request:
        """Sealed for the merchant's eyes, and signed as replies to it are."""
        body = notice.body(self._keys.apiv3_key, self.sealing_nonce())
        headers = {"content-type": signing.CONTENT_TYPE} | self._signature(body, now_s, spoil)
        # As the pages spell them: not every shop looks headers up by any spelling.
        return Request("POST", "", {name.title(): value for name, value in headers.items()}, body)

    def _signature(self, body: bytes, now_s: float, spoil: Spoil) -> dict[str, str]:
        keys = self._keys
        key = keys.public_key_secret if self._mode == keys.public_key_id else keys.platform_key
        signed = signing.signed_headers(body, serial=self._mode, key=key, now_s=int(now_s), nonce=self.token())
        # Spoilt: as if another nonce had been signed.
        return signed | {"wechatpay-nonce": "0" * 32} if spoil is Spoil.SIGNATURE else signed

    def sealing_nonce(self) -> str:
        """Twelve characters, for one message."""
        return self.token()[:12]

    def token(self) -> str:
        return f"{self._rng.getrandbits(128):032X}"


def _header(request: Request, name: str) -> str:
    return next((value for key, value in request.headers.items() if key.lower() == name), "")
