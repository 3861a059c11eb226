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
# What a failed assertion names is the file of the tree, wherever it was built.
CPPFLAGS += -fmacro-prefix-map=$(dir $(SRC:/=))=
LDFLAGS += -static -pthread

.DEFAULT_GOAL := all
.SECONDARY:
.DELETE_ON_ERROR:

$(shell mkdir -p $(O))

$(O)/%.o: $(SRC)%.c $(SRC)Makefile $(SRC)../scripts/programs.mk
	$(CC) $(CPPFLAGS) $(CFLAGS) -pthread -MMD -MP -c -o $@ $<

clean:
	rm -f $(O)/*.o $(O)/*.d $(PROGRAMS)

.PHONY: all clean

-include $(wildcard $(O)/*.d)

# The sources may be another tree's than at the last time: one that is not
# there any more is no error, but a reason to build again.
%.c: ;
%.h: ;
