# newswatch: every command a person needs. `make help` lists them.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
DEMO ?=

.DEFAULT_GOAL := help
.PHONY: help run demo test check bench fix clean preflight

help:
	@echo "make run            start newswatch with the configuration in config/ (http://127.0.0.1:8080)"
	@echo "make demo           the whole loop on this machine, no network: newsrooms, mail, webhook"
	@echo "make demo DEMO=--once   the same, ends by itself: 0 when every expected alert arrived"
	@echo "make test           the whole test suite, PostgreSQL included"
	@echo "make check          format, lint, types, import contracts, documentation"
	@echo "make bench          how fast it is, beside its peers, on this machine (takes minutes)"
	@echo "make fix            format and mend what can be mended automatically"

# What must be there before anything can be installed; says what is missing, and how to get it.
preflight:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "newswatch needs Python 3.11 or newer: apt install python3 python3-venv" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "newswatch needs Python 3.11 or newer; $$($(PYTHON) --version) is too old (make PYTHON=python3.12 run names another)" >&2; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "newswatch needs the venv module: apt install python3-venv" >&2; exit 2; }

$(BIN)/uv: | preflight
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.run: pyproject.toml uv.lock | $(BIN)/uv
	@$(BIN)/uv sync --quiet --locked --all-extras --no-dev --inexact
	@touch $@

$(VENV)/.dev: pyproject.toml uv.lock | $(BIN)/uv
	@$(BIN)/uv sync --quiet --locked --all-extras
	@touch $@ $(VENV)/.run

run: $(VENV)/.run
	@mkdir -p var
	@exec $(BIN)/newswatch --config config run

demo: $(VENV)/.run
	@exec $(BIN)/newswatch demo $(DEMO)

test: $(VENV)/.dev
	@test -x /usr/bin/chromium || echo "browser tests are left out: chromium is not installed (apt install chromium)"
	@$(BIN)/pytest -n auto

check: $(VENV)/.dev
	@$(BIN)/ruff format --check --quiet . || { echo "run 'make fix' to format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache >/dev/null || $(BIN)/lint-imports --no-cache
	@$(BIN)/pytest -p no:randomly -p no:xdist tests/test_docs.py

fix: $(VENV)/.dev
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

bench: $(VENV)/.dev
	@$(BIN)/uv sync --quiet --locked --all-extras --group bench
	@for file in benchmarks/*.py; do \
	  case $$file in benchmarks/machine.py|benchmarks/peers.py|benchmarks/ruleset.py|benchmarks/sinks.py) ;; *) echo "== $$file"; $(BIN)/python -W ignore $$file || exit 1;; esac; \
	done

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
