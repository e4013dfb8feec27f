# The targets are the vocabulary of this repository; the CI uses nothing else.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO ?= go
LINT_VERSION := v2.15.0
LINT_MODULE  := github.com/golangci/golangci-lint/v2/cmd/golangci-lint
BIN          := $(shell $(GO) env GOPATH)/bin

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
FUZZTIME ?= 30s
FUZZ ?= .
CHURN ?= 30m
OUT ?= bin
# What .ci/conformance runs.
ENGINES := /shared/(store|queue|vault|blob|toolkey)(/|$$)
FUNCTIONS := $(patsubst functions/%/main.go,%,$(wildcard functions/*/main.go))

# SAM tells nobody what it does and asks nobody for news (see .ci/venv), and builds as
# `build` does: it has no flags of its own for Go. -s leaves both tables out.
SAM       := __SAM_CLI_APP_DIR=$(CURDIR)/bin/venv/sam SAM_CLI_TELEMETRY=0 $(CURDIR)/bin/venv/bin/sam
SAM_BUILD := CGO_ENABLED=0 GOFLAGS="-tags=lambda.norpc -ldflags=-s" $(SAM) build
SAMCONFIG ?= samconfig.toml

.PHONY: help
help: ## print this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: check
check: format vet lint ## what to run before a commit: format, vet, lint, import rules, short tests
	$(GO) test -short -timeout 10m ./...

# The pages take longest, most of it in the browser: whatever else there is runs beside them.
.PHONY: test
test: ## everything, with the race detector; installs what the tests want besides Go (a browser, emulators of AWS)
	@.ci/tools
	$(GO) vet ./...
	$(GO) test -race -timeout 25m ./web/pagetest $$($(GO) list ./... | grep -vE '$(ENGINES)|/web/pagetest$$')
	@.ci/conformance -race -timeout 10m
	@$(GO) test -run '^$$' -bench 'Receive|Inbound|Intent|Position|InAppLoad' -benchtime 1x ./bench >/dev/null && echo "the benchmarks run"

.PHONY: crowd
crowd: ## a thousand customers of WeChat, five hundred of Slack and five hundred who text, with all going wrong
	@$(GO) test -count=1 -timeout 10m -v -run '^(TestCrowd|TestWorkspaces|TestTexters)$$' ./cmd/zhida/app -crowd 1000 -slack-crowd 500 -sms-crowd 500 | grep -v '^=== '

.PHONY: race
race: ## everything five times over, in random order, with the race detector
	$(GO) test -race -count=5 -shuffle=on -timeout 30m ./...

.PHONY: cover
cover: ## test coverage by package, and coverage.html
	$(GO) test -timeout 8m -coverpkg=./... -coverprofile=coverage.out ./...
	$(GO) tool cover -func=coverage.out | tail -1
	$(GO) tool cover -html=coverage.out -o coverage.html

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (30s); those of some folders with FUZZ='connectors/wechat connectors/slack'
	@$(GO) list -f '{{.Dir}}' $(FUZZ:%=./%/...) | while read -r dir; do \
	  { grep -ohE '^func Fuzz[A-Za-z0-9_]+' "$$dir"/*_test.go 2>/dev/null || true; } | sed 's/^func //' | while read -r target; do \
	    echo "== $$dir $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s "$$dir"; \
	  done; \
	done

.PHONY: golden
golden: ## rewrite every golden file, then show what changed
	ZHIDA_UPDATE_GOLDEN=1 $(GO) test -count=1 ./...
	$(GO) test -count=1 ./connectors/... -update
	git diff --stat -- '*testdata*'

.PHONY: conformance
conformance: ## which engine passes which test of its suite, and connectors; on AWS itself with ZHIDA_TEST_AWS=1
	@.ci/conformance -count=1 -timeout 60m -run '^Test(Contract|Conformance)$$'
	@$(GO) test -v -count=1 -run '^TestConnector$$' ./connectors/... | { grep -E '^ *--- |^(FAIL|panic)' || true; }

.PHONY: intent
intent: ## what `zhida intent` says of the texts in DATA/*.tsv (last column; the first line is a header)
	@for file in $(DATA)/*.tsv; do echo "$$file"; \
	  tail -n +2 "$$file" | awk -F '\t' '{ print $$NF }' | $(GO) run ./cmd/zhida intent | cut -f 1 | sort | uniq -c; done

.PHONY: bench
bench: ## what a message costs, against what: see bench/
	$(GO) test -run '^$$' -bench 'Receive' -benchtime 7x ./bench
	$(GO) test -run '^$$' -bench 'Inbound|Intent|Position' -benchmem ./bench
	$(GO) test -run '^$$' -bench 'AskToDesk' -benchtime 200x ./bench
	$(GO) test -run '^$$' -bench 'Memory$$' -benchtime 1x ./bench
	$(GO) test -run '^$$' -bench 'InAppLoad' -benchtime 1x ./bench -customers 2000 -churn 30s
	$(GO) test -run '^$$' -bench 'LambdaStart' -benchtime 25x ./bench
	$(GO) test -run '^$$' -bench 'LineOnAWS' -benchtime 3x ./bench
	$(GO) test -count=1 -v -run 'TestWhat' ./bench | sed -n 's/^ *awscost_test.go:[0-9]*: //p'

.PHONY: load-inapp
load-inapp: ## 2,000 connected widgets, which come and go for CHURN (30m)
	$(GO) test -run '^$$' -bench 'InAppLoad' -benchtime 1x -timeout 0 ./bench -customers 2000 -churn $(CHURN)

.PHONY: build
build: ## the single binary, and every Lambda (linux/arm64), into OUT (bin)
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o "$(OUT)/zhida" ./cmd/zhida
	@for name in $(FUNCTIONS); do \
	  echo "$(OUT)/$$name/bootstrap"; \
	  GOOS=linux GOARCH=arm64 CGO_ENABLED=0 $(GO) build -trimpath -tags lambda.norpc -ldflags "-s -w" \
	    -o "$(OUT)/$$name/bootstrap" "./functions/$$name"; \
	done

.PHONY: template
template: venv ## check template.yaml, also for AWS China, and build what it deploys
	AWS_DEFAULT_REGION=us-east-1 $(SAM) validate --lint
	bin/venv/bin/cfn-lint --regions us-east-1 eu-west-1 cn-north-1 cn-northwest-1 -- template.yaml
	bin/venv/bin/cfn-lint --regions us-east-1 eu-west-1 -- infra/functionurl.yaml infra/sms.yaml
	$(GO) build ./functions/...
	AWS_DEFAULT_REGION=us-east-1 $(SAM_BUILD)

.PHONY: deploy
deploy: venv $(SAMCONFIG) ## build, and deploy to the AWS account of your credentials, as samconfig.toml says
	$(GO) build ./functions/...
	$(SAM_BUILD) --config-file "$(abspath $(SAMCONFIG))"
	$(SAM) deploy --config-file "$(abspath $(SAMCONFIG))"
	@$(MAKE) --no-print-directory outputs

.PHONY: outputs
outputs: venv $(SAMCONFIG) ## the addresses of what is deployed
	@$(SAM) list stack-outputs --config-file "$(abspath $(SAMCONFIG))" --output table

.PHONY: teardown
teardown: venv $(SAMCONFIG) ## delete what is deployed, but not what customers wrote
	@$(MAKE) --no-print-directory outputs
	@echo "Kept, and removed by hand only (docs/deploy.md says how): the table TableName, the bucket MediaBucket,"
	@echo "the secret DeploymentKeyArn and, where there is one, the key VaultKeyArn. All else goes, logs and queues too."
	$(SAM) delete --config-file "$(abspath $(SAMCONFIG))"

$(SAMCONFIG):
	@echo "copy samconfig.example.toml to $@ and change it: docs/deploy.md"; exit 1

.PHONY: dev
dev: ## run everything on this machine
	$(GO) run ./cmd/zhida dev

.PHONY: format
format: ## fail if a file is not gofmt's
	@bad="$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go'))"; \
	  if [[ -n "$$bad" ]]; then echo "run gofmt -w on:"; echo "$$bad"; exit 1; fi

.PHONY: vet
vet: ## go vet
	$(GO) vet ./...

.PHONY: lint
lint: linter ## golangci-lint, by the list in .golangci.yml
	$(BIN)/golangci-lint run ./...

.PHONY: tools
tools: linter ## install the linter, and what the tests want besides Go, in the versions this repository is written for
	@.ci/tools

.PHONY: linter
linter:
	@$(BIN)/golangci-lint version 2>/dev/null | grep -qF "version $(LINT_VERSION:v%=%) " || $(GO) install $(LINT_MODULE)@$(LINT_VERSION)

.PHONY: venv
venv:
	@.ci/venv
