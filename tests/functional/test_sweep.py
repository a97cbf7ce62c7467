# SPDX-License-Identifier: Apache-2.0
"""Sweeps: each run is one of its own, nothing that finished runs twice, nothing that was asked for is
left out, whoever is killed. Commands wait for files of their own, so that no time decides."""

import json
import os
import pty
import signal
import subprocess

import pytest

from conftest import BINARY
from faults import assert_store_is_tidy, wait_until
from screen import rest_of

TRAIN = """\
import argparse, json, os, pathlib
from sklearn.datasets import make_regression
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.metrics import mean_squared_error

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--depth", type=int)
parser.add_argument("--save", type=pathlib.Path)
args = parser.parse_args()
X, y = make_regression(300, 5, noise=5, random_state=0)
model = GradientBoostingRegressor(learning_rate=args.lr, max_depth=args.depth, n_estimators=20, random_state=0)
model.fit(X[:200], y[:200])
rmse = mean_squared_error(y[200:], model.predict(X[200:])) ** 0.5
args.save.parent.mkdir(exist_ok=True)
args.save.write_text(json.dumps([args.lr, args.depth, rmse]))
with open(os.environ["MLREPRO_METRICS"], "a") as metrics:
    metrics.write(json.dumps({"rmse": rmse}) + "\\n")
print(f"trained with {args.lr} and {args.depth}")
"""

# Notes that it ran, then waits for its own file "go-X".
WAITING = 'echo "$1" >> ran; while [ ! -e "go-$1" ] && [ ! -e go ]; do sleep 0.02; done; echo "done $1"'


def children(project, parent):
    runs = project.mlr("list", "--parent", parent, "--limit", "0", "--json").json["runs"]
    return {run["name"]: run for run in runs}


def ran(project):
    path = project.folder / "ran"
    return sorted(path.read_text().split()) if path.exists() else []


def start(project, *options, values="1..4", script=WAITING, **more):
    return project.popen("run", "-n", "s", "--each", f"x={values}", *options, "--", "sh", "-c", script, "sh", "{x}",
                         **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more})


def kill_session(started):
    """mlrepro, its runs and their commands."""
    listed = subprocess.run(["ps", "-s", str(started.pid), "-o", "pid="], capture_output=True, text=True).stdout
    for pid in listed.split():
        try:
            os.kill(int(pid), signal.SIGKILL)
        except ProcessLookupError:
            pass
    started.wait()


def all_ended(project):
    runs = project.mlr("list", "--limit", "0", "--json").json["runs"]
    return all(run["status"] != "running" for run in runs)


@pytest.fixture
def quiet(project):
    """What the scripts write is no code."""
    project.write(".gitignore", "ran\ngo*\nout/\nflag*\n")
    project.git("add", "-A")
    project.git("commit", "-q", "-m", "ignore")
    return project


def test_a_grid_with_scikit_learn(quiet):
    quiet.write("train.py", TRAIN)
    quiet.git("add", "-A")
    quiet.git("commit", "-q", "-m", "train")
    python = str(os.path.abspath(os.path.join(os.path.dirname(__file__), "../../build/venv/bin/python")))
    result = quiet.mlr("run", "-n", "grid", "-e", "trees", "-o", "out/{item}.json", "--each", "lr=0.05,0.5", "--each",
                       "depth=1..2", "-j", "2", "--", python, "train.py", "--lr", "{lr}", "--depth", "{depth}", "--save",
                       "out/{item}.json")
    assert sorted(result.out.splitlines()) == [
        f"{i + 1} | trained with {lr} and {depth}" for i, (lr, depth) in enumerate([(0.05, 1), (0.05, 2), (0.5, 1), (0.5, 2)])]
    assert "sweep grid  4 runs, 2 at once" in result.err and "sweep grid  finished in" in result.err
    runs = children(quiet, "grid")
    assert sorted(runs) == ["grid-1", "grid-2", "grid-3", "grid-4"]
    parent = quiet.mlr("show", "grid", "--json").json
    assert parent["status"] == "finished" and parent["exit_code"] == 0 and parent["problems"] == []
    assert parent["sweep"] == {"each": ["lr=0.05,0.5", "depth=1..2"], "sample": None, "seed": 0, "size": 4, "jobs": 2,
                               "options": ["--experiment=trees", "--output=out/{item}.json"]}
    for item in range(1, 5):
        run = quiet.mlr("show", f"grid-{item}", "--json").json
        assert run["parent"] == parent["id"] and run["sweep_item"] == item and run["sweep"] is None
        lr, depth, rmse = json.loads((quiet.folder / f"out/{item}.json").read_text())
        assert (float(run["params"]["lr"]), int(run["params"]["depth"])) == (lr, depth)
        assert run["param_sources"] == {"lr": "sweep", "depth": "sweep", "save": "argv"}
        assert run["metrics"]["rmse"]["last"] == pytest.approx(rmse)
        assert run["experiment"] == "trees" and run["outputs"][0]["path"] == f"out/{item}.json"
        assert run["code"]["digest"] == parent["code"]["digest"] and not run["code"]["dirty"]
        assert quiet.mlr("show", f"grid-{item}", "--logs").out == f"trained with {lr} and {depth}\n"
    best = min(runs.values(), key=lambda run: run["metrics"]["rmse"]["last"])["name"]
    table = quiet.mlr("show", "grid", "--sort", "rmse", "--ascending").out.split("\n4 runs, 4 finished\n", 1)[1].splitlines()
    assert table[0].split() == ["item", "run", "status", "duration", "lr", "depth", "rmse"]
    assert table[1].split()[1] == best and len(table) == 5
    assert quiet.mlr("diff", "grid-1", "grid-2", "--json").json["params"][0]["key"] == "depth"
    assert quiet.mlr("reproduce", "grid-2", "--json").json["verdict"] == "reproduced"
    assert "it is a sweep" in quiet.mlr("reproduce", "grid", expect=3).out
    quiet.mlr("verify")
    assert_store_is_tidy(quiet)


def test_one_at_a_time_the_output_is_untouched(project):
    result = project.mlr("run", "-n", "s", "--each", "x=a,b", "--", "sh", "-c", r"printf '\001%s\r.' $0; printf e >&2", "{x}")
    assert result.raw_out == b"\1a\r.\1b\r."
    assert "run 1 of 2  x=a" in result.err and "run 2 of 2  s-2  finished" in result.err


def test_together_the_output_comes_by_lines(project):
    script = r"printf 'bar 1\rbar 2\rbar 3\nlast %s' $0; echo told >&2"
    result = project.mlr("run", "-n", "s", "-q", "-j", "3", "--each", "x=a,b", "--", "sh", "-c", script, "{x}")
    assert sorted(result.out.splitlines()) == ["1 | bar 3", "1 | last a", "2 | bar 3", "2 | last b"]
    assert sorted(result.err.splitlines()) == ["1 | told", "2 | told"]
    assert project.mlr("show", "s-1", "--logs").raw_out == b"bar 1\rbar 2\rbar 3\nlast a"


def test_with_json_each_end_is_a_line(project):
    result = project.mlr("run", "--json", "-n", "s", "--each", "x=1,2", "--", "true", "{x}")
    lines = [json.loads(line) for line in result.err.splitlines() if line.startswith("{")]
    assert [line["name"] for line in lines] == ["s-1", "s-2", "s"]


def test_failures_are_kept_and_retried_on_demand(quiet):
    script = 'echo "$1" >> ran; case "$1" in 2) exit 3;; 4) [ -e flag ] || kill -9 $$;; esac'
    started = start(quiet, script=script)
    out, err = started.communicate(timeout=300)
    assert started.returncode == 137, err
    runs = children(quiet, "s")
    assert {name: run["status"] for name, run in runs.items()} == {"s-1": "finished", "s-2": "failed", "s-3": "finished",
                                                                   "s-4": "killed"}
    parent = quiet.mlr("show", "s", "--json").json
    assert (parent["status"], parent["exit_code"]) == ("failed", 137)
    assert "4 runs, 2 finished, 1 failed, 1 killed" in quiet.mlr("show", "s").out
    assert "\nresources " not in quiet.mlr("show", "s").out  # those of its runs are theirs
    for reference in ("s", "s-3"):
        again = quiet.mlr("run", "--resume", reference, expect=137)
        assert "sweep s has nothing left to run; --retry-failed" in again.err
    assert ran(quiet) == ["1", "2", "3", "4"]
    quiet.write("flag", "")
    assert quiet.mlr("run", "--resume", "s", "--retry-failed", "--dry-run").out.count("sh -c") == 2
    quiet.mlr("run", "--resume", "s", "--retry-failed", expect=3)
    assert ran(quiet) == ["1", "2", "2", "3", "4", "4"]
    assert children(quiet, "s")["s-4.2"]["status"] == "finished"
    parent = quiet.mlr("show", "s", "--json").json
    assert (parent["status"], parent["exit_code"]) == ("failed", 3)
    assert [(item["kind"], item["key"]) for item in parent["additions"]] == [("resumed", "failed")]


def test_stop_on_failure(quiet):
    started = start(quiet, "--stop-on-failure", script='echo "$1" >> ran; [ "$1" != 2 ]')
    assert started.wait(timeout=300) == 1 and ran(quiet) == ["1", "2"]
    assert "4 runs, 1 finished, 1 failed, 2 not started" in quiet.mlr("show", "s").out
    quiet.mlr("run", "--resume", "s", expect=1)
    assert ran(quiet) == ["1", "2", "3", "4"]


def test_ctrl_c_ends_all_and_leaves_a_sweep_to_be_resumed(quiet):
    """The terminal signals the whole group: each command gets it once."""
    script = f"""trap 'echo signalled >> flag-$1' INT; {WAITING}; [ ! -e flag-$1 ] || exit 7"""
    started = start(quiet, "-j", "2", script=script, start_new_session=True)
    quiet.write("go-1", "")
    wait_until(lambda: ran(quiet) == ["1", "2", "3"] and "s-1" in children(quiet, "s"))
    os.killpg(started.pid, signal.SIGINT)
    wait_until(lambda: all((quiet.folder / f"flag-{x}").exists() for x in (2, 3)))
    quiet.write("go-2", "")
    quiet.write("go-3", "")
    out, err = started.communicate(timeout=300)
    assert started.returncode == -signal.SIGINT, err
    assert [(quiet.folder / f"flag-{x}").read_text() for x in (2, 3)] == ["signalled\n"] * 2
    runs = children(quiet, "s")
    assert {name: (run["status"], run["stopped_by"]) for name, run in runs.items()} == {
        "s-1": ("finished", None), "s-2": ("failed", signal.SIGINT), "s-3": ("failed", signal.SIGINT)}
    parent = quiet.mlr("show", "s", "--json").json
    assert (parent["status"], parent["signal"]) == ("killed", signal.SIGINT)
    assert b"mlrepro run --resume s" in err
    assert "4 runs, 1 finished, 2 interrupted, 1 not started" in quiet.mlr("show", "s").out
    quiet.write("go", "")
    for x in (2, 3):
        (quiet.folder / f"flag-{x}").unlink()
    quiet.mlr("run", "--resume", "s", "-j", "1")
    assert ran(quiet) == ["1", "2", "2", "3", "3", "4"]
    assert quiet.mlr("show", "s", "--json").json["status"] == "finished"
    assert_store_is_tidy(quiet)


def test_ctrl_c_on_a_terminal_reaches_each_command_once(quiet):
    """There, mlrepro and all commands are one foreground group."""
    script = f"trap 'echo signalled >> flag-$1' INT; {WAITING}; exit 7"
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(quiet.folder)
        os.execve(BINARY, [BINARY, "run", "-n", "s", "--each", "x=1..4", "-j", "2", "--", "sh", "-c", script, "sh", "{x}"],
                  {**quiet.environment, "TERM": "xterm"})
    wait_until(lambda: ran(quiet) == ["1", "2"])
    os.write(terminal, b"\3")
    wait_until(lambda: all((quiet.folder / f"flag-{x}").exists() for x in (1, 2)))
    quiet.write("go", "")
    said = rest_of(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGINT, said
    assert [(quiet.folder / f"flag-{x}").read_text() for x in (1, 2)] == ["signalled\n"] * 2
    assert ran(quiet) == ["1", "2"] and b"1 | done 1" in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_for_mlrepro_alone_is_passed_on(quiet, number):
    started = start(quiet, "-j", "2")
    wait_until(lambda: ran(quiet) == ["1", "2"])
    started.send_signal(number)
    assert started.wait(timeout=300) == -number
    assert {run["status"] for run in children(quiet, "s").values()} == {"killed"}
    assert ran(quiet) == ["1", "2"]


def test_mlrepro_is_killed_and_the_runs_go_on(quiet):
    started = start(quiet, "-j", "2", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    quiet.write("go-1", "")
    wait_until(lambda: ran(quiet) == ["1", "2", "3"] and children(quiet, "s")["s-1"]["status"] == "finished")
    started.kill()
    started.wait()
    parent = quiet.mlr("show", "s", "--json").json
    assert parent["status"] == "lost" and "run --resume" in parent["problems"][0]
    quiet.write("go-2", "")
    wait_until(lambda: children(quiet, "s")["s-2"]["status"] == "finished")
    resumed = quiet.popen("run", "--resume", "s", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: quiet.mlr("show", "s", "--json").json["status"] == "running")
    assert "is running" in quiet.mlr("run", "--resume", "s", expect=4).err
    quiet.write("go", "")
    out, err = resumed.communicate(timeout=300)
    assert resumed.returncode == 0, err
    assert b"s-3 still runs, and is waited for" in err
    assert ran(quiet) == ["1", "2", "3", "4"]
    assert sorted(children(quiet, "s")) == ["s-1", "s-2", "s-3", "s-4"]
    assert quiet.mlr("show", "s", "--json").json["status"] == "finished"
    assert_store_is_tidy(quiet)


def test_everything_is_killed_and_what_was_lost_runs_again(quiet):
    started = start(quiet, "-j", "2", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    quiet.write("go-1", "")
    wait_until(lambda: ran(quiet) == ["1", "2", "3"] and children(quiet, "s")["s-1"]["status"] == "finished")
    kill_session(started)
    quiet.write("go", "")
    wait_until(lambda: all_ended(quiet))
    before = children(quiet, "s")
    again = {name for name, run in before.items() if run["status"] != "finished"}
    quiet.mlr("run", "--resume", "s", expect=0)
    runs = children(quiet, "s")
    assert ran(quiet) == sorted(["1", "2", "3", "4"] + [name[-1] for name in again])
    assert {name + ".2" for name in again} <= set(runs)
    assert quiet.mlr("show", "s", "--json").json["status"] == "finished"
    quiet.mlr("verify")


def test_a_run_whose_own_mlrepro_is_killed_is_waited_for(quiet):
    started = start(quiet, values="1,2")
    wait_until(lambda: ran(quiet) == ["1"])
    run = subprocess.run(["pgrep", "-P", str(started.pid), "-f", "sweep-run"], capture_output=True, text=True).stdout.split()
    assert len(run) == 1
    os.kill(int(run[0]), signal.SIGKILL)
    assert ran(quiet) == ["1"]
    quiet.write("go", "")
    assert started.wait(timeout=300) == 128 + signal.SIGKILL
    assert ran(quiet) == ["1", "2"]
    assert children(quiet, "s")["s-1"]["status"] in ("lost", "finished")


def test_a_sample_is_the_same_again(project):
    words = ["--each", "a=1..10", "--each", "b=1..10", "--sample", "5", "--seed", "3", "--dry-run", "--", "echo", "{a}", "{b}", "{seed}"]
    first = project.mlr("run", *words).out
    assert first == project.mlr("run", *words).out and len(set(first.splitlines())) == 5
    assert all(line.endswith(" 3") for line in first.splitlines())
    assert not (project.folder / ".mlrepro").exists()
    drawn = project.mlr("run", "--json", "--each", "lr=1e-4..0.1:log", "--sample", "3", "--dry-run", "--", "x", "{lr}").json
    assert drawn["schema"] == "mlrepro.sweep/1" and [run["item"] for run in drawn["runs"]] == [1, 2, 3]
    assert all(1e-4 <= float(run["params"]["lr"]) <= 0.1 and run["command"][1] == run["params"]["lr"] for run in drawn["runs"])
    project.mlr("run", "-n", "s", "--each", "x=1..9", "--sample", "2", "--", "true", "{x}")
    values = {run["params"]["x"] for run in children(project, "s").values()}
    dry = project.mlr("run", "--each", "x=1..9", "--sample", "2", "--dry-run", "--", "true", "{x}").out
    assert values == {line.split()[1] for line in dry.splitlines()}


def test_a_sample_goes_on_with_what_was_drawn(quiet):
    words = ["run", "-n", "s", "--each", "x=1..1000", "--sample", "4", "--seed", "5"]
    drawn = [line.split()[1] for line in quiet.mlr(*words, "--dry-run", "--", "true", "{x}").out.splitlines()]
    started = quiet.popen(*words, "--", "sh", "-c", WAITING, "sh", "{x}", stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
    quiet.write(f"go-{drawn[0]}", "")
    wait_until(lambda: len(ran(quiet)) == 2 and children(quiet, "s")["s-1"]["status"] == "finished")
    kill_session(started)
    quiet.write("go", "")
    wait_until(lambda: all_ended(quiet))
    quiet.mlr("run", "--resume", "s")
    finished = [run for run in children(quiet, "s").values() if run["status"] == "finished"]
    assert sorted(run["params"]["x"] for run in finished) == sorted(drawn), "each once, and no other"
    assert quiet.mlr("show", "s", "--json").json["status"] == "finished"


def test_a_seed_for_each_run(project):
    result = project.mlr("run", "-n", "s", "--each", "seed=4..6", "--", "sh", "-c", "echo $MLREPRO_SEED {seed}")
    assert result.out == "4 4\n5 5\n6 6\n"
    assert {run["seed"] for run in children(project, "s").values()} == {4, 5, 6}


def test_placeholders_in_options(quiet):
    quiet.write("in-a.txt", "a")
    quiet.write("in-b.txt", "b")
    quiet.git("add", "-A")
    quiet.git("commit", "-q", "-m", "inputs")
    quiet.mlr("run", "-n", "s", "--each", "x=a,b", "-j", "2", "-i", "in-{x}.txt", "-o", "out/{item}", "-t", "which={x}", "-p",
              "twice={x}{x}", "--note", "of {x}", "--", "sh", "-c", "mkdir -p out; cp in-{x}.txt out/{item}; echo {{x}}")
    run = quiet.mlr("show", "s-2", "--json").json
    assert run["inputs"][0]["path"] == "in-b.txt" and run["outputs"][0]["path"] == "out/2"
    assert (run["tags"], run["note"], run["params"]["twice"]) == ({"which": "b"}, "of b", "bb")
    assert quiet.mlr("show", "s-2", "--logs").out == "{x}\n"


def test_undeclared_files_are_pointed_out(project):
    result = project.mlr("run", "-n", "s", "--each", "x=1,2", "--", "sh", "-c", "echo > made-{x}")
    assert "the working tree changed while the sweep ran" in result.err
    assert "run s-2 has other code" in project.mlr("show", "s", "--json").json["problems"][0]
    project.mlr("run", "-n", "t", "--each", "x=1,2", "-o", "made-{x}", "--", "sh", "-c", "echo > made-{x}")
    assert project.mlr("show", "t", "--json").json["problems"] == []


def test_a_run_does_not_inherit_the_metrics_of_the_one_before(quiet):
    quiet.write(".gitignore", "m.json\n")
    script = """[ {x} = 2 ] || echo '{"score": {x}}' > m.json"""
    result = quiet.mlr("run", "-n", "s", "--each", "x=1..3", "-m", "m.json", "--", "sh", "-c", script)
    runs = children(quiet, "s")
    assert {name: run["metrics"].get("score", {}).get("last") for name, run in runs.items()} == {"s-1": 1, "s-2": None, "s-3": 3}
    assert "metrics file 'm.json' was not written" in result.err


def test_bad_input_is_one_clear_error(project):
    def refuse(*words, code=2):
        result = project.mlr("run", *words, expect=code)
        assert result.out == "" and len([line for line in result.err.splitlines() if line.startswith("mlrepro:")]) == 1
        return result.err

    assert "{dept}" in refuse("--each", "depth=1,2", "--", "echo", "{dept}")
    assert "did you mean 'depth'?" in refuse("--each", "depth=1,2", "--", "echo", "{dept}")
    assert "{depth} is not in the command" in refuse("--each", "depth=1,2", "--", "echo")
    assert "not KEY=VALUE" in refuse("--each", "depth", "--", "echo")
    assert "'1' is there twice" in refuse("--each", "x=1,1", "--", "echo", "{x}")
    assert "a range has no end" in refuse("--each", "x=0.0..1", "--", "echo", "{x}")
    assert "only 2 combinations" in refuse("--each", "x=1,2", "--sample", "3", "--", "echo", "{x}")
    assert "--sample '0': not a whole number of 1 or more" in refuse("--each", "x=1,2", "--sample", "0", "--", "echo", "{x}")
    assert "-j 'many'" in refuse("--each", "x=1,2", "-j", "many", "--", "echo", "{x}")
    assert "one parameter, two values" in refuse("--each", "x=1,2", "-p", "x=3", "--", "echo", "{x}")
    assert "one seed" in refuse("--each", "seed=1,2", "--seed", "3", "--", "echo")
    assert "not whole numbers" in refuse("--each", "seed=a,b", "--", "echo")
    assert "-j: only for a sweep" in refuse("-j", "2", "--", "echo")
    assert "--dry-run: only for a sweep" in refuse("--dry-run", "--", "echo")
    assert "only with --resume" in refuse("--each", "x=1,2", "--retry-failed", "--", "echo", "{x}")
    assert "would be written by several runs" in refuse("--each", "x=1,2", "-j", "2", "-o", "m.pkl", "--", "echo", "{x}")
    assert "not found" in refuse("--each", "x=1,2", "--", "nosuchprogram", "{x}", code=127)
    assert not (project.folder / ".mlrepro").exists()
    project.mlr("run", "-n", "plain", "--", "true")
    assert "nothing there" in refuse("--each", "x=1,2", "-i", "absent", "--", "echo", "{x}", code=125)
    assert "is no sweep" in refuse("--resume", "plain")
    assert "on record" in refuse("--resume", "plain", "--", "echo")
    assert "on record" in refuse("--resume", "plain", "-i", "x")
    assert "on record" in refuse("--resume", "plain", "-n", "x")
    assert "no run" in refuse("--resume", "absent", code=3)
    assert project.mlr("list", "--json").json["runs"][0]["name"] == "plain"


def test_programs_that_cannot_be_started(quiet):
    result = quiet.mlr("run", "-n", "s", "--each", "program=true,nosuchprogram", "--", "{program}", expect=127)
    assert "run 2 of 2 did not start (exit code 127)" in result.err
    parent = quiet.mlr("show", "s", "--json").json
    assert parent["status"] == "failed" and "run 2 did not start" in parent["problems"][0]
    assert sorted(children(quiet, "s")) == ["s-1"]


def test_secrets_are_not_kept(project):
    project.mlr("run", "-n", "s", "--each", "api_key=hunter-two,swordfish", "--", "true", "{api_key}")
    for name in ("s", "s-1"):
        shown = project.mlr("show", name, "--json").out
        assert "hunter" not in shown and "swordfish" not in shown
    assert "held a secret" in project.mlr("run", "--resume", "s", expect=2).err


def test_a_prefix_means_the_sweep(project):
    project.mlr("run", "-n", "brave-otter", "--each", "x=1,2", "--", "true", "{x}")
    assert project.mlr("show", "brave-o", "--json").json["name"] == "brave-otter"
    assert project.mlr("show", "brave-otter-2", "--json").json["sweep_item"] == 2
    assert len(project.mlr("list", "--parent", "brave", "--json").json["runs"]) == 2
    project.mlr("forget", "brave-otter")
    assert len(project.mlr("list", "--json").json["runs"]) == 2


def test_many_at_once_lose_nothing(quiet):
    result = quiet.mlr("run", "-q", "-n", "s", "--each", "x=1..60", "-j", "12", "--", "sh", "-c",
                       """for i in 1 2 3; do echo "{\\"metric\\":\\"m\\",\\"value\\":$0}" >> $MLREPRO_METRICS; echo said $0; done""",
                       "{x}")
    assert sorted(result.out.splitlines()) == sorted([f"{x:>2} | said {x}" for x in range(1, 61)] * 3)
    runs = children(quiet, "s")
    assert len(runs) == 60 and all(run["status"] == "finished" for run in runs.values())
    assert all(run["metrics"]["m"]["count"] == 3 and run["metrics"]["m"]["last"] == run["sweep_item"] for run in runs.values())
    assert_store_is_tidy(quiet)
