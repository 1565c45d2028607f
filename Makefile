# Every target does its own set-up: git, make and Python 3.11 or newer are all that must be there.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.PHONY: supplies help setup demo test test-all lint bench docs-check clean

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps
# Quiet tools, and byte-code that is written: start-up times depend on it.
export DVC_NO_ANALYTICS := 1
export DO_NOT_TRACK := 1
export MPLBACKEND := Agg
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONPATH

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(READY) ## a virtual environment with the locked packages

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; say which: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@# installing is unpacking, on one processor: two halves of the lock at a time
	awk '/^[A-Za-z0-9]/ {n++} {print > ("$(VENV)/lock-" n % 2 ".txt")}' requirements.lock
	$(INSTALL) --require-hashes -r $(VENV)/lock-0.txt & first=$$!; $(INSTALL) --require-hashes -r $(VENV)/lock-1.txt; wait $$first
	$(INSTALL) --no-build-isolation --editable .
	@# on all processors; some packages carry templates that are no Python, and say so
	$(BIN)/python -m compileall -q -j 0 src $(VENV)/lib >/dev/null 2>&1 || true
	@touch $@

demo: $(READY) ## the whole loop in a scratch directory, offline (DEMO=--exit ends it; DEMO=--local: the review alone, in minutes)
	$(BIN)/wardround demo $(DEMO)

supplies: $(READY) ## what an image is built from without a network: wheels and, where an engine is, a base
	$(BIN)/wardround supplies wheels
	@if command -v docker podman buildah >/dev/null 2>&1; then $(BIN)/wardround supplies base || echo "no base image: releases here are without an image"; fi

test: $(READY) ## the tests of every change (CI runs this)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

test-all: $(READY) ## also the slow ones: real data, long faults, sweeps; with branch coverage
	$(BIN)/python -m pytest -n 2 --dist worksteal --cov --cov-report=term

lint: $(READY) ## ruff and mypy
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(READY) ## every benchmark, each a ratio against a named peer in the same run
	@for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python $$file; done

docs-check: $(READY) ## the examples in README and docs, executed; links, pages, generated references
	$(BIN)/python docs/generate.py --check
	$(BIN)/python -m pytest -n 2 --dist worksteal tests/docs

clean: ## removes the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
