.DEFAULT_GOAL := help
.PHONY: help build test verify generate demo native

RID := linux-$(shell uname -m | sed "s/x86_64/x64/; s/aarch64/arm64/")

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-10s %s\n", $$1, $$2}'

build: ## Build everything
	dotnet build

test: ## Run every test
	dotnet test

generate: ## Write config/crd from the C# types
	dotnet run --project tools/CrdGenerator -- config/crd

verify: build generate ## Everything builds, format, generated files up to date, tree clean
	dotnet format --verify-no-changes
	@test -z "$$(git status --porcelain)" || { git status --short; git --no-pager diff --stat; echo "verify: the tree is not clean"; exit 1; }

demo: ## Recover a small shop from Falco alerts, on an embedded cluster
	dotnet run --project src/Operator.Demo

native: ## Compile the operator ahead of time into artifacts/native; needs gcc and zlib1g-dev
	dotnet publish src/Operator -c Release -r $(RID) -p:PublishAot=true -o artifacts/native
