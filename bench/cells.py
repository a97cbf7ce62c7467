# SPDX-License-Identifier: Apache-2.0
"""Times by step and tool where mlrepro and its peers take turns: who is asked again, and the table of them."""

import statistics
import sys

import measure

OWN = "mlrepro"
MIB = 2**20


class Limits:
    def __init__(self, rounds, limit, patience):
        self.rounds = rounds
        self.limit = limit  # seconds after which a peer is stopped
        self.patience = patience  # a peer that takes longer is not asked again


class Cells:
    """Everything measured of one case: times by step and tool, weights, bytes that an edit added, and who
    was not asked at a step. A sample is None where the tool failed."""

    def __init__(self, name, title):
        self.name = name
        self.title = title
        self.samples = {}
        self.weights = {}
        self.edits = {}
        self.added = {}
        self.not_asked = {}

    def add(self, step, tool, sample):
        self.samples.setdefault(step, {}).setdefault(tool, []).append(sample)

    def of(self, step, tool):
        return self.samples.get(step, {}).get(tool, [])

    def times(self):
        return {
            step: {tool: [sample and sample.__dict__ for sample in samples] for tool, samples in tools.items()}
            for step, tools in self.samples.items()
        }

    def as_dict(self):
        weights = {tool: {"bytes": pair[0], "on_disk": pair[1]} for tool, pair in self.weights.items()}
        return {"case": self.name, "title": self.title, "steps": self.times(), "weights": weights,
                "edits": self.edits, "added_bytes": self.added}  # fmt: skip


def take_turns(cells, step, tools, peers, limits, action, after_round=lambda: None):
    """Rounds in which each of the named tools has its turn, every second one in reverse. `action` takes a
    name and the round's number. A peer that failed, was stopped or took long is not asked again."""

    def gave_up(tool):
        return tool in peers and any(
            sample is None or sample.stopped or sample.wall > limits.patience for sample in cells.of(step, tool)
        )

    for number in range(limits.rounds):
        for tool in tools if number % 2 == 0 else reversed(tools):
            if gave_up(tool):
                continue
            sample = action(tool, number)
            cells.add(step, tool, sample)
            text = "failed" if sample is None else f"{sample.wall:.2f} s"
            note = "stopped after " if sample is not None and sample.stopped else ""
            print(f"  {cells.name}, {step}: {tool} {note}{text}", file=sys.stderr)
        after_round()


def finished(samples):
    # Of what failed or was stopped, the part until then says nothing.
    return [sample for sample in samples if sample is not None and not sample.stopped]


def seconds_text(samples):
    if not samples:
        return ""
    if samples[0] is None:
        return "failed"
    wall = statistics.median(sample.wall for sample in samples if sample is not None)
    text = f"{wall:,.1f}" if wall >= 10 else f"{wall:.3g}"
    if samples[0].stopped:
        return f"> {text}"
    return f"{text} (once)" if len(samples) == 1 else text


def processor_text(samples):
    found = [sample.cpu for sample in finished(samples)]
    return f"{statistics.median(found):.3g}" if found else ""


def memory_text(samples):
    found = [sample.memory for sample in finished(samples)]
    return f"{max(found) / MIB:,.0f}" if found else ""


def tools_of(cells):
    """In the order in which they first took part, mlrepro first."""
    names = [name for step in cells.samples.values() for name in step]
    names += [name for step in cells.not_asked.values() for name in step]
    return [OWN, *dict.fromkeys(name for name in names if name != OWN)]


def print_matrix(cells):
    tools = tools_of(cells)

    def rows_of(name, text):
        return [[f"{step}{name}", *(text(cells.of(step, tool)) for tool in tools)] for step in cells.samples]

    rows = rows_of(", s", seconds_text)
    for row, step in zip(rows, cells.samples):
        for tool in cells.not_asked.get(step, ()):
            row[1 + tools.index(tool)] = "not asked"
    rows += rows_of(": processor, s", processor_text)
    if cells.weights:
        size = {tool: f"{pair[1] / 1e6:,.1f}" for tool, pair in cells.weights.items()}
        rows.append(["store after the first, MB on disk", *(size.get(tool, "") for tool in tools)])
    for edit, added in cells.added.items():
        texts = (f"{added[tool] / 1e3:,.0f}" if tool in added else "" for tool in tools)
        rows.append([f"{edit}: added, kB", *texts])
    rows += rows_of(": memory, MiB", memory_text)
    measure.print_table(cells.title[0].upper() + cells.title[1:], ["", *tools], rows)
    for edit, facts in cells.edits.items():
        print(f"{edit}: {facts['rows']:,} rows, {facts['bytes'] / 1e3:,.0f} kB,"
              f" {facts['compressed'] / 1e3:,.0f} kB compressed")  # fmt: skip
