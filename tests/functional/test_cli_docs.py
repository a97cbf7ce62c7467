# SPDX-License-Identifier: Apache-2.0
"""docs/cli.md says what the binary says, and the exit codes it lists are those that happen."""

import os
import pathlib
import re
import signal
import subprocess

import pytest

BINARY = os.environ["MLREPRO_BINARY"]
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs/cli.md"


def listed_codes():
    table = PAGE.read_text().split("\n## Exit codes\n", 1)[1].split("\n## ", 1)[0]
    return {int(code): meaning for code, meaning in re.findall(r"^\| (\d+) \| (.+) \|$", table, re.MULTILINE)}


def codes_in_help(*verb):
    text = subprocess.run([BINARY, *verb, "--help"], capture_output=True, text=True, check=True).stdout
    return re.findall(r"^  (\d+|128\+n|other)  ", text.split("\nExit codes:\n", 1)[1], re.MULTILINE)


def test_the_page_is_what_the_binary_says():
    made = subprocess.run([ROOT / "scripts/generate-cli-docs", BINARY], capture_output=True, text=True, check=True)
    assert made.stdout == PAGE.read_text(), "type: scripts/generate-cli-docs build/debug/mlrepro --write"


def test_the_help_is_as_wide_everywhere(bare):
    assert bare.mlr("run", "--help", env={"COLUMNS": "40"}).out == bare.mlr("run", "--help", env={"COLUMNS": "300"}).out
    for verb in ["", "init", "run", "log", "snapshot", "list", "show", "diff", "reproduce", "explain", "restore", "verify", "forget", "gc", "optimize", "push", "pull", "remote", "export", "import", "query", "check", "server"]:
        lines = bare.mlr(*verb.split(), "--help").out.splitlines()
        assert max(map(len, lines)) <= 96, verb


@pytest.mark.parametrize("verb", ["init", "snapshot", "list", "show", "diff", "reproduce", "explain", "restore", "verify", "forget", "gc", "optimize", "push", "pull", "remote", "export", "import", "log", "query", "check", "server"])
def test_a_verbs_codes_are_in_the_table(verb):
    assert set(map(int, codes_in_help(verb))) <= set(listed_codes())


def test_runs_own_codes():
    assert codes_in_help("run") == ["2", "3", "4", "124", "125", "126", "127", "128+n", "other"]


@pytest.mark.parametrize("words", [["diff"], ["reproduce"], ["verify"]])
def test_only_checks_can_say_no(words):
    assert "1" in codes_in_help(*words)
    assert "1" not in codes_in_help("show")
    assert "9" not in codes_in_help("verify")


def outcome_of(project, code):
    """Brings that outcome about, and returns what it really was."""
    def run(*words):
        return subprocess.run([BINARY, *words], cwd=project.folder, env=project.environment, capture_output=True).returncode

    project.mlr("run", "-n", "x", "-o", "o", "--", "sh", "-c", "cat /proc/sys/kernel/random/uuid > o")
    project.write("data.csv", "1,2\n")
    if code == 0:
        return run("list")
    if code == 1:
        return run("reproduce", "x")
    if code == 2:
        return run("list", "--nonsense")
    if code == 3:
        return run("show", "nothing")
    if code == 4:
        project.write("data.csv.snap", "mine")
        return run("snapshot", "data.csv")
    if code == 6:
        for name in ("mlrepro.db", "mlrepro.db-wal"):  # what is still in the log is read from there
            (project.folder / ".mlrepro" / name).write_bytes(b"garbage" * 1000)
        return run("list")
    if code == 7:
        (project.folder / "full").symlink_to("/dev/full")
        return subprocess.run([BINARY, "list"], cwd=project.folder, env=project.environment,
                              stdout=open("/dev/full", "w"), stderr=subprocess.DEVNULL).returncode
    if code == 8:
        project.write("there.txt", "")
        project.write(".gitignore", "there.txt\n")
        project.mlr("run", "-n", "needs", "--", "sh", "-c", f"cat there.txt && {BINARY} log metric m 1")
        return run("reproduce", "needs")
    if code == 9:
        project.mlr("run", "-n", "silent", "--", "true")
        return run("reproduce", "silent")
    return None


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 6, 7, 8, 9])
def test_a_listed_code_is_what_happens(project, code):
    assert code in listed_codes()
    assert outcome_of(project, code) == code


def test_every_listed_code_is_accounted_for():
    # 5 takes a database that another process keeps for a long time, 130 a verb that is interrupted.
    assert set(listed_codes()) == {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130}


@pytest.mark.parametrize("words, code", [
    (["--timeout", "0.2", "--grace", "1", "--", "sleep", "30"], 124),
    (["-i", "nowhere", "--", "true"], 125),
    (["--", "./plain.txt"], 126),
    (["--", "no-such-command"], 127),
    (["--", "sh", "-c", "kill -INT $$"], -signal.SIGINT),
    (["--", "sh", "-c", "exit 77"], 77),
    (["--require-clean", "--", "true"], 4),
    ([], 2),
])
def test_codes_of_run(project, words, code):
    project.write("plain.txt", "no program")
    project.mlr("run", *words, expect=code)
