# Everything is set up in .venv and widget/node_modules; only tests and bench ask for system packages.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test navigateurs bench captures widget format audit sbom lock clean tools others wrk

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# A Node that .venv had to be given comes before the machine's.
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix widget --no-audit --no-fund --no-update-notifier
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

# Conditions of the shell, true when the machine has the thing.
HAS_VENV := $(PYTHON) -c 'import ensurepip, venv'
HAS_BROWSER := command -v chromium || command -v chromium-browser || command -v google-chrome
HAS_FIREFOX := command -v firefox-esr || command -v firefox
HAS_WEBKIT := command -v WebKitWebDriver
HAS_SCREEN := command -v Xvfb
HAS_POSTGRES := command -v initdb || ls /usr/lib/postgresql/*/bin/initdb
HAS_STRACE := command -v strace || test "$$(uname)" != Linux
HAS_NODE := npm --version && node -e 'process.exit(Number.parseInt(process.versions.node) >= 20 ? 0 : 1)'
HAS_CURL := command -v curl
HAS_WRK := command -v wrk
HAS_SQLITE := command -v sqlite3
HAS_SYSTEMD := command -v systemd-analyze || test "$$(uname)" != Linux
HAS_FRONTS := { command -v nginx || test -x /usr/sbin/nginx; } && command -v caddy
FRONTS := .venv/mandataires

# $(call find,CONDITION,PACKAGE): a package more in $$missing, unless the machine has the thing.
find = { $(1); } >/dev/null 2>&1 || missing="$$missing $(2)"

# Debian and Ubuntu are given what is missing; elsewhere, or without rights, one sentence says what to do.
define install_missing
if [ -n "$$missing" ]; then \
	if [ "$$(id -u)" = 0 ]; then as_root="env"; else as_root="sudo -n env"; fi; \
	if ! command -v apt-get >/dev/null || ! $$as_root true 2>/dev/null; then \
		echo "Il manque :$$missing (noms des paquets Debian). Installez-les, puis relancez « make $(MAKECMDGOALS) » ;" \
			"root ou sudo sans mot de passe le ferait tout seul." >&2; exit 1; \
	fi; \
	echo "Installation des paquets du système :$$missing"; \
	$$as_root apt-get update -qq && \
	$$as_root DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $$missing >/dev/null || \
		{ echo "apt-get n’a pas pu installer :$$missing." >&2; exit 1; }; \
fi
endef

help: ## Dire ce que make sait faire
	@sed -n 's/^\([a-z]*\):.*## /  make \1 — /p' Makefile

demo: .venv/.demo ## Essayer : collecteur et site d’exemple, avec des avis inventés (ARGS=--neuf repart de zéro)
	@exec $(BIN)/jdma demo $(ARGS)

# Files in their own order, folder by folder: those of the browser share one, and what takes long with
# few tests is not left for the end, when one worker would wait for the other.
test: tools $(FRONTS) .venv/.test widget/node_modules/.package-lock.json ## Tout vérifier : style, types, widget, tests (ARGS va à pytest)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(NPM) run check
	$(NPM) test
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

navigateurs: tools others .venv/.test ## Essayer aussi dans Firefox et dans WebKit, le moteur de Safari
	JDMA_TEST_BROWSERS=firefox,webkit $(BIN)/python -m pytest tests/browser/test_other_browsers.py $(ARGS)

bench: wrk .venv/.test ## Mesurer : les chiffres du README
	@exec $(BIN)/python -m tests.bench $(ARGS)

captures: tools .venv/.test ## Refaire les images du README
	$(BIN)/python -m tests.captures

widget: widget/node_modules/.package-lock.json ## Construire le widget de la version en cours
	$(NPM) run build

format: .venv/.test widget/node_modules/.package-lock.json ## Mettre en forme
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(NPM) run format

# An advisory that cannot be asked for is no library without one: both commands fail then.
audit: .venv/.audit widget/node_modules/.package-lock.json ## Chercher les failles connues des bibliothèques (demande le réseau)
	@failed=; \
	.venv/audit/bin/pip-audit --strict --disable-pip --require-hashes -r tests/requirements.lock || failed="$$failed Python"; \
	$(NPM) audit || failed="$$failed Node"; \
	if [ -n "$$failed" ]; then \
		echo "Audit non passé :$$failed. Une faille est nommée plus haut, ou les avis de sécurité n’ont pas pu être lus ; dans les deux cas, rien n’est garanti." >&2; exit 1; \
	fi; \
	echo 'Aucune faille connue.'

sbom: .venv/.test ## Écrire la nomenclature des bibliothèques, avec leurs licences (dist/sbom.cdx.json)
	@mkdir -p dist
	@$(BIN)/python -m tests.sbom >dist/sbom.cdx.json
	@echo 'dist/sbom.cdx.json'

lock: $(BIN)/python ## Refaire les fichiers de versions, avec les plus récentes
	$(PIP) install --upgrade uv
	{ echo '# What jdma runs on and is installed with. Made by: make lock'; \
		$(LOCK) pyproject.toml --group build; } >.venv/lock
	mv .venv/lock requirements.lock
	{ echo '# requirements.lock, and what the tests need. Made by: make lock'; \
		$(LOCK) pyproject.toml --extra postgres --extra parquet --extra oidc --extra xlsx --group build --group test --constraints requirements.lock; } >.venv/lock
	mv .venv/lock tests/requirements.lock
	{ echo '# What the container runs on: requirements.lock, PostgreSQL and OpenID Connect. Made by: make lock'; \
		$(LOCK) pyproject.toml --extra postgres --extra oidc --constraints tests/requirements.lock; } >.venv/lock
	mv .venv/lock examples/deploiement/requirements.lock
	{ echo '# Node, for machines without it. Made by: make lock'; \
		$(LOCK) --group node; } >.venv/lock
	mv .venv/lock tests/node.lock
	{ echo '# What « make audit » runs. Made by: make lock'; \
		$(LOCK) --group audit; } >.venv/lock
	mv .venv/lock tests/audit.lock

clean: ## Enlever tout ce que make a mis ici, la démonstration comprise
	rm -rf .venv .demo widget/node_modules dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find collector admin_ui tests -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Il faut Python 3.11 ou plus récent, et « $(PYTHON) » n’en est pas un. Indiquez-le : make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(call find,$(HAS_VENV),python3-venv); $(install_missing)
	@echo 'Python : un environnement dans .venv'
	@$(PYTHON) -m venv --clear .venv

.venv/.demo: $(BIN)/python requirements.lock pyproject.toml
	@echo 'Python : les bibliothèques de requirements.lock'
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.test: .venv/.demo tests/requirements.lock
	@echo 'Python : les bibliothèques de tests/requirements.lock'
	@$(PIP) install --require-hashes -r tests/requirements.lock
	@touch $@

.venv/.audit: $(BIN)/python tests/audit.lock
	@echo 'Python : les outils de tests/audit.lock'
	@$(BIN)/python -m venv .venv/audit
	@.venv/audit/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r tests/audit.lock
	@touch $@

tools:
	@$(call find,$(HAS_BROWSER),chromium chromium-headless-shell); $(call find,$(HAS_POSTGRES),postgresql); \
		$(call find,$(HAS_STRACE),strace); $(call find,$(HAS_CURL),curl); \
		$(call find,$(HAS_SYSTEMD),systemd); $(install_missing)

# Proxies are unpacked and not installed: a package would start its server, on port 80.
$(FRONTS): | $(BIN)/python
	@rm -rf $@.new && mkdir -p $@.new
	@{ $(HAS_FRONTS); } >/dev/null 2>&1 || { \
		echo 'Mandataires pour les tests : nginx et caddy, dans $@'; \
		cd $@.new && { apt-get download -qq nginx caddy || { \
			if [ "$$(id -u)" = 0 ]; then as_root="env"; else as_root="sudo -n env"; fi; \
			$$as_root apt-get update -qq && apt-get download -qq nginx caddy; }; } >/dev/null 2>&1 && \
		for package in *.deb; do dpkg-deb -x "$$package" . && rm "$$package"; done || { \
			echo "Il manque : nginx caddy (noms des paquets Debian). Installez-les, puis relancez « make $(MAKECMDGOALS) »." >&2; exit 1; }; }
	@mv $@.new $@

others:
	@$(call find,$(HAS_FIREFOX),firefox-esr); $(call find,$(HAS_WEBKIT),webkit2gtk-driver); \
		$(call find,$(HAS_SCREEN),xvfb); $(install_missing)

wrk:
	@$(call find,$(HAS_WRK),wrk); $(call find,$(HAS_SQLITE),sqlite3); $(install_missing)

.venv/.node: $(BIN)/python tests/node.lock
	@{ $(HAS_NODE); } >/dev/null 2>&1 || { echo 'Node : celui de tests/node.lock'; \
		$(PIP) install --require-hashes -r tests/node.lock; }
	@touch $@

widget/node_modules/.package-lock.json: .venv/.node widget/package-lock.json
	@echo 'Node : les outils de widget/package-lock.json'
	@$(NPM) ci --loglevel error >/dev/null
	@touch $@
