SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The environment to work on: staging or prod.
STACK ?= staging
# Where it runs: local (a local AWS in containers) or aws (the account of your credentials).
TARGET ?= local
export STACK TARGET

STEP := scripts/step
PULUMI := scripts/pulumi $(STACK)
LOCAL := env PYTHONPATH=$(CURDIR)/local .slipway/venvs/local/bin/python -m slipway_local
E2E := .slipway/venvs/e2e/bin/python
CLI := .slipway/cli/slipway
LOAD := .slipway/e2e/load
# Smoke checks of the local AWS connect to the ports of its load balancers.
CONNECT := $(if $(filter local,$(TARGET)),--local)

# The stack's hosted zone, which the local AWS is given as a real account has it.
ZONE = $(shell sed -n 's/^  slipway:hostedZone: *"*\([^"]*\)"*$$/\1/p' Pulumi.$(STACK).yaml)

##@ The two commands

up: stack-exists ## Build, provision, deploy and check STACK (default: staging)
	@$(STEP) begin
	@$(MAKE) -j2 prepared
	@$(STEP) "Stack $(STACK): state" -- $(MAKE) state
	@$(STEP) "Stack $(STACK): pulumi up" -- $(PULUMI) up --yes
	@$(STEP) "Smoke check" -- $(MAKE) smoke
	@echo; $(STEP) table; echo; scripts/urls $(STACK)

test: ## Run every test that needs no running stack
	@$(STEP) begin
	@$(MAKE) -j2 --output-sync=target tested
	@echo; $(STEP) table

##@ Work on a stack

preview: ## Show what `make up` would change
	@$(PULUMI) preview --diff

status: $(CLI) ## What runs in STACK, and whether it is well
	@scripts/with-aws $(CLI) status --stack $(STACK) --outputs <($(PULUMI) stack output --json)

doctor: ## What this machine, or with TARGET=aws the account, lacks
	@scripts/doctor

smoke: .slipway/venvs/e2e ## Check the running stack through its load balancer
	@cd e2e && ../$(E2E) -m smoke --url "$$(cd .. && $(PULUMI) stack output url)" $(CONNECT)

manage: $(CLI) ## Run a Django management command: make manage CMD="check --deploy"
	@scripts/with-aws $(CLI) manage --stack $(STACK) --outputs <($(PULUMI) stack output --json) -- $(CMD)

shell: $(CLI) ## Open a shell in a running task of the app
ifeq ($(TARGET),local)
	@scripts/with-aws $(LOCAL) shell "$$($(PULUMI) stack output clusterName)" "$$($(PULUMI) stack output serviceName)"
else
	@scripts/with-aws $(CLI) shell --stack $(STACK) --outputs <($(PULUMI) stack output --json)
endif

cost: $(CLI) ## What the environments cost a month at rest, and what each option adds
	@$(CLI) cost

timing: $(CLI) ## How long a deploy takes on AWS, from the settings alone
	@$(CLI) timing --check

reference: $(CLI) ## Write docs/configuration.md anew, from the project and stack files
	@$(CLI) reference >docs/configuration.md.new && mv docs/configuration.md.new docs/configuration.md

docs: ## Write the line numbers of docs/where.md anew, and check every document
	@go -C tools/docs run .

graph: $(CLI) ## Draw the environments and their components into docs/images/stack
	@$(CLI) graph --out docs/images/stack && ls docs/images/stack

scan: .slipway/venvs/scan ## Check every stack against the AWS security controls, offline
	@go -C tools/scan run .

logs: ## Follow the app's log
	@scripts/with-aws $(LOCAL) tail "$$($(PULUMI) stack output logGroup)" --follow

state-history: $(CLI) ## List the versions of the stack's state in its bucket
	@scripts/with-aws $(CLI) state history --stack $(STACK)

state-restore: $(CLI) ## Make an older version of the state the latest: make state-restore VERSION=...
	@test -n "$(VERSION)" || { echo "name the version to restore: make state-restore VERSION=... (make state-history lists them)" >&2; exit 1; }
	@scripts/with-aws $(CLI) state restore --stack $(STACK) --version "$(VERSION)"

state-unlock: $(CLI) ## Remove locks that a killed pulumi left behind
	@scripts/with-aws $(CLI) state unlock --stack $(STACK)

down: ## Destroy STACK; the last one stops the local AWS too
	@scripts/down

##@ The whole thing

e2e: .slipway/venvs/e2e ## Up, check, up again, change a line, destroy: on the local AWS
	@cd e2e && ../$(E2E) -m pytest -v test_journey.py

e2e-state: .slipway/venvs/e2e .slipway/venvs/local-test $(CLI) ## Leases, recovery and restore: killed holders, 20 ups at once
	@$(STEP) "Tools" -- go -C tools/toolchain run . --out "$(CURDIR)/.slipway/bin" --home "$(CURDIR)/.slipway/pulumi"
	@go -C e2e/statestack build -o ../../.slipway/bin/statestack .
	@cd e2e && ../$(E2E) -m pytest -v test_state.py

e2e-adapt: .slipway/venvs/e2e .slipway/venvs/django ## The ten steps of docs/adapt.md, with a new Django project, up to its page
	@cd e2e && ../$(E2E) -m pytest -v test_adapt.py

load: $(LOAD) .slipway/venvs/e2e ## Five deploys at 300 requests a second lose none; without a prevention they do
	@cd e2e && ../$(E2E) -m pytest -v --maxfail=20 test_load.py

deploy-time: .slipway/venvs/e2e ## Where the time of a deploy goes: a changed line of the app, on the running stack
	@cd e2e && ../$(E2E) -m deploy --stack $(STACK)

stop: ## Stop the local AWS and throw away all that is in it
	@$(MAKE) .slipway/venvs/local
	@$(LOCAL) down

clean: stop ## Stop, and remove what this clone has built
	rm -rf .slipway

help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { print "\n" substr($$0, 5) } /^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- what the commands are made of -------------------------------------------

stack-exists:
	@test -f Pulumi.$(STACK).yaml || { echo "unknown stack $(STACK): there is no Pulumi.$(STACK).yaml. Known: $$(ls Pulumi.*.yaml | sed 's/^Pulumi\.//; s/\.yaml$$//' | xargs)" >&2; exit 1; }

prepared: tools $(if $(filter local,$(TARGET)),local-aws)

tested: tested-go tested-python

tested-go:
	@$(STEP) "Go tests" -- $(MAKE) test-go
	@$(STEP) "Controls" -- $(MAKE) scan
	@$(STEP) "Tool tests" -- $(MAKE) test-tools

tested-python:
	@$(STEP) "Local AWS tests" -- $(MAKE) test-local
	@$(STEP) "Django tests" -- $(MAKE) test-django

tools:
	@$(STEP) "Tools" -- go -C tools/toolchain run . --out "$(CURDIR)/.slipway/bin" --home "$(CURDIR)/.slipway/pulumi"
	@$(STEP) "Program" -- go build -o .slipway/bin/slipway .
	@$(STEP) "Commands" -- $(MAKE) $(CLI)

local-aws:
	@$(STEP) "Python packages" -- $(MAKE) .slipway/venvs/local .slipway/venvs/e2e
	@$(STEP) "Docker engine" -- $(LOCAL) engine
	@$(STEP) "Base images" -- $(LOCAL) images
	@$(STEP) "Local AWS" -- $(LOCAL) up $(if $(filter true,$(AUTH)),--auth)

state:
ifeq ($(TARGET),local)
	@$(LOCAL) state $(STACK)
	@$(LOCAL) seed $(ZONE:%=--domain %)
endif
	@$(PULUMI) init

.slipway/venvs/local: FORCE
	@scripts/venv local local/requirements.lock

.slipway/venvs/local-test: FORCE
	@scripts/venv local-test local/requirements-test.lock

.slipway/venvs/e2e: FORCE
	@scripts/venv e2e e2e/requirements.lock

$(CLI): FORCE
	@go -C cmd/slipway build -ldflags='-s -w' -o "$(CURDIR)/$@" .

$(LOAD): FORCE
	@go -C e2e/load build -o "$(CURDIR)/$@" .

.slipway/venvs/scan: FORCE
	@scripts/venv scan tools/scan/requirements.lock

.slipway/venvs/django: FORCE
	@scripts/venv django django-app/requirements-dev.txt

test-go:
	@gofmt -l main.go infra components internal examples cmd tools e2e | { ! grep .; } || { echo "gofmt these files" >&2; exit 1; }
	@go vet ./...
	@go test . ./internal/...
	@mkdir -p .slipway && go test -coverprofile=.slipway/coverage.out ./components/... ./infra/...
	@go tool cover -func .slipway/coverage.out | awk '/^total:/ { print "coverage of statements: " $$3; if ($$3 + 0 < 90) { print "less than 90 %" > "/dev/stderr"; exit 1 } }'
	@go -C cmd/slipway vet ./... && go -C cmd/slipway test ./...
	@go -C examples/container vet . && go -C examples/container test .

test-tools: .slipway/venvs/scan .slipway/venvs/e2e .slipway/venvs/django
	@go -C e2e/load vet . && go -C e2e/load test .
	@cd e2e && ../$(E2E) -m pytest -q -m "not stack" test_deploy.py test_adapt.py
	@export SOURCES=$$(git ls-files -s tools/awsplugin infra components go.sum | sha256sum; git diff HEAD -- tools/awsplugin infra components | sha256sum); \
	for module in toolchain languagehost awsx docker scan awsplugin/mapping awsplugin/slim awsplugin/conformance; do go -C tools/$$module test ./...; done
	@go -C tools/docs vet ./... && go -C tools/docs test -count=1 ./...

test-local: .slipway/venvs/local-test
	@.slipway/venvs/local-test/bin/python -m pytest -q -m "not engine" local/tests

test-engine: .slipway/venvs/local-test ## Run the tests that start containers of their own
	@$(MAKE) .slipway/venvs/local && $(LOCAL) engine && $(LOCAL) images
	@go -C tools/docker test -tags=engine ./...
	@.slipway/venvs/local-test/bin/python -m pytest -q -m engine local/tests

test-django: .slipway/venvs/local .slipway/venvs/django
	@cd django-app && ../.slipway/venvs/django/bin/ruff check . && ../.slipway/venvs/django/bin/ruff format --check .
	@cd django-app && ../.slipway/venvs/django/bin/mypy
	@scripts/with-postgres .slipway/venvs/django/bin/python -m pytest -q

fuzz-api: .slipway/venvs/local .slipway/venvs/django ## Schemathesis against the running app: every operation, every check
	@scripts/with-postgres .slipway/venvs/django/bin/python -m tests.fuzz

test-browser: .slipway/venvs/local .slipway/venvs/django ## Look at the app's pages in headless Chromium; screenshots in .slipway/screenshots
	@scripts/with-postgres .slipway/venvs/django/bin/python -m pytest -q --no-cov --numprocesses=0 -m browser tests/browser

.PHONY: docs e2e-adapt fuzz-api test-browser
.PHONY: up test status doctor graph scan cost timing reference manage shell test-engine tested tested-go tested-python preview smoke logs down e2e load deploy-time stop clean help stack-exists prepared tools local-aws state test-go test-tools test-local test-django FORCE
.PHONY: e2e-state state-history state-restore state-unlock
