# SPDX-License-Identifier: GPL-2.0
"""Where a workload's instructions go, by function.

usage: profile.py LINES COUNTS RESULT KALLSYMS

LINES is what bench printed, COUNTS what the plugin wrote, RESULT the result
port's text with the module's symbols, KALLSYMS the kernel's symbols from any
boot of the same kernel.
"""
import bisect
import collections
import sys

TEXT_BASE = 0xffffffff81000000      # _text of a kernel that is not moved
USER_END = 1 << 47
SHOWN = 0.002                       # of the whole: what is less is left out
BLOCKS_SHOWN = 40


class Symbols:
    """Names of addresses: the nearest symbol below."""

    def __init__(self, pairs):
        pairs = sorted(pairs)
        self.addresses = [address for address, _ in pairs]
        self.names = [name for _, name in pairs]

    def find(self, address):
        """The name of the function, and how far into it the address is."""
        if address < USER_END:
            return "(user space)", None
        place = bisect.bisect_right(self.addresses, address) - 1
        if place < 0:
            return "(unknown)", None
        return self.names[place], address - self.addresses[place]


def kernel_symbols(path):
    """Functions of the kernel proper, as if its text were not moved."""
    found = []
    base = None
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            words = line.split()
            if len(words) != 3:
                continue
            if words[2] == "_text":
                base = int(words[0], 16)
            if words[1] in "tTwW":
                found.append((int(words[0], 16), words[2]))
    if not base:
        sys.exit("profile: no address of _text in the kernel's symbols")
    return [(address - base + TEXT_BASE, name)
            for address, name in found if address >= base]


def module_symbols(path):
    """Functions of the module, which the guest has told."""
    found = []
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            words = line.split()
            if words[:1] == ["symbol"] and words[2] in "tT":
                found.append((int(words[1], 16), words[3] + " [msgport]"))
    return found


def figure_of(path):
    """Workload, transport, steps and instructions of the one stretch."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            words = line.split()
            if words[:1] == ["figure"]:
                return words[1], words[2], int(words[5]), int(words[6])
    sys.exit("profile: bench has printed no figure")


def counts_of(path, symbols):
    """Instructions and entries of each function, instructions of each block."""
    instructions = collections.Counter()
    entries = collections.Counter()
    blocks = collections.Counter()
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            address, size, runs = line.split()
            name, offset = symbols.find(int(address, 16))
            cost = int(size) * int(runs)
            instructions[name] += cost
            if offset == 0:
                entries[name] += int(runs)
            if offset is not None:
                blocks[f"{name}+{offset:#x}"] += cost
    return instructions, entries, blocks


def group_of(name):
    """Whose code a function is."""
    if name.endswith("[msgport]"):
        return "msgport"
    return "user space" if name == "(user space)" else "kernel"


def print_functions(instructions, entries, steps):
    """Each function without those that it calls."""
    total = sum(instructions.values())
    print("\n  a step       %    calls  function (its own instructions)")
    for name, value in instructions.most_common():
        if value < SHOWN * total:
            break
        calls = f"{entries[name] / steps:8.2f}" if entries[name] else " " * 8
        print(f"{value / steps:8.1f} {100 * value / total:5.1f} % {calls}  {name}")


def print_blocks(blocks, steps):
    """A block that costs much is a loop, or one string instruction."""
    print("\n  a step  block")
    for name, value in blocks.most_common(BLOCKS_SHOWN):
        print(f"{value / steps:8.1f}  {name}")


def main():
    """Prints groups, then functions, then the blocks that cost most."""
    lines, counts, result, kallsyms = sys.argv[1:]
    workload, transport, steps, measured = figure_of(lines)
    symbols = Symbols(kernel_symbols(kallsyms) + module_symbols(result))
    instructions, entries, blocks = counts_of(counts, symbols)
    total = sum(instructions.values())
    print(f"{workload} over {transport}: {measured / steps:.0f} instructions a step "
          f"({total / steps:.0f} counted), {steps} steps")
    groups = collections.Counter()
    for name, value in instructions.items():
        groups[group_of(name)] += value
    for name, value in groups.most_common():
        print(f"{value / steps:10.1f} {100 * value / total:5.1f} %  {name}")
    print_functions(instructions, entries, steps)
    print_blocks(blocks, steps)


if __name__ == "__main__":
    main()
