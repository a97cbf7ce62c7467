# SPDX-License-Identifier: Apache-2.0
"""Writes the wine recognition data that ships inside scikit-learn to data/wine.csv.

178 wines of three cultivars, thirteen chemical measurements each. Nothing is downloaded.
"""

import csv
import pathlib

from sklearn.datasets import load_wine


def main():
    wine = load_wine()
    target = pathlib.Path("data/wine.csv")
    target.parent.mkdir(exist_ok=True)
    with target.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*wine.feature_names, "cultivar"])
        for measurements, cultivar in zip(wine.data, wine.target):
            writer.writerow([*(f"{value:g}" for value in measurements), wine.target_names[cultivar]])
    print(f"{target}: {len(wine.data)} rows")


if __name__ == "__main__":
    main()
