#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes Dominick's orange-juice sales as CSV: 83 stores, 121 weeks, 11 products.

    python export.py orangeJuice.rda FOLDER

The data are those of the R package bayesm (Debian: r-cran-bayesm), whose manual says what they mean.
sales.csv has a row for each store, week and product; stores.csv one for each store."""

import csv
import math
import pathlib
import sys

import rdata

# In the order of the data's numbers, with the ounces of a pack: prices there are by the ounce.
PRODUCTS = [
    ("Tropicana Premium 64 oz", 64), ("Tropicana Premium 96 oz", 96), ("Florida's Natural 64 oz", 64),
    ("Tropicana 64 oz", 64), ("Minute Maid 64 oz", 64), ("Minute Maid 96 oz", 96), ("Citrus Hill 64 oz", 64),
    ("Tree Fresh 64 oz", 64), ("Florida Gold 64 oz", 64), ("Dominicks 64 oz", 64), ("Dominicks 128 oz", 128),
]


def write(path, header, rows):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def main(source, folder):
    data = rdata.read_rda(source)["orangeJuice"]
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    sales = []
    for row in data["yx"].to_dict("records"):
        number = int(row["brand"])
        name, ounces = PRODUCTS[number - 1]
        sales.append([
            int(row["store"]), int(row["week"]), name, round(math.exp(row["logmove"])),
            f"{row[f'price{number}'] * ounces:.2f}", int(row["feat"] > 0), int(row["deal"]),
        ])
    sales.sort(key=lambda row: (row[1], row[0], row[2]))
    write(folder / "sales.csv", ["store", "week", "product", "sold", "price", "feat", "deal"], sales)
    stores = [
        [int(row["STORE"]), f"{row['INCOME']:.4f}", f"{row['EDUC']:.4f}", f"{row['SSTRDIST']:.2f}"]
        for row in data["storedemo"].to_dict("records")
    ]
    write(folder / "stores.csv", ["store", "income", "education", "rival_miles"], sorted(stores))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
