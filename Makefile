# `make` prints this help. Everything is installed into .venv, from the lock, with hashes.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BROKER ?= auto
N ?= 10
SEED ?= 1
STORE ?= memory
SEEDS ?= 1000
BIN := .venv/bin

.PHONY: help setup demo test check lint bench chaos simulation lock schemas clean
.DEFAULT_GOAL := help

help: ## print this help
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: .venv/ready ## make the environment in .venv

.venv/ready: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
	  || { echo "PYTHON=$(PYTHON): must be a Python 3.11"; exit 1; }
	@echo "setup: installing into .venv"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation -q -e .
	@touch $@

demo: .venv/ready ## sample journeys through a real Kafka, live (BROKER=kafka|stand-in|auto)
	@$(BIN)/simmer demo --broker $(BROKER)

test: .venv/ready ## run every test, those on a real Kafka included
	@$(BIN)/python -m pytest

lint: .venv/ready ## style, types, import law, generated schemas
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/simmer schemas check

check: lint test ## what CI runs

bench: .venv/ready ## measure beside stock Faust, on a real Kafka (about ten minutes)
	@$(BIN)/python -m tests.bench

chaos: .venv/ready ## N faults drawn by SEED on a real Kafka, then the judgement (about 15 s each)
	@$(BIN)/python -m tests.chaos --faults $(N) --seed $(SEED) --store $(STORE)

simulation: .venv/ready ## SEEDS stories of the production lanes in virtual time, each with faults of its own
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS)

lock: .venv/ready ## resolve the dependencies anew, with hashes and without index addresses
	@$(BIN)/uv pip compile pyproject.toml -q --universal --upgrade --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-emit-find-links -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml -q --universal --upgrade --python-version 3.11 --generate-hashes --group dev \
	  --no-header --no-emit-index-url --no-emit-find-links -o requirements-dev.lock

schemas: .venv/ready ## write JSON Schema and AsyncAPI from the structs
	@$(BIN)/simmer schemas write

clean: ## remove the environment and everything the broker and the worker kept
	@rm -rf .venv .simmer
