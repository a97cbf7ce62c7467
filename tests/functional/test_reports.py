# SPDX-License-Identifier: Apache-2.0
"""The verdicts of several runs at once, and the reports that a CI job keeps."""

import pathlib
import shutil
import xml.etree.ElementTree

import pytest

METRIC = 'echo "{\\"metric\\":\\"m\\",\\"value\\":%s}" >> $MLREPRO_METRICS'


@pytest.fixture
def recorded(project):
    def record(name, value, *more):
        project.mlr("run", "-n", name, *more, "--", "sh", "-c", METRIC % value)

    record("steady", 1, "-t", "production=yes")
    record("random", "0.5$(date +%N)", "-t", "production=yes", "-t", "kind=odd")
    record("other", 2)
    record("undefined", "NaN")
    return project


def junit(project, name="report.xml"):
    return xml.etree.ElementTree.parse(project.folder / name).getroot()


def test_several_runs_have_one_table_and_the_worst_exit_code(recorded):
    text = recorded.mlr("reproduce", "steady", "random", "undefined", expect=1).out
    lines = [line.split() for line in text.splitlines()]
    assert [line[:2] for line in lines[1:4]] == [
        ["steady", "reproduced"], ["random", "differs"], ["undefined", "incomparable"]
    ]
    assert text.endswith("\n1 of 3 runs reproduced\n")
    document = recorded.mlr("reproduce", "steady", "undefined", "--json", expect=9).json
    assert document["schema"] == "mlrepro.reproductions/1"
    assert document["worst"] == "incomparable"
    assert [one["verdict"] for one in document["reproductions"]] == ["reproduced", "incomparable"]
    recorded.mlr("reproduce", "steady", "other")


def test_a_filter_chooses_runs_and_no_replays(recorded):
    recorded.mlr("reproduce", "steady")
    production = ("reproduce", "--filter", "tags.production = 'yes'", "--json")
    document = recorded.mlr(*production, expect=1).json
    assert [one["verdict"] for one in document["reproductions"]] == ["reproduced", "differs"]
    # A run that is also named counts once.
    assert len(recorded.mlr(*production, "random", expect=1).json["reproductions"]) == 2
    # The answer is a list even when the filter finds one.
    one = recorded.mlr("reproduce", "--filter", "name = 'other'", "--json").json
    assert len(one["reproductions"]) == 1
    error = recorded.mlr("reproduce", "--filter", "name = 'nobody'", "--json", expect=3).error
    assert "no run fits" in error["message"]


@pytest.mark.parametrize("at_once", [(), ("-j", "2")], ids=["in-turn", "at-once"])
def test_trouble_with_one_run_does_not_end_the_others(recorded, at_once):
    objects = recorded.folder / ".mlrepro/objects"
    others = set(objects.rglob("*.pack"))
    recorded.write("data.csv", "1,2\n" * 5000)
    recorded.mlr("run", "-n", "damaged", "-i", "data.csv", "--", "sh", "-c", METRIC % 1)
    for pack in set(objects.rglob("*.pack")) - others:
        pack.chmod(0o600)
        pack.write_bytes(pack.read_bytes()[:100] + bytes(max(0, pack.stat().st_size - 100)))
    document = recorded.mlr("reproduce", "damaged", "steady", *at_once, "--json", "--junit", "report.xml",
                            expect=6).json  # fmt: skip
    assert [one["verdict"] for one in document["reproductions"]] == ["blocked", "reproduced"]
    assert junit(recorded).get("errors") == "1"


def test_a_junit_report(recorded):
    recorded.mlr("reproduce", "steady", "random", "--junit", "report.xml", expect=1)
    root = junit(recorded)
    assert root.tag == "testsuites" and root.get("failures") == "2"
    steady, random = root
    assert steady.get("name") == "steady" and steady.get("failures") == steady.get("errors") == "0"
    assert {case.get("name") for case in random if case.find("failure") is not None} == {"verdict", "m"}
    for suite in root:
        assert int(suite.get("tests")) == len(suite.findall("testcase"))
    properties = {item.get("name"): item.get("value") for item in random.find("properties")}
    assert properties["verdict"] == "differs"
    assert recorded.mlr("show", properties["replay"], "--json").json["parent"] == properties["run"]


def test_names_that_xml_and_markdown_would_misread(recorded):
    recorded.mlr("run", "-n", "<b>|&", "--", "sh", "-c",
                 "printf '%s\\n' '{\"metric\":\"a<\\\"|\",\"value\":1}' >> $MLREPRO_METRICS")
    recorded.mlr("reproduce", "<b>|&", "--junit", "report.xml", "--markdown", "report.md")
    assert junit(recorded)[0].get("name") == "<b>|&"
    assert [case.get("name") for case in junit(recorded).iter("testcase")][-1] == 'a<"|'
    assert "### `<b>|&`: **reproduced**" in (recorded.folder / "report.md").read_text()


def test_a_markdown_report(recorded):
    recorded.mlr("reproduce", "random", "--markdown", "report.md", expect=1)
    text = (recorded.folder / "report.md").read_text()
    assert text.startswith("### `random`: **differs**\n\n- metric 'm': 0.")
    assert "| metric | recorded | replayed | difference | status |" in text
    recorded.mlr("reproduce", "random", "steady", "--markdown", "report.md", expect=1)
    text = (recorded.folder / "report.md").read_text()
    assert text.startswith("| run | verdict | proven | duration | why |\n")
    assert "\n1 of 2 runs reproduced\n" in text and "### `steady`: **reproduced**, proven" in text


def test_a_report_that_cannot_be_written_is_refused_before_the_replay(recorded):
    runs = len(recorded.mlr("list", "--json").json["runs"])
    for option in ("--junit", "--markdown"):
        err = recorded.mlr("reproduce", "steady", option, "no/such/folder/x", expect=2).err
        assert f"{option} '" in err and "No such file" in err
        recorded.mlr("reproduce", "steady", option, ".", expect=2)
    recorded.mlr("reproduce", expect=2)
    assert "use --keep" in recorded.mlr("reproduce", "steady", "other", "--scratch", "s", expect=2).err
    assert len(recorded.mlr("list", "--json").json["runs"]) == runs


def test_several_at_once_answer_as_one_after_another(recorded):
    runs = ("steady", "other", "undefined", "random")
    one_by_one = recorded.mlr("reproduce", *runs, "--json", "--gate", expect=1).json
    at_once = recorded.mlr("reproduce", *runs, "--json", "--gate", "-j", "3", expect=1).json

    def essence(document):
        for one in document["reproductions"]:
            assert one.pop("replay") and one.pop("replays") and one.pop("replay_names")
            del one["duration_s"]
            one["metrics"] = [
                {key: metric[key] for key in ("key", "recorded", "status", "tolerance")}
                for metric in one["metrics"]
            ]
            if one["run_name"] == "random":
                one["reasons"] = len(one["reasons"])
        return document

    assert essence(at_once) == essence(one_by_one)
    assert [one["run_name"] for one in at_once["reproductions"]] == list(runs)
    text = recorded.mlr("reproduce", "steady", "other", "-j", "2", "--markdown", "r.md",
                        "--junit", "r.xml").out  # fmt: skip
    assert text.endswith("\n2 of 2 runs reproduced\n")
    assert "steady" in (recorded.folder / "r.md").read_text()
    assert junit(recorded, "r.xml").get("failures") == "0"


def test_runs_that_wait_for_one_another_are_replayed_at_once(project):
    project.write("meet.sh", """
touch "$MEET/$1"
for i in $(seq 6000); do
  [ $(ls "$MEET" | wc -l) -ge 2 ] && exit 0
  sleep 0.02
done
exit 1
""")  # fmt: skip
    place = project.folder.parent / "meet"
    place.mkdir()
    env = {"MEET": str(place)}
    (place / "somebody").touch()
    for name in ("left", "right"):
        project.mlr("run", "-n", name, "--env", "MEET", "--", "sh", "meet.sh", name, env=env)
        (place / name).unlink()
    (place / "somebody").unlink()
    document = project.mlr("reproduce", "left", "right", "-j", "2", "--json", expect=9, env=env).json
    # Either would have waited in vain for the other one; there is no metric to compare.
    assert [one["verdict"] for one in document["reproductions"]] == ["incomparable"] * 2


def test_what_goes_with_several_at_once_and_what_does_not(recorded):
    error = recorded.mlr("reproduce", "steady", "other", "-j", "2", "--show-output", "--json",
                         expect=2).error  # fmt: skip
    assert "would be mixed" in error["message"]
    for wrong in ("0", "-1", "many"):
        recorded.mlr("reproduce", "steady", "other", "-j", wrong, expect=2)
    answer = recorded.mlr("reproduce", "steady", "other", "-j", "2", "--keep")
    folders = [line.rsplit(" is ", 1)[1] for line in answer.err.splitlines() if "folder of" in line]
    assert len(folders) == 2
    for folder in folders:
        shutil.rmtree(pathlib.Path(folder).parent)


def test_what_if_at_once(project):
    project.write("train.sh", 'echo "{\\"metric\\":\\"m\\",\\"value\\":$2}" >> $MLREPRO_METRICS\n')
    for name, value in (("north", "3"), ("south", "4")):
        project.mlr("run", "-n", name, "--", "sh", "train.sh", "--x", value)
    document = project.mlr("reproduce", "north", "south", "--set", "x=9", "-j", "2", "--json").json
    assert [run["run_name"] for run in document["runs"]] == ["north", "south"]
    assert [run["metrics"][0]["replayed"] for run in document["runs"]] == [9, 9]
    table = project.mlr("reproduce", "north", "south", "--set", "x=9", "-j", "2").out
    assert "north" in table and "south" in table
