# SPDX-License-Identifier: Apache-2.0
"""MLflow, the peer: its own virtual environment, its stores, and what is timed of it."""

import json
import pathlib
import subprocess

import environment

REQUIREMENTS = pathlib.Path(__file__).with_name("requirements.txt")

SET_UP = """
import mlflow
mlflow.set_experiment("bench")
with mlflow.start_run() as run:
    mlflow.log_metric("loss", 1.0, step=0)
    print(run.info.run_id)
"""

LOG_ONE = """
import os, mlflow
mlflow.log_metric("loss", 0.3, step=1, run_id=os.environ["BENCH_RUN"])
"""

# Timed inside the process: no start-up, no import, a run that exists, the store warm.
LOG_MANY = """
import json, os, time
from mlflow import MlflowClient
from mlflow.entities import Metric
client, run = MlflowClient(), os.environ["BENCH_RUN"]
single, batched = int(os.environ["BENCH_SINGLE"]), int(os.environ["BENCH_BATCHED"])
client.log_metric(run, "warm", 0.0, step=0)
started = time.perf_counter()
for step in range(single):
    client.log_metric(run, "single", step * 0.5, step=step)
one_by_one = time.perf_counter() - started
now = int(time.time() * 1000)
started = time.perf_counter()
for first in range(0, batched, 1000):
    client.log_batch(run, metrics=[Metric("batched", i * 0.5, now, i) for i in range(first, first + 1000)])
print(json.dumps({"log_metric": single / one_by_one, "log_batch": batched / (time.perf_counter() - started)}))
"""


def make_environment(folder):
    """The interpreter of a virtual environment with exactly the pinned packages."""
    return environment.make_environment(folder, REQUIREMENTS, "MLflow")


class Mlflow:
    def __init__(self, python, folder, env):
        folder.mkdir()
        self.python = str(python)
        self.stores = {"file": f"file://{folder}/files", "sqlite": f"sqlite:///{folder}/mlflow.db"}
        self.envs = {}
        for name, uri in self.stores.items():
            # The file store has to be asked for since 3.7; no report of ours leaves the machine.
            own = {**env, "MLFLOW_TRACKING_URI": uri, "MLFLOW_DISABLE_TELEMETRY": "true",
                   "DO_NOT_TRACK": "true", "MLFLOW_ALLOW_FILE_STORE": "true"}  # fmt: skip
            own["BENCH_RUN"] = self.output(SET_UP, own).split()[-1]
            self.envs[name] = own
        self.version = self.output("import mlflow; print(mlflow.__version__)", env).strip()

    def argv(self, script):
        return [self.python, "-c", script]

    def output(self, script, env):
        done = subprocess.run(self.argv(script), env=env, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"MLflow: exit code {done.returncode}\n{done.stderr}")
        return done.stdout

    def points_per_second(self, single, batched):
        env = {**self.envs["sqlite"], "BENCH_SINGLE": str(single), "BENCH_BATCHED": str(batched)}
        return json.loads(self.output(LOG_MANY, env).splitlines()[-1])
