# DataHall. `make help` lists the targets.
SHELL := /bin/bash
VENV ?= .venv
PY := $(VENV)/bin/python
T ?= tests

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.ready: requirements/dev.lock pyproject.toml
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

setup: $(VENV)/.ready ## virtual environment with pinned dependencies

test: setup ## the whole suite; T=path for a part of it
	$(PY) -m pytest -q -n 2 $(T)

lint: setup ## ruff
	$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .

types: setup ## mypy --strict
	$(VENV)/bin/mypy

arch: setup ## import contracts and house tests
	PYTHONPATH=src $(VENV)/bin/lint-imports && $(PY) -m pytest -q tests/house

check: lint types arch test ## everything that CI runs

lock: ## resolve requirements/*.in into locks with hashes and no addresses
	for n in runtime dev; do uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header -o requirements/$$n.lock requirements/$$n.in; done

.PHONY: help setup test lint types arch check lock
