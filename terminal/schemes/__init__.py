"""The wallets, each in a folder with the same few files. This tuple is the list: there is no other."""

from terminal.scheme import Scheme
from terminal.schemes import alipay, alipayplus, qra, unionpay, unionpay_pos, wechat, wechat_v2

SCHEMES: tuple[Scheme, ...] = (
    wechat.SCHEME,
    wechat_v2.SCHEME,
    alipay.SCHEME,
    alipayplus.SCHEME,
    unionpay.SCHEME,
    unionpay_pos.SCHEME,
    qra.SCHEME,
)

BY_KEY = {scheme.key: scheme for scheme in SCHEMES}
SETTINGS = {scheme.key: scheme.settings for scheme in SCHEMES}  # for `terminal.config`
