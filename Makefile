# Two commands set up everything: `make demo` and `make test`.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
DEV    := $(VENV)/.ready-dev

.PHONY: demo run test clients check fix prove fuzz clean libzbar picture recording texts snapshots pi wheels

demo: $(READY)            ## the till with customers paying; headless where there is no terminal
	@$(BIN)/saoma demo

run: $(READY)             ## the till on this machine's first camera
	@$(BIN)/saoma run --camera 0

# Compiled modules are kept, whatever the environment says: the tests start this program more than a hundred times.
test: $(DEV)              ## all tests, offline
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -q -n auto --dist worksteal

clients: $(DEV)           ## the SDKs of other people that drive our hosts in the tests; without them those are left out
	@tests/clients/wechat/install.sh
	@tests/clients/alipay/install.sh
	@tests/clients/emupos/install.sh

check: $(DEV)             ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# The gates of docs/money.md, in full: hours of one core. SEED=... for another day's luck.
SEED ?= $(shell date +%Y%m%d)
PYTHONS ?= python3.12 python3.13
prove: $(DEV)             ## that no money is lost or doubled, in full; each line prints its figure
	SAOMA_MODEL_EXAMPLES=2000 SAOMA_MODEL_STEPS=50 $(BIN)/pytest -q tests/simulation/test_journal_model.py
	$(BIN)/saoma simulate --payments 100000 --seed $(SEED)
	$(BIN)/python tests/simulation/prove_crash_points.py 50000 $(SEED)
	$(BIN)/saoma simulate --payments 10000 --seed $(SEED) --wire real --signatures real
	$(BIN)/python tests/process/prove_kills.py 2000 $(SEED)
	SAOMA_HOT_PLUG=200 $(BIN)/pytest -q -s tests/terminal/test_hot_plug.py
	$(BIN)/python tests/simulation/prove_planted_bugs.py $(SEED)
	$(BIN)/python tests/simulation/prove_same_everywhere.py $(SEED) $(PYTHONS)

snapshots: $(DEV)         ## every screen as the tests want it, taken anew; look at `git diff` before it is kept
	SAOMA_SNAPSHOTS=1 $(BIN)/pytest -q tests/terminal/tui/test_snapshots.py

pi: $(READY)              ## this Raspberry Pi as a till at boot (docs/raspberry-pi.md); `saoma install-service --dry-run` shows it first
	sudo $(BIN)/saoma install-service

wheels: $(DEV)            ## whether every package has a wheel for a Raspberry Pi; asks the package index for a minute
	SAOMA_ASK_INDEX=1 $(BIN)/pytest -q tests/test_wheels.py

texts: $(DEV)             ## the catalogues of the screen's words, compiled
	$(BIN)/pybabel compile --domain saoma --directory terminal/tui/locales --statistics

# Seconds for each of about a hundred parsers. atheris has wheels for x86-64 alone, so it comes only here.
FUZZ_S ?= 60
fuzz: $(DEV)              ## every parser of foreign bytes, fuzzed with coverage; an hour or two of one core
	$(BIN)/pip install -q --disable-pip-version-check -e '.[fuzz]'
	$(BIN)/python tests/fuzz/coverage_guided.py $(FUZZ_S)

picture: $(DEV)           ## the pictures of the README and of docs/tour.md, made anew
	$(BIN)/python docs/pictures/make.py

recording: $(DEV)         ## the moving pictures of the guided tour, recorded anew from the real thing
	$(BIN)/python docs/pictures/record.py en zh

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
