# SPDX-License-Identifier: GPL-2.0
"""Locks taken and contended for each message, of what lockstat counted.

usage: locks.py table|markdown|json LINES

Of each cell: how often a lock was taken, was taken at another processor than the
last time (its cache line moved: "bounced"), and was found held ("contended").
"""
import json
import sys

OURS = "msgport"
# The kernel names a class after the expression that initialised it. What is no lock:
# sections of RCU, which exclude nobody.
NO_LOCKS = ("rcu_read_lock", "rcu_callback", "rcu_node")
CLASSES_SHOWN = 8


def read_lines(path):
    """The kernel, and cells with their classes."""
    kernel, cells = "", []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            word, rest = line.rstrip("\n").split(" ", 1)
            if word == "kernel":
                kernel = rest
            elif word == "locks":
                workload, name, size, count, steps = rest.split()
                cells.append({"cell": f"{workload} {size} {count}", "transport": name,
                              "messages": int(steps), "classes": {}})
            elif word == "class":
                taken, contended, bounced, name = rest.split(" ", 3)
                if not name.startswith(NO_LOCKS):
                    add(cells[-1], name, int(taken), int(bounced), int(contended))
    return kernel, cells


def add(cell, name, *counts):
    """One class, for each message; readers and writers of a lock together."""
    name = name.removesuffix("-W").removesuffix("-R")
    sums = cell["classes"].setdefault(name, [0, 0, 0])
    for i, count in enumerate(counts):
        sums[i] += count / cell["messages"]


def whole(cell):
    """All classes together: taken, bounced, contended."""
    return [sum(counts) for counts in zip(*cell["classes"].values())]


def title_of(cell):
    """A cell for people."""
    workload, size, count = cell.split()
    more = f", {count}" if int(count) > 1 else ""
    return f"{workload}, {int(size):,} bytes{more}"


def rows(cells):
    """For each cell its transports, ours with its classes by how often they contend."""
    for name in dict.fromkeys(cell["cell"] for cell in cells):
        there = [cell for cell in cells if cell["cell"] == name]
        yield title_of(name), [(cell["transport"], whole(cell)) for cell in there], [
            (lock, counts) for cell in there if cell["transport"] == OURS
            for lock, counts in sorted(cell["classes"].items(),
                                       key=lambda item: (-item[1][2], -item[1][1]))
        ][:CLASSES_SHOWN]


def print_table(kernel, cells):
    """For a terminal."""
    print("locks for each message or round trip, on two processors")
    for title, transports, classes in rows(cells):
        print(f"{title:<34}{'taken':>10}{'bounced':>10}{'contended':>11}")
        for name, counts in transports:
            print("  {:<32}{:>10.2f}{:>10.3f}{:>11.4f}".format(name, *counts))
        print("  where, for msgport:")
        for name, counts in classes:
            print("    {:<30}{:>10.2f}{:>10.3f}{:>11.4f}".format(name, *counts))
    print("bounced: taken at another processor than the last time")
    print(f"kernel: {kernel}")


def print_markdown(kernel, cells):
    """For docs/bench/."""
    print("<!-- SPDX-License-Identifier: GPL-2.0 -->")
    print("<!-- scripts/bench --smp --markdown -->\n\n# Locks on two processors\n")
    print(f"For each message or round trip, by lockstat. {kernel}, processors emulated.")
    for title, transports, classes in rows(cells):
        print(f"\n## {title}\n\n| | taken | bounced | contended |\n|---|--:|--:|--:|")
        for name, counts in transports:
            print("| {} | {:.2f} | {:.3f} | {:.4f} |".format(name, *counts))
        print("\n| of msgport's | taken | bounced | contended |\n|---|--:|--:|--:|")
        for name, counts in classes:
            print("| `{}` | {:.2f} | {:.3f} | {:.4f} |".format(name, *counts))


def main():
    """One format a call."""
    form, path = sys.argv[1:]
    kernel, cells = read_lines(path)
    if form == "json":
        print(json.dumps({"kernel": kernel, "cells": cells}, indent=2))
    elif form == "markdown":
        print_markdown(kernel, cells)
    else:
        print_table(kernel, cells)


if __name__ == "__main__":
    main()
