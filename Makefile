# The two commands: `make run` to see it work, `make test` to prove it. `make help` lists the rest.

# Debug, because then `make run` and `make test` share one build: a second, optimised build of all
# dependencies would cost minutes, and a demonstration needs no speed.
CONFIGURATION ?= debug
# For example `make test SWIFT_FLAGS="-j 1"` where memory is short.
SWIFT_FLAGS ?=

.PHONY: help run test build release clean
.DEFAULT_GOAL := help

help: ## Lists the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

run: build ## Starts the daemon with sample data, and serves until Ctrl-C.
	@exec systemd/try "$$(swift build -c $(CONFIGURATION) --show-bin-path)"

test: ## Installs what is missing, and runs every check and every test.
	@.ci/install-missing
	@.ci/test $(SWIFT_FLAGS)

build: ## Installs what is missing, and builds ipamd and ipamc.
	@.ci/install-missing
	swift build -c $(CONFIGURATION) $(SWIFT_FLAGS)

release: ## Builds optimised programs into .build/release.
	@$(MAKE) --no-print-directory build CONFIGURATION=release

clean: ## Removes what was built.
	swift package clean
