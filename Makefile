# The two commands: `make run` to see it work, `make test` to prove it. `make help` lists the rest.

# Debug, because then `make run` and `make test` share one build: a second, optimised build of all
# dependencies would cost minutes, and a demonstration needs no speed.
CONFIGURATION ?= debug
# For example `make test SWIFT_FLAGS="-j 1"` where memory is short.
SWIFT_FLAGS ?=

# Where `make install` puts things; DESTDIR is for packagers, and stands before every path.
PREFIX ?= /usr/local
DESTDIR ?=
# `make deb REBUILD=2` builds version 0.1-1+b2 of the same sources, to try an upgrade.
REBUILD ?=
# Where `make bench` writes its page and its plots; FIGURES=Sources/ipambench replaces what is
# published. BENCH_FLAGS="--only P1,P2" measures less.
FIGURES ?= .build/bench
BENCH_FLAGS ?=
# The relocations, packed, are a hundredth of their size: a short run of ipamc is mostly its start.
BUILD_RELEASE = swift build -c release --static-swift-stdlib --disable-local-rpath \
	-Xswiftc -use-ld=lld -Xlinker -z -Xlinker pack-relative-relocs \
	-Xlinker "-L$(CURDIR)/.build/static"

.PHONY: help run test build release install uninstall deb docs bench bench-quick clean
.DEFAULT_GOAL := help

help: ## Lists the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

run: build ## Starts the daemon with sample data, and serves until Ctrl-C.
	@exec systemd/try "$$(swift build -c $(CONFIGURATION) --show-bin-path)"

test: ## Installs what is missing, and runs every check and every test.
	@.ci/install-missing
	@.ci/test $(SWIFT_FLAGS)

build: ## Installs what is missing, and builds ipamd and ipamc.
	@.ci/install-missing
	swift build -c $(CONFIGURATION) $(SWIFT_FLAGS)

release: ## Builds optimised programs that need libc and libsystemd alone, into .build/release.
	@.ci/install-missing
	@# Found before the shared libraries of the same name, so that these are linked statically.
	@mkdir -p .build/static
	@ln -sf "$$(gcc -print-file-name=libstdc++.a)" .build/static/libstdc++.a
	@ln -sf "$$(gcc -print-file-name=libgcc_eh.a)" .build/static/libgcc_s.a
	@ln -sf "$$(gcc -print-file-name=libyaml.a)" .build/static/libyaml.a
	$(BUILD_RELEASE) --product ipamd $(SWIFT_FLAGS)
	$(BUILD_RELEASE) --product ipamc $(SWIFT_FLAGS)

install: ## Puts what `make release` built below PREFIX, with units, manual and completions.
	@systemd/install .build/release "$(PREFIX)" "$(DESTDIR)"

uninstall: ## Removes what `make install` put below PREFIX, and nothing else.
	@systemd/install --remove "$(PREFIX)" "$(DESTDIR)"

deb: release ## Builds a Debian package into .build/deb.
	@systemd/debian/build .build/release .build/deb $(REBUILD)

docs: ## Makes the documentation of the client libraries, in .build/docs; a warning is an error.
	@.ci/install-missing
	swift build $(SWIFT_FLAGS)
	@.ci/docs "$$(swift build --show-bin-path)" .build/docs
	@echo "To read it: python3 -m http.server --directory .build/docs/ipamd.doccarchive 8000"
	@echo "and then http://localhost:8000/documentation/libraries"

bench: release ## Measures the release build: the table P1 to P12, in about half an hour.
	@.ci/install-peers
	$(BUILD_RELEASE) --product ipambench $(SWIFT_FLAGS)
	@$(MAKE) --no-print-directory .build/bench/ipamfloor
	.ci/with-journald .build/release/ipambench --floor .build/bench/ipamfloor --figures "$(FIGURES)" \
		--commit "$$(git rev-parse --short HEAD || echo unknown)" $(BENCH_FLAGS)

bench-quick: .build/bench/ipamfloor ## Runs the bench in small, for its checks and not its figures.
	@exec "$$(swift build -c $(CONFIGURATION) --show-bin-path)/ipambench" --quick \
		--floor .build/bench/ipamfloor --figures .build/bench/quick $(BENCH_FLAGS)

# Static, because a one-shot client is mostly its own start.
.build/bench/ipamfloor: $(wildcard Sources/ipamfloor/*)
	@mkdir -p .build/bench
	cc -std=gnu17 -O2 -Wall -Wextra -Werror -static -o $@ Sources/ipamfloor/*.c

clean: ## Removes what was built.
	swift package clean
