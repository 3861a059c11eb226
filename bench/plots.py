# SPDX-License-Identifier: GPL-2.0
"""Draws what scripts/bench --json printed.

usage: plots.py JSON DIRECTORY [TERMINAL]

One SVG for each workload that has more than one point; by gnuplot, whose terminal may
be another to look at it.
"""
import json
import subprocess
import sys

# What is drawn: workload, file, title, its axis, what the points differ in.
PLOTS = (
    ("round-trip", "round-trip", "A question and its answer", "bytes", 0),
    ("one-way", "one-way", "One way, a message a call", "bytes", 0),
    ("fan-in", "fan-in", "64 bytes from several senders", "senders", 1),
)
# Colours that are told apart in print and by everybody (Okabe and Ito), and the shapes.
STYLES = {
    "msgport": ("#d55e00", 7, 3.5), "mqueue": ("#0072b2", 5, 1.6),
    "sysv": ("#56b4e9", 4, 1.6), "pipe": ("#009e73", 9, 1.6),
    "stream": ("#cc79a7", 11, 1.6), "seqpacket": ("#999999", 13, 1.6),
    "binder": ("#000000", 2, 1.6), "tipc": ("#e69f00", 6, 1.6),
    "shm-futex": ("#aaaaaa", 0, 1.2),
}
HEAD = """set terminal {terminal} size 760,520 background '#ffffff'
set output '{output}'
set title "{title}\\n{{/*0.8 guest instructions for each; less is better}}"
set xlabel '{axis}'
set logscale x 2
set xrange [{least}:{most}]
set logscale y 10
set format y '%.0s%c'
set grid ytics lc rgb '#dddddd' lt 1 lw 0.5
set border 3
set tics nomirror out
set key outside right center samplen 2 invert
set xtics ({tics})
"""


def points_of(data, workload, place):
    """Names, each with its points by size or count."""
    names = {}
    for cell, costs in data["figures"].items():
        found, *where = cell.split()
        at = int(where[place])
        if found != workload or not at:
            continue
        for name, cost in costs.items():
            if name in STYLES:
                names.setdefault(name, []).append((at, cost["cost"]))
    return names


def tic(at):
    """A point of the axis for people."""
    for unit, size in (("Mi", 1 << 20), ("Ki", 1 << 10)):
        if at >= size:
            return f"'{at // size} {unit}' {at}"
    return f"'{at}' {at}"


def line(name):
    """How one is drawn; the last in the key is what is no facility of the kernel."""
    colour, shape, width = STYLES[name]
    kind = "lines dt 2" if name == "shm-futex" else f"linespoints pt {shape} ps 0.7"
    return f"'-' with {kind} lc rgb '{colour}' lw {width} title '{name}'"


def script(data, workload, title, axis, place, terminal, output):
    """What gnuplot is told, with the points."""
    names = points_of(data, workload, place)
    # what is drawn last lies on top
    order = [name for name in reversed(STYLES) if name in names]
    tics = sorted({at for points in names.values() for at, _ in points})
    text = HEAD.format(terminal=terminal, output=output, title=title, axis=axis,
                       least=tics[0], most=tics[-1] * 1.01,
                       tics=", ".join(tic(at) for at in tics))
    text += "plot " + ", ".join(line(name) for name in order) + "\n"
    for name in order:
        text += "".join(f"{at} {cost}\n" for at, cost in names[name]) + "e\n"
    return text


def add_license(path):
    """In the second line, behind what says that it is XML."""
    with open(path, encoding="utf-8") as file:
        first, rest = file.read().split("\n", 1)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{first}\n<!-- SPDX-License-Identifier: GPL-2.0 -->\n{rest}")


def main():
    """All of them."""
    source, directory, *rest = sys.argv[1:]
    terminal = rest[0] if rest else "svg"
    with open(source, encoding="utf-8") as file:
        data = json.load(file)
    for workload, name, title, axis, place in PLOTS:
        output = f"{directory}/{name}.{'svg' if terminal == 'svg' else 'png'}"
        subprocess.run(["gnuplot"], check=True, text=True, input=script(
            data, workload, title, axis, place, terminal, output))
        if terminal == "svg":
            add_license(output)


if __name__ == "__main__":
    main()
