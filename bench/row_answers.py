# SPDX-License-Identifier: Apache-2.0
"""What a row diff has to find: the time of an answer that was never given, or is wrong, says nothing."""

import csv
import json

KINDS = ("changed", "removed", "added")


def expected_of(facts):
    return {kind: facts[kind] for kind in KINDS}


def found_in_csv(path):
    """Of `mlrepro diff --csv`, which has a line for each cell: how many keys there are of each kind."""
    keys = {kind: set() for kind in KINDS}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            keys[row["change"]].add(row["id"])
    return {kind: len(found) for kind, found in keys.items()}


def found_by_csvdiff(path):
    """None where it gave no answer: it ends with 1 both when it found differences and when it crashed."""
    try:
        answer = json.loads(path.read_text(encoding="utf-8"))
        return {kind: len(answer[kind]) for kind in KINDS}
    except (OSError, ValueError, KeyError, TypeError):
        return None
