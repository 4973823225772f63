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

.PHONY: build run test race check fuzz bench gen xref clean

build: ## the program, as bin/plenum
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/plenum ./xmppd/cmd/plenum

run: build ## a server on loopback with demonstration users, kept under data/
	exec bin/plenum localserve --data data $(RUNFLAGS)

test: ## all tests; those that need a database run when PLENUM_TEST_POSTGRES and PLENUM_TEST_REDIS name one
	CGO_ENABLED=0 $(GO) test $(TESTFLAGS) ./...

race: ## all tests under the race detector
	CGO_ENABLED=1 $(GO) test -race $(TESTFLAGS) ./...

check: xref ## formatting, vet, staticcheck, import table and layout, generated files, citations
	@unformatted=$$(git ls-files -co --exclude-standard -- '*.go' | xargs -r gofmt -l); \
	if [ -n "$$unformatted" ]; then printf 'gofmt -w is due for:\n%s\n' "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) test -count=1 -run '^Test(Imports|Layout|Generated)' ./xmppd/cmd/...

fuzz: ## every fuzz target of the tree, FUZZTIME each
	GO=$(GO) .ci/fuzz $(FUZZTIME)

bench: ## every benchmark of the tree
	CGO_ENABLED=0 $(GO) test -run '^$$' -bench . -benchmem $(TESTFLAGS) ./...

gen: ## writes again what is made from the code: the table of specifications
	$(GO) generate ./...

xref: ## checks the citations of RFCs and XEPs; `make xref XREFFLAGS=-print` lists them
	$(GO) run ./xmppd/cmd/internal/xref $(XREFFLAGS)

clean:
	rm -rf bin
