# SPDX-License-Identifier: GPL-2.0
# Everything is built outside the tree: see scripts/build for where.
#
#   make                the module, the library, the selftests, the examples
#   make check          build, boot and test (scripts/check)
#   make demo           a real file through a pipeline of ports (scripts/demo)
#   make bench          what messages cost, in guest instructions (scripts/bench)
#   make install        the module for the running kernel, and the library:
#   make install-module   needs that kernel's headers
#   make install-lib      does not; headers and manual pages come with it
#   make clean          removes what was built; the cache's kernels stay
#
# KERNEL=VERSION builds the module for another kernel than the newest stock
# one; DESTDIR= and PREFIX= say where to install.

KERNEL ?=
CACHE := $(or $(MSGPORT_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/msgport)
BUILD = scripts/build $(if $(KERNEL),--kernel $(KERNEL))

all:
	$(BUILD)

module userlib selftests examples:
	$(BUILD) $@

check demo bench:
	scripts/$@

install: install-module install-lib

install-module: KERNEL := $(or $(KERNEL),$(shell uname -r))
install-module:
	module=$$($(BUILD) module) && \
	install -D -m 644 "$$module" \
		"$(DESTDIR)/lib/modules/$(KERNEL)/updates/msgport.ko"
	$(if $(DESTDIR),,depmod $(KERNEL))

install-lib:
	$(BUILD) userlib
	$(MAKE) -C userlib O=$(CACHE)/build/userlib install
	$(MAKE) -C docs/man O=$(CACHE)/build/man install
	$(if $(DESTDIR),,ldconfig)

clean:
	rm -rf "$(CACHE)/build" "$(CACHE)/initramfs" "$(CACHE)/run"

.PHONY: all module userlib selftests examples check demo bench clean \
	install install-module install-lib
