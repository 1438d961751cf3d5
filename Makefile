# vidchat's commands; `make` alone lists them. They need Go, Node, npm and git.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZ_TIME ?= 1m

# How many calls the browsers make: by the original's sequence, and of each
# kind that our client takes part in. Then, how often the server is killed in
# each kind of call, one caller's network is gone, and four are in a call.
# `make soak` counts further.
E2E_CALLS ?= 4
E2E_OWN_CALLS ?= 2
E2E_RESTARTS ?= 1
E2E_OUTAGES ?= 1
E2E_COMPANY ?= 1
# How often a node is killed, stopped and frozen, and Redis restarted, during a call.
E2E_NODE_FAILURES ?= 1
# How many calls are forced onto the server's relay, over each transport, and how
# many are made between two networks behind NATs.
E2E_RELAYED ?= 1
E2E_NATS ?= 1
# And how many calls a server in the middle tampers with.
E2E_TAMPERED ?= 14
# And how many changed descriptions each browser reads.
E2E_MUTATIONS ?= 150
# And how many calls Firefox and Chromium make in each order.
E2E_FIREFOX_CALLS ?= 1
# And how large the file is whose rate is measured, in MiB.
E2E_FILE_MIB ?= 8
export E2E_CALLS E2E_OWN_CALLS E2E_RESTARTS E2E_OUTAGES E2E_COMPANY E2E_NODE_FAILURES E2E_RELAYED E2E_NATS E2E_TAMPERED \
	E2E_MUTATIONS E2E_FIREFOX_CALLS E2E_FILE_MIB

# How many points of Lighthouse performance needs. They depend on the machine, so `make test`
# asks for fewer and finds only broken pages; `make lighthouse` and `make soak` ask for all.
LIGHTHOUSE_PERFORMANCE ?= 95
test: LIGHTHOUSE_PERFORMANCE := 75
export LIGHTHOUSE_PERFORMANCE

# How often each kind of client loses its connection without a FIN.
SEAT_CUTS ?= 2
export SEAT_CUTS

CLIENT := client/dist/index.html
CLIENT_MODULES := client/node_modules/.package-lock.json
E2E_MODULES := client/e2e/node_modules/.package-lock.json
BENCH_MODULES := bench/node/node_modules/.package-lock.json
CLIENT_SOURCES := $(shell find client -type f \
	-not -path '*/node_modules/*' -not -path 'client/dist/*' -not -path 'client/kit/dist/*' -not -path 'client/e2e/*')

# What `make test` runs, as scripts/test reads it: stages, and beside each other what
# works for both cores. First what the others need; then the Go tests, which mostly
# wait, beside crowds of clients, which take turns to wait and to work, and what only
# works. Lighthouse takes one core, so the client in Go has the other. Last the browsers,
# which take both: on a slow machine, they would freeze beside the Go tests.
TESTS := 'toolchain format' \
	'debian | install build' \
	'go-test | crowds protocol nodes proxy heroku | vet staticcheck client-check client-test' \
	'lighthouse | peer' browser
# What is checked while one works: no browsers, no race detector, no package that
# starts crowds of clients.
CHECKS := 'toolchain format' 'install build' 'vet staticcheck go-units | client-check client-test'
NOT_UNITS := /chaos|/bench

.PHONY: help run dev test check soak proxies chaos bench bench-soak bench-programs fuzz build release clean install debian compiler \
	toolchain format vet staticcheck go-test go-units crowds peer client-check client-test protocol nodes proxy browser lighthouse heroku

help: ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

run: toolchain build ## Build everything that changed and serve on http://localhost:4000 (PORT=… for another)
	@exec bin/vidchat

dev: toolchain $(CLIENT_MODULES) ## Serve with hot reload of the client on http://localhost:5173
	go build -o bin/vidchat .
	@exec scripts/dev

test: ## Run every check and test, in some 9 minutes on two cores
	@MAKE='$(MAKE)' scripts/test $(TESTS)

check: ## Check format, types and lint, and test the units: for while you work
	@MAKE='$(MAKE)' scripts/test $(CHECKS)

# Tests of signaling that look into the one node that has everything.
ONE_NODE := ^(Fuzz.*|Test(AReloadingProxy.*|BinaryInBase64IsDropped|ConnectTimeout|CyclesLeaveNothing|EndedSessionsDoNotCount|ErrorResponses|FailedUpgrade|LimitOf.*|LimitsPer.*|NobodyReceivesForeignBytes|PingTimeout|PollingStops|ProbeWithoutUpgrade|RelayOnlyWithinRoom|RunEnds.*|SecondWebSocket|Shutdown.*|TakeoversUnderLoad|UpgradeOfEndedSession))$$

soak: compiler ## Make many calls, lose many connections, and make every protocol test ten times
	@for round in {1..10}; do $(MAKE) --no-print-directory protocol nodes; done
	@SEAT_CUTS=200 go test -count=1 -v -parallel 24 -timeout 30m -run '^TestCutsLoseNothing$$' ./signaling | \
		sed '/^=== /d; /--- PASS/d'
	@CYCLES=2000 go test -count=1 -run '^TestCyclesLeaveNothing$$' ./signaling
	@TAKEOVERS=1000 go test -count=1 -v -timeout 60m -run '^TestTakeoversUnderLoad$$' ./signaling -sockets=tcp | sed '/^=== /d'
	@NODE_HISTORIES=10000 go test -count=1 -run '^TestNodeHistories$$' ./rooms
	@go test -count=1 -timeout 20m ./signaling -sockets=tcp -nodes=3 -skip '$(ONE_NODE)'
	@NODE_ROUNDS=20 go test -count=1 -v -parallel 4 -timeout 30m -run '^TestEndsOfTheOwner$$' . | sed '/^=== /d'
	@NODE_ROUNDS=20 go test -count=1 -v -parallel 10 -timeout 30m -run '^TestOutages$$' ./internal/server | sed '/^=== /d'
	@BUDGET_TIME=20s go test -count=1 -v -timeout 30m -run '^TestBudgetOfOneAddress$$' ./chaos | sed '/^=== /d'
	@go -C peer test -race -count=5 . ./call
	@PEER_CALLS=50 go -C peer test -count=1 -v -run '^TestLoad$$' . | sed '/^=== /d'
	@$(MAKE) --no-print-directory proxies
	@$(MAKE) --no-print-directory lighthouse
	@$(MAKE) --no-print-directory browser E2E_CALLS=200 E2E_OWN_CALLS=50 \
		E2E_RESTARTS=20 E2E_OUTAGES=10 E2E_COMPANY=10 E2E_NODE_FAILURES=20 E2E_RELAYED=10 E2E_NATS=10 E2E_TAMPERED=100 E2E_MUTATIONS=1000 \
		E2E_FIREFOX_CALLS=5 E2E_FILE_MIB=100 E2E_PICTURES=full E2E_LOOKS=full
	@$(MAKE) --no-print-directory browser BROWSER_FILES=calls E2E_NODES=3 E2E_CALLS=30 E2E_OWN_CALLS=10
	@$(MAKE) --no-print-directory browser BROWSER_FILES=group-call E2E_NODES=3 E2E_COMPANY=5

fuzz: ## Run each fuzz target for a minute (FUZZ_TIME=… for another time)
	@for module in . peer; do \
		go -C $$module list ./... | while read -r package; do \
			go -C $$module test -list '^Fuzz' "$$package" | sed -n '/^Fuzz/p' | while read -r target; do \
				echo "=== $$package $$target"; \
				go -C $$module test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZ_TIME) "$$package" </dev/null; \
			done; \
		done; \
	done

chaos: $(if $(CHAOS_RACE),compiler) ## Set hostile clients on the server for a minute (CHAOS_SEED=… to repeat, CHAOS_RACE=1 to detect races)
	CHAOS_TIME=$(or $(CHAOS_TIME),60s) go test -count=1 -v ./chaos

bench: bench-programs ## Measure beside Node's socket.io, 20 to 25 minutes (BENCH_QUICK=1 for 3)
	@CHROMIUM_SHELL="$$(scripts/chromium shell)" bin/bench $(if $(BENCH_QUICK),-quick)
	@exec bin/bench -nodes $(if $(BENCH_QUICK),-quick)

bench-soak: bench-programs ## Watch the server's memory for 10 minutes of coming and going
	@exec bin/bench -soak $(if $(BENCH_QUICK),-quick)

bench-programs: toolchain build $(BENCH_MODULES) $(E2E_MODULES)
	go build -o bin/relay ./bench/relay
	go build -o bin/bench ./bench

build: $(CLIENT) ## Build the client, and the server with it into bin/
	go build -o bin/vidchat .

install: $(CLIENT_MODULES) $(E2E_MODULES) ## Install the npm packages

release: build ## Make the programs, Debian packages and checksums of a release in bin/release (VERSION=…)
	@scripts/release $(VERSION)

clean: ## Remove what was built and installed
	rm -rf bin client/kit/dist client/node_modules client/e2e/node_modules client/e2e/.build bench/node/node_modules
	find client/dist -mindepth 1 -not -name .gitkeep -delete

toolchain: ## Say whether all tools are there
	@scripts/toolchain

compiler: # what the race detector is linked with
	@command -v gcc >/dev/null || scripts/apt-install gcc libc6-dev

debian: # what the tests need of Debian
	@scripts/debian

format: ## Check how the Go code is formatted
	@unformatted=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
	[ -z "$$unformatted" ] || { echo "Run gofmt -w on:"; echo "$$unformatted"; exit 1; }

vet: ## Run go vet
	go vet ./...
	go -C peer vet ./...

staticcheck: ## Run staticcheck
	go run $(STATICCHECK) ./...
	cd peer && go run $(STATICCHECK) ./...

# `vet` sees the same packages. Six at a time, and eight tests of each, since they
# mostly wait; signaling, which takes longest, begins first.
go-test: compiler ## Test the Go code with the race detector, fuzz corpora included
	go test -race -vet=off -p 6 -parallel 8 -timeout 30m ./signaling $$(go list ./... | grep -vE '$(NOT_UNITS)|/signaling$$')
	go test -race -vet=off ./signaling -sockets=tcp -nodes=3 -run '^Test(Call|JoinAgain|Leave|Enter|Move|Password|Knock|UnlockThenLock)$$'

# Without the race detector, which would watch the clients, not the server. Four crowds at
# a time, two of which wait for more than a minute.
crowds: debian ## Test with crowds of hostile and of measuring clients
	go test -vet=off -p 2 -parallel 4 -timeout 30m $$(go list ./... | grep -E '$(NOT_UNITS)')

# Without the race detector, with which all of pion would be compiled once more; `make soak`
# has it. Go does not see that results depend on the server, so none is kept.
peer: ## Test the client in Go, against the server
	go -C peer test -vet=off -count=1 ./...

go-units: # without the race detector, which takes a compiler
	go test -vet=off -p 4 $$(go list ./... | grep -vE '$(NOT_UNITS)')

client-check: $(CLIENT_MODULES) $(E2E_MODULES) ## Check types, lint and format of the client and its tests
	npm --prefix client run --silent check
	npm --prefix client run --silent lint
	npm --prefix client/e2e run --silent lint

client-test: $(CLIENT_MODULES) ## Test the client's units
	npm --prefix client run --silent test

# The race detector watches the server while real clients use it.
protocol: compiler $(E2E_MODULES) ## Test the server's protocol with every generation of client
	E2E_RACE=1 npm --prefix client/e2e run --silent protocol

# Against three nodes that share a Redis, behind a balancer without affinity.
nodes: compiler $(E2E_MODULES) ## Test every generation of client against three nodes
	@command -v redis-server >/dev/null || RUNLEVEL=1 scripts/apt-install redis-server
	E2E_RACE=1 E2E_NODES=3 npm --prefix client/e2e run --silent protocol clients

# RUNLEVEL keeps what is installed from being started.
proxy: $(E2E_MODULES) ## Reload nginx during calls
	@[ -x /usr/sbin/nginx ] || RUNLEVEL=1 scripts/apt-install nginx
	PROXIES=nginx npm --prefix client/e2e run --silent proxies

proxies: $(E2E_MODULES) ## Reload nginx, HAProxy, Apache and Caddy during calls
	@[ -x /usr/sbin/nginx -a -x /usr/sbin/haproxy -a -x /usr/sbin/apache2 ] || \
		RUNLEVEL=1 scripts/apt-install nginx haproxy apache2
	npm --prefix client/e2e run --silent proxies

browser: $(E2E_MODULES) $(CLIENT) ## Test calls and pages in Chromium and Firefox (BROWSER_FILES=… for some)
	@command -v redis-server >/dev/null || RUNLEVEL=1 scripts/apt-install redis-server
	CHROMIUM_SHELL="$$(scripts/chromium shell)" CHROMIUM="$$(scripts/chromium)" FIREFOX="$$(scripts/firefox)" \
		npm --prefix client/e2e run --silent browser $(BROWSER_FILES)

# Alone, since performance is what it measures.
lighthouse: $(E2E_MODULES) $(CLIENT) ## Ask Lighthouse for at least 95 points in each category, for both pages
	CHROMIUM_SHELL="$$(scripts/chromium shell)" npm --prefix client/e2e run --silent lighthouse

heroku: $(E2E_MODULES) ## Build and run a clean copy as Heroku does
	CHROMIUM_SHELL="$$(scripts/chromium shell)" scripts/heroku-build

$(CLIENT): $(CLIENT_MODULES) $(CLIENT_SOURCES)
	npm --prefix client run --silent build
	@touch $@

$(CLIENT_MODULES): client/package.json client/kit/package.json client/package-lock.json
	npm --prefix client ci --include=dev
	@touch $@

$(E2E_MODULES): client/e2e/package.json client/e2e/package-lock.json
	npm --prefix client/e2e ci --include=dev
	@touch $@

$(BENCH_MODULES): bench/node/package.json bench/node/package-lock.json
	npm --prefix bench/node ci
	@touch $@
