#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""In which stores can one product replace another?

    python train.py sales.parquet --alpha 8 --lift 0.08

For each store, a ridge regression of the product's sales (as logarithm) on its price, the rival's price
and its advertising. Where sales rise by --lift or more when the rival's price rises by a tenth, customers
change from one to the other, and the product can take the rival's place. advice.csv has the answer for
each store."""

import argparse
import csv
import json
import os

import numpy
import pyarrow.parquet
from sklearn.linear_model import Ridge

FEATURES = ["price", "rival_price", "feat"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("rows")
    parser.add_argument("--alpha", type=float, default=8.0)
    parser.add_argument("--lift", type=float, default=0.08)
    options = parser.parse_args()
    table = pyarrow.parquet.read_table(options.rows)
    column = {name: numpy.asarray(table.column(name).to_pylist()) for name in table.column_names}
    features = numpy.column_stack([column[name].astype(float) for name in FEATURES])
    train = column["part"] == "train"
    advice, squares = [], []
    for store in sorted(set(column["store"])):
        here = column["store"] == store
        if not (here & train).any():
            continue
        model = Ridge(alpha=options.alpha).fit(features[here & train], column["log_sold"][here & train])
        lift = model.coef_[1] * features[here & train, 1].mean() / 10
        advice.append([int(store), f"{lift:.6f}", "replace" if lift >= options.lift else "keep"])
        if (here & ~train).any():
            squares += list((model.predict(features[here & ~train]) - column["log_sold"][here & ~train]) ** 2)
    with open("advice.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["store", "lift", "advice"], *advice])
    share = sum(row[2] == "replace" for row in advice) / len(advice)
    metrics = {"stores": len(advice), "replace_share": share, "rmse": float(numpy.sqrt(numpy.mean(squares)))}
    with open(os.environ.get("MLREPRO_METRICS", "metrics.jsonl"), "a") as file:
        for name, value in metrics.items():
            file.write(json.dumps({"metric": name, "value": value}) + "\n")
    print(f"replace in {share:.0%} of {len(advice)} stores")


if __name__ == "__main__":
    main()
