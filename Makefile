# Everything here works on a fresh Debian 12 or newer: `make help` lists what there is.

PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
PATHS := bondtui tests bench screenshots

GUEST_PACKAGES := user-mode-linux kmod iproute2
TEST_PACKAGES := $(GUEST_PACKAGES) tmux openssh-client
BENCH_PACKAGES := $(GUEST_PACKAGES) btop bmon procps fping iputils-ping

# Install what is missing of these Debian packages as root; say what is missing to anybody else.
packages = sh -c 'command -v dpkg-query >/dev/null || exit 0; \
	for each; do dpkg-query -W -f "\$${db:Status-Status}" $$each 2>/dev/null | grep -qx installed || missing="$$missing $$each"; done; \
	[ -n "$$missing" ] || exit 0; \
	[ $$(id -u) = 0 ] || { echo "make: as root: apt-get install --no-install-recommends$$missing" >&2; exit 1; }; \
	echo "installing$$missing" >&2; export DEBIAN_FRONTEND=noninteractive; \
	apt-get update -qq && apt-get install -qq --no-install-recommends $$missing >/dev/null' sh

# The tests log in to a real sshd. Where it is not installed it is unpacked here: installing it would start a service.
SSHD := $(shell [ -x /usr/sbin/sshd ] || ! command -v apt-get >/dev/null || echo $(VENV)/openssh/usr/sbin/sshd)
DOWNLOAD_SSHD := apt-get download -qq -o APT::Sandbox::User=root openssh-server

.DEFAULT_GOAL := help
.PHONY: demo run lab test lint bench screenshots docs help clean

demo: $(VENV)/.installed  ## open the dashboard over a simulated driver; needs no root
	@$(BIN)/bondtui --demo $(ARGS)

run: $(VENV)/.installed  ## open the dashboard over this machine's bonds
	@$(BIN)/bondtui $(ARGS)

lab: $(VENV)/.installed  ## open the dashboard over a real bond in a throw-away network
	@[ -e /sys/module/bonding ] || $(packages) $(GUEST_PACKAGES)
	@$(BIN)/bondtui lab $(ARGS)

test: $(VENV)/.installed-dev $(SSHD)  ## run all tests, those on a real bonding kernel included
	@$(packages) $(TEST_PACKAGES)
	@$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.installed-dev  ## check style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(PATHS)
	$(BIN)/lint-imports

bench: $(VENV)/.installed  ## measure beside btop, bmon, watch and ip monitor; as root
	@$(packages) $(BENCH_PACKAGES)
	@$(BIN)/python -m bench $(ARGS)

screenshots: $(VENV)/.installed-dev  ## draw the pictures of the README again
	@$(BIN)/python screenshots/generate.py

docs: $(VENV)/.installed  ## write docs/rules.md again from what 'bondtui explain' says
	@mkdir -p docs && $(BIN)/python -m bondtui.explain > docs/rules.md

help:  ## list the targets; words for the program go into ARGS: make test ARGS='-k lacp'
	@sed -n 's/^\([a-z]*\):.*##/make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

clean:  ## remove the virtual environment, caches and builds
	rm -rf $(VENV) build dist .hypothesis .mypy_cache .ruff_cache .import_linter_cache snapshot_report.html
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@[ -n "$(PYTHON)" ] || { echo "make: Python 3.11 or newer is needed; none was found, name it with PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(packages) python3-venv
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.installed: pyproject.toml | $(VENV)/.made
	@$(PIP) install --editable .
	@touch $@

# The version that the SVG snapshots belong to, linters and the oracle of the kernel tests come on top.
$(VENV)/.installed-dev: pyproject.toml | $(VENV)/.made
	@$(PIP) install --editable '.[dev]'
	@touch $(VENV)/.installed $@

# The libraries that the package asks for are installed.
$(VENV)/openssh/usr/sbin/sshd: | $(VENV)/.made
	@mkdir -p $(VENV)/openssh && rm -f $(VENV)/openssh/*.deb
	@cd $(VENV)/openssh && { $(DOWNLOAD_SSHD) 2>/dev/null || { apt-get update -qq && $(DOWNLOAD_SSHD); }; }
	@$(packages) $$(dpkg-deb -f $(VENV)/openssh/*.deb Depends | tr , "\n" | sed -n 's/^ *\(lib[^ :]*\).*/\1/p')
	@dpkg -x $(VENV)/openssh/*.deb $(VENV)/openssh
