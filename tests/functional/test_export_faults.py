# SPDX-License-Identifier: Apache-2.0
"""export --mlflow where something is wrong: servers that fail, refuse, lie, or are none; and what is never said."""

import json
import signal
import socket
import subprocess

import pytest

from conftest import new_project
from faults import wait_until
from http_world import FILES, Server
from mlflow_server_world import FaultyServer

FAST = {"MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0"}
CREATE = "/api/2.0/mlflow/runs/create"
SECRET = "a-very-secret-token-of-32-letters"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    world = new_project(tmp_path_factory.mktemp("source"))
    world.write("big.txt", "x" * 50_000)
    long = {f"p{i}": "v" * (7000 if i == 3 else 10) for i in range(150)}
    world.mlr("run", "-n", "one", *[word for key, value in long.items() for word in ("-p", f"{key}={value}")], "--", "true")
    world.mlr("log", "artifact", "big.txt", "--run", "one")
    world.mlr("run", "-n", "two", "--", "sh", "-c", "echo out")
    return world


@pytest.fixture
def target(project):
    with Server(project) as server:
        yield server


def export(world, url, *more, expect=0, env=None):
    done = world.mlr("export", "--mlflow", url, "--truncate", "--json", *more, expect=expect, env={**FAST, **(env or {})})
    return done if expect else done.json


def count_runs(server):
    found = server.api("POST", "experiments/search", max_results=100)["experiments"]
    ids = [one["experiment_id"] for one in found]
    return len(server.api("POST", "runs/search", experiment_ids=ids, max_results=1000).get("runs", []))


def export_tag(server, run):
    tags = server.api("GET", "runs/get", run_id=run)["run"]["data"]["tags"]
    return next(one["value"] for one in tags if one["key"] == "mlrepro.export")


def test_what_may_pass_is_tried_again_and_nothing_is_there_twice(source, target):
    def fault(method, path, count, body):
        if path == CREATE and count == 1:
            return "lose"  # made, and nobody knows
        if path.endswith("runs/log-batch") and count <= 2:
            return (429, {"Retry-After": "0"}, b"{}")
        if method == "PUT" and count == 1:
            return "drop"
        if path.endswith("runs/update") and count <= 2:
            return 503
        return None

    with FaultyServer(target.url, fault) as between:
        done = export(source, between.url)
        assert done["complete"], done
        assert {run["state"] for run in done["runs"]} == {"made"}
        # Both were lost once, and found instead of made again.
        assert between.count("POST", "runs/create") == 2
    assert count_runs(target) == 2
    assert {run["state"] for run in export(source, target.url)["runs"]} == {"unchanged"}


def test_what_is_refused_is_not_tried_again_and_the_rest_goes(source, target):
    refusal = (400, {"Content-Type": "application/json"},
               b'{"error_code": "INVALID_PARAMETER_VALUE", "message": "no place for p7"}')

    def fault(method, path, count, body):
        return refusal if path.endswith("runs/log-batch") and b'"p7"' in body else None

    with FaultyServer(target.url, fault) as between:
        said = export(source, between.url, "one", expect=8).json["runs"][0]
    assert (said["state"], said["differences"]) == (
        "incomplete",
        ["param 'p7': the server refuses it: runs/log-batch: INVALID_PARAMETER_VALUE, no place for p7"],
    )
    done = export(source, target.url, "one")["runs"][0]
    assert (done["state"], done["params"], done["files"]) == ("completed", 1, 0)


def test_a_server_that_dies_is_told_and_the_same_command_completes(source, target):
    def fault(method, path, count, body):
        return "drop" if method == "PUT" else None

    with FaultyServer(target.url, fault) as between:
        said = export(source, between.url, expect=8, env={"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}).error
        assert between.url in said["message"] and between.count("PUT", "big.txt") == 2
    done = export(source, target.url)
    assert done["complete"] and {run["state"] for run in done["runs"]} == {"completed", "made"}
    assert count_runs(target) == 2


def test_killed_in_the_middle_it_is_completed_by_the_next(source, target):
    with FaultyServer(target.url, lambda method, *_: "stall" if method == "PUT" else None) as between:
        process = source.popen("export", "--mlflow", between.url, "--truncate", env=FAST, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
        assert between.stalled.wait(120)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert count_runs(target) == 1
    done = export(source, target.url)
    assert done["complete"] and count_runs(target) == 2
    first = next(run for run in done["runs"] if run["name"] == "one")
    assert (first["state"], first["params"]) == ("completed", 0)


@pytest.mark.parametrize("how", ["refused", "killed"])
def test_a_change_of_equal_size_that_did_not_get_there_is_sent_by_the_next(target, tmp_path, how):
    world = new_project(tmp_path / "changing")
    world.write("a.txt", "before")
    world.mlr("run", "-n", "one", "--", "true")
    world.mlr("log", "artifact", "a.txt", "--run", "one")
    run = export(world, target.url)["runs"][0]["server_run"]
    info = target.api("GET", "runs/get", run_id=run)["run"]["info"]
    root = f"{FILES}/{info['artifact_uri'].removeprefix('mlflow-artifacts:/')}"
    world.write("a.txt", "behind")
    world.mlr("log", "artifact", "a.txt", "--run", "one")

    refusal = (400, {"Content-Type": "application/json"}, b'{"error_code": "INVALID_PARAMETER_VALUE", "message": "no"}')
    verdict = refusal if how == "refused" else "stall"
    with FaultyServer(target.url, lambda method, path, *_: verdict if method == "PUT" and path.endswith("/a.txt") else None) as between:
        if how == "refused":
            said = export(world, between.url, expect=8).json["runs"][0]
            assert said["differences"][0].startswith("file 'a.txt': ")
        else:
            process = world.popen("export", "--mlflow", between.url, env=FAST, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            assert between.stalled.wait(120)
            process.send_signal(signal.SIGKILL)
            process.communicate()
    assert target.ask("GET", f"{root}/a.txt").body == b"before"
    listed = json.loads(target.ask("GET", f"{root}/mlrepro/manifest.json").body)["files"]
    assert "a.txt" not in {one["path"] for one in listed}
    assert export_tag(target, run).startswith("changing sha256:")

    done = export(world, target.url)["runs"][0]
    assert (done["state"], done["differences"]) == ("completed", [])
    assert target.ask("GET", f"{root}/a.txt").body == b"behind"
    listed = json.loads(target.ask("GET", f"{root}/mlrepro/manifest.json").body)["files"]
    assert "a.txt" in {one["path"] for one in listed}
    assert export_tag(target, run).startswith("complete sha256:")


def test_what_a_recheck_found_is_looked_at_again(source, target):
    run = export(source, target.url, "two")["runs"][0]["server_run"]
    other = target.api("GET", "runs/get", run_id=run)
    other["run"]["info"]["start_time"] += 1
    lie = (200, {"Content-Type": "application/json"}, json.dumps(other).encode())
    with FaultyServer(target.url, lambda method, path, *_: lie if path.endswith("runs/get") else None) as between:
        said = export(source, between.url, "two", "--recheck", expect=8).json["runs"][0]
        assert said["differences"] == ["start time: another one there than here"]
        assert export_tag(target, run).startswith("changing sha256:")
        assert export(source, between.url, "two", expect=8).json["runs"][0]["state"] == "incomplete"
    assert export(source, target.url, "two")["complete"]
    assert export_tag(target, run).startswith("complete sha256:")


def test_a_model_of_an_old_client_whose_answer_was_lost_is_noted_once(target, tmp_path):
    world = new_project(tmp_path / "noted")
    world.mlr("init")
    note = {"artifact_path": "m", "utc_time_created": "2026-01-01 00:00:00.000000", "flavors": {}}
    with Server(world) as server:
        run, _ = server.new_run()
        server.api("POST", "runs/log-model", run_id=run, model_json=json.dumps({**note, "run_id": run}))
        server.api("POST", "runs/update", run_id=run, status="FINISHED", end_time=2)
    with FaultyServer(target.url, lambda m, path, count, _: "lose" if path.endswith("log-model") and count == 1 else None) as between:
        there = export(world, between.url)["runs"][0]["server_run"]
        assert between.count("POST", "runs/log-model") == 1
    tags = {one["key"]: one["value"] for one in target.api("GET", "runs/get", run_id=there)["run"]["data"]["tags"]}
    assert [one["artifact_path"] for one in json.loads(tags["mlflow.log-model.history"])] == ["m"]


def test_values_without_room_are_left_out_or_cut_as_asked(source, target):
    said = source.mlr("export", "--mlflow", target.url, "one", "--json", expect=8).json["runs"][0]
    assert said["differences"] == ["parameter 'p3': MLflow has room for 6000 of its 7000 characters; --truncate cuts it"]
    assert said["params"] == 149
    done = export(source, target.url, "one")["runs"][0]
    assert (done["state"], done["params"], done["notes"]) == (
        "completed", 1, ["parameter 'p3': cut to 6000 of its 7000 characters"])


def test_who_is_not_let_in_is_told_how(source, project, tmp_path):
    token = tmp_path / "token"
    token.write_text(SECRET)
    token.chmod(0o600)
    with Server(project, "--auth-token-file", token) as server:
        refused = source.mlr("export", "--mlflow", server.url, "--json", expect=8)
        assert "401" in refused.error["message"] and "MLFLOW_TRACKING_TOKEN" in refused.error["hint"]
        wrong = source.mlr("export", "--mlflow", server.url, expect=8, env={"MLFLOW_TRACKING_TOKEN": "wrong" + SECRET})
        right = source.mlr("export", "--mlflow", server.url, "--truncate", "-v", env={"MLFLOW_TRACKING_TOKEN": SECRET})
    for said in (refused, wrong, right):
        assert SECRET not in said.out + said.err
    for path in (source.folder / ".mlrepro").rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes()


def test_a_redirect_is_told_and_nothing_goes_along(source):
    with FaultyServer() as other, FaultyServer() as first:
        first.fault = lambda *_: (302, {"Location": other.url + "/login?token=abc"}, b"")
        said = source.mlr("export", "--mlflow", first.url, "--json", expect=8, env={"MLFLOW_TRACKING_TOKEN": SECRET}).error
        assert other.url + "/login'" in said["message"] and "abc" not in said["message"]
        assert other.seen == []
        assert first.fields[0]["Authorization"] == f"Bearer {SECRET}"
        assert len(first.seen) == 1


@pytest.mark.parametrize("host, warned", [
    ("localhost:5", False), ("LOCALHOST", False), ("127.0.0.9:5", False), ("[::1]:5", False), ("[::1]", False),
    ("localhost.example.org", True), ("127.evil.example.org:5", True)])
def test_credentials_in_the_clear_are_told_but_to_this_machine(source, host, warned):
    with FaultyServer(fault=lambda *_: 404) as proxy:
        said = source.mlr("export", "--mlflow", f"http://{host}", "two", expect=8,
                          env={"http_proxy": proxy.url, "no_proxy": "", "MLFLOW_TRACKING_TOKEN": SECRET})
    assert ("unencrypted" in said.err) == warned


@pytest.mark.parametrize("answer", [(200, {}, b"<html>hello</html>"), (404, {"Content-Type": "text/html"}, b"no"), (200, {}, b"[]")])
def test_another_kind_of_server_is_told(source, answer):
    with FaultyServer(fault=lambda *_: answer) as server:
        said = source.mlr("export", "--mlflow", server.url, "--json", expect=8).error
        assert "none of MLflow's" in said["message"] and "MLflow server?" in said["hint"]
        assert len(server.seen) == 1


def test_nobody_there_is_told_at_once(source):
    with socket.socket() as deaf:  # its port is nobody else's, and nobody listens there
        deaf.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        said = source.mlr("export", "--mlflow", url, "--json", expect=8).error
    assert said["kind"] == "external" and url in said["message"]


def test_certificates_are_checked(source, project):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=project.folder, check=True, capture_output=True,
    )  # fmt: skip
    with Server(project, "--tls-cert", "cert.pem", "--tls-key", "key.pem") as server:
        said = source.mlr("export", "--mlflow", server.url, "two", "--json", expect=8).error
        assert "certificate" in said["message"] and "MLFLOW_TRACKING_SERVER_CERT_PATH" in said["hint"]
        trusted = {"MLFLOW_TRACKING_SERVER_CERT_PATH": str(project.folder / "cert.pem")}
        assert source.mlr("export", "--mlflow", server.url, "two", "--json", env=trusted).json["complete"]
        named = source.mlr("export", "--mlflow", server.url.replace("127.0.0.1", "localhost"), "two", "--json",
                           expect=8, env=trusted).error
        assert "localhost" in named["message"]
        loose = source.mlr("export", "--mlflow", server.url, "two", env={"MLFLOW_TRACKING_INSECURE_TLS": "true"})
        assert "nothing checks" in loose.err


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("--mlflow", "http://ada:pw-word@127.0.0.1:5000"), "MLFLOW_TRACKING_USERNAME"),
        (("--mlflow", "file:///tmp/mlruns"), "http://127.0.0.1:5000"),
        (("--mlflow", "databricks"), "http://127.0.0.1:5000"),
        (("--mlflow", "https://h/p?token=pw-word"), "https://mlflow.example.org/team"),
        (("--mlflow", "http://h", "-o", "f.mlr"), "--mlflow URI"),
        (("--mlflow", "http://h", "--force"), "overwritten"),
        (("--mlflow", "http://h", "one", "--filter", "name = 'two'"), "--filter"),
        (("--mlflow", "http://h", "--verify-content", "--dry-run"), "--dry-run"),
        (("one", "-o", "f.mlr", "--truncate"), "--mlflow"),
        (("one",), "-o FILE"),
        (("-o", "f.mlr"), "RUN -o FILE"),
    ],
)
def test_what_makes_no_sense_is_refused(source, arguments, words):
    said = source.mlr("export", *arguments, "--json", expect=2)
    assert words in said.error["message"] + said.error["hint"]
    assert "pw-word" not in said.err


def test_a_run_that_has_not_ended_stays_here(source, target):
    process = source.popen("run", "-n", "busy", "--", "cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        wait_until(lambda: source.mlr("list", "--filter", "name = 'busy'", "--json").json["runs"])
        assert "still runs" in source.mlr("export", "--mlflow", target.url, "busy", "--json", expect=4).error["message"]
        done = source.mlr("export", "--mlflow", target.url, "--truncate", env=FAST)
        assert "1 run still running" in done.err and "busy" not in done.out
    finally:
        process.communicate(b"")
        source.mlr("forget", "busy")
