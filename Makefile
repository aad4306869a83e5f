# Two commands do everything on a fresh machine: `make demo` and `make test`.
SHELL := /bin/bash
PYTHON ?= python3.11
BIN := .venv/bin
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] && echo yes)
STAMPS := var/stamps
PORT ?= 8000

.PHONY: lock setup demo test lint fmt types requirements bench soak unit browser screens clean

setup: $(STAMPS)/python $(STAMPS)/frontend  ## install what is missing; the command lies at .venv/bin/bihuan

$(STAMPS)/python: requirements/dev.lock pyproject.toml
	@mkdir -p $(STAMPS)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(STAMPS)/npm: frontend/package-lock.json
	@mkdir -p $(STAMPS)
	cd frontend && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(STAMPS)/frontend: $(STAMPS)/npm $(shell find frontend -path frontend/node_modules -prune -o -path frontend/dist -prune -o -type f -print 2>/dev/null)
	cd frontend && npm run --silent build
	@touch $@

$(STAMPS)/system:  # what tests need from the system: a browser, Chinese fonts, a PostgreSQL
	@mkdir -p $(STAMPS)
	@if [ "$(AS_ROOT)" = yes ] && command -v apt-get >/dev/null; then \
	  missing=""; \
	  command -v chromium >/dev/null || missing="$$missing chromium"; \
	  fc-list 2>/dev/null | grep -qi 'noto.*cjk' || missing="$$missing fonts-noto-cjk"; \
	  ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1 || missing="$$missing postgresql"; \
	  if [ -n "$$missing" ]; then echo "installing:$$missing"; apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; fi; \
	fi
	@touch $@

demo: setup  ## a demo company on http://127.0.0.1:8000
	$(BIN)/bihuan demo --port $(PORT)

test: setup $(STAMPS)/system  ## everything: lint, types, both databases, browser
	$(MAKE) --no-print-directory lint types
	cd frontend && npm test --silent
	$(MAKE) --no-print-directory unit browser requirements

unit: setup $(STAMPS)/system
	$(BIN)/pytest -n 2 -m "not browser"
	$(BIN)/python -m tests.harness.postgres $(BIN)/pytest -n 2 -m "not browser" --ignore-glob='*/tests/engine/*' --ignore-glob='*/tests/outline/*' --ignore=bihuan/kernel --ignore=tests/architecture

browser: setup $(STAMPS)/system
	BIHUAN_TEST_BUNDLE=1 $(BIN)/pytest -n 2 -m browser
	BIHUAN_TEST_BUNDLE=1 $(BIN)/python -m tests.harness.postgres $(BIN)/pytest -m "browser and req"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/curlylint bihuan --quiet
	cd frontend && npm run --silent lint

types: setup
	$(BIN)/mypy bihuan

fmt: setup
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

requirements: setup  ## the table of requirements and what is proved
	$(BIN)/python -m tests.harness.proofs

screens: setup $(STAMPS)/system  ## pictures of every page into docs/screens
	$(BIN)/python -m tests.harness.screens

bench: setup
	$(BIN)/python benchmarks/steps.py

soak: setup $(STAMPS)/system
	BIHUAN_SOAK=1 $(BIN)/pytest -n 2 -m "not browser" bihuan/process tests

clean:
	rm -rf var/stamps var/test-templates frontend/dist

lock:  ## resolve the Python dependencies anew, with hashes and without addresses
	$(BIN)/pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --universal --generate-hashes --no-annotate --no-header -q pyproject.toml -o requirements/base.lock
	$(BIN)/uv pip compile --universal --generate-hashes --no-annotate --no-header -q --group dev pyproject.toml -o requirements/dev.lock
