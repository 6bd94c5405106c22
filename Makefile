.DEFAULT_GOAL := help
.PHONY: help build test verify generate chart demo native sbom

VERSION := $(shell sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
RID := linux-$(shell uname -m | sed "s/x86_64/x64/; s/aarch64/arm64/")

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-10s %s\n", $$1, $$2}'

build: ## Build everything
	dotnet build

test: ## Run every test
	dotnet test

generate: ## Write config/crd and docs/reference from the code
	dotnet run --project tools/CrdGenerator -- config/crd
	dotnet run --project tools/ReferenceGenerator -- docs/reference

chart: ## Write the generated parts of the Helm chart
	dotnet run --project tools/ChartGenerator -- config charts/immutable-recovery-operator

verify: build generate chart ## Everything builds, format, generated files up to date, tree clean
	dotnet format --verify-no-changes
	@test -z "$$(git status --porcelain)" || { git status --short; git --no-pager diff --stat; echo "verify: the tree is not clean"; exit 1; }

demo: ## Recover a small shop from Falco alerts, on an embedded cluster
	dotnet run --project src/Operator.Demo

native: ## Compile the operator ahead of time into artifacts/native; needs gcc and zlib1g-dev
	dotnet restore src/Operator -p:PublishAot=true
	dotnet publish src/Operator -c Release -r $(RID) -p:PublishAot=true --no-restore -o artifacts/native

sbom: ## Write what the operator is made of, as CycloneDX, into artifacts
	dotnet tool restore
	dotnet restore src/Operator
	dotnet CycloneDX src/Operator/Operator.csproj -rs -dpr -ed -ns -sn immutable-recovery-operator -sv $(VERSION) -F Json -fn sbom.cdx.json -o artifacts
