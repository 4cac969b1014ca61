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
LOCAL := env PYTHONPATH="$(CURDIR)/local" .slipway/venvs/local/bin/python -m slipway_local
E2E := .slipway/venvs/e2e/bin/python
CLI := .slipway/cli/slipway
LOAD := .slipway/e2e/load
# A directory for JUnit and Cobertura files, which a pipeline sets. Empty: none are written.
REPORTS ?=
export REPORTS

# Smoke checks of the local AWS connect to the ports of its load balancers.
CONNECT ?= $(if $(filter local,$(TARGET)),--local)

# A directory of `make plan`: make up does what was planned there, or says that the state has moved. Empty: it plans anew.
PLAN ?=

# The stack's hosted zone, which the local AWS is given as a real account has it.
ZONE = $(shell sed -n 's/^  [A-Za-z0-9._-]*:hostedZone: *"*\([^"]*\)"*$$/\1/p' Pulumi.$(STACK).yaml)
# The permissions boundary of its roles, which bootstrap makes in a real account.
BOUNDARY = $(shell sed -n 's/^  [A-Za-z0-9._-]*:permissionsBoundary: *"*\([^"]*\)"*$$/\1/p' Pulumi.$(STACK).yaml)
# The requests that make conformance has recorded, which make roles-check judges.
CALLS ?= .slipway/conformance/calls.jsonl.gz
# The repositories of the images, as bootstrap/ makes them.
PROJECT = $(shell sed -n 's/^name: *//p' Pulumi.yaml)
REPOSITORIES = $(PROJECT) $(PROJECT)-guest

##@ The two commands

up: stack-exists $(if $(filter aws,$(TARGET)),doctor) ## Build, provision, deploy and check STACK (default: staging)
	@$(STEP) begin
	@$(MAKE) -j2 prepared
	@$(STEP) "Stack $(STACK): state" -- $(MAKE) state
	@$(STEP) "Stack $(STACK): pulumi up" -- $(PULUMI) up --yes $(PLAN:%=--plan=%/plan.json)
	@$(if $(filter review-%,$(STACK)),,$(STEP) "Stack $(STACK): shared copy" -- scripts/with-aws $(CLI) state share --stack $(STACK))
	@$(STEP) "Smoke check" -- $(MAKE) smoke
	@echo; $(STEP) table; echo; scripts/urls $(STACK)
	@test -z "$(REPORTS)" || { mkdir -p $(REPORTS) && printf "STACK_URL=%s\nDEPLOY_BEGAN=%s\n" "$$($(PULUMI) stack output url)" "$${CI_JOB_STARTED_AT:-}" >$(REPORTS)/stack.env; }

test: ## Run every test that needs no running stack
	@$(STEP) begin
	@$(MAKE) -j2 --output-sync=target tested
	@echo; $(STEP) table

##@ Work on a stack: STACK=staging, TARGET=local or aws

preview: ## Show what `make up` would change
	@$(PULUMI) preview --diff

plan: $(CLI) ready ## Keep what `make up` would do for make up PLAN=...; default: .slipway/plan-STACK
	@scripts/with-aws $(CLI) plan --stack $(STACK) --dir $(or $(PLAN),.slipway/plan-$(STACK))

rollback: ## Deploy the app as it was at an earlier commit or tag, with its image: make rollback TO=v1.2.3
	@test -n "$(TO)" || { echo "name the commit or tag to go back to: make rollback TO=v1.2.3" >&2; exit 1; }
	@git restore --source "$(TO)" --staged --worktree django-app
	@$(MAKE) plan && $(MAKE) up PLAN=$(or $(PLAN),.slipway/plan-$(STACK))
	@echo "commit this, or the next deploy goes forward again: git commit -m 'Roll django-app back to $(TO)'"

status: $(CLI) ## What runs in STACK, and whether it is well
	@scripts/with-aws $(CLI) status --stack $(STACK) --outputs <($(PULUMI) stack output --json)

logs: $(CLI) ## Follow the app's log; SINCE=1h FILTER='{ $.status >= 500 }' FOLLOW=false
	@scripts/with-aws $(CLI) logs --stack $(STACK) --outputs <($(PULUMI) stack output --json) --follow=$(or $(FOLLOW),true) --since $(or $(SINCE),10m) --filter '$(FILTER)'

manage: $(CLI) ## Run a Django management command: make manage CMD="check --deploy"
	@scripts/with-aws $(CLI) manage --stack $(STACK) --outputs <($(PULUMI) stack output --json) -- $(CMD)

createsuperuser: $(CLI) ## Make an administrator of the app, asking for a password: make createsuperuser EMAIL=ann@example.com
	@test -n "$(EMAIL)" || { echo "name the administrator: make createsuperuser EMAIL=ann@example.com" >&2; exit 1; }
	@scripts/with-aws $(CLI) createsuperuser --stack $(STACK) --outputs <($(PULUMI) stack output --json) --email "$(EMAIL)"

rotate-secret-key: $(CLI) ## Rotate the key that the app signs with; no session ends
	@scripts/with-aws $(CLI) rotate-secret-key --stack $(STACK) --outputs <($(PULUMI) stack output --json)

shell: $(CLI) ## Open a shell in a running task of the app
ifeq ($(TARGET),local)
	@scripts/with-aws $(LOCAL) shell "$$($(PULUMI) stack output clusterName)" "$$($(PULUMI) stack output serviceName)"
else
	@scripts/with-aws $(CLI) shell --stack $(STACK) --outputs <($(PULUMI) stack output --json)
endif

down: ## Destroy STACK; the last one stops the local AWS too
	@scripts/down

smoke: .slipway/venvs/e2e ##- Check the running stack through its load balancer
	@cd e2e && ../$(E2E) -m smoke --url "$$(cd .. && $(PULUMI) stack output url)" $(CONNECT)

watch: $(CLI) ##- Watch the stack's alarms after a deploy: make watch FOR=10m
	@scripts/with-aws $(CLI) watch --stack $(STACK) --outputs <(scripts/with-aws $(CLI) state outputs --stack $(STACK)) --for $(or $(FOR),10m) $(SINCE:%=--since %)

deploy-time: .slipway/venvs/e2e ##- Where the time of a deploy goes: a changed line of the app, on the running stack
	@cd e2e && ../$(E2E) -m deploy --stack $(STACK)

##@ Look at the program, without an account

cost: $(CLI) ## What the environments cost a month at rest, and what each option adds
	@$(CLI) cost

timing: $(CLI) ## How long a deploy takes on AWS, from the settings alone
	@$(CLI) timing --check

scan: .slipway/venvs/scan ## Check every stack against the AWS security controls, offline
	@go -C tools/scan run .

graph: $(CLI) ## Draw the environments and their components into docs/images/stack
	@$(CLI) graph --out docs/images/stack && ls docs/images/stack

base-images: $(CLI) ## Pin the base images by the newest digests of their tags; CHECK=1 only says which are not
	@$(CLI) base-images $(if $(CHECK),--check)

reference: $(CLI) ##- Write docs/configuration.md and docs/runbook.md anew, from the program
	@for page in configuration runbook; do $(CLI) reference $$page >docs/$$page.new && mv docs/$$page.new docs/$$page.md; done

docs: ##- Write the line numbers of docs/where.md anew, and check every document
	@go -C tools/docs run .

##@ The account and the state

doctor: ## What this machine, or with TARGET=aws the account, lacks
	@scripts/doctor

bootstrap: bootstrap-program ## Make the state bucket, its key, the lease table and GitLab's roles (again: changes nothing)
ifeq ($(TARGET),local)
	@$(MAKE) -j2 prepared
	@$(LOCAL) environment
endif
	@$(STEP) "Bootstrap" -- scripts/bootstrap up
	@scripts/bootstrap output

state-history: $(CLI) ## List the versions of the stack's state in its bucket
	@scripts/with-aws $(CLI) state history --stack $(STACK)

state-restore: $(CLI) ## Make an older version of the state the latest: make state-restore VERSION=...
	@test -n "$(VERSION)" || { echo "name the version to restore: make state-restore VERSION=... (make state-history lists them)" >&2; exit 1; }
	@scripts/with-aws $(CLI) state restore --stack $(STACK) --version "$(VERSION)"

state-unlock: $(CLI) ##- Remove locks that a killed pulumi left behind
	@scripts/with-aws $(CLI) state unlock --stack $(STACK)

state: ##- Make the state of STACK where it is missing
ifeq ($(TARGET),local)
	@$(LOCAL) state $(STACK)
	@$(LOCAL) seed $(ZONE:%=--domain %) $(BOUNDARY:%=--boundary %) $(REPOSITORIES:%=--repository %)
endif
	@$(PULUMI) init

##@ Prove it

conformance: bootstrap-program .slipway/venvs/local-test .slipway/venvs/apicheck ## Every request of every stack, every option on, checked by AWS's own API models
	@$(STEP) "Program" -- go build -o .slipway/bin/slipway .
	@$(STEP) "Stand-in for images" -- go -C tools/docker build -o "$(CURDIR)/.slipway/bin/noimages" ./cmd/noimages
	@PYTHONPATH=tools/apicheck .slipway/venvs/apicheck/bin/python -m apicheck $(if $(RECORDING),--recording $(RECORDING))

roles-check: .slipway/venvs/rolescheck tools/rolescheck/node_modules ## What every role may and may not, by AWS's authorization data; MUTANTS=all or a share
	@test -f $(CALLS) || { echo "no recorded requests: run make conformance first, or name a recording in CALLS" >&2; exit 1; }
	@mkdir -p .slipway/rolescheck
	@go -C bootstrap run ./policies >.slipway/rolescheck/policies.json
	@.slipway/venvs/rolescheck/bin/python tools/rolescheck/hygiene.py .slipway/rolescheck/policies.json
	@node tools/rolescheck/main.mjs .slipway/rolescheck/policies.json $(CALLS) --mutants $(or $(MUTANTS),all) --report .slipway/rolescheck/report.txt

e2e: .slipway/venvs/e2e ## Up, check, look at it in Chromium, up again, change a line, destroy: on the local AWS
	@scripts/chromium
	@cd e2e && ../$(E2E) -m pytest -v test_journey.py

load: $(LOAD) .slipway/venvs/e2e ## Five deploys at 300 requests a second lose none; without a prevention they do
	@cd e2e && ../$(E2E) -m pytest -v --maxfail=20 test_load.py

faults: $(LOAD) $(CLI) .slipway/venvs/e2e ## The faults that the system survives, with their promises; FAULT=... for some
	@cd e2e && ../$(E2E) -m pytest -v --maxfail=20 $(if $(FAULT),-k "$(FAULT)") test_faults.py test_faults_state.py

matrix: .slipway/venvs/e2e ## Every option to each of its other values and back, on STACK; PART=round or ci, OPTION=nat,cdn for a part
	@cd e2e && PART="$(PART)" OPTION="$(OPTION)" ../$(E2E) -m pytest -v --maxfail=50 test_matrix.py

e2e-operations: .slipway/venvs/e2e ## Staging's image in prod, roll back, restore prod's database; TEST=database for a part
	@cd e2e && ../$(E2E) -m pytest -v $(if $(TEST),-k "$(TEST)") test_operations.py

e2e-browser: .slipway/venvs/e2e ##- Sign in to the running STACK in headless Chromium; screenshots in .slipway/screenshots
	@scripts/chromium
	@cd e2e && ../$(E2E) -m pytest -v test_browser.py

e2e-state: .slipway/venvs/e2e .slipway/venvs/local-test bootstrap-program ## Leases, recovery and restore: killed holders, 20 ups at once
	@go -C e2e/statestack build -o ../../.slipway/bin/statestack .
	@cd e2e && ../$(E2E) -m pytest -v test_state.py

e2e-roles: .slipway/venvs/e2e .slipway/venvs/local-test bootstrap-program ## up and destroy under the deploy role; what roles and tokens may not
	@cd e2e && ../$(E2E) -m pytest -v test_roles.py

e2e-adapt: .slipway/venvs/e2e .slipway/venvs/django ##- The ten steps of docs/adapt.md, with a new Django project, up to its page
	@cd e2e && ../$(E2E) -m pytest -v test_adapt.py

ci-local: ##- Run the pipelines of .gitlab-ci.yml on this machine; ONLY=main,merge-request,schedule,tag
	@go -C tools/pipeline run . $(ONLY:%=--only %)

test-engine: .slipway/venvs/local-test .slipway/venvs/django ##- Run the tests that start containers of their own
	@$(MAKE) .slipway/venvs/local && $(LOCAL) engine && $(LOCAL) images
	@go -C tools/docker test -tags=engine ./...
	@.slipway/venvs/local-test/bin/python -m pytest -q -m engine local/tests
	@$(MAKE) test-image

test-go: check-go ##- Format, vet and the Go tests with Pulumi mocks
	@scripts/gotest . go . ./internal/...
	@mkdir -p .slipway && scripts/gotest . go-coverage -coverprofile=.slipway/coverage.out ./components/... ./infra/...
	@go tool cover -func .slipway/coverage.out | awk '/^total:/ { print "coverage of statements: " $$3; if ($$3 + 0 < 90) { print "less than 90 %" > "/dev/stderr"; exit 1 } }'
	@# Tests read files of other modules, whose changes go test does not see: nothing from its cache.
	@scripts/gotest cmd/slipway commands -count=1 ./...
	@scripts/gotest bootstrap bootstrap ./...
	@scripts/gotest examples/container example .

test-tools: .slipway/venvs/scan .slipway/venvs/e2e .slipway/venvs/django .slipway/venvs/apicheck tools/rolescheck/node_modules ##- The tools' tests, and the documents'
	@node --test tools/rolescheck/
	@cd tools/apicheck && ../../.slipway/venvs/apicheck/bin/python -m pytest -q $(REPORTS:%=--junitxml %/apicheck.xml)
	@go -C e2e/load vet . && scripts/gotest e2e/load load .
	@cd e2e && ../$(E2E) -m pytest -q -m "not stack" test_deploy.py test_adapt.py test_matrix.py
	@export SOURCES=$$(git ls-files -s tools/awsplugin infra components go.sum | sha256sum; git diff HEAD -- tools/awsplugin infra components | sha256sum); \
	for module in localaws toolchain languagehost awsx docker scan awsplugin/mapping awsplugin/slim awsplugin/conformance; do scripts/gotest tools/$$module "tool-$$(tr / - <<<"$$module")" ./...; done
	@go -C tools/docker vet -tags=engine ./...
	@go -C tools/pipeline vet . && scripts/gotest tools/pipeline pipeline -count=1 .
	@go -C tools/docs vet ./... && scripts/gotest tools/docs docs -count=1 ./...

test-local: .slipway/venvs/local-test ##- The local AWS's own tests
	@.slipway/venvs/local-test/bin/python -m pytest -q -m "not engine" $(REPORTS:%=--junitxml %/local.xml) local/tests

test-django: .slipway/venvs/local .slipway/venvs/django ##- The app's tests, with a Postgres of their own
	@cd django-app && ../.slipway/venvs/django/bin/ruff check . && ../.slipway/venvs/django/bin/ruff format --check .
	@cd django-app && ../.slipway/venvs/django/bin/mypy
	@scripts/with-postgres .slipway/venvs/django/bin/python -m pytest -q $(REPORTS:%=--junitxml %/django.xml --cov-report term --cov-report xml:%/django-coverage.xml)

test-image: .slipway/venvs/django ##- The app's image as a task runs it: user, read-only root, size
	@go -C tools/docker build -o "$(CURDIR)/.slipway/bench/build" ./cmd/build
	@cd django-app && IMAGE_BUILD="$(CURDIR)/.slipway/bench/build" ../.slipway/venvs/django/bin/python -m pytest -q --no-cov --numprocesses=0 -m image tests/image

test-browser: .slipway/venvs/local .slipway/venvs/django ##- Look at the app's pages in headless Chromium; screenshots in .slipway/screenshots
	@scripts/chromium
	@scripts/with-postgres .slipway/venvs/django/bin/python -m pytest -q --no-cov --numprocesses=0 -m browser tests/browser

fuzz-api: .slipway/venvs/local .slipway/venvs/django ##- Schemathesis against the running app: every operation, every check
	@scripts/with-postgres .slipway/venvs/django/bin/python -m tests.fuzz

bench-app: .slipway/venvs/local .slipway/venvs/e2e ##- One task: size, time to ready, requests a second beside gunicorn's defaults
	@$(LOCAL) engine && $(LOCAL) images
	@GOBIN="$(CURDIR)/.slipway/bench" go install github.com/tsenart/vegeta/v12@v12.13.0
	@go -C tools/docker build -o "$(CURDIR)/.slipway/bench/build" ./cmd/build
	@cd e2e && ../$(E2E) -m bench_app --vegeta ../.slipway/bench/vegeta --build ../.slipway/bench/build $(BENCH)

bench-volume: .slipway/venvs/local .slipway/venvs/django ##- Queries, indexes and times of every list with 100,000 recipes
	@scripts/with-postgres .slipway/venvs/django/bin/python -m pytest -q --no-cov --numprocesses=0 -m volume tests/volume

lint: ##- What linters find in the Go code of the whole repository
	@scripts/lint

lint-ci: .slipway/venvs/lint ##- Check .gitlab-ci.yml against GitLab's schema
	@.slipway/venvs/lint/bin/check-jsonschema --builtin-schema vendor.gitlab-ci --data-transform gitlab-ci .gitlab-ci.yml

audit: .slipway/venvs/audit ##- Known vulnerabilities of the Go and Python packages, from their databases on the internet
	@for module in . cmd/slipway bootstrap; do echo "==> $$module"; go -C $$module run golang.org/x/vuln/cmd/govulncheck@v1.9.0 ./... || failed=1; done; \
	for lock in django-app/requirements.txt e2e/requirements.lock; do echo "==> $$lock"; .slipway/venvs/audit/bin/pip-audit --disable-pip --no-deps --requirement $$lock || failed=1; done; \
	exit $${failed:-0}

secrets: ##- Secrets that somebody has committed, in all of the history that is here
	@go run github.com/zricethezav/gitleaks/v8@v8.30.1 git --no-banner --redact .

jobs-image-tag: ##- Give the image of the jobs the tag that its Dockerfile asks for
	@tag=$$(sha256sum <tools/pipeline/jobs.Dockerfile | cut -c1-16) && sed -i "s/^  JOBS_IMAGE_TAG: .*/  JOBS_IMAGE_TAG: $$tag/" .gitlab-ci.yml

##@ In a pipeline

review: $(CLI) ## Bring up the environment of a merge request, in staging's network: make review REVIEW=7
	@scripts/with-aws $(CLI) review up "$(REVIEW)"

review-stop: $(CLI) ## Destroy the environment of a merge request, and say what is left of it
	@scripts/with-aws $(CLI) review stop "$(REVIEW)"

review-destroy: ready
	@scripts/down

comment: $(CLI) ready ## Say in the merge request what `make up` would change, and what it costs
	@scripts/tell comment $(STACK)

drift: $(CLI) ready ## Keep an issue while AWS differs from what the program says
	@scripts/tell drift $(STACK)

review-cleanup: $(CLI) ##- Destroy the environments of merge requests that nobody has updated for DAYS (7), find orphans
	@scripts/with-aws $(CLI) review cleanup "$(or $(DAYS),7)"

##@ This clone

stop: ## Stop the local AWS and throw away all that is in it
	@$(MAKE) .slipway/venvs/local
	@$(LOCAL) down

clean: stop ## Stop, and remove what this clone has built
	rm -rf .slipway tools/rolescheck/node_modules

help: ## Show this list; with ALL=1 also what stands under "also"
	@awk -v all="$(ALL)" ' \
	  function also() { if (names) print "  also: " names; names = "" } \
	  /^##@/ { also(); print "\n" substr($$0, 5) } \
	  /^[a-z0-9-]+:.* ##-? / { name = $$0; sub(/:.*/, "", name); text = $$0; sub(/.* ##-? /, "", text); \
	    if (/ ##- / && !all) names = names (names ? ", " : "") name; else printf "  make %-14s %s\n", name, text } \
	  END { also() }' $(MAKEFILE_LIST) | fold -s -w 120

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

tools: programs
	@$(STEP) "Program" -- go build -o .slipway/bin/slipway .
	@$(STEP) "Commands" -- $(MAKE) $(CLI)

local-aws:
	@$(STEP) "Python packages" -- $(MAKE) .slipway/venvs/local .slipway/venvs/e2e
	@$(STEP) "Docker engine" -- $(LOCAL) engine
	@$(STEP) "Base images" -- $(LOCAL) images
	@$(STEP) "Local AWS" -- $(LOCAL) up $(if $(filter true,$(AUTH)),--auth)

# What runs the program: Pulumi's own on AWS, and here also what is built in its place.
programs:
ifeq ($(TARGET),aws)
	@$(STEP) "Official Pulumi" -- scripts/official
else
	@$(STEP) "Tools" -- go -C tools/toolchain run . --out "$(CURDIR)/.slipway/bin" --home "$(CURDIR)/.slipway/pulumi"
endif

bootstrap-program: programs
	@$(STEP) "Bootstrap program" -- go -C bootstrap build -o ../.slipway/bin/bootstrap .
	@$(STEP) "Commands" -- $(MAKE) $(CLI)

# What commands need that change nothing: the tools and, here, the local AWS.
ready: stack-exists
	@$(MAKE) -j2 prepared
ifeq ($(TARGET),local)
	@$(LOCAL) state $(STACK)
endif

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

.slipway/venvs/apicheck: FORCE
	@scripts/venv apicheck tools/apicheck/requirements.lock

.slipway/venvs/rolescheck: FORCE
	@scripts/venv rolescheck tools/rolescheck/requirements.lock

tools/rolescheck/node_modules: tools/rolescheck/package-lock.json
	@command -v npm >/dev/null || { echo "npm, which comes with Node 20 or newer, is needed: install Node" >&2; exit 1; }
	@npm ci --prefix tools/rolescheck --no-audit --no-fund --silent && touch $@

.slipway/venvs/audit: FORCE
	@scripts/venv audit tools/audit/requirements.lock

.slipway/venvs/lint: FORCE
	@scripts/venv lint tools/lint/requirements.lock

.slipway/venvs/django: FORCE
	@scripts/venv django django-app/requirements-dev.txt

check-go:
	@gofmt -l main.go infra components internal examples cmd tools bootstrap e2e | { ! grep .; } || { echo "gofmt these files" >&2; exit 1; }
	@go vet ./...
	@go -C cmd/slipway vet ./...
	@go -C bootstrap vet ./...
	@go -C examples/container vet .

# Every target that is no file, so all but the virtual environments and the binaries.
.PHONY: FORCE $(shell sed -n 's/^\([a-z0-9-][a-z0-9-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST)))
FORCE:
