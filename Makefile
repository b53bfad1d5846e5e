# DataHall. `make help` lists the targets.
SHELL := /bin/bash
VENV ?= .venv
PY := $(VENV)/bin/python
PIP := $(VENV)/bin/pip install --quiet --disable-pip-version-check
T ?= tests
B ?=
WHO ?=
ASSETS := src/datahall/web/static/vendor/.built

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(VENV)/.runtime: requirements/runtime.lock pyproject.toml
	@echo "安装运行所需的软件（第一次约一分钟）……"
	@tools/venv.sh $(VENV)
	@$(PIP) --require-hashes -r requirements/runtime.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.runtime
	@$(PIP) --require-hashes -r requirements/dev.lock
	@touch $@

$(ASSETS): web/package-lock.json $(VENV)/.runtime
	@$(PY) -m datahall.web.assets
	@touch $@

install: $(VENV)/.runtime $(ASSETS) ## what the program needs to run

setup: install $(VENV)/.dev ## what the tests and checks need besides

run: install ## the hall with the demo city on http://127.0.0.1:8000
	@exec $(VENV)/bin/datahall up --demo

demo: install ## the whole story against a scratch hall; writes demo.json
	@$(VENV)/bin/datahall demo --report demo.json

dev: setup ## the hall with reload of pages and code
	@exec $(VENV)/bin/datahall up --demo --reload

packages:
	@tools/system-packages.sh

test: setup packages ## the whole suite; T=path for a part of it
	$(PY) -m pytest -q -n 2 --dist loadfile -m "not soak" $(T)

soak: setup packages ## the slow tests
	$(PY) -m pytest -q -m soak $(T)

lint: setup ## ruff
	$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .

types: setup ## mypy --strict
	$(VENV)/bin/mypy

arch: setup ## import contracts and house tests
	PYTHONPATH=src $(VENV)/bin/lint-imports --no-logo && $(PY) -m pytest -q tests/house

check: lint types arch test ## everything that CI runs

screens: setup ## pictures of every page in build/screens; WHO=clerk for one person's
	PYTHONPATH=src $(PY) -m tests.tools.screens $(WHO)

bench: setup ## measurements as ratios; B=name for one; results in bench/out
	$(PY) -m bench.run $(B)

reference: setup ## rewrite docs/reference from the code
	$(PY) -m tools.reference

migration: setup ## M="what changes": a new migration from the tables
	$(PY) -m tools.migration "$(M)"

lock: ## resolve requirements/*.in into locks with hashes and no addresses
	for n in runtime dev; do uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header -o requirements/$$n.lock requirements/$$n.in; done

.PHONY: help install setup run demo dev packages test soak lint types arch check screens bench reference migration lock
