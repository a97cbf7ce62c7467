# SPDX-License-Identifier: Apache-2.0
"""Colours, quiet and verbose, and what is special on a terminal."""

import os
import sys

import pytest

from screen import Screen, on_a_terminal

BINARY = os.environ["MLREPRO_BINARY"]
ESCAPE = "\x1b["


@pytest.fixture
def runs(project):
    project.mlr("run", "-n", "one", "-p", "x=1", "--", "true")
    project.mlr("run", "-n", "two", "-p", "x=2", "--", "false", expect=1)
    return project


READING = [["list"], ["show", "two"], ["diff", "one", "two"], ["verify"], ["list", "experiments"]]


@pytest.mark.parametrize("words", READING, ids=lambda words: words[0])
def test_colours_are_for_terminals_only(runs, words):
    plain = runs.mlr(*words).out
    assert ESCAPE not in plain
    coloured = on_a_terminal(runs, *words)
    assert ESCAPE in coloured
    assert on_a_terminal(runs, *words, env={"NO_COLOR": "1"}) == plain
    assert on_a_terminal(runs, *words, env={"TERM": "dumb"}) == plain
    assert on_a_terminal(runs, *words, "--color", "never") == plain
    assert runs.mlr(*words, "--color", "always").out == coloured
    assert runs.mlr(*words, "--color", "always", env={"NO_COLOR": "1"}).out == coloured


def test_colours_do_not_move_columns(runs):
    import re
    coloured = runs.mlr("--color", "always", "list").out
    assert re.sub(r"\x1b\[\d*m", "", coloured) == runs.mlr("list").out


def test_errors_are_coloured_on_a_terminal_only(runs):
    assert ESCAPE in on_a_terminal(runs, "show", "nothing")
    assert ESCAPE not in runs.mlr("show", "nothing", expect=3).err


def test_json_and_markdown_have_no_colours(runs):
    assert ESCAPE not in on_a_terminal(runs, "list", "--json")
    assert ESCAPE not in on_a_terminal(runs, "diff", "one", "two", "--markdown")


def test_a_name_does_not_write_to_the_terminal(project):
    project.mlr("run", "-n", "x", "-p", "evil=\x1b[31mred\x07", "--note", "\x1b]0;title\x07", "--", "echo", "\x1b[31m")
    for words in (["list", "--columns", "name,params.evil,note,command"], ["show", "x"], ["diff", "x", "x", "--all"]):
        text = project.mlr(*words).out
        assert "\x1b" not in text and "\x07" not in text
        assert "\\x1b[31mred\\x07" in text


def test_quiet_leaves_the_answer_and_errors(project):
    result = project.mlr("-q", "run", "-n", "x", "--", "echo", "out")
    assert (result.out, result.err) == ("out\n", "")
    assert project.mlr("list", "-q").out
    assert project.mlr("show", "nothing", "-q", expect=3).err
    project.write("data.csv", "1\n")
    assert project.mlr("snapshot", "data.csv", "-q").err == ""


def test_verbose_names_the_store_and_the_steps(project):
    project.write("data.csv", "1\n")
    err = project.mlr("-v", "snapshot", "data.csv").err
    assert f"store {project.folder}/.mlrepro" in err
    assert "1 file, 2 B in " in err
    project.write("mlrepro.toml", '[run]\nexperiment = "named"\n')
    assert "mlrepro.toml" in project.mlr("run", "-v", "--", "true").err
    assert project.mlr("-v", "-q", "list", expect=2)


def test_wide_and_combining_characters_are_aligned(project):
    for name in ["日本語", "cafe\u0301", "plain", "🦦 otter"]:
        project.mlr("run", "-n", name, "--", "true")
    widths = {"日本語": 6, "cafe\u0301": 4, "plain": 5, "🦦 otter": 8}
    for line in project.mlr("list", "--columns", "name,status").out.splitlines()[1:]:
        name = line.split("  ")[0]
        assert line.index("finished") - len(name) == 10 - widths[name], line


def test_global_options_stand_before_or_after_the_verb(runs):
    assert runs.mlr("--json", "list").out == runs.mlr("list", "--json").out
    assert runs.mlr("help", "list").out == runs.mlr("list", "-h").out == runs.mlr("list", "--help").out
    assert runs.mlr("help", "log", "metric").out == runs.mlr("log", "metric", "-h").out
    assert runs.mlr("help").out == runs.mlr("--help").out
    assert "did you mean 'list'" in runs.mlr("help", "lsit", expect=2).err
    assert runs.mlr("--version").out == "mlrepro 0.1.0\n"


def test_an_error_is_one_json_object(runs):
    for words, code in [(["--json"], 2), (["--json", "lst"], 2), (["list", "--nope", "--json"], 2),
                        (["show", "nothing", "--json"], 3), (["run", "--json", "--", "no-such"], 127),
                        (["run", "--json", "-i", "nowhere", "--", "true"], 125)]:
        result = runs.mlr(*words, expect=code)
        assert result.out == ""
        assert len(result.err.splitlines()) == 1
        assert set(result.error) == {"kind", "message", "hint"}


def test_an_option_of_the_command_is_not_ours(project):
    result = project.mlr("run", "-n", "x", "--", "echo", "--json", "--help", "-q")
    assert result.out == "--json --help -q\n"
    assert "run x  finished" in result.err


SESSION = r"""
import os, shutil, sys, termios, time
def say(text):
    os.write(1, text)
say(b"\x1b[1;31mtraining\x1b[0m on %dx%d\n" % shutil.get_terminal_size())
say(b"terminals %d%d%d, echo %d\n" % (*map(os.isatty, range(3)), bool(termios.tcgetattr(0)[3] & termios.ECHO)))
for done in range(0, 101, 10):
    say(b"\r[%-10s] %3d%%" % (b"#" * (done // 10), done))
    time.sleep(0.01)
say(b"\nlatin \xe9, tab\t, bell\a, two\x1b[A\x1b[2Kup\r\nname? ")
name = os.read(0, 100)
# Which of two streams that are written at once comes first is nobody's promise; this one is alone when
# the echo has arrived.
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
os.write(2, b"hello " + name + b"\x1b]0;title\x07\x1b[?25l" + b"x" * 5000 + b"\x1b[?25h\n")
sys.exit(3)
"""


def test_a_session_is_the_bare_commands_byte_for_byte(project):
    project.write("session.py", SESSION)
    command = [sys.executable, "session.py"]
    seen = []
    for program, words in ((command[0], command[1:]), (BINARY, ["run", "-q", "-n", "s", "--", *command])):
        echoed = project.folder.parent / f"echoed-{len(seen)}"
        screen = Screen(project, *words, echoed, program=program)
        screen.read_until("name? ")
        screen.type(b"Ada\n")
        screen.read_until("Ada\r\n")
        echoed.touch()
        screen.end()
        assert screen.process.returncode == 3
        seen.append(screen.seen)
    assert seen[0].startswith("\x1b[1;31mtraining\x1b[0m on 60x30\r\nterminals 111, echo 1\r\n")
    assert seen[0].count("Ada") == 2, "its echo and the answer"
    assert seen[1] == seen[0]
    shown = project.mlr("show", "s", "--logs")
    assert b"latin \xe9, tab\t" in shown.raw_out and b"\r[##########] 100%\n" in shown.raw_out + shown.raw_err
