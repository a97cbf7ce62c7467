# SPDX-License-Identifier: Apache-2.0
"""Replays that are kept to their record: without a network, and watched."""

import os
import pathlib
import socket
import threading

import pytest

METRIC = 'echo "{\\"metric\\":\\"m\\",\\"value\\":1}" >> $MLREPRO_METRICS'
# Whether the given port answers: 0 or 1, as the metric.
ASK = """
import json, os, socket, sys
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5).close()
    answers = 1
except OSError:
    answers = 0
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname(), timeout=5).close()  # its own loopback works
with open(os.environ["MLREPRO_METRICS"], "a") as metrics:
    metrics.write(json.dumps({"metric": "answers", "value": answers}) + "\\n")
"""


def test_no_network(project):
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=lambda: [server.accept()[0].close() for _ in range(2)], daemon=True).start()
    project.write("ask.py", ASK)
    project.mlr("run", "-n", "asks", "--", "python3", "ask.py", server.getsockname()[1])
    assert project.mlr("show", "asks", "--json").json["metrics"]["answers"]["last"] == 1
    with_network = project.mlr("reproduce", "asks", "--json").json
    assert with_network["verdict"] == "reproduced"
    assert with_network["isolation"] == {
        "no_network": False, "traced": False, "beyond": {"read": [], "connected": []}
    }
    alone = project.mlr("reproduce", "asks", "--no-network", "--json", expect=1).json
    assert alone["isolation"]["no_network"] is True
    assert alone["metrics"][0]["replayed"] == 0


def test_files_keep_their_owner_without_a_network(project):
    project.write("own.sh", 'touch made; test -O made && test "$(id -u)" = "$1" && ' + METRIC)
    project.mlr("run", "-n", "owner", "-o", "made", "--", "sh", "own.sh", os.getuid())
    document = project.mlr("reproduce", "owner", "--no-network", "--json").json
    assert document["verdict"] == "reproduced"


def test_a_trace_without_a_network(project):
    project.write("data.csv", "1\n")
    project.mlr("run", "-n", "reader", "-i", "data.csv", "--", "sh", "-c", "cat data.csv; " + METRIC)
    document = project.mlr("reproduce", "reader", "--no-network", "--trace", "--json").json
    assert document["isolation"] == {
        "no_network": True, "traced": True, "beyond": {"read": [], "connected": []}
    }
    assert document["verdict"] == "reproduced" and document["proven"] >= 3


def test_what_is_read_beyond_the_record_is_named(project):
    # Beside the program that is tested: neither in the project nor in a temporary folder.
    folder = pathlib.Path(os.environ["MLREPRO_BINARY"]).resolve().parent
    if folder.is_relative_to("/tmp"):
        pytest.skip("the program itself is in a temporary folder")
    path = folder / f"beyond-{os.getpid()}.csv"
    path.write_text("x\n")
    project.write("data.csv", "1\n")
    project.write("train.sh", f"cat data.csv {path}\n{METRIC}\n")
    try:
        project.mlr("run", "-n", "peeks", "-i", "data.csv", "--", "sh", "train.sh")
        unseen = project.mlr("reproduce", "peeks", "--json").json
        document = project.mlr("reproduce", "peeks", "--trace", "--json").json
        text = project.mlr("reproduce", "peeks", "--trace").out
    finally:
        path.unlink()
    assert unseen["proven"] >= 3
    assert document["verdict"] == "reproduced" and document["proven"] == 2
    assert document["isolation"]["beyond"]["read"] == [str(path)]
    assert f"the replay read '{path}', which is not in the record" in text


def test_a_connection_beyond_the_record_is_named(project):
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=lambda: [server.accept()[0].close() for _ in range(2)], daemon=True).start()
    project.write("ask.py", ASK)
    project.write("data.csv", "1\n")
    port = server.getsockname()[1]
    project.mlr("run", "-n", "asks", "-i", "data.csv", "--", "python3", "ask.py", port)
    document = project.mlr("reproduce", "asks", "--trace", "--json").json
    assert f"127.0.0.1:{port}" in document["isolation"]["beyond"]["connected"]
    assert document["proven"] == 2
