# Plenum builds and tests with Go 1.26, git and make; a C compiler is needed for `make race` alone.
# `make run` builds the server and starts a demonstration of it on this machine.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

GO ?= go
# How long `make fuzz` runs each fuzz target.
FUZZTIME ?= 30s
# Further flags for `go test`, such as -v or -run Roster.
TESTFLAGS ?=
# Further flags for `plenum localserve`, such as --port-offset 1000.
RUNFLAGS ?=

# Further flags for the check of citations, such as -print.
XREFFLAGS ?=

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.programVersion=$(VERSION)

# The tests against independent clients, and where they keep what they take from npm.
INTEROP := ./xmppd/cmd/plenum/interop
XMPPJS := xmppd/cmd/plenum/interop/testdata/xmppjs

# The front end; its built files are committed, so that only who changes it needs npm.
WEB := admin/web

.PHONY: build run test race interop check fuzz bench gen prompts xref web web-check clean

build: ## the program, as bin/plenum
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/plenum ./xmppd/cmd/plenum

run: build ## a server on loopback with demonstration users, kept under data/
	exec bin/plenum localserve --data data $(RUNFLAGS)

test: ## all tests; those that need a database run when PLENUM_TEST_POSTGRES and PLENUM_TEST_REDIS name one
	CGO_ENABLED=0 $(GO) test $(TESTFLAGS) ./...

race: ## all tests under the race detector
	CGO_ENABLED=1 $(GO) test -race $(TESTFLAGS) ./...

interop: build ## the program against independent clients; without CI=true those that are missing are left out
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(XMPPJS)/node_modules/.package-lock.json $(WEB)/node_modules/.package-lock.json; fi
	CGO_ENABLED=0 $(GO) test -tags interop -count=1 -v -timeout 45m $(TESTFLAGS) $(INTEROP)

$(XMPPJS)/node_modules/.package-lock.json: $(XMPPJS)/package.json $(XMPPJS)/package-lock.json
	cd $(XMPPJS) && npm ci --no-audit --no-fund
	touch $@

web: $(WEB)/node_modules/.package-lock.json ## the built files of the front end, from its sources
	cd $(WEB) && npm run --silent build

web-check: ## types and tests of the front end, and whether its built files are fresh; without CI=true nothing where npm is missing
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(WEB)/node_modules/.package-lock.json && \
	cd $(WEB) && npm run --silent check; \
	elif [ "$${CI:-}" = true ]; then echo 'npm is missing'; exit 1; \
	else echo 'npm is missing: the front end is not checked'; fi

$(WEB)/node_modules/.package-lock.json: $(WEB)/package.json $(WEB)/package-lock.json
	cd $(WEB) && npm ci --no-audit --no-fund
	touch $@

check: xref web-check ## formatting, vet, staticcheck, go.mod, import table and layout, generated files, citations, front end
	@unformatted=$$(git ls-files -co --exclude-standard -- '*.go' | xargs -r gofmt -l); \
	if [ -n "$$unformatted" ]; then printf 'gofmt -w is due for:\n%s\n' "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags interop $(INTEROP)
	$(GO) tool staticcheck ./...
	$(GO) tool staticcheck -tags interop $(INTEROP)
	$(GO) mod tidy -diff
	$(GO) test -count=1 -run '^Test(Imports|Layout|Generated)' ./xmppd/cmd/...

fuzz: ## every fuzz target of the tree, FUZZTIME each
	GO=$(GO) .ci/fuzz $(FUZZTIME)

bench: ## every benchmark of the tree
	CGO_ENABLED=0 $(GO) test -run '^$$' -bench . -benchmem $(TESTFLAGS) ./...

gen: ## writes again what is made from the code: the table of specifications
	$(GO) generate ./...

prompts: ## has the texts for telephones spoken anew; needs espeak-ng and sox
	cd components/telephony/prompts && $(GO) run generate.go

xref: ## checks the citations of RFCs and XEPs; `make xref XREFFLAGS=-print` lists them
	$(GO) run ./xmppd/cmd/internal/xref $(XREFFLAGS)

clean:
	rm -rf bin
