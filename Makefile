# Every target does its own set-up; the first run installs into .venv and fetches the photographs.
SHELL := bash
.SHELLFLAGS := -o pipefail -ec
PYTHON ?= python3
PORT ?= 9000
DATA ?=
LAYER ?=
UV := uv==0.13.8
RUN := PYTHONPATH=shared .venv/bin/python

.PHONY: help demo test up invoke provision redrive bench openapi gateway bench-burst ram deploy remove smoke layer lock check-deploy lint clean
help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: .local/photos/ready ## all five operations on real photographs, end to end, then stops; LAYER=1 as for up
	@$(RUN) -m local.demo $(if $(LAYER),--built-layer)

up: .local/ready ## the local cloud on PORT (9000); DATA=folder keeps its state; LAYER=1 runs the built layer alone
	@$(RUN) -m local up --port $(PORT) $(if $(DATA),--data "$(DATA)") $(if $(LAYER),--built-layer) $(ARGS)

invoke: .local/photos/ready ## hands a recorded EVENT=events/... to its function; URL=http://... uses a running local cloud
	@$(RUN) -m local.recorded $(EVENT) $(URL)

provision: .local/ready ## tables, bucket, topic of deployment.env; ARGS="--dry-run" only looks; URL=http://... a local cloud
	@$(RUN) -m deploy.provision $(if $(URL),--local "$(URL)") $(ARGS)

redrive: .local/ready ## shows failed events; ARGS="--yes" hands them back, ARGS="--help" tells more; URL=http://... a local cloud
	@$(RUN) -m deploy.redrive $(if $(URL),--local "$(URL)") $(ARGS)

openapi: .local/photos/ready ## writes the OpenAPI description and API Gateway's import form; ARGS="--record" records examples
	@$(RUN) -m deploy.gateway $(ARGS)

gateway: .local/ready ## the import form for one deployment, into .local/apigateway.yaml; ARGS="--help" tells the variables
	@set -a; [ ! -f deployment.env ] || . ./deployment.env; $(RUN) -m deploy.gateway.import_form $(ARGS)

bench: .local/photos/ready ## ours beside the official sample, one table, five minutes; ARGS="--help" tells more
	@$(RUN) -m benchmarks $(ARGS)

bench-burst: .local/photos/ready ## 1,000 uploads, second deliveries, faults: each user enrolled once? ARGS="--help" tells more
	@$(RUN) -m benchmarks.burst $(ARGS)

layer: .local/ready ## builds what is deployed beside the functions into .local/layer.zip, checks it, says what is in it
	@$(RUN) -m deploy.layer $(ARGS)

lock: .local/ready ## after a change of shared/requirements.txt: the hashes of all published files
	@.venv/bin/pip install --disable-pip-version-check --quiet $(UV)
	@.venv/bin/uv pip compile --quiet --no-config --no-deps --universal --python-version 3.10 --generate-hashes \
		--no-annotate --no-header --output-file shared/requirements.lock shared/requirements.txt

check-deploy: .local/ready ## is s.yaml fit to be deployed? with the values of deployment.env; ARGS="--rules" lists what is checked
	@$(RUN) -m deploy.check $(ARGS)

ram: .local/ready ## writes this deployment's RAM roles and policies to .local/ram; calls nothing
	@$(RUN) -m deploy.ram $(ARGS)

deploy: .local/ready ## checks, publishes the layer, provisions, deploys; ARGS="--dry-run" only shows the commands
	@$(RUN) -m deploy.rollout $(ARGS)

remove: .local/ready ## takes the functions and the layer away, and no data unless ARGS="--data"; asks before
	@$(RUN) -m deploy.rollout.remove $(ARGS)

smoke: .local/photos/ready ## the demonstration's requests against a deployment at URL=https://...; SMOKE_HEADERS let it in
	@$(RUN) -m deploy.smoke "$(URL)" $(ARGS)

test: .local/photos/ready lint check-deploy ## lint, types, s.yaml, and the whole test suite
	@echo "== tests"
	@$(RUN) -m pytest

lint: .local/ready
	@echo "== style (ruff) and types (mypy, strict)"
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --check --quiet . || (echo "run .venv/bin/ruff format ." && false)
	@.venv/bin/mypy

clean: ## removes what the targets installed and fetched
	rm -rf .venv .local .mypy_cache .ruff_cache .pytest_cache

.local/ready: shared/requirements.lock local/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
		|| (echo "facegate needs Python 3.10 or later: make PYTHON=python3.12 ..." && false)
	@echo "== installing into .venv (once, a minute or two)"
	@$(PYTHON) -m venv .venv
	@.venv/bin/pip install --disable-pip-version-check --no-deps --progress-bar off \
		--require-hashes -r shared/requirements.lock \
		| awk '/^(Collecting|Building|Installing)/ { print "   " substr($$0, 1, 100); fflush() }'
	@.venv/bin/pip install --disable-pip-version-check --no-deps --progress-bar off -r local/requirements.txt \
		| awk '/^(Collecting|Building|Installing)/ { print "   " substr($$0, 1, 100); fflush() }'
	@mkdir -p .local && touch $@

.local/photos/ready: .local/ready
	@$(RUN) -m local.photos .local/photos
	@touch $@
