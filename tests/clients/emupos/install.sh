#!/usr/bin/env bash
# emupos, a printer simulator of somebody else's, in a place of its own below .venv/clients: it needs Python 3.13.
set -euo pipefail
cd "$(dirname "$0")/../../.."
place=.venv/clients/emupos
[ -e "$place/bin/emupos" ] && exit
python=${PYTHON313:-python3.13}
if "$python" --version >/dev/null 2>&1; then
    "$python" -m venv "$place"
    "$place/bin/pip" install -q --disable-pip-version-check --no-compile 'emupos==0.4.0'
else
    echo "no Python 3.13 here: emupos is left out" >&2
fi
