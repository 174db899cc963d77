# vigie: one Makefile. `make help` lists the targets. CC CFLAGS CPPFLAGS LDFLAGS PREFIX DESTDIR UNITDIR BUILD belong to the caller.
VERSION := $(shell sed -n 's/.*VIGIE_VERSION "\(.*\)".*/\1/p' daemon/base/version.h)

BUILD   ?= build
PREFIX  ?= /usr
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
CFLAGS  ?= -O2 -g

PKGS     := libcurl jansson libsystemd libcrypto expat sqlite3 yaml-0.1 smartcols
SIM_PKGS := libmicrohttpd jansson libcrypto yaml-0.1 gnutls
WARNINGS := -Wall -Wextra -Wno-unused-parameter -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
            -Wold-style-definition -Wwrite-strings -Wpointer-arith -Wformat=2 -Wundef -Wvla \
            -Wimplicit-fallthrough -Wconversion -Wno-sign-conversion -fno-common -fstack-protector-strong
BASE     := -std=gnu17 -I. -D_GNU_SOURCE $(WARNINGS) $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PATHS    := -DVIGIE_DATADIR='"$(PREFIX)/share/vigie"' -DVIGIE_LOCALEDIR='"$(PREFIX)/share/locale"'
LIBS     := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm
SIM_LIBS := $(shell pkg-config --libs $(SIM_PKGS) 2>/dev/null) -lm

CORE  := $(patsubst %.c,$(BUILD)/%.o,$(filter-out daemon/main.c,$(wildcard daemon/*.c daemon/*/*.c providers/*.c providers/*/*.c)))
HELP  := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c))
SIM   := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/cloudsim/*.c daemon/base/*.c))
TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/test_*.c))

all: $(BUILD)/vigie

$(BUILD)/vigie: $(BUILD)/daemon/main.o $(CORE)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)
$(BUILD)/cloudsim: $(SIM)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(SIM_LIBS)
$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(HELP) $(CORE)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka
$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(BASE) $(PATHS) $(CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/flags: FORCE # rewritten only when the flags change
	@mkdir -p $(@D); echo '$(CC) $(CPPFLAGS) $(BASE) $(subst ',,$(PATHS)) $(CFLAGS)' > $@.new; cmp -s $@.new $@ && rm $@.new || mv $@.new $@

flags libs:
	@echo '$(if $(filter flags,$@),$(BASE),$(LIBS))'

.PHONY: all flags libs FORCE
.SECONDARY: # keep the objects of the tests
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
