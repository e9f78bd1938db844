# Two commands matter: `make run` and `make test`. Both install what the system lacks.

# A trap would start swift-backtrace, which can hang for minutes.
export SWIFT_BACKTRACE := enable=no

.PHONY: help run test build release requirements clean

help:
	@echo 'make run       start the daemon in a private folder, make a few requests, keep serving'
	@echo 'make test      run every test and every check'
	@echo 'make build     build everything for debugging'
	@echo 'make release   build optimised binaries into .build/release'
	@echo 'make clean     remove what was built'

run: requirements
	swift build --product ipamd
	swift build --product ipamc
	systemd/try.sh .build/debug

test: requirements
	swift format lint --strict --recursive Package.swift Sources Tests
	python3 proto-spec/check.py
	swift build --build-tests
	swift test --skip-build

build: requirements
	swift build

release: requirements
	swift build -c release

requirements:
	@systemd/requirements.sh

clean:
	rm -rf .build .run
