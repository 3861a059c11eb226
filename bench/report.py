# SPDX-License-Identifier: GPL-2.0
"""What the benchmark's boots came to.

usage: report.py table|json|markdown|gate|record BASELINE LINES...

LINES are files, one a seed, of what bench printed and of what the host knows.
A cost is instructions a step; of several seeds it is the median, and the
spread is the distance from the least to the greatest, in percent of it.
"""
import json
import os
import statistics
import sys

OURS = "msgport"
# The same port by read and write, and a round trip by four calls: no peers.
VARIANTS = ("msgport-rw", "msgport-four")
# What is in shared memory is no facility of the kernel: it shows what is possible.
SHARED = ("shm-futex", "shm-eventfd", "shm-semaphores", "monitor")
UNITS = {"batch": "a call", "fan-in": "senders",
         "ports-epoll": "channels", "ports-set": "channels",
         "deep-one-way": "queued", "deep-by-source": "queued",
         "deep-death": "queued", "names": "names"}
WEIGHED = {"idle": "an idle one, with its descriptors",
           "queued": "a message of 64 bytes that waits"}
# What it is to cost, in times of what: a peer, or the best of several.
GOALS = (
    ("round-trip 8 1", 0.75, ("mqueue",)),
    ("round-trip 4096 1", 0.75, ()),
    ("round-trip 65536 1", 0.9, ("binder",)),
    ("round-trip 65536 1", 0.6, ("stream", "seqpacket", "dgram")),
    ("one-way 64 1", 0.75, ("pipe",)),
    ("batch 64 32", 0.2, ("one-way 64 1", "pipe")),
    ("one-way 4096 1", 0.6, ("pipe",)),
    ("one-way 65536 1", 0.75, ("binder",)),
    ("one-way 1048576 1", 0.9, ("binder",)),
    ("sealed-again 1048576 1", 0.05, ("one-way 1048576 1", "binder")),
    ("fan-in 64 16", 0.6, ()),
    ("ports-set 64 1000", 0.5, ("ports-epoll 64 1000", "pipe")),
)
TOLERANCE = 1.05
ENVIRONMENT = ("kernel", "compiler", "emulator")
UNITS_OF_COST = {"instructions": "instructions of the guest", "nanoseconds": "nanoseconds"}


def read_lines(path):
    """One seed: environment, depths, and costs of cells and floors.

    A cell is a workload with its size and count, as "one-way 64 1".
    """
    seed = {"unit": "instructions", "depths": {}, "absent": [], "figures": {}, "floors": {}, "memory": {}}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            word, rest = line.rstrip("\n").split(" ", 1)
            if word in ENVIRONMENT + ("unit",):
                seed[word] = rest
            elif word == "depth":
                name, messages = rest.split()
                seed["depths"][name] = int(messages)
            elif word == "figure":
                workload, name, size, count, steps, instructions = rest.split()
                costs = seed["figures"].setdefault(f"{workload} {size} {count}", {})
                costs[name] = int(instructions) / int(steps)
            elif word == "memory":
                what, name, size = rest.split()
                seed["memory"].setdefault(what, {})[name] = int(size)
            elif word == "absent":
                seed["absent"].append(rest)
            elif word == "floor":
                steps, instructions, name = rest.split(" ", 2)
                seed["floors"][name] = int(instructions) / int(steps)
    return seed


def middle(costs):
    """The median and the spread of one cost over the seeds."""
    median = statistics.median(costs)
    return {"cost": round(median, 1),
            "spread": round(100 * (max(costs) - min(costs)) / median, 3)}


def peers(costs):
    """Names of those that msgport is compared with."""
    return [name for name in costs
            if name != OURS and name not in VARIANTS + SHARED]


def ratios_of(costs):
    """What msgport costs, in times of each of the others."""
    if OURS not in costs:
        return {}
    ours = costs[OURS]["cost"]
    return {name: round(ours / cost["cost"], 4)
            for name, cost in costs.items() if name != OURS}


def combine(seeds):
    """All seeds in one, as --json prints it."""
    first = seeds[0]  # of one kernel, all in the same unit
    figures = {}
    for cell, costs in first["figures"].items():
        figures[cell] = {
            name: middle([seed["figures"][cell][name] for seed in seeds])
            for name in costs}
    return {
        **{key: first[key] for key in ENVIRONMENT},
        "unit": first["unit"],
        "seeds": len(seeds),
        "depths": first["depths"],
        "figures": figures,
        "absent": first["absent"],
        "memory": {
            what: {name: statistics.median([seed["memory"][what][name] for seed in seeds])
                   for name in sizes}
            for what, sizes in first["memory"].items()},
        "ratios": {cell: ratios_of(costs) for cell, costs in figures.items()},
        "floors": {name: middle([seed["floors"][name] for seed in seeds])
                   for name in first["floors"]},
    }


def title_of(cell):
    """A cell for people."""
    workload, size, count = cell.split()
    unit = f", {count} {UNITS[workload]}" if workload in UNITS else ""
    return f"{workload}, {int(size):,} bytes{unit}"


def print_row(name, cost, seeds, ratio):
    """One line of the table."""
    spread = f"{cost['spread']:8.2f} %" if seeds > 1 else ""
    ratio = f"  msgport costs {ratio:.2f} times that" if ratio else ""
    print(f"  {name:<26}{cost['cost']:>10,.0f}{spread}{ratio}")


def print_table(data):
    """For people."""
    print(f"{UNITS_OF_COST[data['unit']]} for each message or round trip"
          + (f": median of {data['seeds']} seeds, spread" if data["seeds"] > 1 else ""))
    for cell, costs in data["figures"].items():
        print(title_of(cell))
        for name, cost in costs.items():
            print_row(name, cost, data["seeds"], data["ratios"][cell].get(name))
    for what, sizes in data["memory"].items():
        print(f"memory: {WEIGHED[what]}")
        for name, size in sizes.items():
            print(f"  {name:<26}{size:>10,.0f} bytes")
    if data["floors"]:
        print("floors")
    for name, cost in data["floors"].items():
        print_row(name, cost, data["seeds"], None)
    if data["unit"] == "instructions":
        print_goals(data)
    depths = ", ".join(f"{name} {depth}" for name, depth in data["depths"].items())
    print(f"messages a channel holds: {depths}")
    print("msgport-rw is msgport by read and write, msgport-four a round trip by "
          "send and receive")
    if data["absent"]:
        print(f"not here: {', '.join(data['absent'])}")
    for key in ENVIRONMENT:
        print(f"{key}: {data[key]}")


def goals(data):
    """Of each goal: cell, the other, the ratio, and what it is to be."""
    figures = data["figures"]
    for cell, goal, names in GOALS:
        other = cell
        if names and " " in names[0]:
            other, *names = names
        costs = figures.get(other, {})
        there = [name for name in names or peers(costs) if name in costs]
        if cell in figures and there:
            best = min(there, key=lambda name: costs[name]["cost"])
            ratio = figures[cell][OURS]["cost"] / costs[best]["cost"]
            yield cell, best, ratio, goal


def print_goals(data):
    """For people."""
    rows = list(goals(data))
    if rows:
        print("goals")
    for cell, best, ratio, goal in rows:
        print(f"  {title_of(cell):<36}{ratio:5.2f} of {best}, to be {goal}"
              f"{'' if ratio > goal else ': reached'}")


def print_markdown(data):
    """Tables for docs/bench/: transports down, sizes or counts across."""
    print("<!-- SPDX-License-Identifier: GPL-2.0 -->")
    print(f"<!-- scripts/bench --seeds {data['seeds']} --markdown -->\n")
    print("# What a message costs\n")
    print(f"{UNITS_OF_COST[data['unit']].capitalize()} for each message or round trip; "
          f"median of seeds: {data['seeds']}. {data['kernel']}; {data['compiler']}.")
    for workload in dict.fromkeys(cell.split()[0] for cell in data["figures"]):
        cells = [cell for cell in data["figures"] if cell.split()[0] == workload]
        names = dict.fromkeys(name for cell in cells for name in data["figures"][cell])
        heads = [title_of(cell).split(", ", 1)[1] for cell in cells]
        print(f"\n## {workload}\n\n| | {' | '.join(heads)} |")
        print("|---" + "|--:" * len(cells) + "|")
        for name in names:
            costs = [data["figures"][cell].get(name) for cell in cells]
            row = [f"{cost['cost']:,.0f}" if cost else "" for cost in costs]
            print(f"| {name} | {' | '.join(row)} |")
    print("\nmsgport-rw: by read and write; msgport-four: a round trip by send and receive, "
          "twice; -rdm: datagrams; shm-: rings in shared memory, no peers but floors.")
    print("\n## goals\n\nWhat msgport costs, in times of another.\n\n"
          "| | of | ratio | goal | |\n|---|---|--:|--:|---|")
    for cell, best, ratio, goal in goals(data):
        print(f"| {title_of(cell)} | {best} | {ratio:.3f} | {goal} "
              f"| {'' if ratio > goal else 'reached'} |")
    for what, sizes in data["memory"].items():
        print(f"\n## memory: {WEIGHED[what]}\n\n| | bytes |\n|---|--:|")
        for name, size in sizes.items():
            print(f"| {name} | {size:,.0f} |")
    print("\n## floors\n\n| | |\n|---|--:|")
    for name, cost in data["floors"].items():
        print(f"| {name} | {cost['cost']:,.0f} |")


def best_ratio(data, cell):
    """Against the cheapest peer: its name, and what msgport costs of it."""
    costs = data["figures"][cell]
    best = min(peers(costs), key=lambda name: costs[name]["cost"])
    return best, data["ratios"][cell][best]


class Verdicts:
    """Numbered lines of results, which scripts/check counts."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def say(self, good, name, text):
        """One condition that was looked at."""
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} bench.{name}: {text}")

    def skip(self, name, text):
        """One condition that cannot be looked at here."""
        self.count += 1
        print(f"ok {self.count} bench.{name} # SKIP {text}")


def what_differs(data, recorded):
    """What of the environment makes absolute figures incomparable."""
    return [f"{key} is {data[key]}, recorded was {recorded[key]}"
            for key in ENVIRONMENT if data[key] != recorded[key]]


def gate(data, recorded):
    """True if msgport is at most 5 % dearer than recorded."""
    verdicts = Verdicts()
    differs = what_differs(data, recorded)
    for cell in recorded["figures"]:
        name = cell.replace(" ", "_")
        peer, ratio = best_ratio(data, cell)
        old_peer, old_ratio = best_ratio(recorded, cell)
        verdicts.say(ratio <= old_ratio * TOLERANCE, f"{name}_ratio",
                     f"{ratio:.3f} times {peer}, recorded {old_ratio:.3f} times {old_peer}")
        cost = data["figures"][cell][OURS]["cost"]
        old_cost = recorded["figures"][cell][OURS]["cost"]
        if differs:
            verdicts.skip(f"{name}_instructions", "not compared: " + "; ".join(differs))
        else:
            verdicts.say(cost <= old_cost * TOLERANCE, f"{name}_instructions",
                         f"{cost:,.0f}, recorded {old_cost:,.0f}")
    return verdicts.failed == 0


def read_baseline(path):
    """What --record wrote."""
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        sys.exit("bench: there is no baseline yet: scripts/bench --record")


def record(path, data):
    """Replaces the baseline, whole or not at all."""
    data = {"SPDX-License-Identifier": "GPL-2.0", **data}
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(data, file, indent=2)
        file.write("\n")
    os.replace(path + ".part", path)


def main():
    """One format a call."""
    form, baseline, *paths = sys.argv[1:]
    data = combine([read_lines(path) for path in paths])
    if form == "json":
        print(json.dumps(data, indent=2))
    elif form == "markdown":
        print_markdown(data)
    elif form == "gate":
        sys.exit(0 if gate(data, read_baseline(baseline)) else 1)
    else:
        print_table(data)
        if form == "record":
            record(baseline, data)


if __name__ == "__main__":
    main()
