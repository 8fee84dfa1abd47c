# `make help` lists what there is to run. Every target does the set-up that it needs.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.PHONY: help up preview outputs show doctor down clean test check typecheck lint format unit engine \
	services-test bundle release release-verify ghcr-push ghcr-development-push publish-dry \
	bench-retention bench-fleet bench-publish fleet-limits

SANDBOX := sandbox/node sandbox/main.ts

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-24s %s\n", $$1, $$2}'

# npm writes this file last, so an interrupted install is taken up again.
node_modules/.package-lock.json: package.json package-lock.json
	@echo "▸ npm packages from the lock file (usually about 20 s)" >&2
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

up: node_modules/.package-lock.json ## Set up everything and publish the services in the sandbox
	@$(SANDBOX) up

preview: node_modules/.package-lock.json ## Show what `make up` would change; SINCE=<commit> only what a change reaches
	@$(SANDBOX) preview $(if $(SINCE),--since "$(SINCE)")

outputs: node_modules/.package-lock.json ## Print the stack's outputs as JSON
	@$(SANDBOX) outputs

show: node_modules/.package-lock.json ## Print what the repositories and packages on the stand-in hold
	@$(SANDBOX) show

doctor: node_modules/.package-lock.json ## Say which tools are used and where they come from
	@$(SANDBOX) doctor

down: node_modules/.package-lock.json ## Stop the sandbox and delete its data (tools stay cached)
	@$(SANDBOX) down

clean: ## Remove all that was installed: sandbox, tools, npm packages
	@if [ -e node_modules/.package-lock.json ]; then $(SANDBOX) clean; fi
	@rm -rf node_modules

ghcr-push: node_modules/.package-lock.json ## Publish SERVICE= with the tags of the checked-out release tag
	@$(SANDBOX) push --service "$(SERVICE)" --kind release

ghcr-development-push: node_modules/.package-lock.json ## Publish SERVICE= under a tag of your own
	@$(SANDBOX) push --service "$(SERVICE)" --kind development

bundle: node_modules/.package-lock.json ## Bundle the ghcr command into setup/ghcr.cjs
	@npm run --silent bundle

release: node_modules/.package-lock.json ## Release the ghcr command as VERSION=1.4.0: commit, tag and pin it
	@sandbox/node setup/release.ts make "$(VERSION)"

release-verify: node_modules/.package-lock.json ## Bundle the pinned release again and compare
	@sandbox/node setup/release.ts verify

publish-dry: node_modules/.package-lock.json ## Run the rendered workflow: SERVICE= EVENT=main|tag|pull-request|fork
	@$(SANDBOX) publish-dry --service "$(SERVICE)" --event "$(EVENT)" $(if $(TAG),--tag "$(TAG)")

test: node_modules/.package-lock.json ## Run every test, with the set-up that they need
	@sandbox/node tests/run.ts

check: typecheck lint format ## Types, lint, format

typecheck: node_modules/.package-lock.json ## Check types
	@npm run --silent typecheck
	@for each in services/*/tsconfig.json starters/*/tsconfig.json; do node_modules/.bin/tsc -p $$each || exit 1; done

lint: node_modules/.package-lock.json ## Lint
	@npm run --silent lint

format: node_modules/.package-lock.json ## Check the format (`npm run format` mends it)
	@npm run --silent format:check

unit: node_modules/.package-lock.json ## Run the unit tests
	@sandbox/node tests/run.ts --only unit

engine: node_modules/.package-lock.json ## Run the tests against engine, plugins, builder and registry
	@sandbox/node tests/run.ts --only engine

bench-retention: node_modules/.package-lock.json ## Time the retention planner beside a plain one
	@sandbox/node bench/retention.ts

bench-fleet: node_modules/.package-lock.json ## Measure what a fleet costs as it grows, beside the engine as it comes
	@sandbox/node bench/fleet.ts

fleet-limits: node_modules/.package-lock.json ## Bring 300 services up under GitHub's limits, on a fast clock
	@sandbox/node bench/fleet-limits.ts

bench-publish: node_modules/.package-lock.json ## Time publishing beside plain buildctl
	@sandbox/node bench/publish.ts
