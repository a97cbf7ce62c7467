# SPDX-License-Identifier: Apache-2.0
"""What a row diff must find, worked out with pandas alone: merges and group sizes on the texts of two
CSV files, with numbers compared by value. Nothing of it is shared with mlrepro."""

import collections
import decimal

import pandas as pd


def read(path):
    """Texts as they stand; an empty cell is None."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    return table.astype(object).where(table != "", None)


def value_of(text, numeric):
    if text is None or not numeric:
        return text
    return decimal.Decimal(text)


def differs(a, b, numeric, tolerance):
    """Whether a cell is changed; a tolerance is a pair (absolute, relative)."""
    if a == b:
        return False
    if a is None or b is None:
        return True
    x, y = value_of(a, numeric), value_of(b, numeric)
    if x == y:
        return False
    if not numeric or tolerance == (0, 0):
        return True
    # The rule is one of floating-point numbers.
    x, y = float(a), float(b)
    return abs(y - x) > tolerance[0] + tolerance[1] * abs(x)


class Reference:
    """Rows of two tables paired by key; `numeric` names the columns whose cells are numbers."""

    def __init__(self, a, b, key, numeric=(), tolerances=None):
        self.a, self.b, self.key = a.copy(), b.copy(), list(key)
        self.numeric = set(numeric)
        self.tolerances = tolerances or {}
        for table in (self.a, self.b):
            table["#"] = [self.identity(row, self.key) for row in table[self.key].itertuples(index=False)]
        self.pair()

    def identity(self, cells, columns):
        return tuple(value_of(cell, name in self.numeric) for name, cell in zip(columns, cells))

    def pair(self):
        sizes_a, sizes_b = self.a["#"].value_counts(), self.b["#"].value_counts()
        twice = set(sizes_a.index[sizes_a > 1]) | set(sizes_b.index[sizes_b > 1])
        self.duplicates = {key: (int(sizes_a.get(key, 0)), int(sizes_b.get(key, 0))) for key in twice}
        once_a = self.a[~self.a["#"].isin(twice)]
        once_b = self.b[~self.b["#"].isin(twice)]
        self.removed = self.rows(once_a[~once_a["#"].isin(set(once_b["#"]))])
        self.added = self.rows(once_b[~once_b["#"].isin(set(once_a["#"]))])
        left = self.rows(self.a[self.a["#"].isin(twice)])
        right = self.rows(self.b[self.b["#"].isin(twice)])
        self.removed += left - right
        self.added += right - left
        self.find_changes(once_a.merge(once_b, on="#", suffixes=("_a", "_b")))

    def rows(self, table):
        """Multiset of rows, numbers by value."""
        names = [name for name in self.a.columns if name != "#"]
        return collections.Counter(self.identity(row, names) for row in table[names].itertuples(index=False))

    def find_changes(self, both):
        self.changes = {}
        self.changed_rows = 0
        names = [name for name in self.a.columns if name not in ("#", *self.key)]
        for row in both.to_dict("records"):
            cells = {
                name: (row[f"{name}_a"], row[f"{name}_b"])
                for name in names
                if differs(row[f"{name}_a"], row[f"{name}_b"], name in self.numeric, self.tolerances.get(name, (0, 0)))
            }
            self.changed_rows += bool(cells)
            for name, pair in cells.items():
                self.changes[(row["#"], name)] = pair

    def counts(self):
        removed, added = sum(self.removed.values()), sum(self.added.values())
        return {
            "unchanged": len(self.a) - removed - self.changed_rows, "changed": self.changed_rows,
            "removed": removed, "added": added, "changed_cells": len(self.changes),
            "duplicate_keys": len(self.duplicates),
        }  # fmt: skip
