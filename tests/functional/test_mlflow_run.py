# SPDX-License-Identifier: Apache-2.0
"""Scripts that log to MLflow, run unchanged under `mlrepro run`."""

import json
import os
import signal
import subprocess
import sys

import pytest

from conftest import BINARY
from faults import wait_for_end, wait_until
from http_world import Server
from mlflow_clients import LINES, QUIET, interpreter


# For scripts: the servers that the mlrepro around them has started, among processes that come and go.
SERVERS = """
import os, pathlib
def servers():
    found = []
    for one in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            parent = int((one / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if parent == os.getppid() and b"--session" in (one / "cmdline").read_bytes():
                found.append(int(one.name))
        except OSError:
            pass
    return found
"""


class Lab:
    def __init__(self, project, python):
        self.project = project
        self.python = python
        project.environment.update(QUIET)

    def run(self, script, *options, expect=0, env=None):
        self.project.write("script.py", script)
        return self.project.mlr("--json", "run", *options, "--", self.python, "script.py", expect=expect, env=env)

    def show(self, reference="@1"):
        return self.project.mlr("show", reference, "--json").json

    def runs(self):
        return self.project.mlr("list", "--json").json["runs"]

    def document(self, result):
        """Of the run itself, the last line on stderr."""
        return self.show(json.loads(result.err.strip().splitlines()[-1])["id"])


@pytest.fixture(params=LINES)
def lab(project, request):
    return Lab(project, interpreter(request.param))


@pytest.fixture
def plain(project):
    """Scripts that import no MLflow."""
    return Lab(project, sys.executable)


def last(run, key):
    return run["metrics"][key]["last"]


def test_a_plain_script_logs_to_the_run_itself(lab):
    result = lab.run(
        """
import mlflow
with mlflow.start_run() as run:
    mlflow.log_param("lr", 0.1)
    mlflow.log_params({"depth": 6, "name": "boosted"})
    for step in range(5):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.log_metrics({"acc": 0.9, "f1": 0.8})
    mlflow.set_tag("stage", "test")
    mlflow.log_text("hello", "notes/readme.txt")
    mlflow.config.enable_async_logging()
    for step in range(300):
        mlflow.log_metric("many", step, step=step)
    mlflow.flush_async_logging()
    print(run.info.run_id)
"""
    )
    assert len(lab.runs()) == 1
    run = lab.document(result)
    assert result.out.split()[0] == run["id"]
    assert run["params"] == {"lr": "0.1", "depth": "6", "name": "boosted"}
    assert last(run, "loss") == 0.2 and run["metrics"]["loss"]["count"] == 5 and last(run, "f1") == 0.8
    assert run["metrics"]["many"]["count"] == 300
    assert run["tags"]["stage"] == "test"
    assert [(one["path"], one["bytes"]) for one in run["artifacts"]] == [("notes/readme.txt", 5)]
    assert (run["status"], run["exit_code"]) == ("finished", 0)
    assert run["experiment"] == lab.project.folder.name
    points = lab.project.mlr("show", run["id"], "--metric", "loss", "--json").json
    assert [one["step"] for one in points["points"]] == list(range(5))


def test_the_script_chooses_experiment_and_names_and_what_it_starts_later_is_below(lab):
    result = lab.run(
        """
import mlflow
mlflow.set_experiment("churn")
with mlflow.start_run(run_name="outer", tags={"team": "a"}):
    mlflow.log_param("p", "outer")
    mlflow.log_metric("m", 0)
    with mlflow.start_run(run_name="inner", nested=True):
        mlflow.log_param("p", "inner")
        with mlflow.start_run(run_name="innermost", nested=True):
            mlflow.log_metric("m", 1)
for number in (1, 2):
    with mlflow.start_run(run_name=f"part-{number}"):
        mlflow.log_metric("m", number)
"""
    )
    run = lab.document(result)
    assert (run["experiment"], run["name"], run["tags"]["team"], last(run, "m")) == ("churn", "outer", "a", 0)
    runs = {one["name"]: lab.show(one["id"]) for one in lab.runs()}
    assert runs.keys() == {"outer", "inner", "innermost", "part-1", "part-2"}
    assert {runs[name]["parent"] for name in ("inner", "part-1", "part-2")} == {run["id"]}
    assert runs["innermost"]["parent"] == runs["inner"]["id"]
    assert (runs["outer"]["params"]["p"], runs["inner"]["params"]["p"]) == ("outer", "inner")
    assert [last(runs[name], "m") for name in ("innermost", "part-1", "part-2")] == [1, 1, 2]
    assert {one["status"] for one in runs.values()} == {"finished"}


def test_the_process_says_how_the_run_ended(lab):
    failed = lab.run(
        """
import mlflow
with mlflow.start_run():
    mlflow.log_metric("m", 1)
    with mlflow.start_run(nested=True, run_name="child"):
        mlflow.log_metric("m", 2)
        raise SystemExit(3)
""",
        expect=3,
    )
    run = lab.document(failed)
    assert (run["status"], run["exit_code"], last(run, "m")) == ("failed", 3, 1)
    assert lab.show("child")["status"] == "failed"


def test_a_crash_loses_nothing_that_was_answered(lab):
    result = lab.run(
        """
import mlflow, os, signal
mlflow.start_run()
mlflow.start_run(nested=True, run_name="child")
for step in range(20):
    mlflow.log_metric("m", step, step=step)
mlflow.log_text("kept", "kept.txt")
os.kill(os.getpid(), signal.SIGKILL)
""",
        expect=-9,
    )
    run = lab.document(result)
    child = lab.show("child")
    assert run["status"] == "killed" and child["status"] == "killed"
    assert child["metrics"]["m"]["count"] == 20 and child["artifacts"][0]["path"] == "kept.txt"


def test_ctrl_c_ends_the_script_and_the_record_is_whole(lab):
    lab.project.write(
        "script.py",
        """
import mlflow, time
mlflow.start_run(run_name="interrupted")
mlflow.log_metric("m", 1)
print("ready", flush=True)
time.sleep(60)
""",
    )
    process = lab.project.popen("run", "--", lab.python, "script.py", stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout.readline() == b"ready\n"
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=300)
    run = lab.show()
    assert run["name"] == "interrupted" and last(run, "m") == 1 and run["stopped_by"] == 2
    assert run["status"] in ("killed", "failed")


def test_what_was_answered_outlives_mlrepro(lab):
    lab.project.write(
        "script.py",
        """
import mlflow, time, pathlib
mlflow.start_run(run_name="orphan")
mlflow.log_metric("before", 1)
print("ready", flush=True)
while not pathlib.Path("go").exists():
    time.sleep(0.05)
mlflow.log_metric("after", 2)
mlflow.log_text("x", "after.txt")
pathlib.Path("done").write_text("")
""",
    )
    process = lab.project.popen("run", "--", lab.python, "script.py", stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    process.kill()
    process.wait()
    lab.project.write("go", "")
    wait_until((lab.project.folder / "done").exists)
    wait_for_end(lab.project)
    run = lab.show()
    assert run["name"] == "orphan" and last(run, "before") == 1 and last(run, "after") == 2
    assert [one["path"] for one in run["artifacts"]] == ["after.txt"]


def test_a_server_that_dies_is_followed_by_another(lab):
    result = lab.run(
        SERVERS
        + """
import mlflow, signal
with mlflow.start_run(run_name="first"):
    mlflow.log_metric("before", 1)
    os.kill(servers()[0], signal.SIGKILL)
    mlflow.log_metric("after", 2)
with mlflow.start_run(run_name="second"):
    mlflow.log_metric("m", 3)
"""
    )
    run = lab.document(result)
    assert (run["name"], run["status"], last(run, "before"), last(run, "after")) == ("first", "finished", 1, 2)
    assert lab.show("second")["parent"] == run["id"]
    assert any("signal 9" in problem for problem in run["problems"])


def test_a_child_process_logs_into_the_session(lab):
    result = lab.run(
        """
import mlflow, subprocess, sys
with mlflow.start_run() as run:
    mlflow.log_metric("m", 1)
    subprocess.run([sys.executable, "-c", f"import mlflow; mlflow.log_metric('same', 5, run_id='{run.info.run_id}'); "
                    "mlflow.start_run(run_name='worker'); mlflow.log_metric('own', 6)"], check=True)
"""
    )
    run = lab.document(result)
    assert last(run, "m") == 1 and last(run, "same") == 5
    worker = lab.show("worker")
    assert worker["parent"] == run["id"] and last(worker, "own") == 6


def test_a_script_with_its_own_tracking_uri_keeps_it(lab):
    with Server(lab.project) as server:
        result = lab.run(
            f"""
import mlflow
mlflow.set_tracking_uri("{server.url}")
with mlflow.start_run(run_name="elsewhere") as run:
    mlflow.log_metric("m", 1)
"""
        )
        assert lab.document(result)["metrics"].get("m") is None
        assert last(lab.show("elsewhere"), "m") == 1


def test_a_users_tracking_uri_is_respected(plain):
    env = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}
    result = plain.run("import os; print(os.environ['MLFLOW_TRACKING_URI'], os.environ.get('MLFLOW_RUN_CONTEXT'))", env=env)
    assert result.out.split() == ["http://127.0.0.1:9", "None"]


def test_no_mlflow_offers_nothing(plain):
    result = plain.run("import os; print([name for name in os.environ if 'MLFLOW' in name or 'TRACKING' in name])", "--no-mlflow")
    assert eval(result.out) == ["MLFLOW_DISABLE_TELEMETRY"]


def test_a_run_within_a_run_has_its_own_place(lab):
    lab.project.write("inner.py", "import mlflow; mlflow.log_metric('m', 1)")
    lab.project.write("inner.sh", f"exec {os.environ['MLREPRO_BINARY']} run -n inner -- {lab.python} inner.py")
    lab.project.mlr("run", "-n", "outer", "--", "sh", "inner.sh")
    assert last(lab.show("inner"), "m") == 1 and lab.show("outer")["metrics"].get("m") is None


def test_autolog_and_grid_search_with_parallel_children(lab):
    result = lab.run(
        """
import joblib, mlflow, mlflow.sklearn
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
mlflow.sklearn.autolog(max_tuning_runs=4, log_models=False)
X, y = make_classification(n_samples=200, random_state=0)
with mlflow.start_run(run_name="search"), joblib.parallel_backend("threading"):
    GridSearchCV(LogisticRegression(max_iter=200), {"C": [0.01, 0.1, 1, 10]}, n_jobs=2, cv=3).fit(X, y)
"""
    )
    run = lab.document(result)
    assert run["name"] == "search" and "best_cv_score" in run["metrics"] and run["params"]["best_C"]
    children = [lab.show(one["id"]) for one in lab.runs() if one["id"] != run["id"]]
    assert len(children) == 4 and {one["parent"] for one in children} == {run["id"]}
    assert {one["params"]["C"] for one in children} == {"0.01", "0.1", "1", "10"}
    assert {one["status"] for one in children} == {"finished"}


def test_a_model_is_logged_and_loaded_back(lab):
    result = lab.run(
        """
import mlflow, mlflow.sklearn, numpy
from sklearn.linear_model import LinearRegression
model = LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0])
with mlflow.start_run() as run:
    info = mlflow.sklearn.log_model(model, "model", pip_requirements=["scikit-learn"])
    loaded = mlflow.sklearn.load_model(info.model_uri)
    print("predicted", float(loaded.predict([[2.0]])[0]))
"""
    )
    words = result.out.split()
    assert abs(float(words[words.index("predicted") + 1]) - 4) < 1e-9
    assert lab.document(result)["status"] == "finished"
    lab.project.mlr("verify")
    lab.project.mlr("gc", "--apply", "--now")
    lab.project.mlr("verify")


def test_a_script_that_never_connects_starts_no_server(plain):
    result = plain.run(SERVERS + "print(servers())")
    assert result.out.strip() == "[]"


def test_another_process_without_the_session_is_let_in_nowhere(plain):
    result = plain.run(
        """
import os, urllib.error, urllib.parse, urllib.request
uri = urllib.parse.urlsplit(os.environ["MLFLOW_TRACKING_URI"])
place = f"{uri.scheme}://{uri.netloc}"
for path in ("/version", "/api/2.0/mlflow/experiments/search?max_results=1", "/s/" + "0" * 32 + "/version", "/s//version"):
    try:
        urllib.request.urlopen(place + path)
        print("open")
    except urllib.error.HTTPError as error:
        print(error.code)
print(urllib.request.urlopen(place + uri.path + "/version").status)
"""
    )
    assert result.out.split() == ["401", "401", "401", "401", "200"]


def test_a_script_without_start_run_does_as_well_and_a_replay_logs_to_its_own_run(lab):
    script = "import mlflow; mlflow.log_metric('m', 0.5); mlflow.log_param('p', 1)"
    lab.project.write("script.py", script)
    lab.project.git("add", "-A")
    lab.project.git("commit", "-q", "-m", "script")
    run = lab.document(lab.run(script))
    assert len(lab.runs()) == 1 and last(run, "m") == 0.5 and run["params"]["p"] == "1"
    answer = lab.project.mlr("reproduce", run["id"], "--json").json
    assert answer["verdict"] in ("identical", "equivalent", "reproduced"), answer["verdict"]


def test_a_script_finds_the_run_that_it_ended_and_its_process_has_the_last_word(plain):
    result = plain.run(
        """
import json, os, sys, urllib.request
def api(method, route, body=None):
    request = urllib.request.Request(os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/" + route, method=method,
                                     data=body and json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request))
def finished():
    request = {"experiment_ids": [experiment], "filter": "attributes.status = 'FINISHED' AND attributes.end_time > 0"}
    return [one["info"]["run_id"] for one in api("POST", "runs/search", request).get("runs", [])]
info = api("POST", "runs/create", {"experiment_id": "0"})["run"]["info"]
run, experiment = info["run_id"], info["experiment_id"]
told = [finished()]
told.append(api("POST", "runs/update", {"run_id": run, "status": "FINISHED", "end_time": 1700000000000})["run_info"]["status"])
told += [finished() == [run], api("GET", "runs/get?run_id=" + run)["run"]["info"]["end_time"]]
api("POST", "runs/update", {"run_id": run, "status": "RUNNING"})
told.append(finished())
api("POST", "runs/update", {"run_id": run, "status": "FINISHED"})
print(json.dumps(told))
sys.exit(3)
""",
        "--no-resources",
        expect=3,
    )
    assert json.loads(result.out) == [[], "FINISHED", True, 1700000000000, []]
    run = plain.document(result)
    assert (run["status"], run["exit_code"]) == ("failed", 3)


def test_what_mlrepro_log_adds_is_seen_at_the_endpoint(plain):
    result = plain.run(
        f"""
import json, os, subprocess, urllib.request
def api(method, route, body=None):
    request = urllib.request.Request(os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/" + route, method=method,
                                     data=body and json.dumps(body).encode(), headers={{"Content-Type": "application/json"}})
    return json.load(urllib.request.urlopen(request))
def put(path, content):
    uri = info["artifact_uri"].removeprefix("mlflow-artifacts:/")
    urllib.request.urlopen(urllib.request.Request(
        os.environ["MLFLOW_TRACKING_URI"] + f"/api/2.0/mlflow-artifacts/artifacts/{{uri}}/{{path}}", method="PUT", data=content))
info = api("POST", "runs/create", {{"experiment_id": "0"}})["run"]["info"]
api("POST", "runs/log-metric", {{"run_id": info["run_id"], "key": "loss", "value": 9, "timestamp": 1, "step": 1}})
subprocess.run(["{BINARY}", "log", "--stdin"], check=True, text=True,
               input='{{"metric": "loss", "value": 0.5, "step": 2}}\\n{{"param": "late", "value": "yes"}}\\n')
open("a.txt", "w").write("logged")
for path in ("logged-first", "put-first"):
    if path == "put-first":
        put(path, b"put")
    subprocess.run(["{BINARY}", "log", "artifact", "a.txt", "--as", path], check=True)
put("logged-first", b"put")
data = api("GET", "runs/get?run_id=" + info["run_id"])["run"]["data"]
points = api("GET", "metrics/get-history?metric_key=loss&run_id=" + info["run_id"])["metrics"]
found = api("POST", "runs/search", {{"experiment_ids": [info["experiment_id"]], "filter": "metrics.loss < 1 AND params.late = 'yes'"}})
print(json.dumps([data["metrics"][0]["value"], data["params"], [one["value"] for one in points], len(found.get("runs", []))]))
""",
        "--no-resources",
    )
    assert json.loads(result.out) == [0.5, [{"key": "late", "value": "yes"}], [9, 0.5], 1]
    run = plain.document(result)
    assert run["metrics"]["loss"]["count"] == 2
    assert {one["path"]: one["bytes"] for one in run["artifacts"]} == {"logged-first": 3, "put-first": 6}


def test_a_running_run_is_looked_at_with_no_file_left_open_and_its_printed_points_up_to_a_limit(plain):
    result = plain.run(
        SERVERS
        + f"""
import json, subprocess, sys, time, urllib.request
def api(method, route, body=None):
    request = urllib.request.Request(os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/" + route, method=method,
                                     data=body and json.dumps(body).encode(), headers={{"Content-Type": "application/json"}})
    return json.load(urllib.request.urlopen(request))
info = api("POST", "runs/create", {{"experiment_id": "0"}})["run"]["info"]
def values():
    data = api("GET", "runs/get?run_id=" + info["run_id"])["run"]["data"]
    return {{one["key"]: one["value"] for one in data.get("metrics", [])}}
def points():
    return len(api("GET", "metrics/get-history?metric_key=gain&run_id=" + info["run_id"]).get("metrics", []))
def wait_for(expected):
    end = time.monotonic() + 60
    while values() != expected and time.monotonic() < end:
        time.sleep(0.1)
    return values() == expected
subprocess.run(["{BINARY}", "log", "--stdin"], check=True, text=True, input='{{"metric": "loss", "value": 1}}\\n')
print('{{"gain": 2, "step": 1}}', flush=True)
found = [wait_for({{"loss": 1, "gain": 2}}), points()]
api("GET", "artifacts/list?run_id=" + info["run_id"])
opened = [os.readlink(one) for server in servers() for one in pathlib.Path(f"/proc/{{server}}/fd").iterdir() if one.is_symlink()]
left = [one for one in opened if info["run_id"] in one or "metrics" in one or "events" in one]
for _ in range(650):
    sys.stdout.write(("x" * 999 + "\\n") * 100)
sys.stdout.flush()
found += [wait_for({{"loss": 1}}), points()]
print(json.dumps([found, len(opened) > 3, left]))
""",
        "--no-resources",
    )
    assert json.loads(result.out.splitlines()[-1]) == [[True, 1, True, 0], True, []]
