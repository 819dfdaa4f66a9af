#!/usr/bin/env bash
# The independent WeChat Pay client for Node that drives our hosts in the tests, below .venv/clients. (Those for Python
# are in the development dependencies.)
set -euo pipefail
cd "$(dirname "$0")/../../.."

if command -v npm >/dev/null; then
    [ -e .venv/clients/wechat-node/node_modules/wechatpay-axios-plugin ] ||
        npm install --silent --no-audit --no-fund --prefix .venv/clients/wechat-node 'wechatpay-axios-plugin@0.9.6'
else
    echo "no npm here: the Node client of WeChat Pay is left out" >&2
fi
