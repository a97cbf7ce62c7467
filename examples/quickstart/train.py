# SPDX-License-Identifier: Apache-2.0
"""Trains a random forest on data/wine.csv and writes model.pkl.

An ordinary script: it knows nothing of mlrepro. When MLREPRO_METRICS names a file, it appends its
metrics there as JSON lines; without it, it trains just the same.
"""

import argparse
import csv
import json
import os
import pickle

import numpy
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="data/wine.csv")
    parser.add_argument("--model", default="model.pkl")
    parser.add_argument("--n-estimators", type=int, default=40)
    parser.add_argument("--max-depth", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def read_table(path):
    with open(path, newline="") as file:
        rows = list(csv.reader(file))[1:]
    features = numpy.array([[float(value) for value in row[:-1]] for row in rows])
    return features, numpy.array([row[-1] for row in rows])


def log_metric(name, value, step=None):
    """One line a point; a single write, so that lines of parallel writers do not mix."""
    path = os.environ.get("MLREPRO_METRICS")
    if path:
        point = {"metric": name, "value": value}
        if step is not None:
            point["step"] = step
        with open(path, "a") as file:
            file.write(json.dumps(point) + "\n")


def main():
    options = parse_arguments()
    features, cultivars = read_table(options.data)
    train_x, test_x, train_y, test_y = train_test_split(
        features, cultivars, test_size=0.4, random_state=options.seed, stratify=cultivars)

    forest = RandomForestClassifier(
        max_depth=options.max_depth, random_state=options.seed, warm_start=True)
    for trees in range(5, options.n_estimators + 1, 5):
        forest.set_params(n_estimators=trees)
        forest.fit(train_x, train_y)
        accuracy = accuracy_score(test_y, forest.predict(test_x))
        loss = log_loss(test_y, forest.predict_proba(test_x))
        log_metric("accuracy", accuracy, step=trees)
        log_metric("log_loss", loss, step=trees)
        print(f"{trees:3d} trees  accuracy {accuracy:.3f}  log loss {loss:.3f}")
    log_metric("leaves", sum(int(tree.get_n_leaves()) for tree in forest.estimators_))

    # The protocol is named because Python's default one changes between versions, and with it the
    # bytes of the same model.
    with open(options.model, "wb") as file:
        pickle.dump(forest, file, protocol=5)


if __name__ == "__main__":
    main()
