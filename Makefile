# Two commands set up everything: `make demo` and `make test`.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
DEV    := $(VENV)/.ready-dev

.PHONY: demo run test clients check fix clean libzbar picture

demo: $(READY)            ## the till with customers paying; headless where there is no terminal
	@$(BIN)/saoma demo

run: $(READY)             ## the till on this machine's first camera
	@$(BIN)/saoma run --camera 0

test: $(DEV)              ## all tests, offline
	@$(BIN)/pytest -q

clients: $(DEV)           ## the SDKs of other people that drive our hosts in the tests; without them those are left out
	@tests/clients/wechat/install.sh
	@tests/clients/alipay/install.sh

check: $(DEV)             ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

picture: $(DEV)           ## the README's picture of the till, made anew
	$(BIN)/python docs/pictures/make.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Saoma needs Python 3.11 or newer; name one: make demo PYTHON=python3.12"; exit 3; }
	$(PYTHON) -m venv $(VENV)

$(READY): $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install -q --disable-pip-version-check -e .
	@$(MAKE) --no-print-directory libzbar
	@touch $@

$(DEV): $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install -q --disable-pip-version-check -e '.[dev]'
	@$(MAKE) --no-print-directory libzbar
	@touch $(READY) $@

# zbar is the one library that pip cannot bring. Without it the till reads with zxing-cpp alone, and says so.
libzbar:
	@./docs/install-libzbar.sh

clean:
	rm -rf $(VENV) build dist *.egg-info
