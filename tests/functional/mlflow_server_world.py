# SPDX-License-Identifier: Apache-2.0
"""`mlflow server` itself, and a server in front of another one that fails when it is told to."""

import contextlib
import http.client
import http.server
import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.parse

from http_world import API, free_port
from mlflow_clients import QUIET, TOP, interpreter

START_TIME_S = 300


def ask(url, method, path, body=None):
    place = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=300)
    sent = None if body is None else json.dumps(body)
    connection.request(method, path, body=sent, headers={"Content-Type": "application/json"} if sent else {})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert answer.status == 200, (method, path, answer.status, content)
    return content


class MlflowServer:
    """Of a line ("2" or "3"), over SQLite, with artifacts that it takes itself."""

    def __init__(self, line, folder):
        interpreter(line)  # or it says what to install
        self.folder = folder
        self.artifacts = folder / "artifacts"
        self.url = f"http://127.0.0.1:{free_port()}"
        program = TOP / "build" / f"mlflow-{line}" / "bin" / "mlflow"
        self.log = open(folder / "server.log", "wb")
        self.process = subprocess.Popen(
            [program, "server", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination",
             str(self.artifacts), "--host", "127.0.0.1", "--port", self.url.rsplit(":", 1)[1], "--workers", "1"],
            cwd=folder, env={"PATH": f"{program.parent}:{os.environ['PATH']}", "HOME": str(folder), **QUIET,
                             "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            stdout=self.log, stderr=self.log, start_new_session=True,
        )  # fmt: skip

    def wait(self):
        deadline = time.monotonic() + START_TIME_S
        while True:
            try:
                ask(self.url, "GET", "/health")
                healthy = True
            except OSError:
                healthy = False
            # Where it has ended, whoever answered is another one.
            assert self.process.poll() is None, (self.folder / "server.log").read_text()
            if healthy:
                return self
            assert time.monotonic() < deadline, "mlflow server does not start"
            time.sleep(0.1)

    def api(self, method, route, **body):
        if method == "GET":
            return json.loads(ask(self.url, "GET", f"{API}/{route}?{urllib.parse.urlencode(body, doseq=True)}"))
        return json.loads(ask(self.url, method, f"{API}/{route}", body))

    def stop(self):
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()


class FaultyServer:
    """Passes requests on to another server, but for what `fault(method, path, count, body)` says of them: None, a status,
    a reply as (status, fields, body), "drop" (no answer, nothing passed on), "lose" (passed on, no answer) or
    "stall" (nothing until the end)."""

    def __init__(self, upstream=None, fault=lambda *_: None):
        self.upstream = upstream
        self.fault = fault
        self.seen = []  # (method, path without query)
        self.fields = []
        self.stalled = threading.Event()
        self.lock = threading.Lock()
        world = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def serve(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                path = self.path.split("?")[0]
                with world.lock:
                    world.seen.append((self.command, path))
                    world.fields.append(dict(self.headers))
                    count = world.seen.count((self.command, path))
                verdict = world.fault(self.command, path, count, body)
                if verdict == "stall":
                    world.stalled.set()
                    threading.Event().wait(60)
                if verdict in ("drop", "stall"):
                    return self.hang_up()
                if isinstance(verdict, int):
                    return self.answer(verdict, {}, b"busy")
                if isinstance(verdict, tuple):
                    return self.answer(*verdict)
                place = urllib.parse.urlsplit(world.upstream)
                connection = http.client.HTTPConnection(place.hostname, place.port, timeout=300)
                fields = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                connection.request(self.command, self.path, body=body, headers={**fields, "Host": place.netloc})
                reply = connection.getresponse()
                content = reply.read()
                connection.close()
                if verdict == "lose":
                    return self.hang_up()
                return self.answer(reply.status, {"Content-Type": reply.getheader("Content-Type") or ""}, content)

            def answer(self, status, fields, content):
                self.send_response(status)
                for name, value in {**fields, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def hang_up(self):
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def count(self, method, path):
        return sum(1 for one, place in self.seen if one == method and place.endswith(path))
