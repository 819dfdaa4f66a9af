"""A shop's own POS, which knows nothing of Saoma: one scan, one sale by somebody else's WeChat SDK, one receipt.

Not a test itself; `test_foreign_pos.py` has it as the device under test.
"""

import json
import socket
import sys
from typing import Any
from urllib.parse import urlsplit

import requests
import serial
from wechatpy.exceptions import WeChatPayException
from wechatpy.pay import WeChatPay

CUT, KICK_DRAWER = b"\x1dV\x00", b"\x1bp\x00\x19\x19"
PATIENCE_S = 30.0


def sold(wechat: dict[str, Any], order: str, fen: int, code: str) -> str:
    """SUCCESS, or why not; after a reply that did not come, what the host says became of the order."""

    class AtTheBench(WeChatPay):  # type: ignore[misc]
        API_BASE_URL = f"{wechat['url']}/"

    sdk = AtTheBench(wechat["appid"], wechat["api_key"], wechat["mch_id"])
    try:
        said = sdk.micropay.create(
            body="Milk", total_fee=fen, auth_code=code, client_ip="127.0.0.1", out_trade_no=order
        )
        return str(said["result_code"])
    except WeChatPayException as refused:
        return str(refused.errcode)
    except requests.ConnectionError:
        return str(sdk.order.query(out_trade_no=order)["trade_state"])


def print_receipt(url: str, order: str, fen: int) -> None:
    address = urlsplit(url)
    text = f"Corner Shop\nMilk {fen / 100:.2f}\n{order}\n\n"
    with socket.create_connection((address.hostname or "", address.port or 9100), PATIENCE_S) as printer:
        printer.sendall(KICK_DRAWER + text.encode("ascii") + CUT)


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def main() -> None:
    plan = json.loads(sys.argv[1])
    with serial.Serial(plan["scanner"], timeout=PATIENCE_S) as scanner:
        say("ready")
        code = scanner.read_until(b"\r").decode("ascii").strip()
    outcome = sold(plan["wechat"], plan["order"], plan["fen"], code)
    if outcome == "SUCCESS":
        print_receipt(plan["printer"], plan["order"], plan["fen"])
    say(outcome)


if __name__ == "__main__":
    main()
