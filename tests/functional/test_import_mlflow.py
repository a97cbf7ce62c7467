# SPDX-License-Identifier: Apache-2.0
"""Stores that MLflow's clients really made, imported: read back by the clients and by mlrepro; and stores that
are damaged, hostile or on the move."""

import contextlib
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

from conftest import new_project
from http_world import Server
from mlflow_clients import LINES, QUIET, interpreter

# Fills the stores that are named on the command line, all the same way; the last line tells what is in them.
FILL = """
import json, math, os, sys
import mlflow, numpy, pandas
import mlflow.sklearn
from mlflow import MlflowClient
from sklearn.linear_model import LogisticRegression, LinearRegression
three = int(mlflow.__version__.split(".")[0]) >= 3
def name(n):
    return {"name": n} if three else {"artifact_path": n}
def fill(uri):
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    client = MlflowClient()
    told = {}
    mlflow.set_experiment("churn")
    client.set_experiment_tag(client.get_experiment_by_name("churn").experiment_id, "team/name", "x")
    frame = pandas.DataFrame({"a": numpy.arange(40) % 7, "b": numpy.arange(40) % 5, "y": numpy.arange(40) % 2})
    with mlflow.start_run(run_name="first: 'quoted' \\n two lines", description="why\\nso", tags={"team": "x"}) as run:
        told["first"] = run.info.run_id
        mlflow.log_params({"lr": 0.1, "text": "two\\nlines: \\"a\\" ", "empty": ""})
        for step in range(5):
            mlflow.log_metric("loss/train", 1 / (step + 1), step=step)
        mlflow.log_metrics({"nan": math.nan, "inf": -math.inf, "big": 1e300}, step=3)
        mlflow.log_text("hello", "notes/a.txt")
        mlflow.log_text("hello", "notes/deep/b.txt")
        mlflow.log_input(mlflow.data.from_pandas(frame, source="frame.csv", name="frame"), context="train")
        with mlflow.start_run(nested=True, run_name="inner") as inner:
            told["inner"] = inner.info.run_id
            mlflow.log_metric("m", 2)
    told["dataset"] = client.get_run(told["first"]).inputs.dataset_inputs[0].dataset.digest
    mlflow.sklearn.autolog(log_models=False, log_post_training_metrics=False)
    with mlflow.start_run(run_name="auto") as run:
        told["auto"] = run.info.run_id
        LogisticRegression(C=0.5).fit(frame[["a", "b"]], frame["y"])
        mlflow.log_metric("share", 0.25)
    mlflow.sklearn.autolog(disable=True)
    with mlflow.start_run(run_name="modelled") as run:
        told["modelled"] = run.info.run_id
        line = LinearRegression().fit([[0.0], [1.0]], [1.0, 3.0])
        for _ in range(2):
            mlflow.sklearn.log_model(line, registered_model_name="line", pip_requirements=["scikit-learn"], **name("model"))
    client.set_registered_model_alias("line", "best", 1)
    client.set_registered_model_tag("line", "owner", "me")
    client.update_registered_model("line", "a line")
    client.set_model_version_tag("line", "1", "checked", "yes")
    client.update_model_version("line", "1", "the first")
    client.transition_model_version_stage("line", "1", "Production")
    gone = client.create_run(client.get_experiment_by_name("churn").experiment_id, run_name="gone")
    client.log_metric(gone.info.run_id, "m", 1)
    client.delete_run(gone.info.run_id)
    told["gone"] = gone.info.run_id
    open_ = client.create_run("0", run_name="open")
    client.log_metric(open_.info.run_id, "m", 1, timestamp=1000)
    told["open"] = open_.info.run_id
    old = client.create_experiment("old")
    told["buried"] = client.create_run(old, run_name="buried").info.run_id
    client.delete_experiment(old)
    read = client.get_run(told["first"])
    told["params"], told["tags"], told["times"] = read.data.params, read.data.tags, [read.info.start_time, read.info.end_time]
    told["history"] = [[m.step, m.value, m.timestamp] for m in client.get_metric_history(told["first"], "loss/train")]
    told["user"] = read.info.user_id
    told["auto_params"] = client.get_run(told["auto"]).data.params
    told["auto_metrics"] = {k: v for k, v in client.get_run(told["auto"]).data.metrics.items()}
    told["churn"] = client.get_experiment_by_name("churn").experiment_id
    return told
print(json.dumps({uri: fill(uri) for uri in sys.argv[1:]}))
"""

# What a client sees of what was imported, for each server and what was in its store.
READ = """
import json, math, sys
import mlflow, numpy
import mlflow.sklearn
from mlflow import MlflowClient
from mlflow.entities import ViewType
def read(uri, told):
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    client = MlflowClient()
    run = client.get_run(told["first"])
    churn = client.get_experiment_by_name("churn")
    search = lambda text, view=ViewType.ACTIVE_ONLY: [r.info.run_name for r in client.search_runs([churn.experiment_id], text, run_view_type=view)]
    version = client.get_model_version_by_alias("line", "best")
    x = numpy.array([[10.0]])
    return dict(
        name=run.info.run_name, params=run.data.params, tags=run.data.tags, user=run.info.user_id,
        times=[run.info.start_time, run.info.end_time], status=run.info.status,
        history=[[m.step, m.value, m.timestamp] for m in client.get_metric_history(told["first"], "loss/train")],
        odd=[str(run.data.metrics["nan"]), run.data.metrics["inf"] == -math.inf, run.data.metrics["big"]],
        text=mlflow.artifacts.load_text(run.info.artifact_uri + "/notes/deep/b.txt"),
        dataset=[[d.dataset.name, d.dataset.digest, d.dataset.source_type, [t.value for t in d.tags]] for d in run.inputs.dataset_inputs],
        children=search(f"tags.mlflow.parentRunId = '{told['first']}'"), found=search("metrics.`loss/train` < 0.3 and params.lr = '0.1'"),
        gone=search("", ViewType.DELETED_ONLY), experiment=[churn.experiment_id, churn.tags],
        auto=[client.get_run(told["auto"]).data.params, client.get_run(told["auto"]).data.metrics],
        old=client.get_experiment_by_name("old").lifecycle_stage, open=client.get_run(told["open"]).info.status,
        version=[version.version, version.tags, version.current_stage, version.description, version.run_id == told["modelled"]],
        versions=sorted(int(v.version) for v in client.search_model_versions("name = 'line'")),
        model=[client.get_registered_model("line").description, client.get_registered_model("line").tags],
        predicted=[round(float(mlflow.pyfunc.load_model(u).predict(x)[0]), 6) for u in ("models:/line@best", f"runs:/{told['modelled']}/model")],
        restored=(client.restore_experiment(client.get_experiment_by_name("old").experiment_id),
                  [r.info.run_name for r in client.search_runs([client.get_experiment_by_name("old").experiment_id])])[1],
    )
print(json.dumps([read(uri, told) for uri, told in json.loads(sys.argv[1])]))
"""

ENVIRONMENT = {**QUIET, "MLFLOW_ALLOW_FILE_STORE": "true", "GIT_PYTHON_REFRESH": "quiet"}


def client(world, line, script, *words):
    path = world.write(f"script-{line}.py", script)
    done = subprocess.run([interpreter(line), str(path), *words], cwd=world.folder, capture_output=True, timeout=600,
                          env={**world.environment, **ENVIRONMENT})
    assert done.returncode == 0, done.stderr.decode()[-4000:]
    return json.loads(done.stdout.decode().strip().splitlines()[-1])


class Imported:
    """A store, what its client said of it, and a project that it was imported into."""

    def __init__(self, made, path, told, project):
        self.made, self.path, self.told, self.project = made, path, told, project
        self.before = fingerprint(made.folder)
        self.result = project.mlr("import", "mlflow", path, "--json").json


def fingerprint(folder):
    """Of all files below a folder, what is in them and when they were changed."""
    found = {}
    for top, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(top, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = (hashlib.sha256(file.read()).hexdigest(), os.stat(path).st_mtime_ns)
    return found


@pytest.fixture(scope="module", params=LINES)
def stores(request, tmp_path_factory):
    """For each line of clients: a file store and a database, both imported."""
    top = tmp_path_factory.mktemp(f"mlflow-{request.param}")
    made = new_project(top / "made")
    shutil.rmtree(made.folder / ".git", ignore_errors=True)
    told = client(made, request.param, FILL, "file://" + str(made.folder / "mlruns"), f"sqlite:///{made.folder}/mlflow.db")
    found = {}
    for kind, uri in zip(("files", "database"), told):
        path = made.folder / ("mlruns" if kind == "files" else "mlflow.db")
        found[kind] = Imported(made, path, told[uri], new_project(top / kind))
    return request.param, found


def test_clients_read_back_what_was_imported(stores):
    line, found = stores
    imported = list(found.values())
    with Server(imported[0].project) as one, Server(imported[1].project) as two:
        pairs = [(one.url, imported[0].told), (two.url, imported[1].told)]
        answers = client(imported[0].made, line, READ, json.dumps(pairs))
    for each, read in zip(imported, answers):
        told = each.told
        assert each.result["lost"] == [] and each.result["others"] == {}
        for key in ("params", "tags", "times", "user", "history"):
            assert read[key] == told[key], key
        assert read["name"] == "first: 'quoted' \n two lines" and read["status"] == "FINISHED"
        assert read["odd"] == ["nan", True, 1e300]
        assert read["text"] == "hello"
        [[name, digest, source, tags]] = read["dataset"]
        assert (name, digest, source, tags) == ("frame", told["dataset"], "local", ["train"])
        assert read["children"] == ["inner"] and read["found"] == [read["name"]] and read["gone"] == ["gone"]
        assert read["experiment"][0] == told["churn"] and read["experiment"][1]["team/name"] == "x"
        assert read["auto"] == [told["auto_params"], told["auto_metrics"]]
        assert (read["old"], read["open"]) == ("deleted", "RUNNING")
        assert read["version"] == [read["version"][0], {"checked": "yes"}, "Production", "the first", True]
        assert int(read["version"][0]) == 1 and read["versions"] == [1, 2]
        assert read["model"] == ["a line", {"owner": "me"}]
        assert read["predicted"] == [21.0, 21.0]
        assert read["restored"] == ["buried"]


def test_mlrepro_lists_compares_and_keeps_what_was_imported(stores):
    line, found = stores
    for each in found.values():
        project, told = each.project, each.told
        run = project.mlr("show", told["first"], "--json").json
        assert (run["experiment"], run["status"], run["note"]) == ("churn", "finished", "why\nso")
        assert run["params"]["text"] == 'two\nlines: "a" ' and run["metrics"]["loss/train"]["count"] == 5
        assert {a["path"] for a in run["artifacts"]} == {"notes/a.txt", "notes/deep/b.txt"}
        assert len({a["digest"] for a in run["artifacts"]}) == 1
        assert project.mlr("show", told["inner"], "--json").json["parent"] == told["first"]
        listed = project.mlr("list", "--json", "--filter", "metrics.m = 2").json["runs"]
        assert [r["id"] for r in listed] == [told["inner"]]
        diff = project.mlr("diff", told["first"], told["auto"], "--json").json
        assert "lr" in {p["key"] for p in diff["params"]}
        assert project.mlr("verify").code == 0
        assert each.result["running"] == 1 and each.result["runs"]["new"] == 7
        now = fingerprint(each.made.folder)
        assert {name for name in each.before if now.get(name) != each.before[name]} <= {f"script-{line}.py"}


def test_a_second_import_adds_nothing_and_a_third_brings_what_is_new(stores, tmp_path):
    """The run that was running has ended there meanwhile."""
    _, found = stores
    for each in found.values():
        again = each.project.mlr("import", "mlflow", each.path, "--json").json
        for kind in ("experiments", "runs", "logged_models", "registered_models"):
            assert again[kind]["new"] == again[kind]["changed"] == 0, (kind, again)
        assert again["new_bytes"] == again["artifacts"] == 0
        where = tmp_path / each.path.name
        if each.path.is_dir():
            shutil.copytree(each.path, where)
            run = where / "0" / each.told["open"]
            meta = (run / "meta.yaml").read_text()
            (run / "meta.yaml").write_text(meta.replace("status: 1", "status: 3").replace("end_time: null", "end_time: 5000"))
            (run / "metrics" / "m").open("a").write("2000 0.5 1\n")
        else:
            shutil.copy(each.path, where)
            with sqlite3.connect(where) as database:
                database.execute("UPDATE runs SET status = 'FINISHED', end_time = 5000 WHERE run_uuid = ?", [each.told["open"]])
                database.execute("INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES ('m', 0.5, 2000, ?, 1, 0)",
                                 [each.told["open"]])
            database.close()
        third = each.project.mlr("import", "mlflow", where, "--artifacts", each.made.folder / "mlruns", "--json").json
        assert third["runs"]["new"] == 0 and third["runs"]["changed"] == 1 and third["running"] == 0
        run = each.project.mlr("show", each.told["open"], "--json").json
        assert run["status"] == "finished" and run["metrics"]["m"]["count"] == 2 and run["metrics"]["m"]["last"] == 0.5
        assert run["additions"] == []


def test_a_dry_run_writes_nothing(stores, tmp_path):
    _, found = stores
    project = new_project(tmp_path / "dry")
    done = project.mlr("import", "mlflow", found["files"].path, "--dry-run", "--json").json
    assert done["dry_run"] and done["runs"]["new"] == 7 and done["artifacts"] > 2
    assert not (project.folder / ".mlrepro").exists()
    text = project.mlr("import", "mlflow", found["database"].path, "-n").out
    assert "would be imported" in text and "7" in text


# Stores that are written by hand: what no client does.

RUN = "{:032x}"


def file_store(folder, runs=1, uri=""):
    """The smallest file store."""
    (folder / "0").mkdir(parents=True)
    (folder / "0" / "meta.yaml").write_text(
        f"artifact_location: file://{folder}/0\ncreation_time: 1000\nexperiment_id: '0'\nlast_update_time: 1000\n"
        "lifecycle_stage: active\nname: Default\n")
    for number in range(1, runs + 1):
        hand_made_run(folder, RUN.format(number), uri)
    return folder


def hand_made_run(folder, name, uri=""):
    run = folder / "0" / name
    for part in ("metrics", "params", "tags", "artifacts"):
        (run / part).mkdir(parents=True)
    (run / "meta.yaml").write_text(
        f"artifact_uri: {uri or run / 'artifacts'}\nend_time: 3000\nentry_point_name: ''\nexperiment_id: '0'\n"
        f"lifecycle_stage: active\nrun_id: {name}\nrun_uuid: {name}\nrun_name: n{int(name[-8:], 16)}\nsource_name: ''\n"
        "source_type: 4\nsource_version: ''\nstart_time: 2000\nstatus: 3\ntags: []\nuser_id: u\n")
    (run / "params" / "p").write_text("1")
    (run / "metrics" / "m").write_text("2500 0.5 0\n")
    (run / "artifacts" / "a.txt").write_text("content of " + name)
    return run


def kinds(result):
    return {trouble["kind"] for trouble in result["lost"]}


def test_quirks_of_old_and_new_file_stores(bare):
    store = file_store(bare.folder / "mlruns", runs=2)
    run = store / "0" / RUN.format(1)
    (run / "metrics" / "old").write_text("1000 0.25\n2000 0.5\n")
    (run / "metrics" / "twice").write_text("1000 1.0 0\n1000 1.0 0\n1000 nan 1\n1000 inf 2\n")
    (run / "metrics" / "of").mkdir()
    (run / "metrics" / "of" / "data").write_text("1000 0.125 7 the name abcd1234\n")
    (run / "tags" / "a").mkdir()
    (run / "tags" / "a" / "b").write_text("nested")
    (run / "meta.yaml").write_text((run / "meta.yaml").read_text().replace("source_name: ''", "source_name: train.py"))
    odd = hand_made_run(store, "00000000-not-hex-0000-000000000003")
    (store / "9").mkdir()  # of a server that keeps artifacts here
    (store / "9" / "artifacts").mkdir()
    (store / "0" / "traces" / "tr-1").mkdir(parents=True)
    result = bare.mlr("import", "mlflow", store, "--json").json
    assert result["lost"] == [] and result["runs"]["new"] == 3
    assert {t["kind"] for t in result["left_out"]} == {"experiment", "run id"} and result["others"] == {"trace": 1}
    run = bare.mlr("show", RUN.format(1), "--json").json
    metrics = {key: (value["count"], value["step"]) for key, value in run["metrics"].items()}
    assert metrics == {"m": (1, 0), "old": (2, 0), "twice": (3, 2), "of/data": (1, 7)}
    assert run["metrics"]["old"]["last"] == 0.5 and run["metrics"]["twice"]["last"] == "Infinity"
    assert run["tags"]["a/b"] == "nested" and run["tags"]["mlflow.source.name"] == "train.py"
    assert run["user"].startswith("u")
    assert bare.mlr("show", f"tag:mlrepro.mlflow_run_id={odd.name}", "--json").json["name"] == "n3"


def test_what_is_broken_is_named_and_the_rest_comes(bare):
    store = file_store(bare.folder / "mlruns", runs=7)
    path = lambda number, *more: store.joinpath("0", RUN.format(number), *more)
    path(1, "meta.yaml").write_text("name: [unclosed\n")
    path(2, "meta.yaml").write_text("")
    path(3, "metrics", "m").write_text("2500 0.5 0\ngarbage\n\n2600 0.5x 1\n2700 0.75 2\n")
    path(4, "metrics", "m").write_text("2500 0.5 0\n2600 0.")
    path(5, "params", "p").write_bytes(b"\xff\xfe")
    path(6, "meta.yaml").write_text(path(6, "meta.yaml").read_text().replace("status: 3", "status: 77"))
    done = bare.mlr("import", "mlflow", "mlruns", "--json", expect=1).json
    assert done["runs"]["new"] == 4
    why = {trouble["where"]: trouble["reason"] for trouble in done["lost"]}
    prefix = lambda number, tail="": f"0/{RUN.format(number)}{tail}"
    assert "line " in why[prefix(1)] and "empty" in why[prefix(2)]
    assert "3 lines" in why[prefix(3, "/metrics/m")] and "line 2 is 'garbage'" in why[prefix(3, "/metrics/m")]
    assert "not written to its end" in why[prefix(4, "/metrics/m")]
    assert "UTF-8" in why[prefix(5, "/params/p")] and "77" in why[prefix(6)]
    assert len(done["lost"]) == 6
    assert bare.mlr("show", RUN.format(3), "--json").json["metrics"]["m"]["count"] == 2
    assert "lost:" in bare.mlr("import", "mlflow", "mlruns", expect=1).out
    path(4, "metrics", "m").write_text("2500 0.5 0\n2600 0.25 1\n")
    bare.mlr("import", "mlflow", "mlruns", expect=1)
    run = bare.mlr("show", RUN.format(4), "--json").json
    assert run["metrics"]["m"]["count"] == 2 and run["metrics"]["m"]["last"] == 0.25


def test_nothing_outside_of_the_store_is_read(bare):
    """Links, paths that climb, and artifact places that name other folders."""
    secret = bare.write("secret/key.txt", "the secret\n")
    store = file_store(bare.folder / "mlruns", runs=6)
    path = lambda number, *more: store.joinpath("0", RUN.format(number), *more)
    (path(1, "artifacts") / "out").symlink_to(secret)
    (path(1, "artifacts") / "folder").symlink_to(secret.parent)
    (path(1, "artifacts") / "inside").symlink_to("a.txt")
    (path(1, "artifacts") / "loop").symlink_to(".")
    (path(2, "params") / "stolen").symlink_to(secret)
    (path(3, "metrics") / "stolen").symlink_to("/proc/self/environ")
    uri = lambda number, text: path(number, "meta.yaml").write_text(
        path(number, "meta.yaml").read_text().replace(str(path(number, "artifacts")), text))
    for number, text in ((4, f"file://{secret.parent}"), (5, "../secret"), (6, f"mlflow-artifacts:/../../secret")):
        uri(number, text)
        shutil.rmtree(path(number, "artifacts"))
    (store / "0" / RUN.format(7)).symlink_to(secret.parent)
    (store / "8").symlink_to(secret.parent)
    os.mkfifo(path(1, "artifacts") / "pipe")
    trace = bare.folder / "trace"
    done = subprocess.run(["strace", "-f", "-e", "trace=openat,openat2,open", "-o", str(trace), os.environ["MLREPRO_BINARY"],
                           "import", "mlflow", "mlruns", "--json"], cwd=bare.folder, env=bare.traced_environment(), capture_output=True, timeout=300)
    assert done.returncode == 1, done.stderr
    result = json.loads(done.stdout)
    opened = [l for l in trace.read_text().splitlines() if ("key.txt" in l or "environ" in l) and not l.split("=")[-1].strip().startswith("-1")]
    assert opened == []
    assert {"artifact", "param", "metric", "run", "experiment"} <= kinds(result)
    assert {a["path"] for a in bare.mlr("show", RUN.format(1), "--json").json["artifacts"]} == {"a.txt", "inside"}
    for number in range(1, 7):
        assert "stolen" not in json.dumps(bare.mlr("show", RUN.format(number), "--json").json)
    store_bytes = b"".join(p.read_bytes() for p in (bare.folder / ".mlrepro").rglob("*") if p.is_file())
    assert b"the secret" not in store_bytes


@pytest.mark.parametrize("uri, artifacts, found", [
    ("s3://bucket/team/0/{run}/artifacts", None, False),
    ("s3://bucket/team/0/{run}/artifacts", "copy", True),
    ("mlflow-artifacts:/0/{run}/artifacts", None, True),
    ("file:///gone/mlruns/0/{run}/artifacts", "copy/team", True),
])
def test_where_artifacts_are(bare, uri, artifacts, found):
    run = RUN.format(1)
    store = file_store(bare.folder / "mlruns", uri=uri.format(run=run))
    shutil.rmtree(store / "0" / run / "artifacts")
    for place in (f"copy/team/0/{run}/artifacts/b.txt", f"mlartifacts/0/{run}/artifacts/b.txt" if uri.startswith("mlflow") else "x/y"):
        bare.write(place, "b\n")
    words = ["--artifacts", artifacts] if artifacts else []
    result = bare.mlr("import", "mlflow", *words, "mlruns", "--json", expect=0 if found else 1).json
    assert [a["path"] for a in bare.mlr("show", run, "--json").json["artifacts"]] == (["b.txt"] if found else [])
    if not found:
        assert result["lost"] == [{"kind": "remote artifacts", "where": run, "reason": result["lost"][0]["reason"]}]
        assert "--artifacts" in result["lost"][0]["reason"]
        assert bare.mlr("import", "mlflow", "mlruns", "--artifacts", "copy", "--json").json["artifacts"] == 1


@pytest.mark.parametrize("make, code, words", [
    (lambda p: p.write("x/readme.txt", "no store\n"), 6, "no file store of MLflow"),
    (lambda p: p.write("x", "no database, but long enough to be looked at\n" * 40), 6, "database"),
    (lambda p: sqlite3.connect(p.folder / "x").execute("CREATE TABLE t (a)").connection.close(), 6, "no database of MLflow"),
    (lambda p: None, 3, "nothing there"),
])
def test_what_is_no_store_is_refused_in_a_line(bare, make, code, words):
    make(bare)
    error = bare.mlr("import", "mlflow", "x", "--json", expect=code).error
    assert words in error["message"] and error["hint"]
    assert not (bare.folder / ".mlrepro").exists()


def test_a_damaged_database_gives_what_can_be_read(stores, tmp_path):
    _, found = stores
    whole = found["database"].path.read_bytes()
    project = new_project(tmp_path / "torn")
    damaged = project.folder / "mlflow.db"
    damaged.write_bytes(whole[: len(whole) // 2 // 4096 * 4096])
    process = project.popen("import", "mlflow", "mlflow.db", "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = process.communicate(timeout=300)
    assert process.returncode in (1, 6), err
    if process.returncode == 6:
        [line] = err.decode().splitlines()
        assert "mlflow.db" in json.loads(line)["error"]["message"]
    else:
        assert json.loads(out)["lost"]
    assert damaged.read_bytes() == whole[: len(whole) // 2 // 4096 * 4096]


def test_a_damaged_table_of_somebody_else_is_told_and_the_rest_comes(stores, tmp_path):
    _, found = stores
    project = new_project(tmp_path / "foreign")
    path = project.folder / "mlflow.db"
    shutil.copy(found["database"].path, path)
    database = sqlite3.connect(path)
    with database:
        database.execute("CREATE TABLE plugin (a)")
        database.execute("INSERT INTO plugin VALUES (1)")
    [[page]] = database.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'plugin'")
    [[size]] = database.execute("PRAGMA page_size")
    database.close()
    with open(path, "r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    result = project.mlr("import", "mlflow", "mlflow.db", "--artifacts", found["database"].made.folder / "mlruns", "--json",
                         expect=1).json
    assert [(one["kind"], one["where"]) for one in result["lost"]] == [("table", "row of 'plugin'")]
    assert result["runs"]["new"] == found["database"].result["runs"]["new"]


def test_a_database_with_a_log_is_read_and_not_touched(stores, tmp_path):
    """A server has it open in write-ahead mode, and its last run is only in the log."""
    _, found = stores
    project = new_project(tmp_path / "wal")
    path = project.folder / "mlflow.db"
    shutil.copy(found["database"].path, path)
    server = sqlite3.connect(path, isolation_level=None)
    server.execute("PRAGMA journal_mode = WAL")
    server.execute("PRAGMA wal_autocheckpoint = 0")
    server.execute("UPDATE runs SET name = 'in the log' WHERE run_uuid = ?", [found["database"].told["auto"]])
    server.execute("DELETE FROM tags WHERE key = 'mlflow.runName' AND run_uuid = ?", [found["database"].told["auto"]])
    before = fingerprint(project.folder)
    assert "mlflow.db-wal" in before
    project.mlr("import", "mlflow", "mlflow.db", "--artifacts", found["database"].made.folder / "mlruns", "-q")
    after = {name: value for name, value in fingerprint(project.folder).items() if not name.startswith(".mlrepro/")}
    assert after == before
    assert project.mlr("show", found["database"].told["auto"], "--json").json["name"] == "in the log"
    server.close()


def kill_import(project, runs):
    """How many of the runs had been brought when the import was killed: all of them where it was faster."""
    file_store(project.folder / "mlruns", runs=runs)
    project.mlr("init")
    process = project.popen("import", "mlflow", "mlruns", "-q", stdout=subprocess.DEVNULL)
    count = 0
    while process.poll() is None and count == 0:
        with contextlib.closing(sqlite3.connect(f"file:{project.folder}/.mlrepro/mlrepro.db?mode=ro", uri=True)) as database:
            with contextlib.suppress(sqlite3.OperationalError):  # it is being opened or closed
                count = database.execute("SELECT count(*) FROM runs").fetchone()[0]
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return count


def test_an_import_that_is_killed_is_taken_up_where_it_was(tmp_path):
    for runs in (1200, 4800, 19200):
        bare = new_project(tmp_path / str(runs))
        count = kill_import(bare, runs)
        if 0 < count < runs:
            break
    assert 0 < count < runs, "the import was not killed in its middle"
    again = bare.mlr("import", "mlflow", "mlruns", "--json").json
    assert again["runs"]["new"] + again["runs"]["unchanged"] == runs and again["runs"]["unchanged"] >= count
    assert len(bare.mlr("list", "--limit", runs + 1, "--json").json["runs"]) == runs
    assert bare.mlr("show", RUN.format(runs), "--json").json["artifacts"][0]["path"] == "a.txt"
    bare.mlr("verify")
    assert bare.mlr("import", "mlflow", "mlruns", "--json").json["runs"]["unchanged"] == runs


def test_a_model_of_the_same_name_here_stays(stores, tmp_path):
    _, found = stores
    project = new_project(tmp_path / "clash")
    project.mlr("init")
    with Server(project) as server:
        run, root = server.new_run()
        server.api("POST", "registered-models/create", name="line", description="ours")
        server.api("POST", "model-versions/create", name="line", source=f"mlflow-artifacts:/{root}/m", run_id=run)
        result = project.mlr("import", "mlflow", found["files"].path, "--json", expect=1).json
        assert [t["where"] for t in result["lost"]] == ["line/1", "line/best"]
        model = server.api("GET", "registered-models/get", name="line")["registered_model"]
        assert model["description"] == "ours"
        assert server.api("GET", "model-versions/get", name="line", version="1")["model_version"]["run_id"] == run
        assert server.api("GET", "model-versions/get", name="line", version="2")["model_version"]["run_id"] == found["files"].told["modelled"]
