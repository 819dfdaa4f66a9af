"""Ant's SDK for Alipay+ and Antom (`global-open-sdk-python`) as a child process: a question a line, an answer a line.

It speaks HTTPS to port 443 only, so the one function that opens its connections is replaced.
"""

import http.client
import json
import sys
from urllib.parse import urlsplit

from com.alipay.ams.api.default_alipay_client import DefaultAlipayClient
from com.alipay.ams.api.exception.exception import AlipayApiException
from com.alipay.ams.api.model.amount import Amount
from com.alipay.ams.api.model.env import Env
from com.alipay.ams.api.model.merchant import Merchant
from com.alipay.ams.api.model.order import Order
from com.alipay.ams.api.model.store import Store
from com.alipay.ams.api.net import default_http_rpc
from com.alipay.ams.api.request.pay.alipay_pay_cancel_request import AlipayPayCancelRequest
from com.alipay.ams.api.request.pay.alipay_pay_query_request import AlipayPayQueryRequest
from com.alipay.ams.api.request.pay.alipay_refund_request import AlipayRefundRequest
from com.alipay.ams.api.request.pay.user_presented_code_payment_request import UserPresentedCodePaymentRequest

TIMEOUT_S = 10


def connection(url, timeout=TIMEOUT_S):
    parts = urlsplit(url)
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)


setattr(default_http_rpc, "__get_http_connection", connection)


def pay(asked):
    order, merchant, store, env = Order(), Merchant(), Store(), Env()
    store.reference_store_id, store.store_name, store.store_mcc = "1", "Saoma", "5411"
    merchant.reference_merchant_id, merchant.merchant_mcc = "M1", "5411"
    merchant.merchant_name, merchant.store = "Saoma", store
    order.reference_order_id, order.order_description = asked["id"], "Milk"
    env.store_terminal_id, env.store_terminal_request_time = "POS01", asked["asked"]
    order.env = env
    order.order_amount, order.merchant = Amount(asked["currency"], asked["value"]), merchant
    return UserPresentedCodePaymentRequest(asked["id"], order, asked["currency"], asked["value"], asked["code"])


def query(asked):
    request = AlipayPayQueryRequest()
    request.payment_request_id = asked["id"]
    return request


def cancel(asked):
    request = AlipayPayCancelRequest()
    request.payment_request_id = asked["id"]
    return request


def refund(asked):
    request = AlipayRefundRequest()
    request.payment_id = asked["payment_id"]
    request.refund_request_id = asked["refund_id"]
    request.refund_amount = Amount(asked["currency"], asked["value"])
    return request


REQUESTS = {"pay": pay, "query": query, "cancel": cancel, "refund": refund}

for line in sys.stdin:
    question = json.loads(line)
    client = DefaultAlipayClient(
        question["gateway"], question["client_id"], question["private_key"], question["public_key"]
    )
    try:
        answer = {"said": json.loads(client.execute(REQUESTS[question["call"]](question)))}
    except AlipayApiException as error:
        answer = {"refused": str(error)}
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()
