# SPDX-License-Identifier: Apache-2.0
"""export --mlflow to the real servers and to our own: read back by the real client, and by what they answer."""

import json
import math
import pathlib

import pytest

from conftest import new_project
from http_world import FILES, Server
from mlflow_clients import QUIET, ForkingInterpreter
from mlflow_server_world import FaultyServer, MlflowServer

TRAIN = r"""
mkdir -p out/deep
printf weights > out/model.bin
printf more > out/deep/notes.txt
ln -s model.bin out/latest
printf 'text\n' > report.txt
echo said; echo warned >&2
{
  for step in $(seq 1 2500); do echo "{\"metric\":\"loss\",\"value\":0.$step,\"step\":$step}"; done
  echo '{"metric":"odd","value":"NaN","step":-1}'
  echo '{"metric":"odd","value":"Infinity","step":2}'
  echo '{"metric":"odd","value":-0.0,"step":3}'
  echo '{"metric":"per@cent","value":1.5}'
} >> $MLREPRO_METRICS
"""
# What a client of 3.x leaves: a logged model with files and metrics, and a version of it by an alias.
CLIENT_FILES = {"MLmodel": b"flavors: {}\n", "data/model.pkl": bytes(range(256))}


def add_by_client(world, run):
    with Server(world) as server:
        shop = server.api("GET", "experiments/get-by-name", experiment_name="shop")["experiment"]["experiment_id"]
        child = server.api("POST", "runs/create", experiment_id=shop, run_name="child", start_time=5_000_000_000_000,
                           tags=[{"key": "mlflow.parentRunId", "value": run}])["run"]["info"]["run_id"]
        server.api("POST", "runs/update", run_id=child, status="FAILED", end_time=5_000_000_000_009)
        model = server.api("POST", "logged-models", experiment_id=shop, name="net", model_type="t", source_run_id=run,
                           params=[{"key": "depth", "value": "3"}], tags=[{"key": "kind", "value": "small"}])["model"]["info"]
        root = model["artifact_uri"].removeprefix("mlflow-artifacts:/")
        for path, content in CLIENT_FILES.items():
            assert server.ask("PUT", f"{FILES}/{root}/{path}", content).status == 200
        server.api("PATCH", f"logged-models/{model['model_id']}", model_id=model["model_id"], status="LOGGED_MODEL_READY")
        server.api("POST", "runs/outputs", run_id=run, models=[{"model_id": model["model_id"], "step": 4}])
        server.api("POST", "runs/log-batch", run_id=run, metrics=[
            {"key": "auc", "value": 0.75, "timestamp": 7, "step": 1, "model_id": model["model_id"]}])
        server.api("POST", "runs/log-inputs", run_id=run, datasets=[{
            "dataset": {"name": "sales", "digest": "0a1b2c3d", "source_type": "code", "source": "{}", "profile": "{}"},
            "tags": [{"key": "mlflow.data.context", "value": "train"}]}])
        server.api("POST", "registered-models/create", name="shop", description="of the shop")
        server.api("POST", "model-versions/create", name="shop", source=f"models:/{model['model_id']}", run_id=run,
                   model_id=model["model_id"], tags=[{"key": "by", "value": "hand"}])
        server.api("POST", "registered-models/alias", name="shop", alias="best", version="1")
        server.api("POST", "registered-models/create", name="live")
        server.api("POST", "model-versions/create", name="live", source="models:/shop@best", run_id=run)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """To be read: "whole" with all that a run can have, and "child", which a client made below it."""
    world = new_project(tmp_path_factory.mktemp("source"))
    world.git("init", "-q", "-b", "main")
    world.write("train.sh", TRAIN)
    world.write(".gitignore", "data/\nout/\nreport.txt\n")
    world.git("add", "-A")
    world.git("commit", "-q", "-m", "first")
    world.write("data/a.csv", "x,y\n1,2\n")
    world.mlr("run", "--no-resources", "-n", "whole", "-e", "shop", "-p", "lr=0.1", "-t", "team=red", "-i", "data", "-o", "out",
              "--", "sh", "train.sh")
    world.mlr("log", "artifact", "report.txt", "--run", "whole")
    world.mlr("log", "note", "two\nlines ü", "--run", "whole")
    run = world.last()
    add_by_client(world, run["id"])
    return world


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """Both real servers, started side by side."""
    servers = {}
    try:
        for line in ("3", "2"):
            servers[line] = MlflowServer(line, tmp_path_factory.mktemp(f"server-{line}"))
        yield {line: server.wait() for line, server in servers.items()}
    finally:
        for server in servers.values():
            server.stop()


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    one = ForkingInterpreter("3", tmp_path_factory.mktemp("client"))
    yield one
    one.stop()


READ = """
import json, mlflow, pathlib
from mlflow import MlflowClient
client = MlflowClient()
experiment = client.get_experiment_by_name("shop")
run, = [one for one in client.search_runs([experiment.experiment_id]) if one.info.run_name == "whole"]
child, = [one for one in client.search_runs([experiment.experiment_id]) if one.info.run_name == "child"]
folder = pathlib.Path("got")
folder.mkdir()
client.download_artifacts(run.info.run_id, "", "got")
history = {key: [[p.step, p.timestamp, p.value] for p in client.get_metric_history(run.info.run_id, key)] for key in run.data.metrics}
version = client.get_model_version_by_alias("shop", "best")
model = client.get_logged_model(version.model_id or version.source.split("/")[1])
pathlib.Path("loaded").mkdir()
below = pathlib.Path(mlflow.artifacts.download_artifacts(artifact_uri="models:/shop@best", dst_path="loaded"))
print(json.dumps({
    "info": [run.info.status, child.info.status, child.info.start_time, child.info.end_time],
    "params": run.data.params, "tags": run.data.tags, "history": history,
    "files": {str(path.relative_to(folder)): path.read_bytes().hex() for path in folder.rglob("*") if path.is_file()},
    "datasets": [[one.dataset.name, one.dataset.digest, {tag.key: tag.value for tag in one.tags}] for one in run.inputs.dataset_inputs],
    "outputs": [[one.model_id, one.step] for one in run.outputs.model_outputs],
    "parent": child.data.tags["mlflow.parentRunId"] == run.info.run_id,
    "version": [str(version.version), version.description or "", version.tags, version.run_id == run.info.run_id],
    "model": [model.name, str(model.status), model.params, model.tags["kind"], [[m.key, m.value, m.step] for m in model.metrics]],
    "loaded": {str(path.relative_to(below)): path.read_bytes().hex() for path in below.rglob("*") if path.is_file()},
    "model_id": model.model_id,
    "promoted": client.get_model_version("live", "1").source == version.source,
}))
"""


def by_name(done, name):
    return next(run for run in done["runs"] if run["name"] == name)


def points(world, key):
    return [[p["step"], p["value"]] for p in world.mlr("show", "whole", "--metric", key, "--json").json["points"]]


def test_the_real_client_finds_all_of_it_at_the_real_server(source, real, client):
    server = real["3"]
    planned = source.mlr("export", "--mlflow", server.url, "--dry-run", "--json").json
    assert planned["dry_run"] and {run["state"] for run in planned["runs"]} == {"made"}
    assert {one["name"] for one in server.api("POST", "experiments/search", max_results=100)["experiments"]} == {"Default"}

    done = source.mlr("export", "--mlflow", server.url, "--verify-content", "--json").json
    assert (done["schema"], done["complete"], done["location"]) == ("mlrepro.export_mlflow/1", True, server.url)
    whole = by_name(done, "whole")
    assert (whole["state"], whole["experiment"], whole["differences"]) == ("made", "shop", [])
    assert whole["points"] == by_name(planned, "whole")["points"] == 2505
    assert sorted(note.split("'")[1] for note in whole["notes"]) == ["mlrepro/outputs/out/latest", "per@cent"]

    path = source.folder.parent / "read.py"
    path.write_text(READ)
    code, out, err = client.run(path, path.parent, {**source.environment, **QUIET, "MLFLOW_TRACKING_URI": server.url})
    assert code == 0, err[-3000:]
    there = json.loads(out.strip().splitlines()[-1])
    here = source.mlr("show", "whole", "--json").json
    assert there["info"] == ["FINISHED", "FAILED", 5_000_000_000_000, 5_000_000_000_009]
    assert there["params"] == {"lr": "0.1"}
    tags = there["tags"]
    assert (tags["team"], tags["mlflow.note.content"], tags["mlrepro.run"]) == ("red", "two\nlines ü", here["id"])
    assert tags["mlflow.source.name"] == "sh train.sh"
    assert tags["mlrepro.export"].startswith("complete sha256:")
    assert there["parent"]
    assert sorted([step, value] for step, _, value in there["history"]["loss"]) == sorted(points(source, "loss"))
    odd = sorted(there["history"]["odd"], key=lambda point: point[0])
    assert math.isnan(odd[0][2]) and odd[1][2] > 1e308 and [p[0] for p in odd] == [-1, 2, 3]
    assert there["history"]["per_cent"][0][2] == 1.5
    files = {name: bytes.fromhex(content) for name, content in there["files"].items()}
    assert files["report.txt"] == b"text\n"
    assert files["mlrepro/outputs/out/model.bin"] == b"weights" and files["mlrepro/outputs/out/deep/notes.txt"] == b"more"
    assert (files["mlrepro/stdout.txt"], files["mlrepro/stderr.txt"]) == (b"said\n", b"warned\n")
    assert json.loads(files["mlrepro/record.json"])["id"] == here["id"]
    listed = {one["path"]: one["bytes"] for one in json.loads(files["mlrepro/manifest.json"])["files"]}
    assert listed == {name: len(content) for name, content in files.items() if name != "mlrepro/manifest.json"}
    snapshot = here["inputs"][0]["snapshot"]
    data = {name: (digest, tags) for name, digest, tags in there["datasets"]}
    assert data["sales"] == ("0a1b2c3d", {"mlflow.data.context": "train"})
    assert data["data"][1]["mlrepro.snapshot"].endswith(snapshot) and snapshot.startswith(data["data"][0])
    assert there["outputs"] == [[there["model_id"], 4]]
    assert there["model"] == ["net", "READY", {"depth": "3"}, "small", [["auc", 0.75, 1]]]
    assert there["version"] == ["1", "", {"by": "hand", "mlrepro.version": "1"}, True]
    assert there["promoted"]
    there["loaded"].pop("registered_model_meta")  # which the client writes itself
    assert {name: bytes.fromhex(content) for name, content in there["loaded"].items()} == CLIENT_FILES


def test_a_second_export_sends_what_is_missing_and_nothing_else(source, real, tmp_path):
    server = real["3"]
    source.mlr("export", "--mlflow", server.url)
    again = source.mlr("export", "--mlflow", server.url, "--json").json
    assert {run["state"] for run in again["runs"]} == {"unchanged"}
    assert "there already" in source.mlr("export", "--mlflow", server.url).out

    source.mlr("log", "tag", "later", "yes", "--run", "whole")
    source.mlr("log", "metric", "loss", "7", "--step", "9000", "--run", "whole")
    more = by_name(source.mlr("export", "--mlflow", server.url, "--filter", "name = 'whole'", "--json").json, "whole")
    # The record is a file, which changed with it.
    assert (more["state"], more["tags"], more["points"], more["files"], more["models"]) == ("completed", 1, 1, 1, 0)

    there = more["server_run"]
    kept = next(pathlib.Path(server.artifacts).rglob(f"{there}/artifacts/report.txt"))
    kept.write_bytes(b"tExt\n")
    assert source.mlr("export", "--mlflow", server.url, "whole", "--json").json["runs"][0]["state"] == "unchanged"
    mended = source.mlr("export", "--mlflow", server.url, "whole", "--verify-content", "--json").json["runs"][0]
    assert (mended["state"], mended["files"]) == ("completed", 1)
    assert kept.read_bytes() == b"text\n"
    kept.unlink()
    mended = source.mlr("export", "--mlflow", server.url, "whole", "--recheck", "--json").json["runs"][0]
    assert (mended["state"], mended["files"]) == ("completed", 1) and kept.read_bytes() == b"text\n"


def test_a_parameter_that_is_another_one_there_is_told(source, real):
    server = real["3"]
    made = source.mlr("export", "--mlflow", server.url, "whole", "--experiment", "apart", "--no-artifacts", "--json").json
    there = made["runs"][0]["server_run"]
    source.mlr("log", "param", "late", "here", "--run", "whole")
    server.api("POST", "runs/log-parameter", run_id=there, key="late", value="there")
    said = source.mlr("export", "--mlflow", server.url, "whole", "--experiment", "apart", "--no-artifacts", "--json", expect=8).json
    assert said["runs"][0]["state"] == "incomplete" and not said["complete"]
    assert said["runs"][0]["differences"] == ["param 'late': another value there than here"]


def test_files_that_the_server_does_not_take_are_told(source, real, tmp_path):
    server = real["3"]
    server.api("POST", "experiments/create", name="own place", artifact_location=f"file://{tmp_path}/place")
    arguments = ("export", "--mlflow", server.url, "child", "--experiment", "own place")
    said = source.mlr(*arguments, "--json", expect=8).json["runs"][0]
    assert said["files"] == 0 and len(said["differences"]) == 1
    assert "a place of its own" in said["differences"][0] and "--no-artifacts" in said["differences"][0]
    assert source.mlr(*arguments, "--no-artifacts", "--json").json["complete"]
    assert not (tmp_path / "place").exists()


def test_a_server_of_2_x_gets_models_as_files(source, real):
    server = real["2"]
    done = source.mlr("export", "--mlflow", server.url, "--json").json
    whole = by_name(done, "whole")
    assert (done["complete"], whole["state"], whole["differences"]) == (True, "made", [])
    assert any("no logged models" in note for note in whole["notes"])
    run = server.api("GET", "runs/get", run_id=whole["server_run"])["run"]
    assert {one["key"]: one["value"] for one in run["data"]["params"]}["lr"] == "0.1"
    listed = server.api("GET", "artifacts/list", run_id=whole["server_run"], path="net")["files"]
    assert [(one["path"], one["is_dir"]) for one in listed] == [("net/MLmodel", False), ("net/data", True)]
    version = server.api("GET", "model-versions/get", name="shop", version="1")["model_version"]
    assert version["source"] == f"{run['info']['artifact_uri']}/net"
    assert {run["state"] for run in source.mlr("export", "--mlflow", server.url, "--json").json["runs"]} == {"unchanged"}


def nothing_is_made_again_where_the_server_has_pages_of_its_own(source, server):
    """Its first page of versions is empty, and the second one has all."""
    versions = server.api("GET", "model-versions/search", max_results=100)
    assert len(versions["model_versions"]) == 2
    pages = [{"model_versions": [], "next_page_token": "more"}, {"model_versions": versions["model_versions"]}]

    def fault(method, path, count, body):
        if path.endswith("model-versions/search"):
            return 200, {"Content-Type": "application/json"}, json.dumps(pages[(count - 1) % 2]).encode()
        return None

    with FaultyServer(server.url, fault) as between:
        again = by_name(source.mlr("export", "--mlflow", between.url, "whole", "--recheck", "--json").json, "whole")
        assert (again["state"], again["models"]) == ("unchanged", 0)
        assert between.count("GET", "model-versions/search") == 2
        assert between.count("POST", "model-versions/create") == 0


def test_our_own_server_takes_it_and_gives_it_back(source, project):
    with Server(project) as server:
        done = source.mlr("export", "--mlflow", server.url, "--verify-content", "--json").json
        assert done["complete"], done
        assert {run["state"] for run in source.mlr("export", "--mlflow", server.url, "--json").json["runs"]} == {"unchanged"}
        nothing_is_made_again_where_the_server_has_pages_of_its_own(source, server)
    copy = project.mlr("show", "whole", "--json").json
    original = source.mlr("show", "whole", "--json").json
    assert copy["metrics"]["loss"]["count"] == original["metrics"]["loss"]["count"]
    assert copy["note"] == original["note"]
    assert {one["path"] for one in copy["artifacts"]} >= {"report.txt", "mlrepro/outputs/out/model.bin", "mlrepro/record.json"}
    project.mlr("verify")
