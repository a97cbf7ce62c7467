# SPDX-License-Identifier: Apache-2.0
"""bench/data and bench/tables work from end to end with small sizes; what they measure is no test's business."""

import json
import os
import pathlib
import random
import subprocess
import sys

from faults import wait_until

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench"))

import datasets  # noqa: E402
import measure  # noqa: E402
import row_answers  # noqa: E402


def bench_data(folder, *words):
    argv = [sys.executable, "-B", ROOT / "bench/data", "--binary", os.environ["MLREPRO_BINARY"], "--folder", folder]
    return subprocess.run([*argv, *map(str, words)], capture_output=True, text=True, timeout=300)


def test_quick_run_without_peers_measures_every_step(tmp_path):
    answer = tmp_path / "answer.json"
    folder = tmp_path / "data"
    done = bench_data(folder, "--quick", "--no-peers", "--only", "small", "--only", "csv", "--json", answer)
    assert done.returncode == 0, done.stderr
    small, csv = json.loads(answer.read_text())["cases"]
    assert list(small["steps"]) == ["first", "unchanged", "one file changed", "restore", "restore one file"]
    for tools in small["steps"].values():
        assert len(tools["mlrepro"]) == 3
        assert all(sample["status"] == 0 and sample["wall"] > 0 for sample in tools["mlrepro"])
    assert set(csv["edits"]) == set(csv["added_bytes"])
    assert len(csv["edits"]) == 5
    for name, facts in csv["edits"].items():
        assert 0 < facts["compressed"] < facts["bytes"]
        # Less than the whole file again: chunks and deltas were at work.
        assert 0 < csv["added_bytes"][name]["mlrepro"] < csv["weights"]["mlrepro"]["bytes"] / 2
    assert "small, first: mlrepro / cp -r + sync" in done.stdout
    assert not list(folder.iterdir())


def test_too_little_disk_is_said_before_anything_is_made(tmp_path):
    done = bench_data(tmp_path, "--no-peers", "--only", "binary", "--scale", "1000000")
    assert done.returncode == 1
    assert "binary: needs" in done.stderr and "GB free" in done.stderr
    assert not list(tmp_path.iterdir())


def test_command_line_errors(tmp_path):
    for words in (("--rounds", "1"), ("--scale", "0"), ("--only", "nothing"), ("--peers", "dvc", "--no-peers")):
        assert bench_data(tmp_path, *words).returncode == 2


def test_same_data_every_time(tmp_path):
    for name in ("a", "b"):
        subprocess.run([sys.executable, ROOT / "bench/datasets.py", "csv", tmp_path / name, "100000"], check=True)
        for edit in ("changed-scattered", "inserted-clustered"):
            subprocess.run(
                [sys.executable, ROOT / "bench/datasets.py", "edit", tmp_path / name / edit,
                 "--source", tmp_path / name / "table.csv", "--edit", edit], check=True,
            )  # fmt: skip
    for file in sorted((tmp_path / "a").iterdir()):
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()
    lines = (tmp_path / "a" / "table.csv").read_bytes().count(b"\n")
    assert (tmp_path / "a" / "changed-scattered").read_bytes().count(b"\n") == lines
    assert (tmp_path / "a" / "inserted-clustered").read_bytes().count(b"\n") == lines + (lines - 1) // 1000


def is_alive(pid):
    """Killed, it may stay as a zombie until the process that inherited it looks."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_a_command_is_stopped_with_its_children_at_the_limit(tmp_path):
    mark = tmp_path / "pid"
    for limit in (0.5, 5, 50):  # a machine may have more to do than to start a shell
        sample = measure.run_once(["sh", "-c", f"sleep 600 & echo $! > {mark}; wait"], limit=limit)
        assert sample.stopped and sample.wall >= limit
        if mark.exists() and mark.read_text():
            break
    child = int(mark.read_text())
    wait_until(lambda: not is_alive(child))


def test_a_ratio_with_a_side_that_was_stopped_proves_only_what_it_can():
    assert measure.Ratio("a", [1.0], [120.0], 0.1, at_most=True).within is True
    assert measure.Ratio("a", [60.0], [120.0], 0.1, at_most=True).within is None
    assert measure.Ratio("a", [60.0], [120.0], 0.1).within is False


def test_tables_are_measured_and_what_is_found_is_checked(tmp_path):
    answer = tmp_path / "answer.json"
    folder = tmp_path / "data"
    binary = os.path.relpath(os.environ["MLREPRO_BINARY"], tmp_path)  # it is started from other folders
    argv = [sys.executable, "-B", ROOT / "bench/tables", "--binary", binary, "--folder", folder]
    done = subprocess.run([*map(str, argv), "--quick", "--no-peers", "--json", str(answer)], capture_output=True,
                          cwd=tmp_path, text=True, timeout=300)  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(answer.read_text())
    assert list(found["samples"]) == ["small-rows", "rows", "profile", "drift", "query", "query-again"]
    for tools in found["samples"].values():
        assert len(tools["mlrepro"]) == 3
        assert all(sample["status"] == 0 and sample["wall"] > 0 for sample in tools["mlrepro"])
    assert found["tables"]["rows"]["changed"] == found["tables"]["rows"]["rows"] // 1000 > 0
    assert not list(folder.iterdir())


def test_tables_need_a_peer_that_there_is(tmp_path):
    argv = [sys.executable, "-B", ROOT / "bench/tables", "--binary", os.environ["MLREPRO_BINARY"]]
    for words in (("--scale", "0"), ("--peers", "restic"), ("--rounds", "2")):
        assert subprocess.run([*argv, *words], capture_output=True, timeout=60).returncode == 2
    done = subprocess.run([*argv, "--no-peers", "--scale", "1000000", "--folder", tmp_path], capture_output=True,
                          text=True, timeout=60)  # fmt: skip
    assert done.returncode == 1 and "GB free" in done.stderr and not list(tmp_path.iterdir())


def test_an_answer_of_csvdiff_is_told_from_a_crash(tmp_path):
    """Both end with 1."""
    answer = tmp_path / "answer"
    answer.write_text('{"_index": ["id"], "added": [1], "changed": [{}, {}], "removed": []}\n')
    assert row_answers.found_by_csvdiff(answer) == {"changed": 2, "removed": 0, "added": 1}
    for text in ("", '{"_index": ["id"], "added": [', "[]", '{"added": []}'):
        answer.write_text(text)
        assert row_answers.found_by_csvdiff(answer) is None


def test_an_edited_table_is_what_it_is_said_to_be(tmp_path):
    a, b = tmp_path / "a.csv", tmp_path / "b.csv"
    datasets.write_keyed(a, 3_000_000)
    facts = datasets.edit_keyed(a, b)
    before, after = ([line.split(",", 1) for line in path.read_text().splitlines()[1:]] for path in (a, b))
    first, second = dict(before), dict(after)
    assert facts["rows"] == len(before) and len(second) == len(after)
    assert len(first.keys() - second.keys()) == facts["removed"] > 0
    assert len(second.keys() - first.keys()) == facts["added"] > 0
    assert sum(first[key] != second[key] for key in first.keys() & second.keys()) == facts["changed"] > 0
    half = len(before) // 2
    kept = [key for key, _ in before[half:] + before[:half] if key in second]
    assert [key for key, _ in after if key in first] == kept


def test_parts_of_a_large_table_do_not_repeat_one_another():
    rows = datasets.StockRows(random.Random(1), 50_000)
    parts = [rows.lines(1000) for _ in range(10)]
    pairs = [pair for part in parts for pair in zip(part, part[1:])]
    assert len(pairs) == 9990 and len(set(pairs)) > 9000
