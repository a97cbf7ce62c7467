# SPDX-License-Identifier: Apache-2.0
"""What a clumsy or hostile user, file system or terminal hands in: one clear line, the documented
exit code, and nothing lost."""

import json
import math
import os
import resource
import shutil
import signal
import socket
import stat
import subprocess
import threading

import pytest

from conftest import BINARY, Result
from faults import contents, copy_world, differing, injection, snapshots_of

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can become another user")


def attempt(world, *args, env=None, cwd=None, prefix=(), drop=(), **more):
    environment = {**world.environment, **(env or {})}
    for name in drop:
        environment.pop(name, None)
    more.setdefault("stdin", subprocess.DEVNULL)
    return Result(subprocess.run([*prefix, BINARY, *map(str, args)], cwd=cwd or world.folder, env=environment,
                                 capture_output=True, timeout=60, **more))


def assert_refused(result, code, *words):
    """One line that says what is wrong, then at most one hint."""
    lines = result.err.splitlines()
    assert result.code == code, (result.out, result.err)
    assert result.out == ""
    assert lines and lines[0].startswith("mlrepro: ") and len(lines) <= 2, result.err
    assert len(lines) == 1 or lines[1].startswith("hint: "), result.err
    assert all(word in result.err for word in words), result.err
    assert len(lines[0]) < 600, result.err


class TestCommandLine:
    @pytest.mark.parametrize("args, code, words", [
        (["run"], 2, ["no command", "--"]),
        (["run", "--"], 2, ["no command", "--"]),
        (["run", "true"], 2, ["'true'", "--"]),
        (["run", "-p", "novalue", "--", "true"], 2, ["novalue", "KEY=VALUE"]),
        (["run", "-p", "=1", "--", "true"], 2, ["KEY=VALUE"]),
        (["run", "--seed", "x", "--", "true"], 2, ["--seed 'x'"]),
        (["run", "--level", "everything", "--", "true"], 2, ["everything", "eval"]),
        (["run", "--timeout", "soon", "--", "true"], 2, ["--timeout"]),
        (["log"], 2, ["metric"]),
        (["log", "metric", "m", "abc", "--run", "kept"], 2, ["'abc'", "number"]),
        (["log", "metric", "m", "", "--run", "kept"], 2, ["number"]),
        (["log", "metric", "m", "1", "--step", "1.5", "--run", "kept"], 2, ["--step"]),
        (["log", "metric", "m", "1"], 2, ["mlrepro run", "--run REF"]),
        (["log", "metric", "", "1", "--run", "kept"], 2, ["empty"]),
        (["log", "metric", "a\nb", "1", "--run", "kept"], 2, ["control characters"]),
        (["log", "metric", "x" * 10_000, "1", "--run", "kept"], 2, ["longer than"]),
        (["log", "artifact", "data", "--run", "kept"], 2, ["not a file"]),
        (["log", "artifact", "nothing.png", "--run", "kept"], 3, ["nothing.png", "nothing there"]),
        (["show", "no-such-run"], 3, ["no-such-run"]),
        (["show", "kepd"], 3, ["did you mean", "kept"]),
        (["show", "@99"], 3, ["@99"]),
        (["show", "@0"], 2, ["@0"]),
        (["show", "@-1"], 3, ["@-1"]),
        (["show", "@99999999999999999999"], 3, ["@9999"]),
        (["show", ""], 2, ["empty"]),
        (["diff", "kept", "nobody"], 3, ["nobody"]),
        (["restore", "kept"], 2, ["--to"]),
        (["restore", "kept:nothing"], 3, ["nothing"]),
        (["restore", "kept:data", "../escape", "--to", "x"], 2, ["escape"]),
        (["reproduce", "nobody"], 3, ["nobody"]),
        (["reproduce", "kept", "--tol", "nonsense"], 2, ["nonsense"]),
        (["reproduce", "kept", "--rtol", "-1"], 2, ["--rtol"]),
        (["snapshot"], 2, []),
        (["snapshot", "nowhere"], 3, ["nowhere", "nothing there"]),
        (["snapshot", "/dev/null"], 2, ["/dev/null"]),
        (["snapshot", "data", "train.sh", "--name", "x"], 2, ["--name"]),
        (["list", "--filter", "status = "], 2, ["filter"]),
        (["list", "--limit", "-3"], 2, ["--limit"]),
        (["-C", "/no/such/folder", "list"], 3, ["/no/such/folder"]),
        (["--color", "purple", "list"], 2, ["purple"]),
        (["list", "--no-such-option"], 2, ["--no-such-option"]),
    ])
    def test_is_refused_with_one_line(self, workshop, tmp_path, args, code, words):
        world = copy_world(workshop, tmp_path / "w")
        before = world.mlr("show", "kept", "--json").json
        assert_refused(attempt(world, *args), code, *words)
        error = attempt(world, "--json", *args).error
        assert error["message"] and error["kind"]
        assert world.mlr("show", "kept", "--json").json == before
        assert len(world.mlr("list", "--json").json["runs"]) == 1

    def test_an_ambiguous_prefix_names_the_candidates(self, project):
        for i in range(17):  # two of seventeen ids begin alike
            project.mlr("run", "-n", f"r{i}", "--level", "code", "--", "true")
        ids = [run["id"] for run in project.mlr("list", "--json", "--limit", "50").json["runs"]]
        groups = [[run for run in ids if run.startswith(digit)] for digit in "0123456789abcdef"]
        twins = min((group for group in groups if len(group) > 1), key=len)
        result = attempt(project, "show", twins[0][0])
        named = [run for run in twins if run[:8] in result.err]
        assert result.code == 3 and len(named) == min(len(twins), 5), result.err

    def test_a_huge_command_line(self, project):
        words = ["x" * 100_000] * 10 + [str(i) for i in range(20_000)]
        assert attempt(project, "run", "--", "sh", "-c", "echo $#", "sh", *words).out == "20010\n"
        assert len(project.last()["command"]) == 20_014
        project.mlr("list")
        project.mlr("show", "@1")

    def test_words_that_are_not_text(self, project):
        result = subprocess.run([BINARY.encode(), b"run", b"-n", b"odd", b"--", b"printf", b"%s", b"\xff\xfe\x01\x1b[2J"],
                                cwd=project.folder, env=project.environment, capture_output=True)
        assert result.returncode == 0 and result.stdout == b"\xff\xfe\x01\x1b[2J"
        assert json.loads(project.mlr("show", "odd", "--json").raw_out)["name"] == "odd"
        assert b"\x1b" not in project.mlr("show", "odd").raw_out
        result = subprocess.run([BINARY.encode(), b"show", b"\xff\xfe"], cwd=project.folder, env=project.environment,
                                capture_output=True)
        assert result.returncode == 3
        result = subprocess.run([BINARY.encode(), b"--json", b"show", b"\xff\xfe"], cwd=project.folder,
                                env=project.environment, capture_output=True)
        assert json.loads(result.stderr)["error"]["kind"] == "not_found"


class TestCommands:
    def test_one_that_cannot_be_started(self, project):
        project.write("plain.txt", "no program")
        project.write("odd.sh", "#!/no/such/interpreter\n")
        (project.folder / "odd.sh").chmod(0o755)
        for word, code in (("no-such-command", 127), ("./nothing", 127), ("./plain.txt", 126), (".", 127), ("", 127)):
            result = attempt(project, "run", "--", word)
            assert result.code == code and "command '" + word + "'" in result.err, (word, result.err)
        assert attempt(project, "run", "--", "./odd.sh").code in (126, 127)
        assert all(run["status"] == "failed" for run in project.mlr("list", "--json").json["runs"])

    def test_one_that_removes_everything(self, project):
        """Its own folder, its inputs and its outputs."""
        project.write("sub/data.csv", "1\n")
        result = attempt(project, "run", "-i", "data.csv", "-o", "out.txt", "-m", "metrics.json", "--", "sh", "-c",
                         "rm -rf ../sub; exit 3", cwd=project.folder / "sub")
        assert result.code == 3
        run = project.last()
        assert run["inputs"][0]["changed_during_run"] and run["outputs"][0]["digest"] is None
        project.mlr("restore", "@1:sub/data.csv", "--to", "back.csv")
        assert (project.folder / "back.csv").read_text() == "1\n"

    def test_one_that_removes_the_store(self, project):
        project.mlr("run", "--", "true")
        result = attempt(project, "run", "--", "sh", "-c", "rm -rf .mlrepro; echo done; exit 3")
        assert result.code == 3 and result.out == "done\n" and "warning" in result.err
        project.mlr("run", "--", "true")

    def test_one_that_writes_nonsense_to_the_metrics_file(self, project):
        script = r"""printf '{"metric":"a","value":1}\nnonsense\n{"metric":"b"\n\377\n{"metric":"c","value":3}' >> $MLREPRO_METRICS"""
        result = attempt(project, "run", "--", "sh", "-c", script)
        assert result.code == 0 and "line 2" in result.err
        assert set(project.last()["metrics"]) == {"a", "c"}

    @pytest.mark.parametrize("name, text, words", [
        ("p.yaml", "a: 1\nb: [1, 2\n", ["p.yaml", "line"]),
        ("p.yaml", "a: *unknown\n", ["p.yaml", "line 1"]),
        ("p.json", '{"a": 1,\n  "b": }\n', ["p.json", "line 2"]),
        ("p.json", "[1, 2]", ["p.json"]),
        ("p.json", "", ["p.json"]),
        ("p.toml", "a = 1\nb = \n", ["p.toml", "line 2"]),
        ("p.toml", "a = 1\na = 2\n", ["p.toml", "line 2"]),
        ("p.json", b'{"a": "\xff"}', ["p.json"]),
        ("p.json", "[" * 100_000, ["p.json"]),
        ("p.yaml", "[" * 100_000, ["p.yaml"]),
        ("p.toml", "a = " + "[" * 100_000, ["p.toml"]),
        ("p.yaml", "a: &a [x, x]\nb: &b [*a, *a]\n" + "".join(
            f"{chr(99 + i)}: &{chr(99 + i)} [*{chr(98 + i)}, *{chr(98 + i)}]\n" for i in range(23)), ["p.yaml"]),
    ])
    def test_a_malformed_parameter_file(self, project, name, text, words):
        project.mlr("init")
        project.write(name, text)
        result = attempt(project, "run", "--params", name, "--", "touch", "ran")
        assert_refused(result, 2, *words)
        assert not (project.folder / "ran").exists()

    def test_a_parameter_file_that_is_none(self, project):
        project.mlr("init")
        assert_refused(attempt(project, "run", "--params", "no.yaml", "--", "true"), 125, "no.yaml")
        project.write("folder.yaml/x", "")
        assert attempt(project, "run", "--params", "folder.yaml", "--", "true").code in (2, 125)
        project.write("p.yaml", "a: {b: 1}\n")
        assert_refused(attempt(project, "run", "--params", "p.yaml:a.c", "--", "true"), 2, "a.c")


class TestMetrics:
    @pytest.mark.parametrize("text, shown", [("nan", "NaN"), ("inf", "Infinity"), ("-inf", "-Infinity")])
    def test_what_is_no_finite_number_is_kept_and_shown(self, project, text, shown):
        project.mlr("run", "-n", "r", "--", BINARY, "log", "metric", "m", text)
        run = project.mlr("show", "r", "--json").json
        assert run["metrics"]["m"]["last"] == shown
        assert text.lstrip("-")[:3] in project.mlr("show", "r").out.lower()
        assert text.lstrip("-")[:3] in project.mlr("list", "--columns", "name,m").out.lower()
        project.mlr("run", "-n", "s", "--", BINARY, "log", "metric", "m", "1")
        project.mlr("diff", "r", "s", "--json").json
        project.mlr("list", "--sort", "m")

    @pytest.mark.parametrize("name", ["val loss", "größe/μ", "🎉", "a.b[0]", "--dashes", "x" * 250, "a'b\"c", "%s%n", "a\u202eb"])
    def test_odd_names(self, project, name):
        project.mlr("run", "-n", "r", "--", BINARY, "log", "metric", "--", name, "0.5")
        assert project.mlr("show", "r", "--json").json["metrics"][name]["last"] == 0.5
        project.mlr("list", "--json")

    def test_values_at_the_edges(self, project):
        values = ["1e308", "-1e308", "5e-324", "0.1", "-0", "9007199254740993", "1e999", "123456789012345678901234567890"]
        project.mlr("run", "-n", "r", "--", "true")
        for i, value in enumerate(values):
            project.mlr("log", "metric", f"m{i}", "--run", "r", "--", value)
        metrics = project.last()["metrics"]
        for i, value in enumerate(values):
            expected = float(value)
            assert metrics[f"m{i}"]["last"] == ("Infinity" if math.isinf(expected) else expected)
        project.mlr("log", "metric", "s", "1", "--step", "9223372036854775807", "--run", "r")
        project.mlr("log", "metric", "s", "2", "--run", "r")
        project.mlr("log", "metric", "s", "3", "--step", "9223372036854775808", "--run", "r", expect=2)
        assert project.last()["metrics"]["s"]["count"] == 2

    def test_lines_on_stdin(self, project):
        project.mlr("run", "-n", "r", "--", "true")
        for text in (b"nonsense\n", b'{"metric":"a"}\n', b"\xff\n", b'{"metric":"a","value":"x"}\n',
                     b'{"metric":"a","value":1}\n{', b"[" * 100_000 + b"\n"):
            result = project.mlr("log", "--stdin", "--run", "r", stdin=text, expect=2)
            assert "line " in result.err and "nothing was logged" in result.err
        project.mlr("log", "--stdin", "--run", "r", stdin=b"")
        assert project.last()["metrics"] == {}
        project.mlr("log", "note", "n" * 100_000, "--run", "r")
        assert len(project.last()["note"]) == 100_000


class TestFolders:
    def test_odd_names_and_kinds(self, project):
        data = project.folder / "data"
        data.mkdir()
        for name in (b"new\nline", b"\xff\xfe", b"tab\there", b" space ", b"-dash", b"quote'\"", b"a" * 255):
            with open(os.path.join(os.fsencode(data), name), "wb") as file:
                file.write(name)
        os.symlink("loop", data / "loop")
        os.symlink(".", data / "itself")
        expected = contents(data)
        os.mkfifo(data / "pipe")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(data / "socket"))
        result = attempt(project, "snapshot", "data", "--json")
        assert result.code == 0 and "'pipe'" in result.err and "'socket'" in result.err
        assert json.loads(result.out)["files"] == 9
        project.mlr("restore", "data.snap", "--to", "copy")
        assert differing(expected, contents(project.folder / "copy")) == []
        project.mlr("verify", "--json")
        project.mlr("run", "-i", "data", "--", "true")

    def test_special_files(self, project):
        project.mlr("init")
        os.mkfifo(project.folder / "pipe")
        os.symlink("loop", project.folder / "loop")
        os.symlink("nowhere", project.folder / "dangling")
        assert_refused(attempt(project, "snapshot", "pipe"), 2, "pipe")
        assert_refused(attempt(project, "snapshot", "loop"), 7, "loop")
        assert_refused(attempt(project, "snapshot", "dangling"), 3, "dangling")
        assert attempt(project, "run", "-i", "loop", "--", "touch", "ran").code == 125
        assert not (project.folder / "ran").exists()
        assert attempt(project, "run", "-o", "pipe", "--", "true").code == 0

    def test_paths_outside_of_the_repository(self, project, tmp_path):
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "in.csv").write_text("1\n")
        project.mlr("run", "-i", outside / "in.csv", "-o", outside / "out.txt", "--", "cp", outside / "in.csv", outside / "out.txt")
        run = project.last()
        assert run["inputs"][0]["path"] == str(outside / "in.csv") and run["outputs"][0]["digest"]
        project.mlr("snapshot", outside / "in.csv")
        assert sorted(os.listdir(outside)) == ["in.csv", "in.csv.snap", "out.txt"]
        project.mlr("restore", outside / "in.csv.snap", "--to", "back.csv")
        project.mlr("snapshot", "../outside", "--no-pointer")
        project.mlr("verify")

    def test_the_repository_itself(self, project):
        """Neither its own store nor .git is data, or the store would hold itself."""
        project.mlr("run", "--", "true")
        project.mlr("snapshot", ".", "--no-pointer")
        project.mlr("verify")
        project.mlr("run", "-i", ".", "--", "true")

    @ROOT_ONLY
    def test_unreadable_files(self, workshop, tmp_path):
        world = copy_world(workshop, tmp_path / "w")
        for path in [tmp_path, *tmp_path.parents]:
            if path.stat().st_mode & 0o005 != 0o005:
                path.chmod(path.stat().st_mode | 0o055)
        for root, folders, files in os.walk(world.folder.parent):
            for name in [root, *(os.path.join(root, item) for item in files + folders)]:
                os.chown(name, 65534, 65534, follow_symlinks=False)
        nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        (world.folder / "data/a.csv").chmod(0)
        (world.folder / "data/sub").chmod(0)
        before = len(snapshots_of(world))
        assert_refused(attempt(world, "snapshot", "data", prefix=nobody), 7, "a.csv", "data/sub", "ermission", ".mlreproignore")
        assert len(snapshots_of(world)) == before
        (world.folder / "train.sh").chmod(0)
        result = attempt(world, "run", "--", "sh", "-c", "exit 3", prefix=nobody)
        assert result.code == 3 and "train.sh" in result.err, result.err
        (world.folder / "data/.mlreproignore").write_text("a.csv\nsub\n")
        assert attempt(world, "snapshot", "data", "--no-pointer", prefix=nobody).code == 0

    def test_a_file_that_changes_while_it_is_read(self, project):
        """Whatever comes of it: what the store holds under an id is what the id says."""
        path = project.write("data/growing.csv", "0\n")
        stop = threading.Event()

        def disturb():
            turn = 0
            while not stop.is_set():
                turn += 1
                if turn % 3 == 0:
                    path.unlink(missing_ok=True)
                elif turn % 3 == 1:
                    path.write_bytes(os.urandom(200_000))
                else:
                    (project.folder / "other").write_bytes(os.urandom(100_000))
                    os.rename(project.folder / "other", path)

        thread = threading.Thread(target=disturb)
        thread.start()
        try:
            for _ in range(12):
                result = attempt(project, "snapshot", "data", "--no-pointer")
                assert result.code in (0, 4), result.err
                result = attempt(project, "snapshot", "data/growing.csv", "--no-pointer")
                assert result.code in (0, 3, 4), result.err
                assert attempt(project, "run", "-i", "data", "--", "sh", "-c", "exit 3").code == 3
        finally:
            stop.set()
            thread.join()
        project.mlr("verify")

    def test_a_deep_folder(self, project):
        deep = project.folder / "data"
        for _ in range(300):
            deep = deep / "d"
        os.makedirs(deep)
        (deep / "leaf").write_text("x")
        project.mlr("snapshot", "data", "--no-pointer")
        project.mlr("verify")


class TestGit:
    def check(self, project, result, code=3):
        """The command ran; the record says what is missing."""
        assert result.code == code, result.err
        assert "not recorded" in result.err, result.err
        run = project.last()
        assert run["status"] == "failed" and run["code"]["digest"] is None
        assert attempt(project, "run", "--require-clean", "--", "touch", "ran").code == 4
        assert attempt(project, "run", "--strict", "--", "touch", "ran").code == 125
        assert not (project.folder / "ran").exists()

    def run(self, project, **more):
        return attempt(project, "run", "--", "sh", "-c", "exit 3", **more)

    def test_an_unknown_extension(self, project):
        project.git("config", "core.repositoryformatversion", "1")
        project.git("config", "extensions.fromTheFuture", "true")
        self.check(project, self.run(project))

    def test_another_object_format(self, bare):
        if subprocess.run(["git", "init", "-q", "--object-format=sha256", "."], cwd=bare.folder).returncode:
            pytest.skip("this git knows no sha256")
        self.check(bare, self.run(bare))

    def test_a_corrupt_index(self, project):
        (project.folder / ".git/index").write_bytes(b"DIRC" + bytes(100))
        self.check(project, self.run(project))

    def test_a_broken_head(self, project):
        (project.folder / ".git/HEAD").write_text("nonsense\n")
        self.check(project, self.run(project))

    def test_a_malformed_config(self, project):
        with open(project.folder / ".git/config", "a") as file:
            file.write("[core\nnonsense")
        self.check(project, self.run(project))

    def test_a_git_file_that_points_nowhere(self, bare):
        bare.write(".git", "gitdir: /no/such/place\n")
        result = self.run(bare)
        assert result.code == 3 and "not in a Git repository" in result.err
        assert bare.last()["code"]["digest"] is None
        assert attempt(bare, "run", "--require-clean", "--", "touch", "ran").code == 4

    def test_missing_objects(self, project):
        shutil.rmtree(project.folder / ".git/objects")
        (project.folder / ".git/objects").mkdir()
        assert self.run(project).code == 3

    @ROOT_ONLY
    def test_a_repository_of_somebody_else(self, workshop, tmp_path):
        """Git itself refuses to look into it; mlrepro says so and what to do about it."""
        world = copy_world(workshop, tmp_path / "w")
        for root, folders, files in os.walk(world.folder):
            for name in [root, *(os.path.join(root, item) for item in files + folders)]:
                os.chown(name, 65534, 65534, follow_symlinks=False)
        result = self.run(world)
        assert result.code == 3
        if "not recorded" in result.err:
            assert "safe.directory" in result.err or "owner" in result.err, result.err
        else:
            assert world.last()["code"]["digest"]


class TestSurroundings:
    def test_a_reader_that_leaves(self, workshop, tmp_path):
        world = copy_world(workshop, tmp_path / "w")
        for args in (["list"], ["show", "kept"], ["show", "kept", "--logs"], ["--help"]):
            read, write = os.pipe()
            os.close(read)
            process = world.popen(*args, stdout=write, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
            os.close(write)
            _, err = process.communicate(timeout=300)
            assert process.returncode in (-signal.SIGPIPE, 7, 141), (args, process.returncode, err)
            assert err.count(b"\n") <= 2 and b"terminate" not in err

    def test_a_full_disk_at_the_other_end(self, workshop, tmp_path):
        world = copy_world(workshop, tmp_path / "w")
        with open("/dev/full", "wb") as full:
            process = world.popen("list", stdout=full, stderr=subprocess.PIPE)
            _, err = process.communicate(timeout=300)
        assert process.returncode == 7 and b"No space left" in err

    @pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
    def test_closed_descriptors(self, workshop, tmp_path, closed):
        """Nothing of ours may land in a file that happens to get the number."""
        world = copy_world(workshop, tmp_path / "w")
        redirections = " ".join({0: "0<&-", 1: "1>&-", 2: "2>&-"}[number] for number in closed)

        def shell(command):
            return subprocess.run(["sh", "-c", f"{command} {redirections}"], cwd=world.folder, env=world.environment,
                                  capture_output=True, timeout=300)

        files = contents(world.folder, without=[".mlrepro"])
        assert shell(f"{BINARY} run -n new -- sh -c 'exit 3'").returncode == 3
        assert shell(f"{BINARY} log metric late 1 --run kept").returncode == 0
        assert shell(f"{BINARY} snapshot data --no-pointer").returncode in ((0,) if 1 not in closed else (0, 7))
        shell(f"{BINARY} list"), shell(f"{BINARY} show nobody")
        assert differing(files, contents(world.folder, without=[".mlrepro"])) == []
        world.mlr("verify")
        assert world.mlr("show", "kept", "--json").json["metrics"]["late"]["last"] == 1
        assert world.mlr("show", "new", "--json").json["status"] == "failed"

    @pytest.mark.parametrize("variables", [
        {"HOME": ""}, {"HOME": "/no/such/home"}, {"TMPDIR": "/no/such/folder"}, {"TMPDIR": "/proc"}, {"TERM": "dumb"},
        {"LANG": "xx_YY.nonsense", "LC_ALL": "xx_YY.nonsense"}, {"TZ": "Nowhere/Nothing"}, {"PATH": "/usr/bin:/bin::/no/such"},
        {"MLREPRO_COLOR": "x"}, {"COLUMNS": "0"}, {"COLUMNS": "-5"}, {"SOURCE_DATE_EPOCH": "x"},
    ])
    def test_odd_variables(self, workshop, tmp_path, variables):
        world = copy_world(workshop, tmp_path / "w")
        assert attempt(world, "run", "-n", "new", "--", "sh", "-c", "exit 3", env=variables).code == 3
        for args in (["list"], ["show", "new"], ["diff", "kept", "new"], ["snapshot", "new.py"], ["verify"]):
            assert attempt(world, *args, env=variables).code == 0, args
        result = attempt(world, "reproduce", "kept", env=variables)
        assert result.code in ((0, 3, 7) if "TMPDIR" in variables else (0, 1, 9)), result.err
        if result.code == 7:
            assert variables["TMPDIR"] in result.err

    def test_no_variables_at_all(self, workshop, tmp_path):
        world = copy_world(workshop, tmp_path / "w")
        none = {name: value for name, value in world.environment.items() if name.endswith("SAN_OPTIONS")}
        for args, code in ((["list"], 0), (["run", "--", "/bin/sh", "-c", "exit 3"], 3), (["snapshot", "new.py"], 0)):
            result = subprocess.run([BINARY, *args], cwd=world.folder, env=none, capture_output=True, timeout=300)
            assert result.returncode == code, result.stderr

    def test_a_bad_run_id_in_the_environment(self, workshop, tmp_path):
        world = copy_world(workshop, tmp_path / "w")
        assert_refused(attempt(world, "log", "metric", "m", "1", env={"MLREPRO_RUN_ID": "../../etc"}), 2, "MLREPRO_RUN_ID")
        assert_refused(attempt(world, "log", "metric", "m", "1", env={"MLREPRO_RUN_ID": "0" * 32}), 3)

    def test_a_huge_environment(self, project):
        big = {f"VARIABLE_{i}": "x" * 1000 for i in range(800)}
        assert attempt(project, "run", "--", "sh", "-c", "echo ${#VARIABLE_799}", env=big).out == "1000\n"

    @pytest.mark.parametrize("umask", [0o000, 0o777, 0o277])
    def test_odd_umasks(self, project, umask):
        """The store is its owner's alone, and works."""
        project.write("data.csv", "1\n")
        for args in (["run", "-n", "r", "-i", "data.csv", "--", "true"], ["snapshot", "data.csv"], ["log", "metric", "m", "1", "--run", "r"],
                     ["list"], ["verify"]):
            result = attempt(project, *args, preexec_fn=lambda: os.umask(umask) and None)
            assert result.code == 0, (args, result.err)
        store = project.folder / ".mlrepro"
        assert stat.S_IMODE(store.stat().st_mode) & 0o077 == 0

    def test_few_descriptors_and_little_stack(self, workshop, tmp_path):
        world = copy_world(workshop, tmp_path / "w")

        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))

        for i in range(60):
            world.write(f"data/more{i}", str(i))
        assert attempt(world, "snapshot", "data", preexec_fn=limit).code == 0
        assert attempt(world, "run", "-i", "data", "--", "sh", "-c", "exit 3", preexec_fn=limit).code == 3
        assert attempt(world, "verify", preexec_fn=limit).code == 0

    def test_a_file_size_limit(self, workshop, tmp_path):
        world = copy_world(workshop, tmp_path / "w")
        world.write("big.bin", os.urandom(3_000_000))

        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))

        assert_refused(attempt(world, "snapshot", "big.bin", preexec_fn=limit), 7, "too large")
        world.mlr("verify")
        world.mlr("snapshot", "big.bin")

    def test_a_clock_that_was_set_back(self, workshop, tmp_path):
        """Files from the future, and a record that is newer than now."""
        world = copy_world(workshop, tmp_path / "w")
        for name in ("data/a.csv", "data/b.bin", "train.sh", "data"):
            os.utime(world.folder / name, (4_000_000_000, 4_000_000_000))
        first = world.mlr("snapshot", "data", "--json").json
        world.write("data/a.csv", "changed, of the same size?\n")
        os.utime(world.folder / "data/a.csv", (4_000_000_000, 4_000_000_000))
        second = world.mlr("snapshot", "data", "--json").json
        assert first["id"] != second["id"]
        os.utime(world.folder / "data/a.csv", (-1_000_000_000, -1_000_000_000))
        assert world.mlr("snapshot", "data", "--json").json["id"] == second["id"]
        world.mlr("run", "-i", "data", "--", "true")
        world.mlr("verify")

    def test_stopped_and_hurried(self, project):
        """Ctrl-C and SIGTERM during a snapshot end it, and nothing is half there."""
        for i in range(300):
            project.write(f"data/{i}", os.urandom(20_000))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            process = project.popen("snapshot", "data", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                process.send_signal(number)
            process.communicate(timeout=300)
            assert process.returncode in (0, 130, -number), process.returncode
            if (project.folder / ".mlrepro/mlrepro.db").exists():
                project.mlr("verify")
        project.mlr("snapshot", "data")
        project.mlr("verify")


def test_a_store_in_odd_places(project, tmp_path):
    project.write("file", "x")
    assert attempt(project, "--store", "file", "init").code == 2
    assert attempt(project, "--store", "file/below", "init").code in (2, 3, 7)
    assert attempt(project, "--store", "/proc/nothing", "init").code in (3, 7)
    assert attempt(project, "--store", "", "list").code == 3
    os.symlink(tmp_path / "elsewhere", project.folder / "link")
    (tmp_path / "elsewhere").mkdir()
    project.mlr("--store", "link", "run", "--", "true")
    project.mlr("--store", "with space é\n", "run", "--", "true")
    assert len(project.mlr("--store", "with space é\n", "list", "--json").json["runs"]) == 1
    project.mlr("--store", "with space é\n", "verify")
    (project.folder / ".mlrepro").mkdir()
    (project.folder / ".mlrepro/mlrepro.db").mkdir()
    assert_refused(attempt(project, "list"), 7, "folder")


def test_the_injector_can_be_seen_by_nobody_else(project):
    """The command under `run` has the environment that the user gave."""
    result = project.mlr("run", "--", "env", env=injection("count"))
    assert "INJECT" not in result.out and "LD_PRELOAD" not in result.out
