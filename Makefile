# Afterword: every verb there is. `make` alone shows them.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ROOM ?=
BREAKING ?=

.DEFAULT_GOAL := help
.PHONY: help demo up down restart status test faults cluster-test fuzz check types rules sbom format bench bench-check schemas screenshots definitions containers-test lock clean

help:  ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements-dev.txt pyproject.toml
	@echo "Installing Afterword into $(VENV) (once; well under a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Afterword needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "No venv module; on Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)  ## one real incident, from the pager to the mail, through all five services
	@$(BIN)/afterword demo

up: $(READY)  ## start everything on this machine and leave it running
	@$(BIN)/afterword up

down: $(READY)  ## stop what `make up` started
	@$(BIN)/afterword down

restart: $(READY)  ## start one service again: make restart ROOM=review
	@$(BIN)/afterword restart $(ROOM)

status: $(READY)  ## what runs, and where
	@$(BIN)/afterword status

test: $(READY)  ## everything that CI runs, on real servers
	@$(BIN)/python -m tests

faults: $(READY)  ## break everything that can break, for an hour and more; ends with a report
	@AFTERWORD_FAULTS=all $(BIN)/python -m pytest tests/faults tests/calendars/test_clients.py tests/e2e/test_restored.py
	@$(BIN)/python -m tests.faults.chaos

cluster-test: $(READY)  ## a backup put back on another stack; then three machines, killed, cut off and upgraded under load; an hour; as root
	@AFTERWORD_FAULTS=all $(BIN)/python -m pytest tests/e2e/test_restored.py tests/e2e/test_forgotten.py tests/integration/test_backup.py tests/integration/test_forget.py
	@$(BIN)/python -m tests.cluster

fuzz: $(READY)  ## send whatever the API describes, and what it forbids, as everybody; about ten minutes
	@AFTERWORD_RATE_LIMIT_FAILED="1000000/10 seconds" $(BIN)/python -m tests.fuzz

check: $(READY)  ## types, style, direction of imports, manifests; known vulnerabilities, where a feed answers (OSV_URL)
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target types rules

types: $(READY)  ## the half of `check` that is types; it keeps one core busy, and `rules` the other
	@$(BIN)/mypy

rules: $(READY)  ## the other half of `check`
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.kubernetes
	@$(BIN)/python -m tests.supply audit

sbom: $(READY)  ## write what the lock file installs, as CycloneDX, to .local/afterword.cdx.json
	@$(BIN)/python -m tests.supply bill

format: $(READY)  ## lay out the code
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

$(VENV)/.bench: $(READY) tests/bench/requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/bench/requirements.txt
	@touch $@

bench: $(VENV)/.bench  ## how fast a room handles messages, beside a bare floor and beside what others would use, and how fast the front door takes incidents; what drafts, remarks, the calendar, mail, searches, a rebuild and the whole way of an incident cost; what grows with what is stored, and what it takes to start and to stand idle
	@$(BIN)/python -m tests.bench.handling
	@$(BIN)/python -m tests.bench.handling --peers --rounds 5
	@$(BIN)/python -m tests.bench.front_door
	@$(BIN)/python -m tests.bench.drafting
	@$(BIN)/python -m tests.bench.checking
	@$(BIN)/python -m tests.bench.calendar
	@$(BIN)/python -m tests.bench.mail
	@$(BIN)/python -m tests.bench.replay 100000
	@$(BIN)/python -m tests.bench.library
	@$(BIN)/python -m tests.bench.standing
	@$(BIN)/python -m tests.bench.growth
	@$(BIN)/python -m tests.bench.pipeline

bench-check: $(READY)  ## whether anything became slower than what was recorded; about twenty-five minutes
	@$(BIN)/python -m tests.bench.check

schemas: $(READY)  ## record schemas, OpenAPI and AsyncAPI anew, on purpose (BREAKING=yes: even what breaks callers)
	@$(BIN)/python -m tests.contract.record $(BREAKING)

screenshots: $(READY)  ## take pictures of every page and every kind of mail into .local/screenshots (needs Chromium)
	@$(BIN)/python -m tests.screenshots

definitions: $(READY)  ## write the broker's users and permissions anew, also for Kubernetes
	@$(BIN)/python -m deploy.operate.definitions
	@$(BIN)/python -m deploy.kubernetes.topology

containers-test: $(READY)  ## run docker-compose.yml in podman on images made here (root, Debian; minutes)
	@$(BIN)/python -m deploy.containers test

lock: $(READY)  ## resolve the lock files anew (needs uv)
	uv pip compile pyproject.toml --extra all --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.txt
	uv pip compile pyproject.toml --extra local --constraint requirements.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o deploy/operate/requirements.txt
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements-dev.txt
	uv pip compile pyproject.toml --extra bench --constraint requirements-dev.txt --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o tests/bench/requirements.txt
	for tool in tests/calendars tests/clients tests/fuzz tests/kubernetes tests/supply deploy/containers; do uv pip compile $$tool/requirements.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o $$tool/requirements.txt; done

clean:  ## forget the virtual environment and the local data
	@test ! -x $(BIN)/afterword || $(BIN)/afterword down
	rm -rf $(VENV) .local
