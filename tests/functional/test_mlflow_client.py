# SPDX-License-Identifier: Apache-2.0
"""The real clients against a server: what they log is read back by them, and by mlrepro."""

import json

import pytest

from http_world import Server
from mlflow_clients import LINES, QUIET, ForkingInterpreter, interpreter

# What every script begins with; its last line on stdout is JSON. One that hangs says where.
HEAD = """
import faulthandler, json, math
faulthandler.dump_traceback_later(150, exit=True)
import mlflow
from mlflow import MlflowClient
client = MlflowClient()
def tell(**found):
    print(json.dumps(found))
"""


class Bench:
    def __init__(self, project, line, server, client):
        self.project = project
        self.server = server
        self.client = client
        self.python = interpreter(line)

    def run(self, script, env=None):
        path = self.project.write("client.py", HEAD + script)
        env = {**self.project.environment, **QUIET, "MLFLOW_TRACKING_URI": self.server.url, **(env or {})}
        code, out, err = self.client.run(path, self.project.folder, env)
        assert code == 0, err[-4000:]
        return json.loads(out.strip().splitlines()[-1])

    def show(self, reference):
        return self.project.mlr("show", reference, "--json").json


@pytest.fixture(scope="module")
def clients(tmp_path_factory):
    """By line, each started when it is first asked for."""
    started = {}

    def client(line):
        if line not in started:
            started[line] = ForkingInterpreter(line, tmp_path_factory.mktemp(f"client-{line}"))
        return started[line]

    yield client
    for one in started.values():
        one.stop()


@pytest.fixture(params=LINES)
def bench(project, clients, request):
    client = clients(request.param)
    with Server(project) as server:
        yield Bench(project, request.param, server, client)


def test_what_the_fluent_api_logs_is_a_run(bench):
    found = bench.run(
        """
mlflow.set_experiment("churn")
with mlflow.start_run(run_name="first", tags={"team": "x"}, description="why") as run:
    mlflow.log_param("lr", 0.1)
    mlflow.log_params({"depth": 6, "long": "v" * 5000})
    for step in range(3):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.log_metrics({"nan": math.nan, "inf": -math.inf, "acc": 0.9})
    mlflow.set_tags({"stage": "test", "gone": "1"})
    mlflow.delete_tag("gone")
    for number in range(2000):
        mlflow.log_metric("background", number, synchronous=False)  # without a step, and sent in any order
    mlflow.flush_async_logging()
    mlflow.log_text("hello", "notes/a.txt")
    mlflow.log_dict({"a": 1}, "conf.json")
read = mlflow.get_run(run.info.run_id)
history = client.get_metric_history(run.info.run_id, "loss")
background = [m.timestamp for m in client.get_metric_history(run.info.run_id, "background")]
tell(background=len(background), ordered=background == sorted(background), last=read.data.metrics["background"], id=run.info.run_id, status=read.info.status, params=read.data.params, tags=read.data.tags,
     loss=[(m.step, m.value) for m in history], nan=str(read.data.metrics["nan"]), inf=str(read.data.metrics["inf"]),
     text=mlflow.artifacts.load_text(read.info.artifact_uri + "/notes/a.txt"),
     files=[f.path for f in client.list_artifacts(run.info.run_id)])
"""
    )
    assert found["status"] == "FINISHED"
    assert found["params"]["depth"] == "6"
    assert found["tags"]["team"] == "x" and "gone" not in found["tags"]
    assert found["loss"] == [[0, 1.0], [1, 0.5], [2, 1 / 3]]
    assert (found["nan"], found["inf"]) == ("nan", "-inf")
    assert (found["background"], found["ordered"], found["last"]) == (2000, True, 1999)
    assert found["text"] == "hello"
    assert sorted(found["files"]) == ["conf.json", "notes"]
    run = bench.show(found["id"])
    assert (run["name"], run["experiment"], run["status"]) == ("first", "churn", "finished")
    assert run["params"]["lr"] == "0.1"
    assert len(run["params"]["long"]) == 5000
    table = bench.project.mlr("list", "--columns", "name,long").out
    assert "v" * 61 not in table and "v" * 60 + "…" in table
    assert "v" * 501 not in bench.project.mlr("show", "first").out
    assert run["metrics"]["loss"]["count"] == 3 and run["metrics"]["loss"]["step"] == 2
    assert run["tags"]["stage"] == "test"
    assert run["note"] == "why"
    assert {a["path"] for a in run["artifacts"]} == {"notes/a.txt", "conf.json"}
    listed = bench.project.mlr("list", "--json", "--filter", "experiment = 'churn' and metrics.acc > 0.5").json
    assert [r["id"] for r in listed["runs"]] == [found["id"]]


def test_a_run_of_mlrepro_is_seen_by_clients_and_told_from_theirs(bench):
    bench.project.mlr("run", "-n", "ours", "-e", "mine", "-p", "lr=0.5", "--", "sh", "-c",
                      """echo '{"m": 0.25, "step": 4}' >> $MLREPRO_METRICS""")
    found = bench.run(
        """
experiment = client.get_experiment_by_name("mine")
[run] = client.search_runs([experiment.experiment_id], "metrics.m < 0.5 and params.lr = '0.5'")
tell(name=run.info.run_name, tags=run.data.tags, metrics=run.data.metrics, status=run.info.status,
     history=[(m.step, m.value) for m in client.get_metric_history(run.info.run_id, "m")])
"""
    )
    assert found["name"] == found["tags"]["mlflow.runName"] == "ours"
    assert found["tags"]["mlflow.source.name"].startswith("sh -c")
    assert found["status"] == "FINISHED"
    assert found["history"] == [[4, 0.25]]
    theirs = bench.run("""
with mlflow.start_run(run_name="theirs") as run:
    mlflow.log_metric("m", 0.75)
    mlflow.log_param("lr", 0.5)
tell(id=run.info.run_id)
""")
    diff = bench.project.mlr("diff", "ours", theirs["id"], "--json").json
    [metric] = [m for m in diff["metrics"] if m["key"] == "m"]
    assert (metric["a"], metric["b"]) == (0.25, 0.75)


def test_errors_come_as_the_exceptions_that_users_know(bench):
    found = bench.run(
        """
from mlflow.exceptions import MlflowException
def failure(action):
    try:
        action()
    except MlflowException as error:
        return [error.error_code, str(error)]
run = client.create_run("0")
client.log_param(run.info.run_id, "p", 1)
client.create_experiment("e")
tell(param=failure(lambda: client.log_param(run.info.run_id, "p", 2)),
     twice=failure(lambda: client.create_experiment("e")),
     missing=failure(lambda: client.get_run("a" * 32)),
     key=failure(lambda: client.log_metric(run.info.run_id, "a$b", 1)),
     filter=failure(lambda: client.search_runs(["0"], "foo.bar = 'x'")),
     model=failure(lambda: client.get_registered_model("zz")),
     default=failure(lambda: client.delete_experiment("0")))
"""
    )
    assert found["param"][0] == "INVALID_PARAMETER_VALUE" and "Changing param values is not allowed" in found["param"][1]
    assert found["twice"][0] == "RESOURCE_ALREADY_EXISTS"
    assert found["missing"][0] == "RESOURCE_DOES_NOT_EXIST"
    assert found["key"][0] == "INVALID_PARAMETER_VALUE"
    assert "Invalid entity type 'foo'" in found["filter"][1]
    assert found["model"][0] == "RESOURCE_DOES_NOT_EXIST"
    assert found["default"][0] == "INVALID_PARAMETER_VALUE"


def test_nested_and_parallel_runs_keep_their_parents(bench):
    found = bench.run(
        """
from concurrent.futures import ThreadPoolExecutor
def child(parent, number):
    run = client.create_run("0", tags={"mlflow.parentRunId": parent}, run_name=f"child-{number}")
    for step in range(20):
        client.log_metric(run.info.run_id, "m", number, step=step)
    client.set_terminated(run.info.run_id, "FAILED" if number == 3 else "FINISHED")
    return run.info.run_id
with mlflow.start_run(run_name="parent") as parent:
    with mlflow.start_run(run_name="nested", nested=True):
        mlflow.log_metric("m", -1)
    with ThreadPoolExecutor(8) as pool:
        children = list(pool.map(lambda n: child(parent.info.run_id, n), range(8)))
below = client.search_runs(["0"], f"tags.mlflow.parentRunId = '{parent.info.run_id}'", order_by=["metrics.m ASC"])
tell(parent=parent.info.run_id, children=children, names=[r.info.run_name for r in below],
     points=[len(client.get_metric_history(c, "m")) for c in children])
"""
    )
    assert found["names"] == ["nested"] + [f"child-{n}" for n in range(8)]
    assert found["points"] == [20] * 8
    listed = bench.project.mlr("list", "--json", "--limit", "0", "--parent", found["parent"]).json["runs"]
    assert len(listed) == 9
    assert {r["status"] for r in listed} == {"finished", "failed"}


def test_a_search_is_read_in_pages(bench):
    found = bench.run(
        """
for number in range(25):
    run = client.create_run("0", start_time=1000 + number, run_name=f"r{number:02}")
    if number % 5:
        client.log_metric(run.info.run_id, "m", math.nan if number % 5 == 1 else number % 7)
def pages(size, **query):
    names, token = [], None
    while True:
        page = client.search_runs(["0"], max_results=size, page_token=token, **query)
        names += [run.info.run_name for run in page]
        token = page.token
        if not token:
            return names
tell(newest=pages(4), all=pages(1000), metric=pages(3, order_by=["metrics.m DESC"]),
     whole=pages(100, order_by=["metrics.m DESC"]),
     either=pages(10, filter_string="run_name = 'r03' OR run_name IN ('r04', 'r05')"))
"""
    )
    assert found["newest"] == found["all"] == [f"r{n:02}" for n in reversed(range(25))]
    assert found["metric"] == found["whole"]
    assert found["metric"][-5:] == ["r20", "r15", "r10", "r05", "r00"]
    assert found["either"] == ["r05", "r04", "r03"]


def test_a_model_is_registered_and_loaded_by_its_alias(bench):
    found = bench.run(
        """
import numpy
import mlflow.sklearn
from sklearn.linear_model import LinearRegression
model = LinearRegression().fit(numpy.array([[0.0], [1.0], [2.0]]), [1.0, 3.0, 5.0])
where = {"name": "model"} if mlflow.__version__.startswith("3") else {"artifact_path": "model"}
with mlflow.start_run() as run:
    info = mlflow.sklearn.log_model(model, registered_model_name="line", pip_requirements=["scikit-learn"], **where)
client.set_registered_model_alias("line", "best", 1)
client.set_model_version_tag("line", "1", "checked", "yes")
client.transition_model_version_stage("line", "1", "Staging")
client.copy_model_version("models:/line@best", "copy")
loaded = [mlflow.pyfunc.load_model(uri) for uri in
          ("models:/line@best", "models:/line/1", "models:/line/Staging", info.model_uri)]
[version] = client.search_model_versions("name = 'line'")
tell(predicted=[list(map(float, m.predict(numpy.array([[10.0]])))) for m in loaded], tags=version.tags, stage=version.current_stage,
     latest=[v.version for v in client.get_latest_versions("line")], run=run.info.run_id,
     registered=[m.name for m in client.search_registered_models()], same=version.run_id == run.info.run_id)
"""
    )
    assert [round(p[0], 6) for p in found["predicted"]] == [21.0] * 4
    assert found["tags"] == {"checked": "yes"} and found["stage"] == "Staging"
    assert [int(v) for v in found["latest"]] == [1]
    assert found["registered"] == ["copy", "line"] and found["same"]
    assert bench.project.mlr("verify").code == 0
    assert bench.project.mlr("gc").code == 0
    again = bench.run("""
import numpy
uris = ["models:/line@best", "models:/copy/1"]
predicted = [float(mlflow.pyfunc.load_model(uri).predict(numpy.array([[10.0]]))[0]) for uri in uris]
client.delete_registered_model("line")
kept = float(mlflow.pyfunc.load_model(uris[1]).predict(numpy.array([[10.0]]))[0])
tell(predicted=[*predicted, kept], source=client.get_model_version("copy", "1").source)
""")
    assert [round(p, 6) for p in again["predicted"]] == [21.0] * 3
    assert again["source"] == "models:/line/1"


def test_autolog_of_scikit_learn(bench):
    found = bench.run(
        """
import mlflow.sklearn
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
mlflow.sklearn.autolog(log_models=True)
X, y = make_classification(n_samples=60, random_state=0)
with mlflow.start_run() as run:
    LogisticRegression(C=0.5).fit(X, y)
read = mlflow.get_run(run.info.run_id)
tell(id=run.info.run_id, params=read.data.params, metrics=sorted(read.data.metrics),
     datasets=[d.dataset.name for d in read.inputs.dataset_inputs])
"""
    )
    assert found["params"]["C"] == "0.5"
    assert "training_accuracy_score" in found["metrics"]
    assert found["datasets"]
    run = bench.show(found["id"])
    assert run["params"]["C"] == "0.5"
    assert run["metrics"]["training_accuracy_score"]["count"] >= 1


def test_autolog_of_lightgbm(bench):
    """A metric of each round, the model with its importances, and it predicts again."""
    found = bench.run(
        """
import mlflow.lightgbm, lightgbm, numpy
mlflow.lightgbm.autolog()
X = numpy.random.default_rng(0).normal(size=(200, 3))
data = lightgbm.Dataset(X, (X[:, 0] > 0).astype(int), feature_name=["a", "b", "c"])
with mlflow.start_run() as run:
    booster = lightgbm.train({"objective": "binary", "metric": "binary_logloss", "learning_rate": 0.2, "verbosity": -1},
                             data, num_boost_round=6, valid_sets=[data], valid_names=["fit"])
history = client.get_metric_history(run.info.run_id, "fit-binary_logloss")
loaded = mlflow.lightgbm.load_model(f"runs:/{run.info.run_id}/model")
tell(id=run.info.run_id, steps=[point.step for point in history],
     same=bool((loaded.predict(X) == booster.predict(X)).all()))
"""
    )
    assert found["steps"] == list(range(6)) and found["same"]
    run = bench.show(found["id"])
    assert run["params"]["learning_rate"] == "0.2"
    assert (run["metrics"]["fit-binary_logloss"]["count"], run["metrics"]["fit-binary_logloss"]["step"]) == (6, 5)
    assert any("feature_importance" in artifact["path"] for artifact in run["artifacts"])


def test_experiments_and_runs_are_deleted_and_restored(bench):
    found = bench.run(
        """
from mlflow.entities import ViewType
one = client.create_experiment("one", tags={"a": "b"})
run = client.create_run(one)
client.delete_run(run.info.run_id)
hidden = [len(client.search_runs([one])), len(client.search_runs([one], run_view_type=ViewType.DELETED_ONLY))]
client.restore_run(run.info.run_id)
client.rename_experiment(one, "two")
client.set_experiment_tag(one, "c", "d")
client.delete_experiment(one)
listed = [e.name for e in client.search_experiments()]
client.restore_experiment(one)
tell(hidden=hidden, listed=listed, back=[e.name for e in client.search_experiments(filter_string="tags.c = 'd'")],
     stage=client.get_run(run.info.run_id).info.lifecycle_stage, run=run.info.run_id)
"""
    )
    assert found["hidden"] == [0, 1]
    assert found["listed"] == ["Default"]
    assert found["back"] == ["two"]
    assert found["stage"] == "active"
    bench.run(f"client.delete_run('{found['run']}'); tell(done=True)")
    assert bench.project.mlr("list", "--json").json["runs"] == []
    assert bench.show(found["run"])["id"] == found["run"]
    assert "MLflow client" in bench.project.mlr("show", found["run"][:12], "--follow").err
    bench.project.mlr("forget", found["run"][:12])  # its client is gone: nobody ends it
    bench.project.mlr("show", found["run"], expect=3)


def test_a_logged_dataset_is_known_by_its_content(bench):
    """Inside `run`, a change that the client's digest of the first rows misses is seen."""
    script = HEAD + """
import pandas
frame = pandas.read_csv("big.csv")
data = mlflow.data.from_pandas(frame, source="big.csv", name="big")
with mlflow.start_run() as run:
    mlflow.log_input(data, context="training")
    mlflow.log_metric("m", 1)
read = mlflow.get_run(run.info.run_id).inputs.dataset_inputs[0]
print(json.dumps({"digest": read.dataset.digest}))
"""
    bench.project.write("train.py", script)
    digests = []
    for last in ("1.0", "2.0"):
        rows = "".join(f"{n}.5,x\n" for n in range(12_000))
        bench.project.write("big.csv", "v,w\n" + rows + f"{last},y\n")
        done = bench.project.mlr("run", "--", bench.python, "train.py", env=QUIET)
        digests.append(json.loads(done.out.strip().splitlines()[-1])["digest"])
    assert digests[0] == digests[1]
    new, old = bench.show("@1"), bench.show("@2")
    assert [i["path"] for i in new["inputs"]] == [i["path"] for i in old["inputs"]] == ["big.csv"]
    assert new["inputs"][0]["snapshot"] != old["inputs"][0]["snapshot"]
    assert new["inputs"][0]["stored"] and not new["inputs"][0]["changed_during_run"]


def test_a_server_opens_no_path_that_a_client_names(bench):
    found = bench.run(
        """
import pandas
frame = pandas.DataFrame({"a": [1, 2]})
with mlflow.start_run() as run:
    mlflow.log_input(mlflow.data.from_pandas(frame, source="/etc/passwd", name="d"))
tell(id=run.info.run_id, tags=[t.key for t in mlflow.get_run(run.info.run_id).inputs.dataset_inputs[0].tags])
"""
    )
    assert "mlrepro.snapshot" not in found["tags"]
    assert bench.show(found["id"])["inputs"] == []
