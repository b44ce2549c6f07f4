# Two commands matter: `make up` runs a chat on this machine, `make test` runs every test.
# Whatever is built or downloaded goes below $(TALKLINE_CACHE), so that a clean clone is warm.

export TALKLINE_CACHE ?= $(HOME)/.cache/talkline
export CARGO_TARGET_DIR ?= $(TALKLINE_CACHE)/target
export npm_config_cache ?= $(TALKLINE_CACHE)/npm
export PIP_CACHE_DIR ?= $(TALKLINE_CACHE)/pip

CLUSTER ?= examples/chatcluster.yaml
# Whatever is built now is of this checkout.
_ := $(shell e2e/tools/checkout.sh)
# All programs in one go, whichever is run: another selection has other features, with which every dependency is compiled anew. That costs
# the first `make up` a sixth.
PROGRAMS = cargo build --release --locked -p talkline -p talkline-operator -p talkline-loadtest
DENY = "$$(e2e/tools/cargo-deny.sh)" --log-level error

.DEFAULT_GOAL := help
.PHONY: audit bench chaos check fmt help test up up-cluster up-kube up-observed

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

up: ## Run the chat of examples/chatcluster.yaml here (CLUSTER=FILE, ARGS="--listen 127.0.0.1:9000")
	@web="$$(e2e/tools/web.sh)" && $(PROGRAMS) && \
		exec "$(CARGO_TARGET_DIR)/release/talkline" up $(CLUSTER) $${web:+--web "$$web"} $(ARGS)

up-cluster: ## Run Kafka, MongoDB, Redis, two gateways and two workers here (PORT=8080 ADMIN=9090 CONFIG=examples/cluster/talkline.yaml)
	@web="$$(e2e/tools/web.sh)" && $(PROGRAMS) && \
		exec deploy/up-cluster.sh "$(CARGO_TARGET_DIR)/release/talkline" $${web:+"$$web"}

up-kube: ## Run a chat on Kubernetes here: a control plane, one real node, the operator, a ChatCluster (as root)
	@web="$$(e2e/tools/web.sh)" && $(PROGRAMS) && \
		exec deploy/up-kube.sh "$(CARGO_TARGET_DIR)/release/talkline" "$(CARGO_TARGET_DIR)/release/talkline-operator" $${web:+"$$web"}

up-observed: ## Run what up-cluster runs with people who talk and Prometheus, and Grafana where it is installed (RATE=50 USERS=40 WATCH=9490)
	@web="$$(e2e/tools/web.sh)" && $(PROGRAMS) && \
		exec deploy/up-observed.sh "$(CARGO_TARGET_DIR)/release/talkline" "$(CARGO_TARGET_DIR)/release/talkline-loadtest" $${web:+"$$web"}

test: ## Run every test and install what they need (PHASES="check web rust browser" runs some)
	@e2e/tools/test.sh $(PHASES)

check: ## Format, lints, documentation, and the bans, licences and sources of dependencies
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked
	$(DENY) check bans licenses sources

fmt: ## Format the Rust code
	cargo fmt --all

bench: ## Measure append, number-and-store, fan-out and history
	cargo bench --locked -p talkline-bench

chaos: ## Try every fault on real servers of three members, and write docs/faults.md (FAULTS="killed disk" tries some)
	$(PROGRAMS)
	cargo run --release --locked -p talkline-e2e --bin chaos -- $(if $(FAULTS),$(FAULTS),--write docs/faults.md)

audit: ## Check the dependencies against the advisory database (fetches it)
	$(DENY) check advisories
