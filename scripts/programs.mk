# SPDX-License-Identifier: GPL-2.0
# How programs that run in the guest are compiled: statically, with every
# warning an error. Whoever includes this says SRC, and is given O and LIB.

ifndef O
$(error O= names the directory to build in)
endif
ifndef LIB
$(error LIB= names the directory of libmsgport.a)
endif

CFLAGS ?= -O2 -g
CFLAGS += -std=gnu11 -Wall -Wextra -Werror
CPPFLAGS += -D_GNU_SOURCE -I$(SRC)../uapi -I$(SRC)../userlib/include
LDFLAGS += -static -pthread

.DEFAULT_GOAL := all
.SECONDARY:
.DELETE_ON_ERROR:

$(shell mkdir -p $(O))

$(O)/%.o: $(SRC)%.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -pthread -MMD -MP -c -o $@ $<

clean:
	rm -f $(O)/*.o $(O)/*.d $(PROGRAMS)

.PHONY: all clean

-include $(wildcard $(O)/*.d)

# The cache may hold what another tree has built: a source that is not there
# any more is no error, but a reason to build again.
%.c: ;
%.h: ;
