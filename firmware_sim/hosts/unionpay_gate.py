"""Who asks a UnionPay host, and in whose name it answers: signatures both ways."""

from collections.abc import Mapping

from firmware_sim.faults import Spoil
from firmware_sim.hosts.unionpay_keys import Keys
from firmware_sim.hosts.unionpay_words import Refused
from terminal.scheme import Reply, Request
from terminal.schemes.unionpay import form, signing
from terminal.schemes.unionpay.replies import Said


class Gate:
    """The keys' side of the host."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def authenticate(self, message: Mapping[str, str]) -> None:
        """Raises Refused unless the merchant signed this very message with the certificate that it names."""
        if message.get(signing.CERTIFICATE_NUMBER) != self._keys.cert_id:
            raise Refused("11", "certId is not the number of this merchant's certificate")
        if not signing.is_signed(message, self._keys.merchant_key):
            raise Refused("11", "the signature is not this merchant's over these fields")

    def reply(self, said: Said, spoil: Spoil) -> Reply:
        body = form.write_plain(self._signed(said, spoil))
        return Reply(200, {"content-type": "text/html;charset=UTF-8"}, body)

    def notice(self, said: Said, spoil: Spoil) -> Request:
        """A notice goes as a form, and to a path that its sender knows."""
        return Request("POST", "", {"Content-Type": form.CONTENT_TYPE}, form.write_form(self._signed(said, spoil)))

    def _signed(self, said: Said, spoil: Spoil) -> dict[str, str]:
        fields = said.fields() | {signing.CERTIFICATE: self._keys.unionpay_certificate}
        signed = signing.signed(fields, self._keys.unionpay_key)
        if spoil is Spoil.SIGNATURE:
            signed[signing.SIGNATURE] = signing.signed({"spoilt": "so"}, self._keys.unionpay_key)[signing.SIGNATURE]
        return signed
