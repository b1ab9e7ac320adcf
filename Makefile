# Everything that a person or CI runs. `make help` lists the targets.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The question reaches the program through the environment, so that no shell or make reads it.
export VRAMBOT_QUESTION := $(value Q)

.DEFAULT_GOAL := help

.PHONY: help
help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

.PHONY: setup
setup: $(STAMP)  ## make .venv with the vrambot command in it

$(STAMP): requirements/dev.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "vrambot needs Python 3.11 or newer: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "vrambot needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) (once) ..." >&2
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q bot knowledge calculators
	@touch $(STAMP)

.PHONY: run
run: $(STAMP)  ## answer Q="...", or serve Slack when its tokens are set, or chat in the terminal
	@$(if $(filter command,$(firstword $(origin Q))),$(BIN)/vrambot ask -- "$$VRAMBOT_QUESTION" $(OR_NO_ANSWER),$(BIN)/vrambot run)

# "I don't know" (10) and a question back (11) are answers too, not failures of make.
OR_NO_ANSWER = || { code=$$?; [ $$code = 10 ] || [ $$code = 11 ] || exit $$code; }

.PHONY: test
test: $(STAMP)  ## run all tests
	@$(BIN)/python -m pytest

.PHONY: lint
lint: $(STAMP)  ## style, types, import contracts, generated docs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python docs/generate.py --check

.PHONY: format
format: $(STAMP)  ## format the code
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

.PHONY: docs
docs: $(STAMP)  ## write the generated parts of docs/
	@$(BIN)/python docs/generate.py

.PHONY: bench
bench: $(STAMP)  ## measure speed beside a baseline
	@$(BIN)/python -m benchmarks

.PHONY: eval
eval: $(STAMP)  ## score matching and parsing beside baselines
	@$(BIN)/python -m benchmarks.eval

.PHONY: accuracy
accuracy: $(STAMP)  ## compare calculators and peers with measured truth
	@$(BIN)/python -m benchmarks.accuracy

.PHONY: train
train: $(STAMP)  ## refit the matcher after the knowledge base changed
	@$(BIN)/python -m knowledge.matching.train

.PHONY: audit
audit:  ## look the locked dependencies up among known vulnerabilities (needs the network)
	@$(PYTHON) -m venv $(VENV)-audit && $(VENV)-audit/bin/pip install --quiet pip-audit
	@$(VENV)-audit/bin/pip-audit --require-hashes --disable-pip -r requirements/core.txt

.PHONY: lock
lock:  ## refresh the locks (needs the network)
	@$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet uv
	@sh requirements/lock.sh $(VENV)-lock/bin/uv
