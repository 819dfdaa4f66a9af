"""Alipay's own SDK (`alipay-sdk-python`) as a child process: a question a line, an answer a line, both JSON.

It can only be pointed at ports 80 and 443 (it adds a number to a text where a port is given), so the one function
that opens its connections is replaced; everything else is its own, the whole URL as request target too.
"""

import http.client
import importlib
import json
import sys
from urllib.parse import urlsplit

from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
from alipay.aop.api.exception.Exception import RequestException, ResponseException
from alipay.aop.api.util import SignatureUtils, WebUtils
from rsa import VerificationError

TIMEOUT_S = 10


def connection(url, query, timeout):
    parts = urlsplit(url)
    return f"{url}?{query}", http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)


WebUtils.get_http_connection = connection


def client(question):
    config = AlipayClientConfig()
    config.server_url = question["gateway"]
    config.app_id = question["app_id"]
    config.app_private_key = question["private_key_pkcs1"]
    config.alipay_public_key = question["alipay_public_key"]
    config.timeout = TIMEOUT_S
    return DefaultAlipayClient(config)


def call(question):
    name = "".join(part.capitalize() for part in question["method"].split(".")) + "Request"
    request = getattr(importlib.import_module(f"alipay.aop.api.request.{name}"), name)()
    request.biz_content = question["content"]
    request.notify_url = question["notify_url"]
    return json.loads(client(question).execute(request))


def check_notice(question):
    said = dict(question["notice"])
    sign = said.pop("sign")
    said.pop("sign_type")
    message = SignatureUtils.get_sign_content(said).encode()
    return SignatureUtils.verify_with_rsa(question["alipay_public_key"], message, sign)


for line in sys.stdin:
    question = json.loads(line)
    try:
        answer = {"said": check_notice(question) if "notice" in question else call(question)}
    except (RequestException, ResponseException, VerificationError) as error:
        answer = {"refused": f"{type(error).__name__}: {error}"}
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()
