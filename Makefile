# make run     the gateway on the shipped example, with a few events: nothing else is needed
# make test    all tests
# make help    the rest

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# Where Python may not keep its byte code, every process compiles a thousand modules at its start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run demo test fuzz contracts clients controls check format bench chaos package lower-bounds clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: $(VENV)/.installed  ## start the gateway on the shipped example and show what it does
	@$(BIN)/python tools/first_run.py

demo: $(VENV)/.installed  ## likewise, but end after showing
	@RUN_ONCE=1 $(BIN)/python tools/first_run.py

test: $(VENV)/.installed-dev  ## run all tests, or some: ARGS="-k store"
ifdef ARGS
	@$(BIN)/python -m pytest $(ARGS)
else
	@# The campaign waits for most of the time, so it is one of three on two cores; files keep their order, slow ones first.
	@# The floors are tested by `make check`.
	@$(BIN)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder --ignore tests/clients --ignore tests/unit/test_layers.py
endif

fuzz: $(VENV)/.installed-dev  ## try 10,000 mutated payloads on each shipped mapping (MUTATIONS=100000)
	@MUTATIONS=$(or $(MUTATIONS),10000) $(BIN)/python -m pytest -q tests/unit/config/test_shipped_mappings.py -k mutated

contracts: $(VENV)/.installed-dev  ## try what we rely on in libraries beyond their documentation (NEWEST=1: their newest releases)
	@$(BIN)/python $(if $(NEWEST),tools/newest.py,-m pytest -q) tests/contract

clients: $(VENV)/.installed-dev  ## run the tests that need programs of others; needs node and npm
	@npm --prefix tests/clients install --silent --no-audit --no-fund
	@$(BIN)/python -m pytest -q tests/clients

controls: $(VENV)/.installed-dev  ## show that the fault campaign's tests can fail: the same faults without the protections
	@$(BIN)/python -m pytest -q tests/chaos/controls.py

check: $(VENV)/.installed-dev  ## style, types, floors, and the shipped configuration
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/unit/test_layers.py
	$(BIN)/gateway check

format: $(VENV)/.installed-dev  ## write the code as `make check` wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-dev  ## measure beside the peers that are installed (ARGS="--quick")
	@mkdir -p bench/results
	@$(PIP) install uvloop py-spy
	$(BIN)/python bench/peers.py --json bench/results/peers.json $(ARGS) | tee bench/results/peers.md
	$(BIN)/python bench/inside.py --json bench/results/inside.json $(ARGS) | tee bench/results/inside.md
	$(BIN)/python bench/flames.py --out bench/results/flames | tee bench/results/flames.md

chaos: $(VENV)/.installed-dev  ## the fault campaign; its report is docs/chaos.md (ONLY=R1,R4 SCALE=0.1 SEEDS=1)
	@$(BIN)/python -m tests.chaos.campaign --only "$(ONLY)" --scale $(or $(SCALE),1) --seeds $(or $(SEEDS),1) $(ARGS)

package: $(VENV)/.installed-dev  ## build the wheel and the source archive into dist/
	rm -rf dist
	$(BIN)/python -m hatchling build -d dist
	@ls dist

lower-bounds: $(VENV)/.installed-dev  ## run tests with the oldest dependencies that pyproject.toml allows (ARGS="tests/unit")
	$(BIN)/python tools/lower_bounds.py $(ARGS)

clean:  ## remove what the targets above made, and ./data
	rm -rf $(VENV) .venv-* data dist build tests/clients/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "The gateway needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1)."; \
		echo "Name another one: make PYTHON=python3.12 ..."; exit 1; }
	@echo "Creating $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "Installing the gateway ..."
	@$(PIP) install --upgrade 'pip>=25.1'
	@$(PIP) install --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/.installed
	@echo "Installing what tests and checks need ..."
	@$(PIP) install --editable . --group dev
	@touch $@
