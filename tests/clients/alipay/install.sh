#!/usr/bin/env bash
# The independent clients of Alipay and Alipay+ that drive our hosts in the tests, each in a place of its own below .venv/clients:
# both Python SDKs call their package `alipay`, and the official one is 220 MB.
set -euo pipefail
cd "$(dirname "$0")/../../.."
clients=.venv/clients
mkdir -p "$clients"

python_client() {  # name, requirement
    [ -e "$clients/$1/.ready" ] && return
    "${PYTHON:-python3}" -m venv "$clients/$1"
    "$clients/$1/bin/pip" install -q --disable-pip-version-check --no-compile "$2"
    touch "$clients/$1/.ready"
}

python_client alipay-official 'alipay-sdk-python==3.7.1411'
python_client alipay-community 'python-alipay-sdk==3.4.0'
python_client alipayplus-antom 'global-open-sdk-python==1.7.1'

if command -v npm >/dev/null; then
    [ -e "$clients/alipay-node/node_modules/alipay-sdk" ] ||
        npm install --silent --no-audit --no-fund --prefix "$clients/alipay-node" 'alipay-sdk@4.14.0'
else
    echo "no npm here: the Node client of Alipay is left out" >&2
fi
