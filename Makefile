# make run: the console on the loopback lab. make test: the whole suite. Both set themselves up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Many tests wait for real processes, so that two cores carry four of them.
JOBS ?= 4

.PHONY: run test test-slow mutation check bench bench-table format docs screenshots dist clean setup

run: $(STAMP)
	@$(BIN)/edgeconsole lab

test: $(STAMP)
	$(BIN)/pytest -n $(JOBS) --dist loadgroup -m "not bench and not slow" $(PYTEST_ARGS)

mutation: $(STAMP)
	$(BIN)/python -m tests.mutation $(MODULES)

test-slow: $(STAMP)
	$(BIN)/pytest -n $(JOBS) --dist loadgroup -m "not bench" --hypothesis-profile=long $(PYTEST_ARGS)

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)
	$(BIN)/python -m tests.bench $(PYTEST_ARGS)

bench-table: $(STAMP)
	$(BIN)/python -m tests.bench.ledger README.md

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(STAMP)
	$(BIN)/python -c 'from edgeconsole.config.manual_page import manual_page; print(manual_page(), end="")' > docs/configuration.md
	$(BIN)/python -c 'from edgeconsole.present.lint import manual_page; print(manual_page(), end="")' > docs/lint.md
	$(BIN)/python -c 'from edgeconsole.rules.probing.causes import manual_page; print(manual_page(), end="")' > docs/causes.md
	$(BIN)/edgeconsole schema > contrib/examples/federation.schema.json

screenshots: $(STAMP)
	$(BIN)/python -m tests.docs.screenshots

dist: $(STAMP)
	rm -rf dist
	$(BIN)/python -m build --outdir dist

setup: $(STAMP)

$(STAMP): pyproject.toml edgeconsole/__init__.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "edgeconsole needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "setting up $(VENV) (once; about a minute)"
	@$(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $(STAMP)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
