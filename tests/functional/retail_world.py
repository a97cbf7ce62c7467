# SPDX-License-Identifier: Apache-2.0
"""Dominick's orange-juice sales, as examples/retail has them."""

import csv
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "retail"
SALES = ROOT / "build" / "retail" / "orangeJuice.rda"


def export_sales(folder):
    """Writes sales.csv and stores.csv."""
    assert SALES.exists(), "the sales are not here: type 'scripts/install-deps retail'"
    subprocess.run([sys.executable, EXAMPLE / "export.py", SALES, folder], check=True, capture_output=True)
    return folder


def read_rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
