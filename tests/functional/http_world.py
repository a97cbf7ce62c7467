# SPDX-License-Identifier: Apache-2.0
"""A server of the program under test, and a client that says exactly what it is told to."""

import contextlib
import http.client
import itertools
import json
import os
import signal
import socket
import subprocess
import urllib.parse

# Of each worker its own ports, none of which the kernel gives to those that ask for any.
FIRST_PORT, PORTS = 12_000, 1_000
ports_given = itertools.count()


def free_port():
    """For a server that can't choose its port itself."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    while True:
        port = FIRST_PORT + PORTS * (worker % 16) + (os.getpid() + next(ports_given)) % PORTS
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


API = "/api/2.0/mlflow"
FILES = "/api/2.0/mlflow-artifacts/artifacts"


class Reply:
    def __init__(self, status, fields, body):
        self.status = status
        self.fields = {name.lower(): value for name, value in fields}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        return self.json["error_code"]


class Server:
    def __init__(self, project, *options, url=None):
        self.project = project
        self.process = project.popen(
            "--json", "server", "--port", "0", *options, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1].decode()
        self.url = json.loads(line)["url"]
        place = urllib.parse.urlsplit(self.url)
        self.host, self.port = place.hostname, place.port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=120)
        assert self.process.returncode == 0, err.decode()
        return err.decode()

    def ask(self, method, path, body=None, fields=None, json_body=None):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=120)
        sent = dict(fields or {})
        if json_body is not None:
            body = json.dumps(json_body)
            sent.setdefault("Content-Type", "application/json")
        connection.request(method, path, body=body, headers=sent)
        answer = connection.getresponse()
        reply = Reply(answer.status, answer.getheaders(), answer.read())
        connection.close()
        return reply

    def api(self, method, route, **body):
        """What a client means by a call; its answer must be no error."""
        if method == "GET":
            reply = self.ask("GET", f"{API}/{route}?{urllib.parse.urlencode(body, doseq=True)}")
        else:
            reply = self.ask(method, f"{API}/{route}", json_body=body)
        assert reply.status == 200, (route, reply.status, reply.body)
        return reply.json

    def connect(self):
        return socket.create_connection((self.host, self.port), timeout=120)

    def raw(self, request, patience=120):
        """Everything that is answered to these bytes until the server closes the connection."""
        with self.connect() as connection:
            connection.settimeout(patience)
            connection.sendall(request)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
            return answer

    def raw_status(self, request):
        return int(self.raw(request).split(b" ", 2)[1])

    def new_run(self, name="r"):
        run = self.api("POST", "runs/create", experiment_id="0", run_name=name, start_time=1)["run"]["info"]
        return run["run_id"], run["artifact_uri"].removeprefix("mlflow-artifacts:/")
