# Two commands do everything on a fresh machine: `make demo` and `make test`.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] && echo yes)
STAMPS := var/stamps
BUNDLE := frontend/dist/manifest.json
FONTS := frontend/dist/fonts/NotoSansSC_700Bold.ttf
NOTO := frontend/node_modules/@expo-google-fonts/noto-sans-sc
PORT ?= 8000
TEMPLATES = $(shell find bihuan -path '*/templates/*' -name '*.html')
unexport PYTHONDONTWRITEBYTECODE  # compiled modules halve the time every command takes to start

# Tests that never ask a database, or are answered alike by both: once is enough.
WITHOUT_DATABASE = */tests/engine/* */tests/outline/* bihuan/kernel/* tests/architecture/* tests/handbook/* \
  tests/test_consistency_* */test_cli_coverage.py */test_expr_* */packs/tests/test_checking.py */packs/tests/test_planted.py */packs/tests/test_yaml.py

.PHONY: help messages compile-messages notices lock setup demo test lint fmt types requirements bench soak unit browser screens clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 18

setup: $(STAMPS)/python $(STAMPS)/catalogues $(BUNDLE) $(FONTS)  ## install what is missing; the command lies at .venv/bin/bihuan

$(STAMPS)/python: requirements/dev.lock pyproject.toml
	@mkdir -p $(STAMPS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || [ "$(AS_ROOT)" != yes ] || { apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null; }
	test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q -j 0 .venv/lib >/dev/null 2>&1 || true  # what pip leaves uncompiled would be compiled at every start
	@touch $@

$(STAMPS)/catalogues: $(STAMPS)/python $(wildcard bihuan/locale/*/LC_MESSAGES/django.po)
	DJANGO_SETTINGS_MODULE=bihuan.config.testing $(BIN)/python -m tests.harness.messages --compile
	@touch $@

$(STAMPS)/npm: frontend/package-lock.json
	@mkdir -p $(STAMPS)
	cd frontend && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(BUNDLE): $(STAMPS)/npm $(shell find frontend -path frontend/node_modules -prune -o -path frontend/dist -prune -o -type f -print 2>/dev/null)
	cd frontend && npm run --silent build
	@touch $@

$(FONTS): $(BUNDLE)  # what paper is printed with; the build of the bundle empties the folder
	@mkdir -p $(@D)
	cp $(NOTO)/400Regular/NotoSansSC_400Regular.ttf $(NOTO)/700Bold/NotoSansSC_700Bold.ttf $(@D)/
	@touch $@

$(STAMPS)/system:  # what tests need from the system: a browser, Chinese fonts, a PostgreSQL
	@mkdir -p $(STAMPS)
	@missing=""; \
	command -v chromium >/dev/null || missing="$$missing chromium chromium-l10n"; \
	fc-list 2>/dev/null | grep -qi 'noto.*cjk' || missing="$$missing fonts-noto-cjk fontconfig"; \
	ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1 || missing="$$missing postgresql"; \
	if [ -z "$$missing" ]; then touch $@; \
	elif [ "$(AS_ROOT)" = yes ] && command -v apt-get >/dev/null; then \
	  echo "installing:$$missing"; apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null && touch $@; \
	else echo "not installed, some tests may fail:$$missing"; fi

demo: setup  ## a demo company on http://127.0.0.1:8000
	$(BIN)/bihuan demo --port $(PORT)

test: setup $(STAMPS)/system  ## everything: lint, types, both databases, browser
	$(MAKE) --no-print-directory lint types
	cd frontend && npm test --silent
	$(MAKE) --no-print-directory unit browser requirements

unit: setup $(STAMPS)/system  ## all tests without a browser, on both databases
	$(BIN)/pytest -n 2 --dist worksteal -m "not browser"
	$(BIN)/python -m tests.harness.postgres $(BIN)/pytest -n 2 --dist worksteal -m "not browser" $(foreach part,$(WITHOUT_DATABASE),--ignore-glob='$(part)')

browser: setup $(STAMPS)/system  ## tests in a real browser
	BIHUAN_TEST_BUNDLE=1 $(BIN)/pytest -n 2 --dist worksteal -m browser
	BIHUAN_TEST_BUNDLE=1 $(BIN)/python -m tests.harness.postgres $(BIN)/pytest -m "browser and req"

lint: setup  ## style and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djade --check --target-version 5.2 $(TEMPLATES)
	$(BIN)/lint-imports
	cd frontend && npm run --silent lint

types: setup  ## mypy, strict
	$(BIN)/mypy bihuan

fmt: setup  ## format the code
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	$(BIN)/djade --target-version 5.2 $(TEMPLATES) || true  # exit code 1: something was formatted

notices: setup  ## THIRD-PARTY-NOTICES.md from the lock files
	$(BIN)/python -m tests.architecture.notices

messages: setup  ## bring the catalogues of texts in bihuan/locale up to date
	DJANGO_SETTINGS_MODULE=bihuan.config.testing $(BIN)/python -m tests.harness.messages

compile-messages: $(STAMPS)/catalogues  ## the catalogues as the program reads them

requirements: setup  ## the table of requirements and what is proved
	$(BIN)/python -m tests.harness.proofs

screens: setup $(STAMPS)/system  ## pictures of every page into docs/screens
	$(BIN)/python -m tests.harness.screens

bench: setup  ## steps a second
	$(BIN)/python -m benchmarks.steps

soak: setup  ## ten times as many random models
	BIHUAN_SOAK=10 $(BIN)/pytest -n 2 bihuan/process/tests/engine

clean:  ## remove what setup made, but not your data
	rm -rf var/stamps var/test-templates frontend/dist

lock:  ## resolve the Python dependencies anew, with hashes and without addresses
	$(BIN)/pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --universal --generate-hashes --no-annotate --no-header -q pyproject.toml -o requirements/base.lock
	$(BIN)/uv pip compile --universal --generate-hashes --no-annotate --no-header -q --group dev pyproject.toml -o requirements/dev.lock
