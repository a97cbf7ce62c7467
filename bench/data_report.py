# SPDX-License-Identifier: Apache-2.0
"""The tables of bench/data: a matrix of medians for each case, and the ratios with their budgets."""

import statistics

import measure
from cells import OWN, print_matrix, tools_of
from measure import Ratio

MEMORY_BUDGET = 100e6


class Ratios:
    def __init__(self, cells):
        self.cells = cells
        self.found = []

    def walls(self, step, tool):
        return [sample.wall for sample in self.cells.of(step, tool)]

    def times(self, step, other, budget=None):
        """mlrepro's time by another's; of the rounds in which both took part."""
        a, b = self.walls(step, OWN), self.walls(step, other)
        if a and b:
            stopped = self.cells.of(step, other)[0].stopped
            label = f"{other} + sync" if (step, other) == ("first", "cp -r") else other
            self.found.append(Ratio(f"{self.cells.name}, {step}: {OWN} / {label}", a, b, budget, stopped))

    def fastest(self, step, others, budget):
        """mlrepro's time by that of the fastest of several, each round."""
        columns = [self.walls(step, other) for other in others if self.finished(step, other)]
        if columns:
            # Who was asked once only was slow: it is not the fastest, or all were.
            best = min(columns, key=statistics.median)
            name = f"{self.cells.name}, {step}: {OWN} / fastest of {', '.join(others)}"
            self.found.append(Ratio(name, self.walls(step, OWN), best, budget))

    def finished(self, step, tool):
        samples = self.cells.of(step, tool)
        return bool(samples) and not samples[0].stopped

    def value(self, name, a, b, budget):
        self.found.append(Ratio(f"{self.cells.name}, {name}", [a], [b], budget))


def first_budgets(ratios):
    name = ratios.cells.name
    ratios.times("first", "cp -r", {"small": 1.0, "binary": 1.0, "csv": 0.6}.get(name))
    ratios.times("first", "sha256sum")
    if name == "small":
        ratios.fastest("first", ("restic", "borg"), 0.5)
    if name == "csv":
        ratios.fastest("first", ("restic", "borg", "dvc"), 1 / 3)
    for peer in tools_of(ratios.cells):
        if peer not in (OWN, "cp -r", "sha256sum", "find -printf"):
            ratios.times("first", peer, 0.1 if (name, peer) == ("small", "dvc") else None)


def ratios_of(cells):
    ratios = Ratios(cells)
    first_budgets(ratios)
    ratios.times("unchanged", "find -printf", 1.5 if cells.name in ("small", "tiny") else None)
    for step in ("unchanged", "one file changed"):
        ratios.fastest(step, ("restic", "borg"), None)
    ratios.times("restore", "cp -r", 1.2)
    ratios.fastest("restore", ("restic", "borg"), None)
    for edit, facts in cells.edits.items():
        added = cells.added[edit][OWN]
        budget = None if cells.name == "parquet" else 2.0
        ratios.value(f"{edit}: added / new bytes compressed", added, facts["compressed"], budget)
    if "restic" in cells.weights:
        ratios.value("store: mlrepro / restic", cells.weights[OWN][1], cells.weights["restic"][1], 1.0)
    for step in (step for step in cells.samples if not step.startswith("restore one")):
        peak = max(sample.memory for sample in cells.of(step, OWN) or [measure.Sample(0, 0, 0)])
        if peak:
            ratios.value(f"{step}: peak of memory / 100 MB", peak, MEMORY_BUDGET, 1.0)
    return ratios.found


def print_cases(cases):
    """Prints all tables and returns the ratios."""
    for cells in cases:
        print_matrix(cells)
    ratios = [ratio for cells in cases for ratio in ratios_of(cells)]
    measure.print_ratios(ratios)
    return ratios
