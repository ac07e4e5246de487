# SPDX-License-Identifier: GPL-2.0-only
#
# make help lists the targets. Everything is built below build/; nothing here
# installs anything but `make test`, `make demo` and `make bench`, which call
# tools/deps.

VERSION := 0.1.0

PREFIX ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
DATADIR ?= $(PREFIX)/share/swiotlb-tools
DOCDIR ?= $(PREFIX)/share/doc/swiotlb-tools
MANDIR ?= $(PREFIX)/share/man
CATALOGDIR ?= $(PREFIX)/lib/systemd/catalog
UNITDIR ?= $(PREFIX)/lib/systemd/system
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# ---- quiet or verbose ------------------------------------------------------
ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-7s %s\n' '$(1)' '$(patsubst $(CURDIR)/%,%,$(2))'
endif

# ---- tools -----------------------------------------------------------------
# bpftool lives in sbin, which is not in everybody's PATH.
find_tool = $(firstword $(foreach tool,$(1),$(shell PATH="$$PATH:/usr/sbin:/sbin" command -v $(tool))))

# Another machine than this one: its compiler, and what tools/root has of it.
HOST := $(shell uname -m)
ARCH ?= $(HOST)
ifneq ($(ARCH),$(HOST))
CROSS := $(shell tools/machine compiler $(ARCH))
ROOT := $(if $(CROSS),$(shell tools/root $(ARCH)))
ifeq ($(ROOT),)
$(error cannot build for $(ARCH): see the message above)
endif
ifneq ($(filter bench-binaries coverage fuzz% lint unit%,$(MAKECMDGOALS)),)
$(error these goals run what they build: leave out ARCH=$(ARCH))
endif
ifeq ($(origin AR),default)
AR := $(CROSS)ar
endif
PKG_CONFIG ?= env PKG_CONFIG_SYSROOT_DIR=$(ROOT) \
	PKG_CONFIG_LIBDIR=$(ROOT)/usr/lib/$(CROSS:-=)/pkgconfig pkg-config
endif

ifeq ($(origin CC),default)
CC := $(CROSS)gcc$(if $(CROSS), --sysroot=$(ROOT))
endif
CLANG ?= $(call find_tool,clang-19 clang-18 clang-17 clang-16 clang)
BPFTOOL ?= $(call find_tool,bpftool)
SCDOC ?= $(call find_tool,scdoc)
PROTOC_C ?= $(call find_tool,protoc-c)
PKG_CONFIG ?= pkg-config
VALGRIND_RUN := valgrind --quiet --error-exitcode=99 --leak-check=full \
	--errors-for-leak-kinds=definite,indirect,possible

LINKED := libbpf jansson ncursesw libelf zlib libzstd libprotobuf-c libcap-ng libseccomp
# By user/util/library.c, when they are used: of these only headers are needed to build.
LOADED := libsystemd libmicrohttpd
LIBRARIES := $(LINKED) $(LOADED)

# Goals that need no tools, or that fetch them first.
ifneq ($(filter-out help clean dist deb package-test uninstall test test-all demo demo-fetch bench,$(or $(MAKECMDGOALS),all)),)
missing := $(if $(call find_tool,$(firstword $(CC))),,$(firstword $(CC))) $(if $(CLANG),,clang) \
	$(if $(BPFTOOL),,bpftool) $(if $(SCDOC),,scdoc) $(if $(PROTOC_C),,protoc-c) \
	$(if $(call find_tool,$(lastword $(PKG_CONFIG))),$(foreach lib,$(LIBRARIES),\
		$(shell $(PKG_CONFIG) --exists $(lib) || echo $(lib))),pkg-config)
ifneq ($(strip $(missing)),)
$(error missing: $(strip $(missing)); run tools/deps)
endif
endif

# ---- where things go -------------------------------------------------------
BUILD := build$(if $(CROSS),/$(ARCH))
OUT := $(BUILD)$(if $(SANITIZE),/asan)
SKEL := $(BUILD)/skel
PROTO := $(BUILD)/proto
# Where programs are built that the build itself runs.
NATIVE := $(if $(CROSS),build,$(BUILD))
BPF_ARCH := $(patsubst x86_64,x86,$(patsubst aarch64,arm64,$(ARCH)))

# ---- flags -----------------------------------------------------------------
CFLAGS ?= -O2 -g
# For tests: a compiler that is newer than this code may warn of more.
STRICT := $(if $(WERROR),-Werror)
WARNINGS := -Wall -Wextra $(STRICT) -Wstrict-prototypes -Wmissing-prototypes \
	-Wshadow -Wformat=2 -Wno-missing-field-initializers
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
ALL_CFLAGS := -std=gnu11 -D_GNU_SOURCE -DSWIOTLB_VERSION='"$(VERSION)"' \
	-Iuser -I. -I$(BUILD) -I$(SKEL) -I$(PROTO) $(WARNINGS) $(CPPFLAGS) $(CFLAGS) \
	$(shell $(PKG_CONFIG) --cflags $(LIBRARIES) 2>/dev/null) \
	$(if $(SANITIZE),$(SANITIZERS))
# So that the objects to load lie together, which are read once (unmap_pages(), user/probes/session.c).
ALL_CFLAGS += -fdata-sections
ALL_LDFLAGS := -Wl,--sort-section=name $(LDFLAGS) $(if $(SANITIZE),$(SANITIZERS))
LDLIBS := $(shell $(PKG_CONFIG) --libs $(LINKED) 2>/dev/null)
# A program's parameters are the traced function's, used or not.
BPF_CFLAGS := -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_$(BPF_ARCH) \
	-std=gnu11 -Wall -Wextra $(STRICT) -Wno-missing-declarations \
	-Wno-unused-parameter \
	-Ivmlinux/$(ARCH) -I. -Ibpf

# ---- sources ---------------------------------------------------------------
BPF_SRC := $(wildcard bpf/*.bpf.c)
SKELETONS := $(BPF_SRC:bpf/%.bpf.c=$(SKEL)/%.skel.h)
TYPE_NAMES := $(SKEL)/type_names.h

LIB_SRC := $(wildcard user/util/*.c user/model/*.c user/views/*.c user/sources/*.c)
COMMAND_SRC := $(wildcard user/commands/*.c) user/main.c
PROBE_SRC := $(wildcard user/probes/*.c)
UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT_HELPER_SRC := tests/unit/model_fixture.c tests/unit/session_stub.c
UNIT_PROGRAMS := $(OUT)/unit/print_fixture $(OUT)/unit/replay_trace $(OUT)/unit/swiotlb
LAYOUT_SRC := $(wildcard tests/layouts/*.c)
LAYOUT_PROGRAMS := $(BUILD)/tests/print_hooks
BENCH_PROGRAMS := $(BUILD)/bench/attach $(BUILD)/bench/look $(BUILD)/bench/replay $(BUILD)/bench/simulate $(BUILD)/bench/empty.bpf.o

MESSAGES := $(patsubst user/views/%.proto,$(PROTO)/%.pb-c.h,$(wildcard user/views/*.proto))

objects = $(patsubst %.c,$(OUT)/obj/%.o,$(1))
LIB_OBJ := $(call objects,$(LIB_SRC)) $(MESSAGES:$(PROTO)/%.h=$(OUT)/obj/proto/%.o)
COMMAND_OBJ := $(call objects,$(COMMAND_SRC))
PROBE_OBJ := $(call objects,$(PROBE_SRC))
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(OUT)/unit/%)

# What make dist archives.
REF ?= v$(VERSION)

FUZZ_RUNS ?= 50000
# Each of its runs reads a file of 70 reports, forwards and backwards.
FUZZ_SHARE_recording := 50
# Two connections each.
FUZZ_SHARE_http := 10
# Each search is made slot by slot as well; five pools are filled.
FUZZ_SHARE_allocator := 5
FUZZ_SHARE_whatif := 10
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
FUZZ_SRC := tests/unit/model_fixture.c user/views/cause_text.c user/views/exposition.c $(wildcard user/model/*.c user/util/*.c) \
	$(filter-out user/sources/live.c,$(wildcard user/sources/*.c))

SCHEMAS := $(wildcard docs/*.schema.json)
DOCUMENTS := LICENSE README.md CHANGELOG.md docs/findings.md docs/fleet.md docs/glossary.md
# For programs that others run.
CONNECTORS := $(foreach kind,prometheus grafana pcp,$(wildcard packaging/$(kind)/*))
EXAMPLES := $(wildcard docs/examples/*)
UNITS := $(wildcard packaging/systemd/*.service packaging/systemd/*.socket)
SHELLS := bash fish zsh
COMPLETIONS := $(SHELLS:%=$(NATIVE)/completions/swiotlb.%)
MAN := $(patsubst docs/man/%.scd,$(NATIVE)/man/%,$(wildcard docs/man/*.scd))

# ---- targets ---------------------------------------------------------------
.PHONY: all test test-all layouts demo demo-fetch bench lint coverage unit fuzz $(FUZZ_TARGETS:%=fuzz-%) unit-binaries layout-binaries bench-binaries install uninstall dist deb package-test clean help man

all: $(OUT)/swiotlb man $(COMPLETIONS) ## build the tool, its man pages and completions (the default)

man: $(MAN)

test: ## install what is needed, then run all tests (unit and guest)
	$(Q)tools/deps
	$(Q)tests/run

test-all: ## the same, and what is rare: before a release
	$(Q)tools/deps
	$(Q)tests/run --all

layouts: layout-binaries ## load the programs for the types of many kernels, without booting
	$(Q)tests/layouts/run $(LAYOUT_PROGRAMS) $(BUILD)/tests/layouts --all

# Most of what is fetched is waited for: it takes no processor from the compiler.
demo: ## install what is needed, build, and show the tool in a guest
	$(Q)tools/deps build kernel guest
	$(Q)$(MAKE) --no-print-directory -j $$(($$(nproc) + 1)) demo-fetch all
	$(Q)tools/demo

demo-fetch:
	$(Q)tools/demo --fetch

bench: ## install what is needed, measure overhead, device blocks and predictions, and write docs/benchmarks.*, blocks-study.md, predictions.md
	$(Q)tools/deps build kernel guest bench
	$(Q)tools/bench/run

lint: all ## check layout, includes and scripts, and run static analysis
	$(Q)tools/lint/run $(OUT)

unit: unit-binaries ## build and run the unit tests (VALGRIND=1: under valgrind)
	$(Q)tests/unit/run $(if $(VALGRIND),--wrap '$(VALGRIND_RUN)') $(OUT)/unit

coverage: ## measure which lines the tests run (unit and guest), and write docs/coverage.md
	$(Q)tools/coverage

fuzz: $(FUZZ_TARGETS:%=fuzz-%) ## feed the parsers FUZZ_RUNS random inputs each

$(FUZZ_TARGETS:%=fuzz-%): fuzz-%: $(BUILD)/fuzz/%
	$(Q)$< -runs=$$(($(FUZZ_RUNS) / $(or $(FUZZ_SHARE_$*),1))) -seed=1 -max_len=300 -timeout=10 \
		-dict=tests/fuzz/$*.dictionary -artifact_prefix=$(BUILD)/fuzz/ \
		>$(BUILD)/fuzz/$*.log 2>&1 || { tail -n 60 $(BUILD)/fuzz/$*.log; exit 1; }
	$(Q)tail -n 1 $(BUILD)/fuzz/$*.log

unit-binaries: $(UNIT_BIN) $(UNIT_PROGRAMS)

layout-binaries: $(LAYOUT_PROGRAMS)

bench-binaries: $(BENCH_PROGRAMS)

install: all ## install below $(DESTDIR)$(PREFIX)
	install -D -m 0755 $(OUT)/swiotlb '$(DESTDIR)$(SBINDIR)/swiotlb'
	install -d '$(DESTDIR)$(MANDIR)/man8' '$(DESTDIR)$(DATADIR)' '$(DESTDIR)$(DOCDIR)/examples' '$(DESTDIR)$(CATALOGDIR)'
	install -m 0644 packaging/systemd/swiotlb.catalog '$(DESTDIR)$(CATALOGDIR)/'
	install -m 0644 $(MAN) '$(DESTDIR)$(MANDIR)/man8/'
	install -m 0644 $(SCHEMAS) '$(DESTDIR)$(DATADIR)/'
	for file in $(CONNECTORS:packaging/%=%); do \
		install -D -m 0644 packaging/$$file "$(DESTDIR)$(DATADIR)/$$file" || exit; \
	done
	install -m 0644 $(DOCUMENTS) '$(DESTDIR)$(DOCDIR)/'
	install -m 0644 $(filter-out %.sh,$(EXAMPLES)) '$(DESTDIR)$(DOCDIR)/examples/'
	install -m 0755 $(filter %.sh,$(EXAMPLES)) '$(DESTDIR)$(DOCDIR)/examples/'
	install -d '$(DESTDIR)$(UNITDIR)'
	for unit in $(notdir $(UNITS)); do sed 's|@SBINDIR@|$(SBINDIR)|' packaging/systemd/$$unit \
		| install -m 0644 /dev/stdin '$(DESTDIR)$(UNITDIR)'/$$unit || exit; done
	install -D -m 0644 $(NATIVE)/completions/swiotlb.bash '$(DESTDIR)$(BASHDIR)/swiotlb'
	install -D -m 0644 $(NATIVE)/completions/swiotlb.fish '$(DESTDIR)$(FISHDIR)/swiotlb.fish'
	install -D -m 0644 $(NATIVE)/completions/swiotlb.zsh '$(DESTDIR)$(ZSHDIR)/_swiotlb'

uninstall: ## remove what install put there
	rm -f '$(DESTDIR)$(SBINDIR)/swiotlb' '$(DESTDIR)$(CATALOGDIR)/swiotlb.catalog' \
		$(MAN:$(NATIVE)/man/%='$(DESTDIR)$(MANDIR)/man8/%') \
		$(UNITS:packaging/systemd/%='$(DESTDIR)$(UNITDIR)/%') \
		'$(DESTDIR)$(BASHDIR)/swiotlb' '$(DESTDIR)$(FISHDIR)/swiotlb.fish' '$(DESTDIR)$(ZSHDIR)/_swiotlb'
	rm -rf '$(DESTDIR)$(DATADIR)' '$(DESTDIR)$(DOCDIR)'

# Nothing in it depends on where, when or by whom it is made.
dist: ## the archive of the release that is tagged v$(VERSION) (REF=: of another commit)
	$(Q)mkdir -p $(BUILD)
	$(Q)git -c tar.umask=0022 archive --format=tar --prefix=swiotlb-tools-$(VERSION)/ \
		-o $(BUILD)/swiotlb-tools-$(VERSION).tar $(REF)
	$(Q)gzip -9nf $(BUILD)/swiotlb-tools-$(VERSION).tar

deb: ## build the Debian package, in build/deb
	$(Q)tools/deps build package
	$(Q)packaging/deb $(BUILD)/deb

package-test: ## build, check, install, run and purge the Debian package; check the Fedora spec
	$(Q)tools/deps build kernel guest test package
	$(Q)tests/package

clean: ## remove build/
	rm -rf $(BUILD)

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  V=1 shows each command, SANITIZE=1 builds with ASan and UBSan,'
	@echo '  WERROR=1 makes warnings errors, CC=clang uses another compiler, CPPFLAGS=,'
	@echo '  CFLAGS= and LDFLAGS= add flags, PREFIX= and DESTDIR= set where to install,'
	@echo '  ARCH= builds for another machine of tools/machines, in build/ARCH/.'

# ---- one rule per kind -----------------------------------------------------
# Rewritten only when they change, so that other flags, or a source that has
# gone, rebuild and equal ones do not.
$(OUT)/.flags: said = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(LDLIBS)
$(BUILD)/.bpf-flags: said = $(CLANG) $(BPF_CFLAGS)
$(OUT)/.sources: said = $(LIB_SRC) $(COMMAND_SRC) $(PROBE_SRC) $(UNIT_HELPER_SRC)
$(OUT)/.flags $(BUILD)/.bpf-flags $(OUT)/.sources: FORCE
	@mkdir -p $(@D)
	@new=$@.$$$$; printf '%s\n' '$(subst ','\'',$(said))' >$$new; \
	if cmp -s $$new $@; then rm $$new; else mv $$new $@; fi

.PHONY: FORCE
FORCE:

$(OUT)/obj/%.o: %.c $(OUT)/.flags
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The first build knows no dependencies yet; later ones have them from -MMD.
$(PROBE_OBJ): | $(SKELETONS) $(TYPE_NAMES)
$(call objects,$(wildcard user/views/*.c)): | $(MESSAGES)

# What is generated need not keep to our warnings.
$(OUT)/obj/proto/%.o: $(PROTO)/%.c $(OUT)/.flags
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -w -MMD -MP -c -o $@ $<

$(PROTO)/%.pb-c.c $(PROTO)/%.pb-c.h &: user/views/%.proto
	$(call say,PROTO,$@)
	@mkdir -p $(@D)
	$(Q)$(PROTOC_C) --c_out=$(@D) --proto_path=$(<D) $<

# A skeleton whose program has gone must not be found any more.
$(shell rm -f $(filter-out $(SKELETONS),$(wildcard $(SKEL)/*.skel.h)))

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c $(BUILD)/.bpf-flags
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/bpf/%.linked.o: $(BUILD)/bpf/%.bpf.o
	$(call say,LINK,$@)
	$(Q)$(BPFTOOL) gen object $@ $<

$(SKEL)/%.skel.h: $(BUILD)/bpf/%.linked.o
	$(call say,SKEL,$@)
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf >$@

# Of the types that the programs name; "___" and what follows tell variants apart.
$(TYPE_NAMES): $(BPF_SRC:bpf/%.bpf.c=$(BUILD)/bpf/%.linked.o)
	$(call say,TYPES,$@)
	@mkdir -p $(@D)
	$(Q)for object in $^; do $(BPFTOOL) btf dump file $$object || exit; done >$@.all
	$(Q)sed -nE "s/^\[[0-9]+\] (STRUCT|UNION|ENUM|ENUM64|TYPEDEF) '([^'(]+)'.*/\2/p" $@.all | sed 's/___.*//; s/.*/"&",/' \
		| LC_ALL=C sort -u >$@
	$(Q)rm $@.all

$(OUT)/libswiotlb.a: $(LIB_OBJ) $(OUT)/.sources
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(LIB_OBJ)

$(OUT)/swiotlb: $(COMMAND_OBJ) $(PROBE_OBJ) $(OUT)/libswiotlb.a $(OUT)/.sources
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LDLIBS)

# The commands on a session made by hand: command-line tests need no kernel.
$(OUT)/unit/swiotlb: $(COMMAND_OBJ) $(call objects,$(UNIT_HELPER_SRC)) $(OUT)/libswiotlb.a $(OUT)/.sources
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LDLIBS)

$(OUT)/unit/%: $(OUT)/obj/tests/unit/%.o $(OUT)/obj/tests/unit/model_fixture.o $(OUT)/libswiotlb.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

# The loader of the tool, with the system calls that it makes answered.
$(LAYOUT_PROGRAMS): $(call objects,$(LAYOUT_SRC)) $(PROBE_OBJ) $(OUT)/libswiotlb.a $(OUT)/.sources
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -Wl,--wrap=kernel_preemption -Wl,--wrap=kernel_dma_is_direct \
		-o $@ $(filter %.o %.a,$^) $(LDLIBS)

$(BUILD)/bench/%.bpf.o: tools/bench/programs/%.bpf.c $(OUT)/.flags
	$(call say,BPF,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/bench/attach: $(OUT)/obj/tools/bench/programs/attach.o $(PROBE_OBJ) $(OUT)/libswiotlb.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

# The real session, with each run of its programs timed.
$(BUILD)/bench/look: $(OUT)/obj/tools/bench/programs/look.o $(PROBE_OBJ) $(OUT)/libswiotlb.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -Wl,--wrap=bpf_prog_test_run_opts -o $@ $^ $(LDLIBS)

# What top does with a recording.
$(BUILD)/bench/replay: $(OUT)/obj/tools/bench/programs/replay.o $(call objects,$(patsubst %,user/commands/%.c,replay sampler survey)) $(OUT)/libswiotlb.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

# The model alone.
$(BUILD)/bench/simulate: $(OUT)/obj/tools/bench/programs/simulate.o $(OUT)/libswiotlb.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

# Built whole: every file must be instrumented by the same compiler.
$(BUILD)/fuzz/%: tests/fuzz/%.c $(FUZZ_SRC) $(wildcard user/model/*.h user/util/*.h user/sources/*.h user/views/exposition.h tests/unit/*.h tests/fuzz/*.h) $(OUT)/.sources
	$(call say,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) -std=gnu11 -D_GNU_SOURCE -Iuser -I. -O1 -g $(WARNINGS) \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-o $@ $< $(FUZZ_SRC) $(shell $(PKG_CONFIG) --libs jansson libzstd libcap-ng libseccomp)

$(BUILD)/man/print_%: $(OUT)/obj/docs/man/print_%.o $(OUT)/libswiotlb.a
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/man/%.scd: $(BUILD)/man/print_%
	$(Q)$< >$@

$(BUILD)/man/%: docs/man/%.scd $(BUILD)/man/metrics.scd $(BUILD)/man/causes.scd
	$(call say,MAN,$@)
	$(Q)sed -e '/^@METRICS@$$/{r $(BUILD)/man/metrics.scd' -e 'd}' \
		-e '/^@CAUSES@$$/{r $(BUILD)/man/causes.scd' -e 'd}' $< | $(SCDOC) >$@

# Linked with all commands: it prints their tables.
$(BUILD)/completions/print: $(call objects,$(wildcard packaging/completions/*.c)) \
		$(filter-out %/main.o,$(COMMAND_OBJ)) $(PROBE_OBJ) $(OUT)/libswiotlb.a $(OUT)/.sources
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LDLIBS)

$(BUILD)/completions/swiotlb.%: packaging/completions/swiotlb.% $(BUILD)/completions/print
	$(call say,SHELL,$@)
	$(Q)$(BUILD)/completions/print $* >$@.tables
	$(Q)sed -e '/@TABLES@$$/{r $@.tables' -e 'd}' $< >$@

ifdef CROSS
$(MAN) $(COMPLETIONS) &: FORCE
	$(Q)$(MAKE) --no-print-directory ARCH=$(HOST) BUILD=$(NATIVE) $(MAN) $(COMPLETIONS)
endif

# Kept, though only pattern rules name them. Not all targets: a header that has
# gone would count as kept as well, and nothing that includes it be rebuilt.
.SECONDARY: $(foreach part,metrics causes,$(BUILD)/man/$(part).scd $(BUILD)/man/print_$(part)) \
	$(BPF_SRC:bpf/%.c=$(BUILD)/bpf/%.o) \
	$(BPF_SRC:bpf/%.bpf.c=$(BUILD)/bpf/%.linked.o) \
	$(MESSAGES) $(MESSAGES:.h=.c) \
	$(call objects,$(UNIT_SRC) tests/unit/print_fixture.c tests/unit/replay_trace.c)

# Not those of the copies that packages are built from.
-include $(shell test -d $(BUILD) && find $(BUILD) -path '$(BUILD)/deb*' -prune -o -type f -name '*.d' -print)
