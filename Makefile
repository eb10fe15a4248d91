# Everything a developer runs. `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

export CARGO_TARGET_DIR ?= $(HOME)/.cache/mandate/target
PREFIX ?= $(HOME)/.local
BIN := $(CARGO_TARGET_DIR)/serve/mandate
ASSETS := web-assets/dist/app.css
ASSET_INPUTS := $(shell find web-assets/src -type f 2>/dev/null) web-assets/build.mjs web-assets/package.json

.PHONY: help run build install test e2e fmt lint bench bench-facts bench-deals bench-tenor bench-pages bench-lists bench-events bench-import bench-decisions drills contract assets check

help: ## this list
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/  make \1|\2/p' Makefile | column -t -s '|'

run: build ## build, start with the demo book, print the address
	@echo "The program is $(BIN); \`make install\` puts it on your PATH."
	@exec $(BIN) serve --demo

build: check assets
	@if [ ! -x $(BIN) ]; then echo "Building Mandate: some ten minutes the first time on two cores, a few after a change."; \
	  else echo "Building what changed since the last time."; fi
	@cargo build --locked --profile serve --bin mandate

install: build ## put the program into PREFIX/bin (~/.local/bin)
	@mkdir -p $(PREFIX)/bin && install -m 755 $(BIN) $(PREFIX)/bin/mandate
	@echo "Installed $(PREFIX)/bin/mandate"
	@case ":$$PATH:" in *":$(PREFIX)/bin:"*) ;; *) echo "$(PREFIX)/bin is not on your PATH yet." ;; esac

test: check assets ## all tests, on SQLite and PostgreSQL, and the pages in Chromium
	@tools/test.sh

e2e: check assets ## only the pages in Chromium; make e2e ARGS='--screenshots FOLDER'
	@tools/e2e.sh $(ARGS)

fmt: ## format
	@cargo fmt --all

lint: assets ## format check, clippy and the types of the pages' scripts, warnings refused
	@cd bench && cargo metadata --locked --format-version 1 >/dev/null # a crate added to the workspace belongs in this lock, too
	@cargo fmt --all --check
	@cargo clippy --locked --workspace --all-targets -- -D warnings
	@cd bench && cargo check --locked --quiet --all-features
	@cd web-assets && npm run --silent check

bench: bench-facts bench-deals bench-tenor bench-pages bench-events bench-import bench-decisions ## all benchmarks; results go to docs/benchmarks.md by hand

bench-facts: check ## events per second beside DuckDB and Polars
	@bash bench/facts.sh

bench-deals: check ## packages both sides prefer: fronts, covers, points, gaps, offers, and the peers on the same domains
	@bash bench/deals.sh

bench-tenor: check ## raters, vignettes and change points beside published figures, false alarms, and the peers
	@bash bench/tenor.sh

bench-pages: build bench-lists ## page times with 20 people clicking; ARGS='--seconds 120'
	@cd bench && cargo build --quiet --profile serve --features pages --bin bench-pages
	@MANDATE_BINARY=$(BIN) $(CARGO_TARGET_DIR)/serve/bench-pages $(ARGS)

bench-lists: build ## lists of 100,000 accounts and 1,000,000 people on both databases; ARGS='--seconds 120'
	@cd bench && cargo build --quiet --profile serve --features pages --bin bench-pages
	@MANDATE_BINARY=$(BIN) bash bench/lists.sh $(CARGO_TARGET_DIR)/serve/bench-pages $(ARGS)

bench-events: build ## events a second over the API; ARGS='--requests 100 --senders 4'
	@cd bench && cargo build --quiet --profile serve --features pages --bin bench-events
	@MANDATE_BINARY=$(BIN) $(CARGO_TARGET_DIR)/serve/bench-events $(ARGS)

bench-import: build ## a million people into the book from one file; ARGS='--rows 100000 --again'
	@cd bench && cargo build --quiet --profile serve --bin bench-import
	@MANDATE_BINARY=$(BIN) $(CARGO_TARGET_DIR)/serve/bench-import $(ARGS)

bench-decisions: check ## one decision among 4,000 rights, beside Cedar with a policy for each; ARGS='--peer 5000'
	@cd bench && cargo build --quiet --profile serve --features decisions --bin bench-decisions
	@$(CARGO_TARGET_DIR)/serve/bench-decisions $(ARGS)

drills: build ## passkeys in a virtual device; kill a serving Mandate under load on both databases; ARGS='--rounds 1000'; then the API as every role
	@tools/passkeys.sh
	@MANDATE_BINARY=$(BIN) tools/kills.sh $(ARGS)
	@MANDATE_BINARY=$(BIN) tools/contract.sh --long

contract: build ## the API held to its document by schemathesis; ARGS='--long', ARGS='--roles sponsor --examples 50'
	@MANDATE_BINARY=$(BIN) tools/contract.sh $(ARGS)

assets: $(ASSETS) ## style sheets and scripts of the pages, when their sources changed

$(ASSETS): web-assets/node_modules/.package-lock.json $(ASSET_INPUTS)
	@echo "Building the pages' style sheets and scripts."
	@cd web-assets && npm run --silent build
	@touch $@

web-assets/node_modules/.package-lock.json: web-assets/package-lock.json
	@echo "Fetching what the pages are built with (npm ci)."
	@cd web-assets && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

check:
	@tools/check.sh
