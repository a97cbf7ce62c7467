# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import signal
import subprocess
import threading

import pytest

from faults import wait_for_end, wait_until

# A command that ends when it is told to.
AWAIT_GO = "while [ ! -e go ]; do sleep 0.02; done"


@pytest.mark.parametrize("code", [0, 1, 3, 42, 255])
def test_the_exit_code_is_the_commands_own(project, code):
    project.mlr("run", "--", "sh", "-c", f"exit {code}", expect=code)
    run = project.last()
    assert run["exit_code"] == code
    assert run["status"] == ("finished" if code == 0 else "failed")


def test_a_signal_ends_mlrepro_the_same_way(project):
    project.mlr("run", "--", "sh", "-c", "kill -TERM $$", expect=-signal.SIGTERM)
    run = project.last()
    assert (run["status"], run["signal"], run["exit_code"]) == ("killed", 15, None)


def test_a_missing_command_is_127_and_one_that_cannot_be_executed_126(project):
    project.write("plain.txt", "not a program")
    project.mlr("run", "--", "no-such-command", expect=127)
    project.mlr("run", "--", "./plain.txt", expect=126)


def test_no_command_is_a_usage_error(project):
    assert "--" in project.mlr("run", expect=2).err
    project.mlr("run", "--", expect=2)


def test_output_and_input_pass_through_byte_for_byte(project):
    data = bytes(range(256)) * 300
    result = project.mlr("run", "-q", "--", "sh", "-c", "cat; printf 'to stderr' >&2", stdin=data)
    assert result.raw_out == data
    assert result.raw_err == b"to stderr"
    logs = project.mlr("show", "@1", "--logs")
    assert logs.raw_out == data
    assert logs.raw_err == b"to stderr"


def test_the_command_sees_its_run(project):
    out = project.mlr("run", "--", "sh", "-c", "echo $MLREPRO_RUN_ID; test -d $MLREPRO_STORE; echo $?").out.split()
    assert out[0] == project.last()["id"]
    assert out[1] == "0"


def test_a_time_limit(project):
    project.mlr("run", "--timeout", "0.3", "--grace", "1", "--", "sleep", "30", expect=124)
    assert project.last()["status"] == "killed"


def test_a_signal_sent_to_mlrepro_reaches_the_command(project):
    process = project.popen(
        "run", "--", "sh", "-c", "trap 'echo caught; exit 7' USR1; echo ready; while :; do sleep 0.05; done",
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGUSR1)
    assert process.stdout.read() == b"caught\n"
    assert process.wait(60) == 7


def test_a_killed_mlrepro_leaves_the_command_alone_and_the_record_heals(project):
    process = project.popen(
        "run", "-i", "train.sh", "--", "sh", "-c", f"echo one; {AWAIT_GO}; echo two; touch done",
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"one\n"
    process.kill()
    process.wait()
    assert project.mlr("list", "--json").json["runs"][0]["status"] == "running"
    project.write("go", "")
    wait_until((project.folder / "done").exists)
    [run] = wait_for_end(project)
    assert run["status"] == "lost"
    assert project.mlr("show", "@1", "--logs").out == "one\ntwo\n"
    project.mlr("verify")


def test_the_last_output_of_a_lost_run_is_waited_for(project):
    process = project.popen("run", "--", "sh", "-c", f"echo one; {AWAIT_GO}; echo two; touch done",
                            stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"one\n"
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    guard = next(int(pid) for pid in children
                 if pathlib.Path(f"/proc/{pid}/comm").read_text() == "mlrepro\n")
    os.kill(guard, signal.SIGSTOP)
    process.kill()
    process.wait()
    project.write("go", "")
    wait_until((project.folder / "done").exists)
    threading.Timer(0.5, os.kill, (guard, signal.SIGCONT)).start()
    [run] = wait_for_end(project)
    assert run["status"] == "lost"
    assert project.mlr("show", "@1", "--logs").out == "one\ntwo\n"


def test_what_a_lost_run_left_in_the_background_is_not_waited_for_long(project):
    process = project.popen("run", "--", "sh", "-c", f"echo one; sleep 600 & echo $! > later; {AWAIT_GO}",
                            stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"one\n"
    process.kill()
    process.wait()
    project.write("go", "")
    [run] = wait_for_end(project)
    os.kill(int((project.folder / "later").read_text()), signal.SIGKILL)
    assert run["status"] == "lost"
    assert any("left behind" in problem for problem in project.mlr("show", "@1", "--json").json["problems"])
    assert project.mlr("show", "@1", "--logs").out == "one\n"


def test_parameters_come_from_flags_files_and_arguments(project):
    project.write("p.yaml", "model:\n  depth: 6\n  name: gbm\nlist: [1, 2]\n")
    project.write("q.toml", "[opt]\nlr = 0.5\n")
    project.mlr(
        "run", "-p", "a=1", "--params", "p.yaml", "--params", "q.toml:opt", "--",
        "sh", "train.sh", "--lr", "0.1", "--wd=0.2", "momentum=0.9", "--verbose",
    )
    run = project.last()
    assert run["params"] == {
        "a": "1", "model.depth": "6", "model.name": "gbm", "list": "[1, 2]", "opt.lr": "0.5",
        "lr": "0.1", "wd": "0.2", "momentum": "0.9", "verbose": "true",
    }
    assert run["param_sources"]["a"] == "flag"
    assert run["param_sources"]["lr"] == "argv"
    assert run["param_sources"]["model.depth"] == "file:p.yaml"


@pytest.mark.parametrize(
    "name, text, where",
    [
        ("bad.yaml", "a: 1\n  b: [\n", "line"),
        ("bad.json", '{"a": 1,\n "b" 2}', "line 2"),
        ("bad.toml", "a = 1\nb = = 2\n", "line 2"),
        ("twice.json", '{"a": 1, "a": 2}', "'a'"),
        ("odd.txt", "a", ".yaml"),
    ],
)
def test_a_malformed_parameter_file_is_named_with_its_position(project, name, text, where):
    project.write(name, text)
    err = project.mlr("run", "--params", name, "--", "true", expect=2).err
    assert name in err and where in err


def test_a_missing_parameter_file_is_named(project):
    project.write("params.yaml", "a: 1\n")
    said = project.mlr("run", "--json", "--params", "parms.yaml:a", "--", "true", expect=125).error
    assert said["message"] == "parameter file 'parms.yaml': nothing there"
    assert said["hint"] == "did you mean 'params.yaml'?"


def test_metrics_come_from_the_sink_from_log_and_from_files(project):
    script = """
    echo '{"metric":"loss","value":0.5,"step":0}' >> $MLREPRO_METRICS
    echo '{"loss":0.25,"acc":0.5,"step":1}' >> $MLREPRO_METRICS
    %s log metric "val loss é" nan
    echo '{"auc": 0.9, "nested": {"f1": 0.5}}' > m.json
    printf 'epoch,err\\n0,3\\n1,2\\n' > m.csv
    """ % os.environ["MLREPRO_BINARY"]
    project.mlr("run", "-m", "m.json", "-m", "m.csv", "--", "sh", "-c", script)
    metrics = project.last()["metrics"]
    assert metrics["loss"] == {"last": 0.25, "step": 1, "min": 0.25, "max": 0.5, "count": 2, "added_later": False,
                                   "source": None}
    assert metrics["acc"]["last"] == 0.5
    assert metrics["val loss é"]["last"] == "NaN"
    assert metrics["nested.f1"]["last"] == 0.5
    assert (metrics["err"]["last"], metrics["err"]["step"]) == (2, 1)


def test_an_input_that_changes_during_the_run_is_caught(project):
    project.write("data.csv", "a\n1\n")
    project.write("other.csv", "b\n")
    project.mlr("run", "-i", "data.csv", "-i", "other.csv", "--", "sh", "-c", "echo 2 >> data.csv")
    changed = {item["path"]: item["changed_during_run"] for item in project.last()["inputs"]}
    assert changed == {"data.csv": True, "other.csv": False}


def test_a_missing_input_stops_before_the_start(project):
    project.write("data.csv", "a\n")
    result = project.mlr("run", "-i", "dta.csv", "--", "touch", "ran", expect=125)
    assert "dta.csv" in result.err and "did you mean 'data.csv'" in result.err
    assert not (project.folder / "ran").exists()


def test_secrets_are_not_kept(project):
    project.mlr("run", "--env", "MY_TOKEN", "--", "true", "--password=hunter2", "--api-key", "hunter3",
                "https://me:hunter4@example.org/x", env={"MY_TOKEN": "hunter5"})
    assert "hunter" not in project.mlr("show", "@1", "--json").out
    for path in (project.folder / ".mlrepro").rglob("*"):
        assert not path.is_file() or b"hunter" not in path.read_bytes(), path


class TestPlaces:
    def test_outside_git(self, bare):
        assert "not in a Git repository" in bare.mlr("run", "--", "true").err
        run = bare.last()
        assert run["code"]["digest"] is None
        assert run["level"]["recorded"] == 0

    def test_without_commits(self, bare):
        bare.git("init", "-q")
        bare.write("a.txt", "a")
        bare.mlr("run", "--", "true")
        run = bare.last()
        assert run["code"]["commit"] is None
        assert run["code"]["digest"]

    def test_from_a_subfolder(self, project):
        project.write("sub/data.csv", "x")
        project.mlr("run", "-i", "data.csv", "--", "pwd", cwd=project.folder / "sub")
        run = project.last()
        assert run["cwd"] == "sub"
        assert run["inputs"][0]["path"] == "sub/data.csv"
        assert (project.folder / ".mlrepro").is_dir()
        assert not (project.folder / "sub/.mlrepro").exists()

    def test_detached_head(self, project):
        project.git("checkout", "-q", "--detach")
        project.mlr("run", "--", "true")
        run = project.last()
        assert run["code"]["branch"] is None
        assert len(run["code"]["commit"]) == 40

    def test_a_linked_worktree_shares_the_store(self, project):
        project.git("worktree", "add", "-q", "../linked")
        linked = project.folder.parent / "linked"
        project.mlr("run", "-n", "there", "--", "true", cwd=linked)
        assert project.last()["name"] == "there"

    def test_with_submodules(self, project, tmp_path):
        other = tmp_path / "other"
        other.mkdir()
        project.git("init", "-q", "-b", "main", cwd=other)
        (other / "lib.py").write_text("x = 1\n")
        project.git("add", "-A", cwd=other)
        project.git("commit", "-q", "-m", "lib", cwd=other)
        project.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "lib")
        project.git("commit", "-q", "-m", "add lib")
        project.mlr("run", "--", "true")
        assert project.last()["code"]["submodules"][0]["path"] == "lib"
        project.mlr("restore", "@1", "--to", "copy")
        assert (project.folder / "copy/lib/lib.py").read_text() == "x = 1\n"


class TestCode:
    def dirty(self, project):
        project.write("tracked.py", "one\n")
        project.write("gone.py", "gone\n")
        project.git("add", "-A")
        project.git("commit", "-q", "-m", "more")
        project.write("tracked.py", "two\n")
        project.git("add", "tracked.py")
        project.write("tracked.py", "three\n")
        project.write("new.bin", bytes(range(256)))
        (project.folder / "gone.py").unlink()
        os.symlink("tracked.py", project.folder / "link")
        project.write(".gitignore", "*.log\n")
        project.write("noise.log", "ignored")

    def test_the_working_tree_comes_back_after_history_is_gone(self, project):
        self.dirty(project)
        before = {p: p.read_bytes() for p in (project.folder / ".git").rglob("*") if p.is_file()}
        project.mlr("run", "--", "true")
        after = {p: p.read_bytes() for p in (project.folder / ".git").rglob("*") if p.is_file()}
        assert before == after
        run = project.last()
        assert run["code"]["dirty"]
        states = {change["path"]: change["state"] for change in run["code"]["changes"]}
        assert states["tracked.py"] == "staged-modified+modified"
        assert states["new.bin"] == "untracked"
        assert states["gone.py"] == "deleted"
        project.git("reset", "-q", "--hard")
        project.git("clean", "-qfd")
        project.git("commit", "-q", "--amend", "-m", "rewritten")
        project.git("reflog", "expire", "--expire=now", "--all")
        project.git("gc", "-q", "--prune=now")
        project.mlr("restore", "@1", "--to", "copy")
        copy = project.folder / "copy"
        assert (copy / "tracked.py").read_text() == "three\n"
        assert (copy / "new.bin").read_bytes() == bytes(range(256))
        assert os.readlink(copy / "link") == "tracked.py"
        assert os.access(copy / "train.sh", os.X_OK)
        assert not (copy / "gone.py").exists()
        assert not (copy / "noise.log").exists()

    def test_require_clean(self, project):
        project.mlr("run", "--require-clean", "--", "true")
        project.write("new.py", "")
        assert "new.py" in project.mlr("run", "--require-clean", "--", "true", expect=4).err
