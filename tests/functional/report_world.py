# SPDX-License-Identifier: Apache-2.0
"""Two runs of a small classifier for the tests of HTML reports: parameters, curves, pictures, a confusion
matrix and ROC curves, changed code and data. Run as a program, it writes pages and screenshots of them:
report_world.py FOLDER."""

import struct
import zlib

TRAIN = '''\
import argparse
import json
import math
import os

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--depth", type=int, default=6)
parser.add_argument("--min-transactions", type=int, default=30)
args = parser.parse_args()


def loss_at(step):
    """Falls with the step, faster with a greater rate."""
    return math.exp(-step * args.lr / 40) + 0.05 * math.sin(step / 3) / (1 + step / 20)


with open(os.environ["MLREPRO_METRICS"], "a") as out:
    for step in range(200):
        out.write(json.dumps({"train/loss": loss_at(step), "val/loss": loss_at(step) * 1.1 + 0.02,
                              "step": step}) + "\\n")
    out.write(json.dumps({"rmse": 0.412 - args.lr / 3, "auc": 0.80 + args.lr / 2, "rows": 5000}) + "\\n")
with open("model.txt", "w") as out:
    out.write(f"depth {args.depth}\\n")
os.makedirs("plots", exist_ok=True)
print("trained with", args)
'''

CHANGED = TRAIN.replace("step * args.lr / 40", "step * args.lr / 30").replace(
    '    """Falls with the step, faster with a greater rate."""\n', '').replace(
    'print("trained with", args)', 'print("trained with", vars(args))\nprint("done")')


def png(width, height, shade):
    """A picture of what `shade` says of a place: three bytes for x and y from 0 to 1."""
    rows = b"".join(b"\0" + b"".join(bytes(shade(x / width, 1 - y / height)) for x in range(width))
                    for y in range(height))
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def importance(values):
    """Bars, as a script would plot them."""
    def shade(x, y):
        place = x * len(values)
        inside = place % 1 < 0.7 and y < values[int(place)]
        return (70, 110, 160) if inside else (255, 255, 255)
    return png(320, 200, shade)


def roc(power):
    points = [(i / 40, (i / 40) ** power) for i in range(41)]
    return "fpr,tpr,thresholds\n" + "".join(
        f"{x},{y},{'inf' if i == 0 else 1 - x}\n" for i, (x, y) in enumerate(points))


def matrix(hits):
    names = ["drop", "keep", "replace"]
    rows = [[hits if row == column else (100 - hits) // 2 for column in range(3)] for row in range(3)]
    return "," + ",".join(names) + "\n" + "".join(
        f"{name},{','.join(map(str, row))}\n" for name, row in zip(names, rows))


def make_runs(world):
    """The runs "first" and "second" in a project (conftest.Project)."""
    world.write("train.py", TRAIN)
    world.write(".gitignore", "data/\nmodel.txt\nplots/\n*.html\n")
    world.git("add", "-A")
    world.git("commit", "-q", "-m", "Train")
    world.write("data/sales.csv", "store,week,sales\n" + "".join(f"{i % 7},{i},{i * 37 % 101}\n" for i in range(400)))
    world.write("data/stores.csv", "store,city,region,opened,area,open\n" + "".join(
        f"{i},c{i},{'north' if i % 3 else 'south'},20{i % 20:02}-0{1 + i % 9}-15,"
        f"{'' if i % 8 == 0 else 250 + i * 53 % 400 + i / 4},{'false' if i % 11 == 0 else 'true'}\n" for i in range(120)))
    run(world, "first", 0.1, 6, 0.35, 88, [0.9, 0.6, 0.5, 0.3, 0.2], "-t", "region=north")
    world.write("train.py", CHANGED)
    world.write("data/sales.csv", "store,week,sales\n" + "".join(f"{i % 7},{i},{i * 41 % 131}\n" for i in range(430)))
    world.write("data/new.csv", "x\n1\n")
    run(world, "second", 0.15, 6, 0.25, 92, [0.7, 0.8, 0.4, 0.35, 0.1], "--note", "a greater rate")


def run(world, name, rate, depth, power, hits, bars, *more):
    world.write("plots/importance.png", importance(bars))
    world.write("plots/same.png", importance([0.5]))
    world.mlr("run", "-n", name, *more, "-i", "data", "-o", "model.txt", "-o", "plots", "--",
              "python3", "train.py", "--lr", rate, "--depth", depth)
    artifacts = {"roc.csv": roc(power), "confusion_matrix.csv": matrix(hits)}
    for file, text in artifacts.items():
        world.write(file, text)
        world.mlr("log", "artifact", file, "--run", name)
        (world.folder / file).unlink()


if __name__ == "__main__":
    import os
    import pathlib
    import sys

    os.environ.setdefault("MLREPRO_BINARY", "build/release/mlrepro")
    os.environ["MLREPRO_BINARY"] = str(pathlib.Path(os.environ["MLREPRO_BINARY"]).resolve())
    from browser import photograph
    from conftest import new_project

    top = pathlib.Path(sys.argv[1]).resolve()
    example = new_project(top)
    example.git("init", "-q", "-b", "main")
    make_runs(example)
    example.mlr("diff", "first", "second", "--html", top / "diff.html")
    example.mlr("show", "second", "--html", top / "show.html")
    example.mlr("show", "second", "--profile", "--html", top / "profile.html")
    for page in ("diff", "show", "profile"):
        photograph(top / f"{page}.html", top)
