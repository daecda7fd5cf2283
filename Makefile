# Everything is built by the project's own files; nothing needs to be installed besides Rust, Go, Python 3,
# make, a C compiler, curl and git. Tools that tests need are built once into .cache/.
SHELL := /bin/bash
.DEFAULT_GOAL := help
CARGO ?= cargo
# Of this machine, as images call it.
ARCHITECTURE = $(if $(filter aarch64,$(shell uname -m)),arm64,amd64)

.PHONY: help build demo test torture mutations check generate drift control-plane helm chart-tools gitops-tools book book-tool peers bench bench-rooms profile fuzz kill-test chaos hundred figures dist image image-test clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## Build the waops command into target/release
	$(CARGO) build --release --locked

demo: ## See what waops does, without a cluster and without an account
	@# Minutes of building must not look like hanging; where everything is built, the story alone is told.
	@set -o pipefail; $(CARGO) build --release --locked 2>&1 | \
	if IFS= read -r first && [[ $$first != *Finished* ]]; then \
	  echo "Building waops, which takes some minutes the first time."; echo "$$first"; cat; \
	fi >&2
	@$(CARGO) run --release --locked --quiet -- demo

test: control-plane helm chart-tools gitops-tools book-tool ## Build what the tests need and run them all
	@# The tests wait a lot: four go on at once, and the simulation takes what they leave.
	@mkdir -p target; nice -n 19 $(MAKE) --no-print-directory torture >target/torture.log 2>&1 & simulation=$$!; \
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-4} $(CARGO) test --locked --no-fail-fast; status=$$?; \
	wait $$simulation; simulated=$$?; cat target/torture.log; exit $$((status | simulated))

torture: ## Simulate crashes, lost answers and people, one story a seed (SEEDS=0..1000000 for more)
	SEEDS=$${SEEDS:-0..20000} $(CARGO) test --locked --profile torture --test simulation every_promise -- --nocapture

mutations: ## Take rules out of the engine, one at a time, and see which seed notices first
	tests/simulation/mutations.py

check: ## Formatting, lints, licences and sources, generated files
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	.ci/cargo-deny check bans licenses sources
	@# A workspace of its own, which nothing else here builds.
	$(CARGO) update --quiet --workspace --locked --manifest-path benches/profile/Cargo.toml
	$(MAKE) --no-print-directory drift

generate: ## Write every generated file anew: CRDs, schemas, charts, deploy/, reference
	$(CARGO) run --locked --quiet -- crds --out crds --chart charts/waops-crds/templates
	$(CARGO) run --locked --quiet -- reference --out docs/reference
	cp crds/whatsapp*.yaml charts/waops/definitions/
	cp charts/waops/definitions/roles.yaml charts/waops-crds/templates/
	charts/readme.py charts/waops docs/reference/values.md
	scripts/summary.sh
	deploy/generate.sh

GENERATED := crds charts/waops/README.md charts/waops/definitions charts/waops-crds/templates deploy/operator.yaml docs/reference docs/SUMMARY.md

drift: generate ## Fail when a generated file is not up to date
	@test -z "$$(git status --porcelain $(GENERATED))" || \
	  { git --no-pager diff --stat $(GENERATED); git status --short $(GENERATED); \
	    echo "generated files were not up to date: commit what 'make generate' wrote"; exit 1; }

control-plane: ## Build the test control plane (etcd, kube-apiserver, controller manager, kubectl) into .cache
	@tests/control-plane/build.sh

helm: ## Build Helm 3 and 4 into .cache
	@tests/helm/build.sh 3
	@tests/helm/build.sh 4

chart-tools: ## Build what checks the charts into .cache
	@for tool in helm-unittest kubeconform kube-score promtool monitoring-crds; do tests/tools/build.sh $$tool || exit 1; done

book: ## Make the book of docs/ in target/book
	@scripts/book.sh

book-tool: # mdBook, which a test makes the book with
	@.ci/mdbook --version >/dev/null

gitops-tools: ## Build Flux, and Argo CD's rules, into .cache
	@for tool in kustomize-controller flux-crds; do tests/tools/build.sh $$tool || exit 1; done
	@tests/judges/build.sh

peers: ## Build the peers of the benchmarks (controller-runtime, kopf) into .cache
	@for peer in controller-runtime kopf; do benches/peers/build.sh $$peer >/dev/null || exit 1; done

bench: control-plane peers ## Measure waops beside a bound and peers: an hour and a half (QUICK=1: a quarter of an hour; OBJECTS=3000: one life of so many; CONTINUE=1: go on; ONLY=life,crash,idle,edits,memory,accounts,templates,server)
	@# What is released is what is measured, unless PROGRAM says another.
	$(if $(PROGRAM),,ARCHITECTURES=$(ARCHITECTURE) scripts/release.sh >/dev/null)
	WAOPS_BENCH_PROGRAM=$(or $(PROGRAM),dist/waops-linux-$(ARCHITECTURE)) $(CARGO) bench --locked --bench operator

profile: ## See where the loop spends time, memory and instructions: into target/profile (instructions need valgrind)
	benches/profile/run.sh

bench-rooms: ## Measure plan and apply (into target/engine-figures.md), the clients of the providers and validation by themselves
	$(CARGO) bench --locked --bench engine --bench provider --bench validate

fuzz: ## Feed each parser for a minute (WAOPS_FUZZ_SECONDS=… for longer)
	WAOPS_FUZZ_SECONDS=$${WAOPS_FUZZ_SECONDS:-60} $(CARGO) test --locked --release --test fuzz_manifest --test fuzz_responses -- --nocapture

kill-test: ## Kill three hundred applies of all that people change at any moment (WAOPS_KILL_ROUNDS=… for more, WAOPS_KILL_SEED=… for other moments)
	WAOPS_KILL_ROUNDS=$${WAOPS_KILL_ROUNDS:-100} $(CARGO) test --locked --release --test cli kill -- --nocapture

chaos: control-plane helm ## Disrupt operators, API server, etcd and providers two hundred times at work (SEED=… for other choices)
	WAOPS_CHAOS_FULL=1 $(CARGO) test --locked --test chaos -- --nocapture

hundred: control-plane helm gitops-tools ## Follow a thousand commits (WAOPS_GITOPS_COMMITS=… for more, SEED=… for others)
	WAOPS_GITOPS_COMMITS=$${WAOPS_GITOPS_COMMITS:-1000} $(CARGO) test --locked --test gitops hundred -- --nocapture

figures: control-plane ## Measure plans of 10,000 objects, and the calls of an import, a line each (WAOPS_FIGURE=… for another number)
	@set -o pipefail; WAOPS_FIGURE=$${WAOPS_FIGURE:-10000} $(CARGO) test --locked --release --test against_cluster --test review --test import figure_ -- --nocapture | sed -n 's/.*figure: //p'

dist: ## Build a release into dist/: static programs, certificates, SBOM, checksums
	scripts/release.sh

image: dist ## Build the images of both architectures with buildah into dist/image-*; no daemon, no root
	scripts/image.sh

image-test: ## Run what the images hold, as they hold it (of dist/image-*, or else the static program alone)
	@if [ -d dist/image-amd64 ]; then tests/image/check.py dist/image-amd64 dist/image-arm64; \
	else ARCHITECTURES=amd64 scripts/release.sh && tests/image/check.py dist/waops-linux-amd64; fi

clean: ## Remove what was built, the tools in .cache included
	$(CARGO) clean
	rm -rf .cache
