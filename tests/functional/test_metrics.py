# SPDX-License-Identifier: Apache-2.0
"""Series of metrics: plots, CSV and JSON of every point, of ended and of running runs."""

import csv
import io
import json
import os
import subprocess

import pytest

from screen import on_a_terminal

BINARY = os.environ["MLREPRO_BINARY"]

TRAIN = """\
import json, os
out = open(os.environ["MLREPRO_METRICS"], "a")
for step, loss in [(0, "NaN"), (1, 0.5), (1, 0.4), (5, "Infinity"), (3, 0.2), (9, -1e-300)]:
    out.write(json.dumps({"metric": "loss", "value": loss, "step": step}) + "\\n")
for step in range(20):
    out.write(json.dumps({"val/acc": step / 20, "val/f1": 1 - step / 20, "step": step}) + "\\n")
"""


@pytest.fixture
def trained(project):
    project.write("train.py", TRAIN)
    project.mlr("run", "-n", "x", "--", "python3", "train.py")
    return project


def test_csv_and_json_have_every_point(trained):
    rows = list(csv.DictReader(io.StringIO(trained.mlr("show", "x", "--metric", "loss", "--csv").out)))
    assert [(row["metric"], int(row["step"]), row["value"]) for row in rows] == [
        ("loss", 0, "NaN"), ("loss", 1, "0.5"), ("loss", 1, "0.4"), ("loss", 5, "Infinity"), ("loss", 3, "0.2"),
        ("loss", 9, "-1e-300")]
    document = trained.mlr("show", "x", "--metric", "loss", "--json").json
    assert document["schema"] == "mlrepro.metric/1"
    assert [point["value"] for point in document["points"]] == ["NaN", 0.5, 0.4, "Infinity", 0.2, -1e-300]
    assert [point["time"] for point in document["points"]] == [row["time"] for row in rows]


def test_several_and_patterns(trained):
    document = trained.mlr("show", "x", "--metric", "val/*", "--metric", "loss", "--json").json
    assert document["schema"] == "mlrepro.metrics/1"
    assert [(item["key"], len(item["points"])) for item in document["metrics"]] == [
        ("val/acc", 20), ("val/f1", 20), ("loss", 6)]
    plots = trained.mlr("show", "x", "--metric", "val/*").out.split("\n\n")
    assert [plot.split()[0] for plot in plots] == ["val/acc", "val/f1"]
    assert trained.mlr("show", "x", "--metric", "val/ac", expect=3).err.count("val/acc") == 1
    trained.mlr("show", "x", "--metric", "test/*", expect=3)


def test_what_does_not_go_together(trained):
    trained.mlr("show", "x", "--csv", expect=2)
    trained.mlr("show", "x", "--metric", "loss", "--csv", "--json", expect=2)
    trained.mlr("show", "x", "--metric", "loss", "--logs", expect=2)


def test_a_plot_has_the_width_of_the_terminal(trained):
    for columns in (40, 100):
        lines = on_a_terminal(trained, "show", "x", "--metric", "val/acc", columns=columns,
                              env={"NO_COLOR": "1"}).splitlines()
        assert max(map(len, lines)) == columns
        assert any(0x2800 < ord(character) < 0x2900 for character in "".join(lines))
    assert "\x1b[" in on_a_terminal(trained, "show", "x", "--metric", "val/acc", columns=60)
    piped = trained.mlr("show", "x", "--metric", "val/acc").out
    assert max(map(len, piped.splitlines())) == 80 and "\x1b" not in piped


@pytest.mark.parametrize("locale", [{"LANG": "C"}, {"LANG": ""}, {"LC_ALL": "POSIX"}])
def test_a_plot_is_ascii_where_the_locale_is(trained, locale):
    assert trained.mlr("show", "x", "--metric", "val/acc", env=locale).out.isascii()


def test_series_of_a_running_run(project):
    script = ('printf \'{"m":1}\\n{"m":2}\\n\' >> $MLREPRO_METRICS; ' f"{BINARY} log metric m 7 --step 30; "
              f"{BINARY} show @1 --metric m --json > live.json; {BINARY} show @1 --metric m")
    shown = project.mlr("run", "--", "sh", "-c", script).out
    assert shown.startswith("m  3 points, steps 0 to 30, last 7,")
    live = json.loads((project.folder / "live.json").read_text())["points"]
    ended = project.mlr("show", "@1", "--metric", "m", "--json").json["points"]
    assert [(point["step"], point["value"]) for point in live] == [(0, 1), (1, 2), (30, 7)]
    assert [(point["step"], point["value"]) for point in ended] == [(0, 1), (1, 2), (30, 7)]


def test_sealing_many_points_takes_little_memory(project):
    """Less than their points alone would take: they come from a file and go into the database bit by bit."""
    lines = b'{"metric":"a","value":1}\n{"metric":"b","value":0.5}\n{"metric":"a","value":2}\n'
    project.write(".gitignore", "points\n")
    project.write("points", lines * 400_000)
    limited = f'ulimit -d 90000; exec {BINARY} run -n many -- sh -c \'cat points >> "$MLREPRO_METRICS"\''
    if "ASAN_OPTIONS" in os.environ or "TSAN_OPTIONS" in os.environ:
        limited = limited.partition("; ")[2]  # they take more by themselves
    done = subprocess.run(["sh", "-c", limited], cwd=project.folder, env=project.environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    metrics = project.mlr("show", "many", "--json").json["metrics"]
    assert {name: (value["count"], value["last"], value["min"], value["max"], value["step"])
            for name, value in metrics.items() if not name.startswith("system/")} == {
        "a": (800_000, 2, 1, 2, 799_999), "b": (400_000, 0.5, 0.5, 0.5, 399_999)}
    assert project.mlr("show", "many", "--json").json["status"] == "finished"


def test_a_long_series(project):
    project.write("many.py", "import os\nout = open(os.environ['MLREPRO_METRICS'], 'a')\n"
                             "for i in range(100000):\n"
                             "    out.write('{\"metric\":\"m\",\"value\":%r,\"step\":%d}\\n' % (9.0 if i == 777 else i % 2, i))\n")
    project.mlr("run", "-n", "long", "--", "python3", "many.py")
    plot = project.mlr("show", "long", "--metric", "m", env={"LANG": "C"}).out.splitlines()
    assert plot[0].startswith("m  100000 points") and "max 9 (step 777)" in " ".join(plot)
    assert any("*" in line for line in plot if line.lstrip().startswith("9 +"))
    assert project.mlr("show", "long", "--metric", "m", "--csv").out.count("\n") == 100001
    assert len(project.mlr("show", "long", "--metric", "m", "--json").json["points"]) == 100000
