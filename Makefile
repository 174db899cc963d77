# vigie: one Makefile. `make help` lists the targets.
# CC CFLAGS CPPFLAGS LDFLAGS PREFIX SYSCONFDIR DESTDIR UNITDIR BUILD belong to the caller.
VERSION := $(shell sed -n 's/.*VIGIE_VERSION "\(.*\)".*/\1/p' daemon/base/version.h)

BUILD      ?= build
PREFIX     ?= /usr
SYSCONFDIR ?= /etc
UNITDIR    ?= $(PREFIX)/lib/systemd/system
CATALOGDIR ?= $(PREFIX)/lib/systemd/catalog
CFLAGS     ?= -O2 -g
JOBS       ?= $(shell nproc)

# What Debian 12 has to have: to build, and beyond that to test and check.
DEPS       := gcc libc6-dev pkg-config gettext libcurl4-openssl-dev libjansson-dev libsystemd-dev libssl-dev \
              libexpat1-dev libsqlite3-dev libyaml-dev libsmartcols-dev libjwt-dev libmicrohttpd-dev lowdown
DEPS_DEMO  := libgnutls28-dev
DEPS_TEST  := $(DEPS_DEMO) libcmocka-dev curl jq sqlite3 procps systemd python3 python3-jsonschema openssl zsh fish
DEPS_DEB   := debhelper dpkg-dev lintian
DEPS_BOOT  := systemd-container locales man-db curl jq sqlite3
DEPS_REPORT := chromium poppler-utils fonts-dejavu-core $(if $(shell command -v npm),,npm)
DEPS_CHECK := clang clang-tidy clang-format cppcheck libclang-rt-14-dev man-db

PKGS     := libcurl jansson libsystemd libcrypto expat sqlite3 yaml-0.1 smartcols libjwt libmicrohttpd
SIM_PKGS := libmicrohttpd jansson libcrypto yaml-0.1 gnutls
WARNINGS := -Wall -Wextra -Wno-unused-parameter -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wold-style-definition -Wwrite-strings -Wpointer-arith -Wformat=2 -Wundef -Wvla \
            -Wimplicit-fallthrough -Wconversion -Wno-sign-conversion -fno-common -fstack-protector-strong
BASE     := -std=gnu17 -I. -D_GNU_SOURCE $(WARNINGS) $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PATHS    := -DVIGIE_DATADIR='"$(PREFIX)/share/vigie"' -DVIGIE_LOCALEDIR='"$(PREFIX)/share/locale"'
LIBS     := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm
SIM_LIBS := $(shell pkg-config --libs $(SIM_PKGS) 2>/dev/null) -lm

SOURCES := $(wildcard daemon/*/*.c providers/*.c providers/*/*.c)
CORE    := $(SOURCES:%.c=$(BUILD)/%.o)
HELP    := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))
SIM     := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/cloudsim/*.c daemon/base/*.c))
TESTS   := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/test_*.c))
SCRIPTS := $(patsubst tests/e2e/%.sh,$(BUILD)/e2e/%,$(wildcard tests/e2e/test_*.sh))
CATALOGUE_PAGE := $(BUILD)/vigie-catalogue.5
LOCALE  := $(BUILD)/locale/fr/LC_MESSAGES/vigie.mo
UNITS   := $(patsubst systemd/%.in,$(BUILD)/%,$(wildcard systemd/*.service.in))

all: $(BUILD)/vigie $(LOCALE) $(UNITS) $(CATALOGUE_PAGE) ## builds vigie

help: ## lists the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

# ---- building -------------------------------------------------------------------------------------

$(BUILD)/vigie: $(BUILD)/daemon/main.o $(BUILD)/libvigie.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
$(BUILD)/libvigie.a: $(CORE)
	@rm -f $@
	$(AR) rcs $@ $^
$(BUILD)/cloudsim: $(SIM)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(SIM_LIBS)
$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(HELP) $(BUILD)/libvigie.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka
$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(BASE) $(PATHS) $(CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/daemon/base/version.o: override CPPFLAGS += -DVIGIE_COMMIT='"$(shell cat $(BUILD)/commit 2>/dev/null)"'
$(BUILD)/daemon/base/version.o: $(BUILD)/commit
$(BUILD)/daemon/report/html-asset.o: $(wildcard daemon/report/report.css daemon/report/report.js) # .incbin is no #include
$(BUILD)/commit: FORCE # as flags
	@mkdir -p $(@D); { git describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null || echo unknown; } > $@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(BUILD)/flags: FORCE # rewritten only when the flags change
	@mkdir -p $(@D); echo '$(CC) $(CPPFLAGS) $(BASE) $(subst ',,$(PATHS)) $(CFLAGS)' > $@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(BUILD)/%.service: systemd/%.service.in Makefile
	@mkdir -p $(@D)
	sed -e 's|@bindir@|$(PREFIX)/bin|g' -e 's|@sysconfdir@|$(SYSCONFDIR)|g' $< > $@
# the manual page is the document beside the catalogue
$(CATALOGUE_PAGE): config/catalogue/README.md Makefile
	@mkdir -p $(@D)
	lowdown -s -tman -M title=VIGIE-CATALOGUE -M section=5 -M source='vigie $(VERSION)' $< > $@.new
	{ printf '%s\n' "'\\\" t"; sed '/^\.TH/a .ad l\n.SH NAME\nvigie-catalogue \\- what vigie collects, as data' $@.new; } > $@ && rm $@.new
$(BUILD)/locale/fr/LC_MESSAGES/vigie.mo: config/locale/fr.po
	@mkdir -p $(@D)
	msgfmt --check --statistics -o $@ $<

# ---- testing --------------------------------------------------------------------------------------

$(BUILD)/tests/%.passed: $(BUILD)/tests/% $(BUILD)/vigie $(BUILD)/cloudsim $(LOCALE)
	$< && touch $@
$(BUILD)/e2e/%.passed: tests/e2e/%.sh $(BUILD)/vigie $(BUILD)/cloudsim $(LOCALE) tests/e2e/lib.sh
	@mkdir -p $(@D)
	VIGIE=$(BUILD)/vigie CLOUDSIM=$(BUILD)/cloudsim bash $< && touch $@

# what these read beside the programs
$(BUILD)/e2e/test_monitoring.passed: $(wildcard systemd/monitoring/* tests/monitoring/* daemon/report/families.c)
$(BUILD)/e2e/test_unit.passed: $(BUILD)/vigie.service $(BUILD)/vigie-report.service $(wildcard systemd/*.socket)
$(BUILD)/e2e/test_webhook.passed: tests/e2e/webhook.py
$(BUILD)/e2e/test_control.passed $(BUILD)/e2e/test_metrics.passed $(BUILD)/e2e/test_idle.passed $(BUILD)/e2e/test_alerts.passed $(BUILD)/e2e/test_denied.passed \
  $(BUILD)/e2e/test_trouble.passed $(BUILD)/e2e/test_webhook.passed $(BUILD)/e2e/test_serve.passed: tests/e2e/daemon.sh
$(BUILD)/e2e/test_serve.passed: config/schema/history.schema.json
$(BUILD)/e2e/test_pack.passed: tests/e2e/pack_page.py config/schema/pack.schema.json $(wildcard tests/worlds/demo/*.yaml)
$(BUILD)/e2e/test_timestamp.passed: tests/e2e/authority.py tests/e2e/daemon.sh
$(BUILD)/e2e/test_completion.passed: $(wildcard systemd/completion/*)
$(BUILD)/e2e/test_formats.passed: tests/e2e/check_format.py tests/support/schemas.sh tests/support/promtool.sh
$(BUILD)/e2e/test_readme.passed: README.md tests/support/readme.sh $(wildcard config/catalogue/*/*.yaml)
$(BUILD)/e2e/test_permissions_scaleway.passed: $(wildcard config/catalogue/scaleway/*.yaml tests/worlds/scaleway/*.yaml)
$(BUILD)/e2e/test_permissions.passed: $(wildcard config/catalogue/aws/*.yaml tests/worlds/aws/*.yaml)
$(BUILD)/e2e/test_permissions_azure.passed: tests/e2e/grants.sh $(wildcard config/catalogue/azure/*.yaml tests/worlds/azure/*.yaml)
$(BUILD)/e2e/test_permissions_platforms.passed: tests/e2e/grants.sh $(wildcard config/catalogue/huggingface/*.yaml config/catalogue/mistral/*.yaml config/catalogue/replicate/*.yaml tests/worlds/mlaas/*.yaml)
$(BUILD)/e2e/test_replay.passed: tests/e2e/replay.py $(wildcard tests/fixtures/replay/*/*.json config/catalogue/*/*.yaml)
$(BUILD)/e2e/test_permissions_gcp.passed: tests/e2e/grants.sh $(wildcard config/catalogue/gcp/*.yaml tests/worlds/gcp/*.yaml)

check: deps-test ## installs what tests need, builds, runs every test
	+@$(MAKE) --no-print-directory -j$(JOBS) all $(BUILD)/cloudsim $(TESTS)
	+@$(MAKE) --no-print-directory -j$(JOBS) --output-sync $(TESTS:%=%.passed) $(SCRIPTS:%=%.passed)
	@echo "$(words $(TESTS) $(SCRIPTS)) passed, 0 failed"

demo: deps-demo ## installs, builds, and scans a company that cloudsim plays
	+@$(MAKE) --no-print-directory -s -j$(JOBS) all $(BUILD)/cloudsim
	@BUILD=$(BUILD) bash tests/e2e/demo.sh

bench: deps-test ## measures the budgets against cloudsim
	+@$(MAKE) --no-print-directory -s -j$(JOBS) all $(BUILD)/cloudsim
	@BUILD=$(BUILD) bash tests/bench/bench.sh

# ---- checking -------------------------------------------------------------------------------------

FORMATTED = $(shell git ls-files '*.c' '*.h')
CHECKED   = $(SOURCES) daemon/main.c $(wildcard tests/cloudsim/*.c)

format: ## formats the C files
	clang-format -i $(FORMATTED)
check-format:
	clang-format --dry-run -Werror $(FORMATTED)
check-tidy:
	printf '%s\n' $(CHECKED) | xargs -P$(JOBS) -n8 sh -c 'clang-tidy --quiet --warnings-as-errors="*" "$$@" -- $(BASE) $(subst ',,$(subst ",\",$(PATHS))) 2>/dev/null' tidy
# memleak, resourceLeak: cppcheck does not know __attribute__((cleanup)); LeakSanitizer and gcc -fanalyzer watch these
check-cppcheck:
	@cppcheck -q --library=tests/support/cppcheck.cfg -j$(JOBS) --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	  --suppress=missingIncludeSystem --suppress=memleak --suppress=resourceLeak --library=posix --library=gnu -D_GNU_SOURCE -I. $(CHECKED)
# gcc 12 follows ownership neither through __attribute__((cleanup)) nor into arrays of structs, nor *link = next: these
# three say so of correct code; the sanitizer runs watch what they would have found. All its other checks are errors.
ANALYZER = -fanalyzer -Wno-analyzer-malloc-leak -Wno-analyzer-use-after-free -Wno-analyzer-use-of-uninitialized-value
check-analyzer:
	+@$(MAKE) --no-print-directory -j$(JOBS) BUILD=$(BUILD)-analyzer CC=gcc CFLAGS='-O1 -g $(ANALYZER) -Werror' \
	  $(patsubst %.c,$(BUILD)-analyzer/%.o,$(SOURCES) daemon/main.c)
check-report: deps-report ## the HTML report in a browser, by a validator, and on paper
	+@$(MAKE) --no-print-directory -s -j$(JOBS) all $(BUILD)/cloudsim
	BUILD=$(BUILD) bash tests/browser/report.sh
readme: $(BUILD)/vigie ## writes the lists of what is collected into README.md
	sh tests/support/readme.sh $(BUILD)/vigie README.md > $(BUILD)/README.md
	cp $(BUILD)/README.md README.md
messages: ## extracts texts for translation into config/locale/fr.po
	xgettext --language=C --from-code=UTF-8 -k_ -kN_ --no-location -o $(BUILD)/vigie.pot daemon/main.c $(wildcard daemon/cli/*.c daemon/report/*.c daemon/watch/*.c)
	msgmerge -q -U --no-location --backup=none config/locale/fr.po $(BUILD)/vigie.pot

# ---- Debian packages ------------------------------------------------------------------------------

deps: ; @sh tests/support/deps.sh $(DEPS) ## installs what building needs, when it is missing
deps-demo: ; @sh tests/support/deps.sh $(DEPS) $(DEPS_DEMO)
deps-test: ; @sh tests/support/deps.sh $(DEPS) $(DEPS_TEST)
deps-deb: ; @sh tests/support/deps.sh $(DEPS) $(DEPS_DEB)
deps-boot: ; @sh tests/support/deps.sh $(DEPS) $(DEPS_DEB) $(DEPS_DEMO) $(DEPS_BOOT)
deps-report: ; @sh tests/support/deps.sh $(DEPS) $(DEPS_TEST) $(DEPS_REPORT)
deps-check: ; @sh tests/support/deps.sh $(DEPS) $(DEPS_TEST) $(DEPS_CHECK)

# ---- installing: nothing is started or enabled ----------------------------------------------------

SHARE = $(DESTDIR)$(PREFIX)/share

install: all ## installs below $(DESTDIR)$(PREFIX)
	install -D -m 755 $(BUILD)/vigie $(DESTDIR)$(PREFIX)/bin/vigie
	for f in $$(find config/catalogue config/rules config/law config/regions config/jurisdictions config/offered config/schema -type f); do \
	  install -D -m 644 $$f $(SHARE)/vigie/$${f#config/} || exit 1; done
	for f in $$(find config/examples -type f); do install -D -m 644 $$f $(SHARE)/doc/vigie/$${f#config/} || exit 1; done
	install -D -m 644 $(LOCALE) $(SHARE)/locale/fr/LC_MESSAGES/vigie.mo
	install -D -m 644 $(BUILD)/vigie.service $(DESTDIR)$(UNITDIR)/vigie.service
	install -D -m 644 systemd/monitoring/vigie.rules.yaml $(SHARE)/doc/vigie/examples/monitoring/vigie.rules.yaml
	install -D -m 644 systemd/monitoring/vigie-dashboard.json $(SHARE)/doc/vigie/examples/monitoring/vigie-dashboard.json
	install -D -m 644 $(BUILD)/vigie-snapshot.service $(DESTDIR)$(UNITDIR)/vigie-snapshot.service
	install -D -m 644 systemd/vigie-snapshot.timer $(DESTDIR)$(UNITDIR)/vigie-snapshot.timer
	install -D -m 644 systemd/vigie-control.socket $(DESTDIR)$(UNITDIR)/vigie-control.socket
	install -D -m 644 systemd/vigie-metrics.socket $(DESTDIR)$(UNITDIR)/vigie-metrics.socket
	install -D -m 644 $(BUILD)/vigie-report.service $(DESTDIR)$(UNITDIR)/vigie-report.service
	install -D -m 644 systemd/vigie-report.socket $(DESTDIR)$(UNITDIR)/vigie-report.socket
	install -D -m 644 systemd/vigie.catalog $(DESTDIR)$(CATALOGDIR)/vigie.catalog
	install -D -m 644 systemd/vigie.fr.catalog $(DESTDIR)$(CATALOGDIR)/vigie.fr.catalog
	install -D -m 644 systemd/completion/vigie.bash $(SHARE)/bash-completion/completions/vigie
	install -D -m 644 systemd/completion/_vigie $(SHARE)/zsh/vendor-completions/_vigie
	install -D -m 644 systemd/completion/vigie.fish $(SHARE)/fish/vendor_completions.d/vigie.fish
	install -D -m 644 systemd/man/vigie.1 $(SHARE)/man/man1/vigie.1
	install -D -m 644 systemd/man/vigie.yaml.5 $(SHARE)/man/man5/vigie.yaml.5
	install -D -m 644 $(CATALOGUE_PAGE) $(SHARE)/man/man5/vigie-catalogue.5
	install -D -m 644 systemd/man/vigie.service.8 $(SHARE)/man/man8/vigie.service.8
	test -e $(DESTDIR)$(SYSCONFDIR)/vigie/vigie.yaml || \
	  install -D -m 644 config/vigie.yaml $(DESTDIR)$(SYSCONFDIR)/vigie/vigie.yaml
uninstall: ## removes what install put there, but the configuration
	rm -rf $(SHARE)/vigie $(SHARE)/doc/vigie/examples
	rm -f $(DESTDIR)$(PREFIX)/bin/vigie $(SHARE)/locale/fr/LC_MESSAGES/vigie.mo $(DESTDIR)$(UNITDIR)/vigie.service \
	  $(DESTDIR)$(UNITDIR)/vigie-snapshot.service $(DESTDIR)$(UNITDIR)/vigie-snapshot.timer \
	  $(DESTDIR)$(UNITDIR)/vigie-control.socket $(DESTDIR)$(UNITDIR)/vigie-metrics.socket \
	  $(DESTDIR)$(UNITDIR)/vigie-report.service $(DESTDIR)$(UNITDIR)/vigie-report.socket \
	  $(DESTDIR)$(CATALOGDIR)/vigie.catalog $(DESTDIR)$(CATALOGDIR)/vigie.fr.catalog \
	  $(SHARE)/bash-completion/completions/vigie $(SHARE)/zsh/vendor-completions/_vigie \
	  $(SHARE)/fish/vendor_completions.d/vigie.fish $(SHARE)/man/man1/vigie.1 $(SHARE)/man/man5/vigie.yaml.5 \
	  $(SHARE)/man/man5/vigie-catalogue.5 $(SHARE)/man/man8/vigie.service.8
# debian/ stands at the top of a source package: a copy of what git knows is built
DEB := $(BUILD)/deb/vigie-$(VERSION)
deb: deps-deb ## makes a Debian package below $(BUILD)/deb
	rm -rf $(BUILD)/deb && mkdir -p $(DEB)
	git ls-files -z | xargs -0 cp --parents -t $(DEB)
	cp -r systemd/debian $(DEB)/debian
	cd $(DEB) && MAKEFLAGS= DEB_BUILD_OPTIONS='parallel=$(JOBS)' dpkg-buildpackage -b -us -uc >../build.log 2>&1 || { tail -30 ../build.log; exit 1; }
	rm -rf $(DEB)
	@ls $(BUILD)/deb/*.deb
check-deb: deb ## lintian on the package
	lintian --fail-on error,warning $(BUILD)/deb/*.changes
check-systemd: deps-boot deb ## boots a real systemd and checks package, unit and daemon in it (as root)
	+@$(MAKE) --no-print-directory -s -j$(JOBS) $(BUILD)/cloudsim
	DEB=$$(echo $(BUILD)/deb/vigie_$(VERSION)_*.deb) CLOUDSIM=$(BUILD)/cloudsim bash tests/systemd/container.sh || { [ $$? -eq 77 ] && touch $(BUILD)/deb/no-container; exit 1; }
clean: ## removes what was built
	rm -rf $(BUILD) $(BUILD)-analyzer

flags libs:
	@echo '$(if $(filter flags,$@),$(BASE),$(LIBS))'

.PHONY: all help check demo bench format check-format check-tidy check-cppcheck check-analyzer check-report check-deb check-systemd deb readme messages \
        deps deps-demo deps-test deps-check deps-deb deps-boot deps-report install uninstall clean flags libs FORCE
.SECONDARY: # keep the objects of the tests
-include $(shell find $(BUILD) -name '*.d' -type f 2>/dev/null)
