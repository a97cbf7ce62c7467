# SPDX-License-Identifier: Apache-2.0
"""What reports draw of evaluations: the files that scikit-learn, pandas and NumPy write, in every shape
that people write them in, and the figures beside scikit-learn's."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

NAMES = ["cat", "dog, big", "<b>bird</b>"]
COUNTS = np.array([[50, 3, 2], [8, 41, 6], [1, 0, 29]])
SHARES = COUNTS / COUNTS.sum(axis=1, keepdims=True)
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def frame(index=NAMES, columns=NAMES, values=COUNTS):
    return pd.DataFrame(values, index=index, columns=columns)


def truth_and_guess():
    truth = np.repeat(NAMES, COUNTS.sum(axis=1))
    guess = np.concatenate([np.repeat(NAMES, row) for row in COUNTS])
    return pd.Series(truth, name="true"), pd.Series(guess, name="predicted")


def numpy_text(values, path, **more):
    np.savetxt(path, values, delimiter=",", **more)
    return path.read_text()


def matrices(scratch):
    """Name of a file, its text, and the labels that are expected."""
    truth, guess = truth_and_guess()
    yield "m/pandas.csv", frame().to_csv(), NAMES
    yield "m/pandas.tsv", frame().to_csv(sep="\t"), NAMES
    yield "m/corner.csv", frame().rename_axis("true \\ predicted").to_csv(), NAMES
    yield "m/apart.csv", frame([f"actual_{n}" for n in NAMES], [f"pred_{n}" for n in NAMES]).to_csv(), NAMES
    yield "m/spaced.csv", frame([f"True {n}" for n in NAMES], [f"Predicted: {n}" for n in NAMES]).to_csv(), NAMES
    yield "m/turned.csv", frame([f"pred_{n}" for n in NAMES], [f"true_{n}" for n in NAMES], COUNTS.T).to_csv(), NAMES
    yield "m/down.csv", frame(values=COUNTS.T).rename_axis("Predicted").to_csv(), NAMES
    yield "m/crosstab.csv", pd.crosstab(truth, guess).to_csv(), sorted(NAMES)
    yield "m/margins.csv", pd.crosstab(truth, guess, margins=True).to_csv(), sorted(NAMES)
    yield "confusion/shares.csv", frame(values=SHARES).to_csv(), NAMES
    yield "confusion/savetxt.csv", numpy_text(COUNTS, scratch), ["0", "1", "2"]
    # The field at its corner and the rest of its first row and column look like labels.
    yield "confusion/labels-by-chance.csv", "5,0,1\n0,7,2\n1,3,4\n", ["0", "1", "2"]
    yield "confusion/names-above.csv", frame().to_csv(index=False), NAMES
    yield "confusion/numbers-above.csv", pd.DataFrame(COUNTS).to_csv(index=False), ["0", "1", "2"]
    yield "confusion/rows-numbered.csv", pd.DataFrame(COUNTS, columns=NAMES).to_csv(), NAMES
    yield "confusion/rows-shuffled.csv", frame().iloc[[2, 0, 1]].to_csv(), NAMES
    yield "m/labels.json", json.dumps({"labels": NAMES, "matrix": COUNTS.tolist()}), NAMES
    yield "m/classes.json", json.dumps({"Classes": NAMES, "Confusion Matrix": COUNTS.tolist()}), NAMES
    yield "m/split.json", frame().to_json(orient="split"), NAMES
    yield "m/below.json", json.dumps({"f1": 0.9, "test": {"confusion_matrix": COUNTS.tolist(), "labels": NAMES}}), NAMES
    yield "m/object.json", json.dumps({"confusion_matrix": {"labels": NAMES, "values": COUNTS.tolist()}}), NAMES
    yield "confusion/lists.json", json.dumps(COUNTS.tolist()), ["0", "1", "2"]


def nothing():
    """Files that are no evaluation, or do not say which way their matrix is to be read."""
    yield "correlation.csv", frame(values=np.corrcoef(COUNTS)).to_csv()
    yield "other-names.csv", frame(["a", "b", "c"]).to_csv()
    yield "both-predicted.csv", frame([f"pred_{n}" for n in NAMES], [f"pred {n}" for n in NAMES]).to_csv()
    yield "bare.csv", "1,2\n3,4\n"
    yield "bare.json", "[[1, 2], [3, 4]]"
    yield "below-others.json", json.dumps({"adjacency": {"matrix": [[0, 1], [1, 0]]}})
    yield "by-class.csv", pd.DataFrame({"precision": [0.5, 0.7], "recall": [0.6, 0.8]}, index=["a", "b"]).to_csv()
    yield "unordered.csv", pd.DataFrame({"recall": [0.1, 0.9, 0.3], "precision": [0.5, 0.7, 0.6]}).to_csv(index=False)


def scores(seed, size=400):
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, size)
    return truth, random.normal(truth, 1)


def rates(seed):
    fpr, tpr, thresholds = metrics.roc_curve(*scores(seed))
    return pd.DataFrame({"fpr": fpr, "tpr": tpr, "thresholds": thresholds})


def precisions(seed):
    precision, recall, thresholds = metrics.precision_recall_curve(*scores(seed))
    return precision, recall, thresholds


def auc(seed):
    return metrics.roc_auc_score(*scores(seed))


def mean_precision(seed):
    return metrics.average_precision_score(*scores(seed))


def curves(scratch):
    """Name of a file, its text, and {label: area} of the curves that are expected."""
    one, two = rates(1), rates(2)
    lists = one.to_dict("list")
    yield "roc.csv", one.to_csv(index=False), {None: auc(1)}
    yield "roc-index.csv", one.rename(columns={"fpr": "FPR", "tpr": "TPR"}).to_csv(), {None: auc(1)}
    yield "roc-words.tsv", one.set_axis(["False Positive Rate", "true positive rate", "Threshold"], axis=1).to_csv(
        index=False, sep="\t"), {None: auc(1)}
    yield "roc-savetxt.csv", numpy_text(one, scratch, header="fpr,tpr,thresholds"), {None: auc(1)}
    yield "roc-shuffled.csv", one.sample(frac=1, random_state=0).to_csv(index=False), {None: auc(1)}
    yield "roc-long.csv", pd.concat([one.assign(model="one"), two.assign(model="two")]).to_csv(index=False), {
        "one": auc(1), "two": auc(2)}
    yield "roc.json", json.dumps({**lists, "auc": 1}), {None: auc(1)}
    yield "roc-columns.json", one.to_json(double_precision=15), {None: auc(1)}
    yield "roc-records.json", one.to_json(orient="records", double_precision=15), {None: auc(1)}
    yield "roc-split.json", one.to_json(orient="split", double_precision=15), {None: auc(1)}
    yield "roc-classes.json", json.dumps({"a": lists, "b": two.to_dict("list")}), {"a": auc(1), "b": auc(2)}
    yield "roc-list.json", json.dumps([{"class": "a", **lists}, two.to_dict("list")]), {"a": auc(1), "1": auc(2)}
    # scikit-learn's example of several classes: a dict of each, by class.
    yield "roc-dicts.json", json.dumps({"fpr": {"0": one["fpr"].tolist(), "1": two["fpr"].tolist()},
                                        "tpr": {"0": one["tpr"].tolist(), "1": two["tpr"].tolist()},
                                        "roc_auc": {"0": 1, "1": 1}}), {"0": auc(1), "1": auc(2)}
    yield "roc-fold.json", json.dumps({"fold 1": {"a": lists}, "fold 2": {"a": two.to_dict("list")}}), {
        "fold 1 a": auc(1), "fold 2 a": auc(2)}
    precision, recall, thresholds = precisions(1)
    yield "pr.json", json.dumps({"precision": precision.tolist(), "recall": recall.tolist(),
                                 "thresholds": thresholds.tolist()}), {None: mean_precision(1)}
    yield "pr.csv", pd.DataFrame({"recall": recall, "precision": precision}).to_csv(index=False), {None: mean_precision(1)}
    yield "pr-index.csv", pd.DataFrame({"recall": recall, "precision": precision}).to_csv(), {None: mean_precision(1)}
    yield "pr-thresholds.csv", pd.DataFrame({"precision": precision, "recall": recall,
                                             "threshold": [*thresholds, np.nan]}).to_csv(index=False), {
        None: mean_precision(1)}
    yield "both.json", json.dumps({"roc_curve": lists, "pr_curve": {
        "precision": precision.tolist(), "recall": recall.tolist()}}), {None: auc(1)}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """What the report of a run has of each file, by its path, and the report's notes."""
    from conftest import new_project

    world = new_project(tmp_path_factory.mktemp("evaluations"))
    scratch = world.folder.parent / "scratch.csv"
    for name, text, *_ in [*matrices(scratch), *nothing(), *curves(scratch)]:
        world.write(f"out/{name}", text)
    world.write("out/confusion/by-name.json", frame(range(3), range(3)).to_json())
    world.write("out/many.json", json.dumps({letter: {"fpr": [0, 1], "tpr": [0, 1]} for letter in LETTERS}))
    world.write("out/confusion/many.json", json.dumps([[1] * 61] * 61))
    world.mlr("run", "-n", "r", "-o", "out", "--", "true")
    page = world.mlr("show", "r", "--html", "-").out
    report = json.loads(re.search(r'<script type="application/json" id="report">(.*?)</script>', page, re.S).group(1))
    return {item["path"].removeprefix("out/"): item for item in report["files"]}, report["notes"]


def test_confusion_matrices_in_every_shape(drawn, tmp_path):
    files, _ = drawn
    for name, text, labels in matrices(tmp_path / "scratch.csv"):
        assert name in files, f"{name}: not drawn:\n{text}"
        matrix = files[name]["a"]["matrix"]
        assert matrix["labels"] == labels, name
        order = [NAMES.index(label) if label in NAMES else int(label) for label in labels]
        expected = (SHARES if "shares" in name else COUNTS)[np.ix_(order, order)]
        if "by-chance" in name:
            expected = np.array([[5, 0, 1], [0, 7, 2], [1, 3, 4]])
        assert matrix["values"] == pytest.approx(expected.ravel().tolist()), name


def test_curves_in_every_shape_have_the_area_that_scikit_learn_computes(drawn, tmp_path):
    files, _ = drawn
    for name, _, areas in curves(tmp_path / "scratch.csv"):
        assert name in files, f"{name}: not drawn"
        found = files[name]["a"]["curves"]
        kind = "precision_recall" if name.startswith("pr") else "roc"
        assert {curve["label"]: curve["area"] for curve in found if curve["kind"] == kind} == {
            label: pytest.approx(area, abs=1e-9) for label, area in areas.items()}, name
        for curve in found:
            assert curve["thresholds"] == [] or len(curve["thresholds"]) == len(curve["x"]), name
    assert len(files["both.json"]["a"]["curves"]) == 2
    one = rates(1)
    drawn_curve = files["roc.csv"]["a"]["curves"][0]
    assert drawn_curve["x"] == pytest.approx(one["fpr"].tolist())
    assert drawn_curve["thresholds"][1:] == pytest.approx(one["thresholds"].tolist()[1:])
    assert drawn_curve["thresholds"][0] == "Infinity"


def test_what_is_no_evaluation_is_not_drawn_and_what_is_left_out_is_named(drawn):
    files, notes = drawn
    for name, _ in nothing():
        assert name not in files, name
    assert "62 curves; up to 60 are drawn" in files["many.json"]["a"]["omitted"]
    assert "61 classes" in files["confusion/many.json"]["a"]["omitted"]
    # pandas' default has the columns first and a dict by hand the rows: nobody can say which this is.
    assert "confusion/by-name.json" not in files
    assert any("'out/confusion/by-name.json': no confusion matrix in one of the shapes" in note for note in notes)
