# SPDX-License-Identifier: Apache-2.0
"""What was done to servers of this protocol, done to ours: the numbers are those of docs/mlflow.md."""

import contextlib
import json
import os
import pathlib
import socket
import threading
import time
import urllib.parse

import pytest

from conftest import new_project
from faults import wait_until
from http_world import API, FILES, Server

TOKEN = "0123456789abcdef-secret"
SECRET = "the content of a file that no client may see"


@pytest.fixture
def server(project):
    (project.folder.parent / "secret.txt").write_text(SECRET)
    with Server(project) as running:
        yield running


def head(method, path, *fields, host="localhost", version="HTTP/1.1"):
    lines = [f"{method} {path} {version}", f"Host: {host}", "Connection: close", *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def post(path, body, *fields, host="localhost"):
    data = json.dumps(body).encode()
    return head("POST", path, f"Content-Length: {len(data)}", "Content-Type: application/json", *fields, host=host) + data


# S1, S5: sources and roots that point elsewhere


@pytest.mark.parametrize(
    "source",
    ["file:///etc", "/etc", "//proc/self/root", "..\\..\\etc", "http:///#/../../etc", "http://127.0.0.1:1/x",
     "file:///etc;params", "mlflow-artifacts:/../../etc", "mlflow-artifacts:/0/../../etc", "models:/../etc", "runs:/../etc"],
)  # fmt: skip
def test_s1_a_source_is_never_opened(server, source):
    server.api("POST", "registered-models/create", name="m")
    run, _ = server.new_run()
    created = server.ask(
        "POST", f"{API}/model-versions/create", json_body={"name": "m", "source": source, "run_id": run,
        "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}]},
    )  # fmt: skip
    assert created.status < 500
    for path in ("passwd", "secret.txt", "../secret.txt"):
        query = urllib.parse.urlencode({"name": "m", "version": "1", "path": path})
        reply = server.ask("GET", f"/model-versions/get-artifact?{query}")
        assert reply.status in (400, 404) and b"root:" not in reply.body and SECRET.encode() not in reply.body


@pytest.mark.parametrize("location", ["file:///etc", "/etc", "http:///#/../../etc", "mlflow-artifacts:/../..", "ftp://x/y;z"])
def test_s1_an_experiments_location_is_never_opened(server, location):
    created = server.ask("POST", f"{API}/experiments/create", json_body={"name": "e", "artifact_location": location})
    assert created.status < 500
    if created.status != 200:
        return
    run = server.api("POST", "runs/create", experiment_id=created.json["experiment_id"], start_time=1)["run"]["info"]
    assert run["artifact_uri"].startswith("mlflow-artifacts:/")
    assert "files" not in server.api("GET", "artifacts/list", run_id=run["run_id"])
    reply = server.ask("GET", f"/get-artifact?run_id={run['run_id']}&path=passwd")
    assert reply.status == 404


# S2, S3, S4: paths that leave their root

OUTSIDE = [
    "../../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "%252e%252e/%252e%252e/etc/passwd",
    "%252E%252E%252Fetc", "/etc/passwd", "%2fetc%2fpasswd", "C:/windows/win.ini", "c%3a/x", "..%5c..%5cetc", "a%00b",
    "a/../../b", "./a", "a//b", "a%0d%0ab", "%ff%fe", "a%23b", "%c0%ae%c0%ae/x",
]  # fmt: skip


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_s2_s3_s4_no_path_leaves_the_artifacts(server, method, path):
    run, root = server.new_run()
    server.ask("PUT", f"{FILES}/{root}/kept", body=b"kept")
    body = "Content-Length: 1\r\n\r\nx".encode() if method == "PUT" else b"\r\n"
    for place in (f"{FILES}/{root}/{path}", f"{FILES}/{path}"):
        request = head(method, place)[:-2] + body
        status = server.raw_status(request)
        assert status in (400, 404), (method, place, status)
    assert server.ask("GET", f"{FILES}/{root}/kept").body == b"kept"
    assert not list(server.project.folder.parent.rglob("passwd"))


@pytest.mark.parametrize("path", OUTSIDE)
def test_s2_no_query_leaves_the_artifacts(server, path):
    run, root = server.new_run()
    for place in (f"/get-artifact?run_id={run}&path={path}", f"{API}/artifacts/list?run_id={run}&path={path}",
                  f"{FILES}?path={root}/{path}", f"/ajax-api/2.0/mlflow/get-artifact?run_id={run}&path={path}"):  # fmt: skip
        answer = server.raw(head("GET", place))
        assert int(answer.split(b" ", 2)[1]) in (400, 404), (place, answer)
        assert b"root:" not in answer and SECRET.encode() not in answer


@pytest.mark.parametrize("root", ["", "/", "/0", "/%2e", "/%2e%2e", "//"])
def test_s3_the_root_is_never_deleted(server, root):
    run, place = server.new_run()
    server.ask("PUT", f"{FILES}/{place}/kept", body=b"kept")
    assert server.raw_status(head("DELETE", f"{FILES}{root}")) in (400, 404)
    assert server.raw_status(head("DELETE", f"{FILES}/{place}")) == 400
    assert server.ask("GET", f"{FILES}/{place}/kept").body == b"kept"


def test_s4_a_link_in_the_store_leads_nowhere(server):
    run, root = server.new_run()
    (server.project.folder / ".mlrepro" / "out").symlink_to(server.project.folder.parent)
    assert server.ask("PUT", f"{FILES}/{root}/out/x.txt", body=b"x").status == 200
    assert not (server.project.folder.parent / "x.txt").exists()


# S5: nobody is asked


def test_s5_no_connection_goes_out(server):
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(1)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
    server.api("POST", "registered-models/create", name="m")
    server.ask("POST", f"{API}/model-versions/create", json_body={"name": "m", "source": url})
    server.ask("POST", f"{API}/experiments/create", json_body={"name": "e", "artifact_location": url})
    run, _ = server.new_run()
    source = json.dumps({"uri": url, "url": url})
    server.ask("POST", f"{API}/runs/log-inputs", json_body={"run_id": run, "datasets": [{"dataset": {
        "name": "d", "digest": "1", "source_type": "http", "source": source}}]})  # fmt: skip
    server.ask("POST", "/api/2.0/mlflow/webhooks/create", json_body={"url": url})
    with pytest.raises(TimeoutError):
        listener.accept()


# S6, S7: pages of other sites


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "", "[::2]"])
def test_s6_only_names_of_this_server_are_answered(server, host):
    for path in ("/version", f"{API}/experiments/search?max_results=1", FILES, "/get-artifact"):
        assert server.raw_status(head("GET", path, host=host)) == 403, path
    assert server.raw_status(head("GET", "/health", host=host)) == 200


def test_s6_a_request_has_one_host(server):
    assert server.raw_status(b"GET /version HTTP/1.1\r\nConnection: close\r\n\r\n") == 400
    assert server.raw_status(head("GET", "/version", "Host: localhost")) == 400


def test_s6_configured_names_are_answered(project):
    with Server(project, "--allowed-hosts", "ml.example,other.example:80") as server:
        assert server.raw_status(head("GET", "/version", host="ML.example:99")) == 200
        assert server.raw_status(head("GET", "/version", host="other.example:80")) == 200
        assert server.raw_status(head("GET", "/version", host="other.example:81")) == 403


@pytest.mark.parametrize("field", ["Origin: https://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site", "Origin: http://localhost:1"])
def test_s6_pages_of_other_sites_change_nothing(server, field):
    run, root = server.new_run()
    assert server.raw_status(post(f"{API}/experiments/create", {"name": "x"}, field)) == 403
    for method in ("PUT", "DELETE"):
        request = head(method, f"{FILES}/{root}/x", field, "Content-Length: 1") + b"x"
        assert server.raw_status(request) == 403
    answer = server.raw(head("OPTIONS", f"{API}/experiments/create", field, "Access-Control-Request-Method: POST"))
    assert b"access-control-allow" not in answer.lower() and b" 403 " in answer.split(b"\r\n")[0]
    names = [one["name"] for one in server.api("POST", "experiments/search", max_results=10)["experiments"]]
    assert names == ["Default"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])
def test_s7_forms_change_nothing(server, kind):
    data = b'{"name": "x"}'
    fields = [f"Content-Length: {len(data)}"] + ([f"Content-Type: {kind}"] if kind else [])
    answer = server.raw(head("POST", f"{API}/experiments/create", *fields) + data)
    assert b" 400 " in answer.split(b"\r\n")[0] and b"Content-Type must be one of" in answer
    run, _ = server.new_run()
    upload = head("POST", f"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=x", *fields) + data
    assert server.raw_status(upload) == 400
    assert server.ask("GET", f"/get-artifact?run_id={run}&path=x").status == 404


# S8: what a browser makes of answers


def test_s8_artifacts_are_downloads_and_errors_are_json(server):
    _, root = server.new_run()
    server.ask("PUT", f"{FILES}/{root}/evil.html", body=b"<script>alert(1)</script>", fields={"Content-Type": "text/html"})
    reply = server.ask("GET", f"{FILES}/{root}/evil.html")
    assert reply.fields["content-type"] == "application/octet-stream"
    assert reply.fields["content-disposition"].startswith("attachment;")
    replies = [reply, server.ask("GET", "/<script>alert(1)</script>"), server.ask("GET", f"{API}/runs/get?run_id=<b>"),
               server.ask("GET", "/health"), server.ask("POST", f"{API}/runs/create", body=b"<", fields={"Content-Type": "<x>"})]  # fmt: skip
    for one in replies:
        assert one.fields["x-content-type-options"] == "nosniff"
        assert "sandbox" in one.fields["content-security-policy"]
        assert "text/html" not in one.fields["content-type"]


# S9: one gate before all routes

ROUTES = [
    ("GET", "/version"), ("GET", "/api/3.0/mlflow/server-info"), ("GET", FILES), ("PUT", f"{FILES}/0/x"),
    ("DELETE", f"{FILES}/0/x"), ("GET", "/get-artifact"), ("GET", "/model-versions/get-artifact"),
    ("POST", f"{API}/runs/create"), ("POST", "/ajax-api/2.0/mlflow/runs/search"), ("GET", "/ajax-api/2.0/mlflow/runs/get"),
    ("GET", "/ajax-api/2.0/mlflow/logged-models/m-1/artifacts/files"), ("POST", "/ajax-api/3.0/jobs"), ("POST", "/v1/traces"),
    ("POST", "/api/2.0/mlflow-artifacts/mpu/create/x"), ("POST", "/graphql"), ("GET", "/"), ("GET", "/s/x/health2"), ("PATCH", "/nope"),
]  # fmt: skip


@pytest.mark.parametrize("method, path", ROUTES)
@pytest.mark.parametrize("shown", [None, "Bearer wrong", "Bearer ", "Basic YWRtaW46cGFzc3dvcmQ=", f"Bearer {TOKEN}x", f"Basic {TOKEN}"])
def test_s9_nothing_is_answered_without_the_token(guarded, method, path, shown):
    fields = [f"Authorization: {shown}"] if shown else []
    answer = guarded.raw(head(method, path, *fields, "Content-Length: 0"))
    assert b" 401 " in answer.split(b"\r\n")[0] and b"UNAUTHENTICATED" in answer
    assert b"www-authenticate" in answer.lower()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    project = new_project(tmp_path_factory.mktemp("guarded"))
    project.write("token", f"# one a line\n{TOKEN}\n").chmod(0o600)
    with Server(project, "--auth-token-file", "token") as running:
        yield running


def test_s9_the_token_opens_and_health_needs_none(guarded):
    assert guarded.ask("GET", "/version", fields={"Authorization": f"Bearer {TOKEN}"}).status == 200
    assert guarded.ask("GET", "/health").body == b"OK"


def test_s9_user_and_password_open(project):
    project.write("users", "me:open sesame\n").chmod(0o600)
    with Server(project, "--basic-auth-file", "users", "--host", "127.0.0.1") as server:
        right = {"Authorization": "Basic bWU6b3BlbiBzZXNhbWU="}
        assert server.ask("GET", "/version", fields=right).status == 200
        for wrong in ("Basic bWU6", "Basic bWU6b3BlbiBzZXNhbWU", "Basic bWU6b3BlbiBTRVNBTUU=", "Bearer open"):
            assert server.ask("GET", "/version", fields={"Authorization": wrong}).status == 401


# S10: too much of everything


def test_s10_heads_are_limited(server):
    assert server.raw_status(head("GET", "/" + "a" * 40_000)) == 414
    assert server.raw_status(head("GET", "/health", "X: " + "a" * 70_000)) == 431
    assert server.raw_status(head("GET", "/health", *[f"X{n}: a" for n in range(120)])) == 431


def test_s10_names_are_limited(server):
    for body in ({"name": "x" * 1_000_000}, {"name": "x", "tags": [{"key": "k" * 300, "value": "v"}]}):
        reply = server.ask("POST", f"{API}/experiments/create", json_body=body)
        assert reply.status == 400 and len(reply.body) < 5000


def test_s10_bodies_are_limited(server):
    long = 64 << 20
    request = head("POST", f"{API}/runs/log-batch", "Content-Type: application/json", f"Content-Length: {long}")
    assert server.raw_status(request) == 413
    chunk = b"%x\r\n" % (1 << 20) + b" " * (1 << 20) + b"\r\n"
    request = head("POST", f"{API}/runs/log-batch", "Content-Type: application/json", "Transfer-Encoding: chunked")
    with server.connect() as connection:
        connection.sendall(request)
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            for _ in range(200):
                connection.sendall(chunk)
    assert server.raw_status(head("PUT", f"{FILES}/0/x", "Content-Length: 99999999999999999")) == 413


def test_s10_deep_json_is_refused(server):
    for body in (b"[" * 200_000, b'{"a":' * 200_000):
        reply = server.ask("POST", f"{API}/runs/search", body=body, fields={"Content-Type": "application/json"})
        assert reply.status == 400
    assert server.ask("GET", "/health").body == b"OK"


class SlowHeads:
    """Clients whose heads do not end; half of them send a byte a second. It goes on beside the other tests."""

    def __init__(self, server):
        self.server, self.ends = server, []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        slow = [self.server.connect() for _ in range(50)]
        for connection in slow:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: lo")
        started = time.monotonic()
        while time.monotonic() - started < 9:
            for connection in slow[:25]:
                with contextlib.suppress(ConnectionError):  # where it took long to open them all
                    connection.sendall(b"x")
            time.sleep(1)
        for connection in slow:
            try:
                self.ends.append(connection.recv(1000))
            except ConnectionResetError:
                self.ends.append(b"")


@pytest.fixture(scope="module", autouse=True)
def slow_heads(tmp_path_factory):
    with Server(new_project(tmp_path_factory.mktemp("slow"))) as running:
        yield SlowHeads(running)


def test_s10_slow_heads_are_cut_off_while_others_are_served(slow_heads):
    assert slow_heads.server.ask("GET", "/health").body == b"OK"
    slow_heads.thread.join(300)
    assert slow_heads.ends == [b""] * 50
    assert slow_heads.server.ask("GET", "/health").body == b"OK"


def test_s10_idle_connections_make_room(server):
    idle = []
    for _ in range(300):
        connection = server.connect()
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
        idle.append(connection)
    assert server.ask("GET", "/health").body == b"OK"
    for connection in idle:
        connection.close()


# S11: one name for one thing


def test_s11_an_encoded_name_is_its_own(server):
    server.api("POST", "registered-models/create", name="model name")
    other = server.ask("GET", f"{API}/registered-models/get?name=model%2520name")
    assert other.status == 404
    assert server.ask("GET", f"{API}/registered-models/get?name=model%20name").status == 200
    assert server.ask("GET", f"{API}/registered-models/get?name=model+name").status == 200


# S12: what comes back is checked where it is written


def test_s12_no_artifact_has_a_name_that_leaves_its_folder(server):
    run, root = server.new_run()
    for name in OUTSIDE:
        server.raw(head("PUT", f"{FILES}/{root}/{name}", "Content-Length: 1") + b"x")
    listed = server.api("GET", "artifacts/list", run_id=run)
    assert all(".." not in one["path"] and not one["path"].startswith("/") for one in listed.get("files", []))


# S13: files of the server


def test_s13_the_stores_files_are_their_owners_only(server):
    run, root = server.new_run()
    server.ask("PUT", f"{FILES}/{root}/x", body=os.urandom(100_000))
    for path in (server.project.folder / ".mlrepro").rglob("*"):
        if path.is_file() and path.stat().st_size > 0 and path.name != ".gitignore":
            assert path.stat().st_mode & 0o077 == 0, path
    assert (server.project.folder / ".mlrepro").stat().st_mode & 0o077 == 0


# S14: smuggling and injection


@pytest.mark.parametrize(
    "fields",
    [
        ["Content-Length: 5", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked", "Content-Length: 5"],
        ["Content-Length: 5", "Content-Length: 5"],
        ["Content-Length: 5", "Content-Length: 6"],
        ["Content-Length: 5, 5"],
        ["Content-Length: +5"],
        ["Content-Length: -5"],
        ["Content-Length: 0x5"],
        ["Content-Length : 5"],
        ["Transfer-Encoding: identity"],
        ["Transfer-Encoding: gzip, chunked"],
        ["Transfer-Encoding: chunked, chunked"],
        ["Transfer-Encoding: xchunked"],
        ["Transfer-Encoding : chunked"],
        ["Transfer-Encoding:\x0bchunked"],
        ["X: a\r\n folded: b"],
        ["X: a\nY: b"],
        ["X: a\rY: b"],
        ["X: a\x00b"],
    ],
)
def test_s14_what_could_be_read_in_two_ways_is_not_read(server, fields):
    body = b"0\r\n\r\nGET /version HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = server.raw(head("POST", f"{API}/experiments/search", "Content-Type: application/json", *fields) + body)
    assert answer.count(b"HTTP/1.1 ") == 1 and answer.split(b" ", 2)[1] == b"400"


def test_s14_chunks_are_read_strictly(server):
    _, root = server.new_run()
    for body in (b"5\nhello\r\n0\r\n\r\n", b"g\r\nhello\r\n0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n", b"5\r\nhelloXX0\r\n\r\n",
                 b"ffffffffffffffffff\r\nhello\r\n0\r\n\r\n", b"5;" + b"x" * 200_000 + b"\r\nhello\r\n0\r\n\r\n"):  # fmt: skip
        answer = server.raw(head("PUT", f"{FILES}/{root}/x", "Transfer-Encoding: chunked") + body)
        assert answer.split(b" ", 2)[1] == b"400", body[:30]
        assert server.ask("GET", f"{FILES}/{root}/x").status == 404


def test_s14_a_name_is_no_field(server):
    run, root = server.new_run()
    name = 'a";x="b;é%25.txt'
    assert server.ask("PUT", f"{FILES}/{root}/{urllib.parse.quote(name)}", body=b"1").status in (200, 400)
    assert server.ask("PUT", f"{FILES}/{root}/{urllib.parse.quote('q”;%.txt')}", body=b"1").status == 200
    reply = server.ask("GET", f"{FILES}/{root}/{urllib.parse.quote('q”;%.txt')}")
    assert reply.fields["content-disposition"].isascii()
    assert reply.fields["content-disposition"].count('"') == 2


@pytest.mark.parametrize("text", ["'; DROP TABLE runs; --", "x' OR '1'='1", 'a"b', "metrics.`a` DESC; DELETE FROM runs", "\x00"])
def test_s14_no_text_is_sql(server, text):
    run, _ = server.new_run()
    for body in ({"experiment_ids": ["0"], "filter": text}, {"experiment_ids": ["0"], "filter": f"params.p = '{text}'"},
                 {"experiment_ids": ["0"], "order_by": [text]}, {"experiment_ids": [text]}):  # fmt: skip
        reply = server.ask("POST", f"{API}/runs/search", json_body=body)
        assert reply.status in (200, 400, 404), (body, reply.body)
        assert b"sqlite" not in reply.body.lower() and b"SELECT" not in reply.body
    assert server.api("GET", "runs/get", run_id=run)


def test_s14_a_compressed_body_is_not_unpacked(server):
    import gzip

    data = gzip.compress(b'{"name":"' + b"x" * 10_000_000 + b'"}')
    reply = server.ask("POST", f"{API}/experiments/create", body=data, fields={"Content-Type": "application/json", "Content-Encoding": "gzip"})
    assert reply.status == 400


# Not one of them: what keeps each of them from mattering


def is_traced(pid):
    """Whether each of its threads is."""
    threads = pathlib.Path(f"/proc/{pid}/task").glob("*/status")
    return all("\nTracerPid:\t0\n" not in thread.read_text() for thread in threads)


def test_no_request_opens_a_file_outside_the_store(server):
    """By what the kernel says that the server has opened."""
    strace = pathlib.Path("/usr/bin/strace")
    if not strace.exists():
        pytest.skip("no strace: scripts/install-deps python")
    import subprocess

    run, root = server.new_run()
    server.ask("PUT", f"{FILES}/{root}/first", body=b"libraries read their settings")
    trace = server.project.folder.parent / "trace"
    tracer = subprocess.Popen([strace, "-f", "-qq", "-y", "-e", "trace=open,openat,openat2,creat,unlink,unlinkat,rename,connect,execve",
                               "-o", trace, "-p", str(server.process.pid)], stderr=subprocess.PIPE)  # fmt: skip
    wait_until(lambda: is_traced(server.process.pid))
    server.ask("PUT", f"{FILES}/{root}/a/b.txt", body=b"content")
    server.ask("GET", f"{FILES}/{root}/a/b.txt")
    for path in OUTSIDE:
        for request in (head("GET", f"{FILES}/{root}/{path}"), head("GET", f"/get-artifact?run_id={run}&path={path}"),
                        head("DELETE", f"{FILES}/{path}"), head("PUT", f"{FILES}/{path}", "Content-Length: 1") + b"x",
                        post(f"{API}/experiments/create", {"name": path[:100], "artifact_location": path})):  # fmt: skip
            server.raw(request)
    server.api("POST", "registered-models/create", name="m")
    server.ask("POST", f"{API}/model-versions/create", json_body={"name": "m", "source": "file:///etc"})
    server.ask("GET", "/model-versions/get-artifact?name=m&version=1&path=passwd")
    tracer.terminate()
    tracer.communicate()
    store = str(server.project.folder / ".mlrepro")
    opened = [line for line in trace.read_text(errors="replace").splitlines() if '"' in line]
    assert any(store in line for line in opened)
    for line in opened:
        path = line.split('"')[1]
        inside = path.startswith(store) or f"<{store}" in line
        assert inside or path.startswith("/sys/devices/system/cpu/"), line  # the C library, for its threads
