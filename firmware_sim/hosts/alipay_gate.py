"""Who asks an Alipay host, and in whose name it answers: the common parameters, and signatures both ways."""

from firmware_sim.faults import Spoil
from firmware_sim.hosts.alipay_keys import Keys
from firmware_sim.hosts.alipay_words import Refused
from terminal import crypto
from terminal.scheme import Reply
from terminal.schemes.alipay import signing
from terminal.schemes.alipay.codes import TIME
from terminal.schemes.alipay.wire import Call

CONTENT = {"content-type": "text/html;charset=utf-8"}  # JSON all the same: the real gateway calls it so
VERSIONS = ("1.0",)
CHARSETS = ("utf-8",)
FORMATS = ("json", "")


class Gate:
    """The keys' side of the host."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def admit(self, call: Call) -> None:
        """Raises Refused unless our app signed these very parameters. A repeat is let in: nothing here is once only."""
        said = call.parameters
        self._known(said.get("app_id", ""))
        _one_of("sign_type", said.get("sign_type", ""), (signing.SIGN_TYPE,), "signature-type")
        if not said.get("sign"):
            raise Refused("isv.missing-signature")
        _one_of("version", said.get("version", ""), VERSIONS)
        _one_of("charset", said.get("charset", "").lower(), CHARSETS)
        _one_of("format", said.get("format", "").lower(), FORMATS, may_be_absent=True)
        if not TIME.fullmatch(said.get("timestamp", "")):
            raise Refused("isv.invalid-timestamp" if said.get("timestamp") else "isv.missing-timestamp")
        self._certified(call)
        text = signing.request_text(said)
        if not crypto.rsa_verifies(self._keys.app_key, text, said["sign"]):
            raise Refused("isv.invalid-signature", "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配")

    def reply(self, call: Call, name: str, node: bytes, spoil: Spoil = Spoil.NOTHING) -> Reply:
        """Signed with the platform's key; one that a request in certificate mode is answered with says which."""
        cert_sn = self._keys.alipay_cert_sn if call.parameters.get("app_cert_sn") else ""
        said = node + b" " if spoil is Spoil.SIGNATURE else node
        signature = crypto.rsa_sign(self._keys.alipay_key, said)
        return Reply(200, CONTENT, signing.Envelope(name, node.decode(), signature, cert_sn).body())

    @staticmethod
    def unsigned(name: str, node: bytes) -> Reply:
        """For a stranger: it is not known whose key they would believe."""
        return Reply(200, CONTENT, signing.Envelope(name, node.decode()).body())

    def _known(self, app_id: str) -> None:
        if app_id != self._keys.app_id:
            raise Refused("isv.invalid-app-id" if app_id else "isv.missing-app-id", is_stranger=True)

    def _certified(self, call: Call) -> None:
        """Both numbers, and ours, or neither."""
        said = (call.parameters.get("app_cert_sn", ""), call.parameters.get("alipay_root_cert_sn", ""))
        if said not in (("", ""), (self._keys.app_cert_sn, self._keys.root_cert_sn)):
            raise Refused("isv.invalid-cert-sn", "应用公钥证书SN或支付宝根证书SN有误")


def _one_of(name: str, value: str, allowed: tuple[str, ...], called: str = "", *, may_be_absent: bool = False) -> None:
    if value in allowed:
        return
    missing = not value and not may_be_absent
    raise Refused(f"isv.{'missing' if missing else 'invalid'}-{called or name}")
