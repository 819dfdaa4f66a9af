"""What WeChat Pay v3 calls a till about: sealed, and signed as a reply is, that an order was paid or a refund made.

Both ends mean the same: the host seals what the till unseals, with the APIv3 key that only the two hold.
"""

from dataclasses import dataclass

from terminal import crypto
from terminal.schemes.fields import Fields, Malformed, to_json

ALGORITHM = "AEAD_AES_256_GCM"
LONGEST_SEALED = 1 << 16  # characters; the pages say 2^20, and no notice of ours comes near
PAID = "TRANSACTION.SUCCESS"
REFUNDED = "REFUND.SUCCESS"
SEALED_AS = {PAID: "transaction", REFUNDED: "refund"}


@dataclass(frozen=True, slots=True)
class Notice:
    """`plain` is the JSON of a transaction or a refund."""

    id: str
    create_time: str  # RFC 3339
    event_type: str
    summary: str
    plain: bytes

    def body(self, apiv3_key: bytes, nonce: str) -> bytes:
        """Sealed under a nonce of twelve characters, which must not be used again."""
        sealed_as = SEALED_AS[self.event_type]
        return to_json(
            {
                "id": self.id,
                "create_time": self.create_time,
                "resource_type": "encrypt-resource",
                "event_type": self.event_type,
                "summary": self.summary,
                "resource": {
                    "original_type": sealed_as,
                    "algorithm": ALGORITHM,
                    "ciphertext": crypto.seal(apiv3_key, nonce.encode(), self.plain, sealed_as.encode()),
                    "associated_data": sealed_as,
                    "nonce": nonce,
                },
            }
        )

    @classmethod
    def parse(cls, body: bytes, apiv3_key: bytes) -> "Notice":
        """Raises Malformed, also for what was sealed with another key."""
        fields = Fields.parse(body)
        return cls(
            id=fields.text("id", 64),
            create_time=fields.text("create_time", 64),
            event_type=fields.text("event_type", 32),
            summary=fields.text_or_empty("summary", 64),
            plain=unsealed(fields.inner("resource"), apiv3_key, LONGEST_SEALED),
        )


def unsealed(resource: Fields, apiv3_key: bytes, longest: int) -> bytes:
    """What is in a sealed object: `ciphertext`, `associated_data` and `nonce`. Raises Malformed."""
    nonce, associated = resource.text("nonce", 16), resource.text_or_empty("associated_data", 64)
    sealed = resource.text("ciphertext", longest)
    try:
        return crypto.unseal(apiv3_key, nonce.encode(), sealed, associated.encode())
    except ValueError as error:
        raise Malformed("ciphertext", "is not sealed with this APIv3 key") from error
