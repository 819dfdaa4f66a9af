"""`python-alipay-sdk` as a child process: a question a line, an answer a line, both JSON."""

import json
import sys

from alipay import AliPay, DCAliPay
from alipay.exceptions import AliPayException, AliPayValidationError


def client(question):
    common = {"appid": question["app_id"], "app_private_key_string": question["private_key"]}
    if question["mode"] == "certificate":
        made = DCAliPay(
            app_public_key_cert_string=question["app_certificate"],
            alipay_public_key_cert_string=question["alipay_certificate"],
            alipay_root_cert_string=question["root_certificate"],
            **common,
        )
    else:
        made = AliPay(alipay_public_key_string=question["alipay_public_key"], **common)
    made._gateway = question["gateway"]
    return made


def call(question):
    """By the method that the SDK has for it, which puts the content together itself; else by its general one."""
    made, content = client(question), question["content"]
    method = getattr(made, "api_" + question["method"].replace(".", "_"), None)
    if method is None:
        return made.server_api(question["method"], content)
    if question["notify_url"]:
        content["notify_url"] = question["notify_url"]
    return method(**content)


def check_notice(question):
    said = dict(question["notice"])
    return client(question).verify(said, said.pop("sign"))


for line in sys.stdin:
    question = json.loads(line)
    try:
        answer = {"said": check_notice(question) if "notice" in question else call(question)}
    except (AliPayException, AliPayValidationError) as error:
        answer = {"refused": f"{type(error).__name__}: {error}"}
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()
