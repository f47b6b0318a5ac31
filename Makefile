# Every target does its own set-up; the first run installs into .venv and fetches the photographs.
SHELL := bash
.SHELLFLAGS := -o pipefail -ec
PYTHON ?= python3
PORT ?= 9000
DATA ?=
RUN := PYTHONPATH=shared .venv/bin/python

.PHONY: help demo test up invoke redrive bench bench-burst lint clean
help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

demo: .local/photos/ready ## all five operations on real photographs, end to end, then stops
	@$(RUN) -m local.demo

up: .local/ready ## the local cloud on PORT (9000); DATA=folder keeps its state
	@$(RUN) -m local up --port $(PORT) $(if $(DATA),--data "$(DATA)") $(ARGS)

invoke: .local/photos/ready ## hands a recorded EVENT=events/... to its function; URL=http://... uses a running local cloud
	@$(RUN) -m local.recorded $(EVENT) $(URL)

redrive: .local/ready ## shows failed events; ARGS="--yes" hands them back, ARGS="--help" tells the filters
	@$(RUN) -m deploy.redrive $(ARGS)

bench: .local/photos/ready ## ours beside the official sample, one table, ten minutes; ARGS="--help" tells more
	@$(RUN) -m benchmarks $(ARGS)

bench-burst: .local/photos/ready ## 1,000 uploads, second deliveries, faults: each user enrolled once? ARGS="--help" tells more
	@$(RUN) -m benchmarks.burst $(ARGS)

test: .local/photos/ready lint ## lint, types, and the whole test suite
	@echo "== tests"
	@$(RUN) -m pytest

lint: .local/ready
	@echo "== style (ruff) and types (mypy, strict)"
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --check --quiet . || (echo "run .venv/bin/ruff format ." && false)
	@.venv/bin/mypy

clean: ## removes what the targets installed and fetched
	rm -rf .venv .local .mypy_cache .ruff_cache .pytest_cache

.local/ready: shared/requirements.txt local/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
		|| (echo "facegate needs Python 3.10 or later: make PYTHON=python3.12 ..." && false)
	@echo "== installing into .venv (once, a minute or two)"
	@$(PYTHON) -m venv .venv
	@.venv/bin/pip install --disable-pip-version-check --no-deps --progress-bar off \
		-r shared/requirements.txt -r local/requirements.txt \
		| awk '/^(Collecting|Building|Installing)/ { print "   " substr($$0, 1, 100); fflush() }'
	@mkdir -p .local && touch $@

.local/photos/ready: .local/ready
	@$(RUN) -m local.photos .local/photos
	@touch $@
