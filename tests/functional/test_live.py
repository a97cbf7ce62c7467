# SPDX-License-Identifier: Apache-2.0
"""Going along with a running run: nothing is lost or repeated, the run is not touched, and the end
is told. Commands wait for a file of their own before they go on, so that no time decides."""

import csv
import hashlib
import io
import json
import os
import signal
import subprocess

from faults import wait_until
from screen import ENTER, LEAVE, Screen

BINARY = os.environ["MLREPRO_BINARY"]

# Waits until the file named by the argument is there.
AWAIT = 'await() { while [ ! -e "$1" ]; do sleep 0.02; done; }\n'


def start(project, script, *options, **more):
    process = project.popen("run", "-n", "r", *options, "--", "sh", "-c", AWAIT + script,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    wait_until(lambda: running_id(project))
    return process


def running_id(project):
    listed = subprocess.run([BINARY, "list", "--json"], cwd=project.folder, env=project.environment,
                            capture_output=True)
    return next((run["id"] for run in json.loads(listed.stdout)["runs"]), None) if listed.returncode == 0 else None


def follow(project, *words, **more):
    return project.popen("show", "r", "--follow", *words, **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more})


def read_until(stream, *texts):
    """What comes until each of the texts was seen, as often as it is named."""
    seen = b""
    while any(seen.count(text) < texts.count(text) for text in texts):
        piece = os.read(stream.fileno(), 65536)
        assert piece, f"ended before {texts!r}: {seen!r}"
        seen += piece
    return seen


def test_output_comes_as_it_is_written(project):
    run = start(project, "echo one; echo two >&2; await go; echo three; printf end")
    follower = follow(project)
    seen = read_until(follower.stdout, b"one\n")
    told = read_until(follower.stderr, b"two\n")
    assert run.poll() is None
    project.write("go", "")
    out, err = follower.communicate(timeout=300)
    assert follower.returncode == 0 and run.wait() == 0
    assert seen + out == b"one\nthree\nend"
    assert (told + err).startswith(b"two\nmlrepro: run r  finished in ")


def test_an_ended_run_is_printed_at_once(project):
    project.mlr("run", "-n", "r", "--", "sh", "-c", "printf 'a\\000\\377b'; echo e >&2; exit 3", expect=3)
    shown = project.mlr("show", "r", "-f")
    assert shown.raw_out == b"a\0\xffb"
    assert shown.err.splitlines()[0] == "e" and "run r  failed" in shown.err.splitlines()[1]
    assert project.mlr("show", "r", "--follow", "--logs", "-q").err == "e\n"
    lines = [json.loads(line) for line in project.mlr("show", "r", "-f", "--json").out.splitlines()]
    assert {(line["stream"], line["text"]) for line in lines[:-1]} == {("stderr", "e\n"), ("stdout", "a\0\\xffb")}
    assert lines[-1]["schema"] == "mlrepro.run/1" and lines[-1]["exit_code"] == 3


NOISE = """\
import os, random, sys
random.seed(1)
left = 20_000_000
while left > 0:
    size = min(left, random.choice([1, 100, 4096, 70_000, 1_000_000]))
    os.write(1, random.randbytes(size))
    left -= size
    if random.random() < 0.2:
        os.write(2, b"e%d" % left)
"""


def test_ten_followers_have_every_byte(project):
    project.write("noise.py", NOISE)
    run = start(project, "await go; exec python3 noise.py")
    files = [open(project.folder / f"copy{number}", "wb") for number in range(10)]
    followers = [follow(project, "-q", stdout=file, stderr=subprocess.DEVNULL) for file in files]
    project.write("go", "")
    assert run.wait(timeout=300) == 0
    assert [follower.wait(timeout=300) for follower in followers] == [0] * 10
    digests = {hashlib.sha256((project.folder / f"copy{number}").read_bytes()).hexdigest() for number in range(10)}
    assert (project.folder / "copy0").stat().st_size == 20_000_000
    assert digests == {project.last()["logs"]["stdout"].removeprefix("sha256:")}


def test_a_run_that_ends_between_two_reads(project):
    """The follower sleeps, stopped, while the run writes, ends, and its live record goes away."""
    run = start(project, "echo before; await go; echo after; printf last >&2")
    follower = follow(project)
    seen = read_until(follower.stdout, b"before\n")
    follower.send_signal(signal.SIGSTOP)
    project.write("go", "")
    assert run.wait(timeout=300) == 0
    assert project.last()["status"] == "finished"
    follower.send_signal(signal.SIGCONT)
    out, err = follower.communicate(timeout=300)
    assert seen + out == b"before\nafter\n"
    assert err.startswith(b"lastmlrepro: run r  finished")


def test_a_run_whose_mlrepro_is_killed(project):
    run = start(project, "echo first; await go; echo later; exit 4")
    follower = follow(project)
    seen = read_until(follower.stdout, b"\n")
    run.kill()
    run.wait()
    project.write("go", "")
    out, err = follower.communicate(timeout=300)
    assert follower.returncode == 0
    assert out == b"later\n"
    record = project.mlr("show", "r", "--json").json
    assert record["status"] in ("lost", "failed")
    assert f"run r  {record['status']}".encode() in err
    assert project.mlr("show", "r", "--logs").raw_out == seen + out


def test_ctrl_c_ends_the_follower_only(project):
    run = start(project, "echo one; await go; echo two")
    follower = follow(project)
    read_until(follower.stdout, b"one\n")
    follower.send_signal(signal.SIGINT)
    out, err = follower.communicate(timeout=300)
    assert (follower.returncode, out, err) == (130, b"", b"")
    assert run.poll() is None
    project.write("go", "")
    assert run.wait(timeout=300) == 0
    assert project.mlr("show", "r", "--logs").out == "one\ntwo\n"


def test_ctrl_c_while_nobody_reads(project):
    """A full pipe blocks neither the run nor the end of the follower."""
    run = start(project, "head -c 3000000 /dev/zero")
    follower = follow(project)
    read_until(follower.stdout, b"\0")
    assert run.wait(timeout=300) == 0
    follower.send_signal(signal.SIGINT)
    assert follower.wait(timeout=300) == 130
    follower.communicate()


def test_the_reader_leaves(project):
    run = start(project, "echo one; await go")
    follower = follow(project)
    read_until(follower.stdout, b"one\n")
    follower.stdout.close()
    assert follower.wait(timeout=300) == -signal.SIGPIPE
    follower.stderr.close()
    project.write("go", "")
    assert run.wait(timeout=300) == 0


def test_output_that_is_not_kept(project):
    run = start(project, "await go; echo x", "--no-capture")
    follower = follow(project)
    told = read_until(follower.stderr, b"is not kept")
    project.write("go", "")
    out, err = follower.communicate(timeout=300)
    assert run.wait() == 0 and follower.returncode == 0
    assert out == b"" and b"run r  finished" in told + err


TRAIN = """\
metric() { echo "$1" >> $MLREPRO_METRICS; }
metric '{"loss":3,"step":1}'; echo 'acc: 0.5'
await go
metric '{"loss":2,"step":2}'; echo 'acc: 0.75'; printf 'acc: 0.875'
printf '{"loss":1,"step":3}' >> $MLREPRO_METRICS
"""


def test_points_come_as_they_are_logged(project):
    run = start(project, TRAIN, "-m", "metrics.json")
    followers = {form: follow(project, "--metric", "loss", "--metric", "acc*", "--metric", "file", *form)
                 for form in [(), ("--csv",), ("--json",)]}
    seen = {form: read_until(process.stdout, b"acc") for form, process in followers.items()}
    project.write("metrics.json", '{"file": 9}')
    project.write("go", "")
    out = {form: seen[form] + process.communicate(timeout=300)[0] for form, process in followers.items()}
    assert run.wait() == 0 and [process.returncode for process in followers.values()] == [0, 0, 0]
    expected = [("acc", 0, 0.5), ("acc", 1, 0.75), ("acc", 2, 0.875), ("file", 0, 9.0), ("loss", 1, 3.0),
                ("loss", 2, 2.0), ("loss", 3, 1.0)]
    assert sorted(out[()].decode().splitlines()) == [f"{key}  step {step}  {value:g}" for key, step, value in expected]
    rows = list(csv.DictReader(io.StringIO(out[("--csv",)].decode())))
    assert sorted((row["metric"], int(row["step"]), float(row["value"])) for row in rows) == expected
    lines = [json.loads(line) for line in out[("--json",)].splitlines()]
    assert sorted((line["metric"], line["step"], line["value"]) for line in lines[:-1]) == expected
    assert {(line["metric"], line["source"]) for line in lines[:-1]} == {
        ("acc", "text:stdout"), ("loss", None), ("file", None)}
    assert lines[-1]["metrics"]["loss"]["last"] == 1
    assert {(row["metric"], row["time"], row["line"]) for row in rows if row["metric"] == "acc"} == {
        (row["metric"], row["time"], row["line"])
        for row in csv.DictReader(io.StringIO(project.mlr("show", "r", "--metric", "acc", "--csv").out))}


FILES = """\
printf 'epoch,loss\\n1,3\\n2,2\\n' > m.csv
printf '{"acc":0.5,"step":1}\\n{"acc":0.' > m.jsonl
echo '{"whole": 1}' > m.json
echo 'score: 7.5'
await go
printf '3,1\\n4,0.5' >> m.csv
printf '6}\\n' >> m.jsonl
printf 'epoch,loss\\n1,3\\n2,2\\n3,1\\n4,0.5\\n5,0.25\\n' > m.tmp; mv m.tmp m.csv
echo '{"whole": 2}' > m.json
await end
"""


def own(metrics):
    """Without those that say how the run used the machine."""
    return {key: value for key, value in metrics.items() if not key.startswith("system/")}


def test_files_of_metrics_are_followed(project):
    """Those that grow by lines while they grow, also when they are written anew; others as they are
    now, and at the end."""
    for name in ("m.csv", "m.jsonl", "m.json"):
        project.write(name, "")
        os.utime(project.folder / name, (1, 1))  # an earlier run's
    options = [word for name in ("m.csv", "m.jsonl", "m.json") for word in ("-m", name)]
    run = start(project, "await begin\n" + FILES, *options)
    assert own(project.mlr("show", "r", "--json").json["metrics"]) == {}
    follower = follow(project, "--json", *[word for name in ("loss", "acc", "whole", "score") for word in ("--metric", name)])
    project.write("begin", "")
    # Files and output are looked at in turn: which comes first is nobody's promise.
    seen = read_until(follower.stdout, b'"score"', b'"loss"', b'"loss"', b'"acc"')
    now = own(project.mlr("list", "--json").json["runs"][0]["metrics"])
    assert {key: (now[key]["last"], now[key]["count"]) for key in now} == {
        "loss": (2, 2), "acc": (0.5, 1), "whole": (1, 1), "score": (7.5, 1)}
    assert now["score"]["source"] == "text:stdout" and now["loss"]["source"] is None
    assert project.mlr("show", "r", "--metric", "loss", "--csv").out.splitlines()[2].split(",")[1] == "2"
    project.write("go", "")
    seen += read_until(follower.stdout, b'"value":0.25')
    project.write("end", "")
    out, err = follower.communicate(timeout=300)
    assert run.wait() == 0 and follower.returncode == 0
    lines = [json.loads(line) for line in (seen + out).splitlines()]
    assert sorted((line["metric"], line["step"], line["value"]) for line in lines[:-1]) == [
        ("acc", 1, 0.5), ("acc", 2, 0.6), ("loss", 1, 3), ("loss", 2, 2), ("loss", 3, 1), ("loss", 4, 0.5),
        ("loss", 5, 0.25), ("score", 0, 7.5), ("whole", 0, 2)]
    assert project.last()["metrics"]["loss"]["count"] == 5


def test_a_metric_that_never_comes(project):
    run = start(project, "await go; echo 'loss: 1'")
    follower = follow(project, "--metric", "los")
    project.write("go", "")
    out, err = follower.communicate(timeout=300)
    assert run.wait() == 0 and follower.returncode == 3
    assert out == b"" and b"did you mean 'loss'" in err
    project.mlr("show", "r", "-f", "--metric", "los", expect=3)


def test_only_runs_are_followed(project):
    project.write("data.csv", "a\n")
    project.mlr("snapshot", "data.csv")
    project.mlr("show", "data.csv.snap", "--follow", expect=2)


def test_a_plot_is_redrawn_on_a_terminal(project):
    run = start(project, TRAIN)
    screen = Screen(project, "show", "r", "-f", "--metric", "loss", "--color", "never")
    screen.read_until("loss  1 point")
    screen.resize(40)
    screen.read_until("loss  1 point")
    project.write("go", "")
    assert screen.end() == 0 and run.wait() == 0
    before, after = screen.seen.rsplit(LEAVE, 1)
    assert before.startswith(ENTER) and before.count("\x1b[H") >= 2
    assert "\x1b[?25h" in before and "\x1b[?7h" in before  # the cursor and wrapping are back
    assert after.startswith("loss  3 points") and "run r  finished" in after
    assert "\x1b" not in after


def test_ctrl_c_restores_the_terminal(project):
    run = start(project, TRAIN)
    screen = Screen(project, "show", "r", "-f", "--metric", "loss")
    screen.read_until("1 point")
    screen.type(b"\x03")
    assert screen.end() == 130
    before, after = screen.seen.rsplit(LEAVE, 1)
    assert "\x1b[?25h" in before and "1 point" in after
    assert run.poll() is None
    project.write("go", "")
    assert run.wait(timeout=300) == 0


def test_a_termination_restores_the_terminal(project):
    run = start(project, TRAIN)
    screen = Screen(project, "show", "r", "-f", "--metric", "loss")
    screen.read_until("1 point")
    screen.process.terminate()
    assert screen.end() == -signal.SIGTERM
    assert LEAVE in screen.seen
    project.write("go", "")
    assert run.wait(timeout=300) == 0
