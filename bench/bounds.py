# SPDX-License-Identifier: GPL-2.0
"""What must not grow with the number of messages, ports or members.

usage: bounds.py arguments KALLSYMS
       bounds.py gate|table LINES COUNTS RESULT KALLSYMS

The first prints what bench/plugin/stretch.c must know of the kernel. LINES is
what bench printed, COUNTS what the plugin wrote, RESULT the result port's text
with the module's symbols, KALLSYMS the kernel's symbols from any boot of the
same kernel. Ends with 1 if a bound is broken.
"""
import collections
import sys

from profile import Symbols, kernel_symbols, module_symbols
from report import Verdicts

RATIO = 1.5             # cost of a receive by choice, many queued to few
FUNCTIONS = {"schedule": "__schedule", "resched": "__cond_resched"}
UNLOCK_BH = ("_raw_spin_unlock_bh", "_raw_read_unlock_bh", "_raw_write_unlock_bh")
KINDS = ("stretch", "callee", "run", "interrupt")
# Instructions. How long the module holds off preemption is its own affair, and so
# has the limit that counts. A callee and a run take in what the kernel does for it
# in one go, such as giving a slab's whole list of partial ones back (73,000 under
# one lock, 157,000 in one kfree()): their limits catch what grows with the ten
# thousand of most bounds, by no more than 20 each. An interrupt is shown, without
# a limit: RCU chooses how many callbacks it runs in one.
LIMITS = {"stretch": 20000, "callee": 200000, "run": 200000}
SHOWN = 3               # places of each kind, in the table


def address_of(path, name):
    """A per-processor variable's address, which is the same in every boot."""
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            words = line.split()
            if words[2:] == [name]:
                return int(words[0], 16)
    sys.exit(f"bounds: the kernel's symbols have no {name}")


def arguments(path):
    """For the plugin: HEX addresses, behind commas."""
    functions = {name: address for address, name in kernel_symbols(path)}
    missing = {*FUNCTIONS.values(), *UNLOCK_BH} - set(functions)
    if missing:
        sys.exit(f"bounds: the kernel's symbols have no {' '.join(missing)}")
    words = [f"preempt={address_of(path, '__preempt_count'):x}"]
    words += [f"{key}={functions[name]:x}" for key, name in FUNCTIONS.items()]
    words += [f"unlock_bh={functions[name]:x}" for name in UNLOCK_BH]
    print(",".join(words))


def read_lines(path):
    """Costs of choices by name and depth; names of intervals; of skipped ones."""
    choices = collections.defaultdict(dict)
    intervals, skipped = [], []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            word, *rest = line.split()
            if word == "choice":
                choices[rest[0]][int(rest[1])] = int(rest[3]) / int(rest[2])
            elif word == "interval":
                intervals.append(rest[0])
            elif word == "skip":
                skipped.append(rest[0])
    return choices, intervals, skipped


class Interval:
    """What the plugin saw between two marks."""

    def __init__(self, stretches, moments, broken):
        self.stretches, self.moments, self.broken = stretches, moments, broken
        self.places = {kind: {} for kind in KINDS}

    def add(self, kind, length, where):
        """The longest one that began there."""
        places = self.places[kind]
        places[where] = max(length, places.get(where, 0))

    def worst(self, kind):
        """(length, where), the longest first."""
        return sorted(((length, where) for where, length in self.places[kind].items()),
                      reverse=True)


def read_counts(path, symbols):
    """The intervals, in order."""
    found = []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            word, *rest = line.split()
            if word == "interval":
                found.append(Interval(*map(int, rest)))
            else:
                found[-1].add(rest[0], int(rest[1]), span(symbols, rest[2:]))
    return found


def span(symbols, addresses):
    """From which function of the module to which."""
    first, last = (symbols.find(int(address, 16))[0] for address in addresses)
    first, last = (name.removesuffix(" [msgport]") for name in (first, last))
    return first if first == last else f"{first} to {last}"


def judge_choices(verdicts, choices):
    """The same cost at any depth."""
    for name, costs in choices.items():
        few, many = sorted(costs)
        ratio = costs[many] / costs[few]
        verdicts.say(ratio < RATIO, f"receive_by_{name.replace('-', '_')}_costs_the_same",
                     f"{costs[many]:,.0f} instructions with {many:,} queued, "
                     f"{costs[few]:,.0f} with {few}: {ratio:.3f} times")


def judge_interval(verdicts, name, interval):
    """No kind that has a limit is over it; and the plugin has seen all of it."""
    texts, good = [], True
    for kind, limit in LIMITS.items():
        length, where = interval.worst(kind)[0] if interval.places[kind] else (0, "")
        texts.append(f"{kind} {length:,}")
        if length > limit:
            good = False
            texts[-1] += f" (limit {limit:,}) in {where}"
    if interval.broken or not interval.stretches or not interval.moments:
        good = False
        texts = [f"cannot be told: {interval.stretches} stretches, {interval.moments} "
                 f"moments, count of preemption lost {interval.broken} times"]
    verdicts.say(good, f"no_long_stretch_in_{name.replace('-', '_')}", ", ".join(texts))


def print_places(name, interval):
    """For people: the worst of each kind."""
    print(f"\n{name}: {interval.stretches} stretches")
    for kind in KINDS:
        for length, where in interval.worst(kind)[:SHOWN]:
            print(f"{length:12,}  {kind:<10} {where}")


def main():
    """One format a call."""
    form, *paths = sys.argv[1:]
    if form == "arguments":
        arguments(*paths)
        return
    lines, counts, result, kallsyms = paths
    choices, names, skipped = read_lines(lines)
    symbols = Symbols(kernel_symbols(kallsyms) + module_symbols(result))
    intervals = read_counts(counts, symbols)
    verdicts = Verdicts()
    judge_choices(verdicts, choices)
    verdicts.say(bool(choices) and bool(names) and len(names) == len(intervals),
                 "every_bound_was_watched", f"{len(intervals)} of {len(names)}")
    for name, interval in zip(names, intervals):
        judge_interval(verdicts, name, interval)
    for name in skipped:
        verdicts.skip(f"no_long_stretch_in_{name.replace('-', '_')}", "the module has no such feature")
    if form == "table":
        for name, interval in zip(names, intervals):
            print_places(name, interval)
    sys.exit(1 if verdicts.failed else 0)


if __name__ == "__main__":
    main()
