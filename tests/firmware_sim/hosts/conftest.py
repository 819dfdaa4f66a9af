"""A host with the plainest wire there can be, for what all hosts share: words parted by spaces, no signatures."""

from collections.abc import Callable
from typing import Any

import pytest

from firmware_sim.faults import SOUND, Act, Fault, Faults, Spoil
from firmware_sim.hosts.acquiring import Acquirer, Asked, Refused
from firmware_sim.hosts.host import Host
from firmware_sim.ledger import Ledger
from firmware_sim.ledger_words import Purchase, Returned
from terminal.clock import Clock
from terminal.scheme import Operation, Reply, Request


class PlainHost(Host):
    """`pay N1 1234 CODE URL` and `query N1`, as an HTTP body or as a frame; it tells `paid N1 1234`."""

    name = "plain"
    ladder_s = (15.0, 15.0, 30.0)

    def __init__(self, ledger: Ledger, clock: Clock, faults: Faults) -> None:
        super().__init__(clock, faults)
        self.acquirer = Acquirer(ledger, clock, "shop", institution="wechat", host=self.name)
        self.said: list[str] = []

    def serves(self, path: str) -> bool:
        return path.startswith("/plain")

    def operation(self, request: Request) -> Operation | None:
        word = self._words(request)[0]
        return Operation(word) if word in list(Operation) else None

    def amount(self, request: Request) -> int | None:
        return int(self._words(request)[2])

    def answer(self, request: Request, fault: Fault = SOUND) -> Reply:
        what, number, *rest = self._words(request)
        try:
            purchase = self.acquirer.find(number) if what == "query" else self._pay(number, *rest, fault=fault)
        except Refused as refused:
            return self.refuse(request, refused.why)
        return self._reply(request, f"{what} {number} {self._state(purchase, fault)} {self._amount(purchase, fault)}")

    def refuse(self, request: Request, why: str) -> Reply:
        self.tell(request, why, "no")
        return self._reply(request, f"refused {why}")

    def merchant_config(self) -> dict[str, Any]:
        return {"scheme": "plain"}

    def credentials(self) -> dict[str, Any]:
        return {"merchant": "shop"}

    def notice(self, purchase: Purchase, returned: Returned | None, fault: Fault = SOUND) -> Request:
        about = f"refunded {returned.refund_no}" if returned else f"paid {purchase.order_no}"
        signature = "forged" if fault.spoil is Spoil.SIGNATURE else "true"
        body = f"{about} {self._amount(purchase, fault)} {signature}"
        return Request("POST", "", {"Content-Type": "text/plain"}, body.encode())

    def heard(self, reply: Reply) -> bool:
        return reply.body == b"success"

    def _pay(self, number: str, amount: str, code: str, url: str = "", *, fault: Fault) -> Purchase:
        asked = Asked(number, int(amount), f"{number} {amount}", notify_url=url)
        return self.acquirer.charge(asked, code, wants_password=fault.act is Act.ASK_PASSWORD)

    def _words(self, request: Request) -> list[str]:
        return (request.body if request.path else request.body[2:]).decode().split()

    def _reply(self, request: Request, text: str) -> Reply:
        self.said.append(text)
        body = text.encode()
        return Reply(200, {}, body if request.path else len(body).to_bytes(2) + body)

    @staticmethod
    def _state(purchase: Purchase, fault: Fault) -> str:
        return {Spoil.WORD: "peculiar", Spoil.FAULT: "broken"}.get(fault.spoil, purchase.state)

    @staticmethod
    def _amount(purchase: Purchase, fault: Fault) -> int:
        return purchase.amount + (fault.spoil is Spoil.AMOUNT)


@pytest.fixture
def plain_host() -> Callable[[Ledger, Clock, Faults], PlainHost]:
    return PlainHost
