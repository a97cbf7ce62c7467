# SPDX-License-Identifier: Apache-2.0
"""mlrepro server: HTTP itself, artifacts, and how it starts and stops."""

import hashlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import threading

import pytest

from faults import wait_until
from http_world import API, FILES, Server


@pytest.fixture
def server(project):
    with Server(project) as running:
        yield running


def test_it_says_where_it_listens_and_that_it_is_well(server):
    assert server.url == f"http://127.0.0.1:{server.port}"
    assert server.ask("GET", "/health").body == b"OK"
    assert server.ask("GET", "/version").body.decode() == server.project.mlr("--version").out.split()[1]
    info = server.ask("GET", "/api/3.0/mlflow/server-info").json
    assert info["workspaces_enabled"] is False


def test_the_address_is_printed_for_people(project):
    process = project.popen("server", "--port", "0", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    line = process.stdout.readline().decode()
    assert line.startswith("listening at http://127.0.0.1:") and "MLFLOW_TRACKING_URI=" in line
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=300)
    assert process.returncode == 0


def test_both_prefixes_lead_to_the_same(server):
    for prefix in ("/api/2.0/mlflow", "/ajax-api/2.0/mlflow"):
        reply = server.ask("POST", f"{prefix}/experiments/search", json_body={"max_results": 10})
        assert [one["name"] for one in reply.json["experiments"]] == ["Default"], prefix


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/2.0/mlflow/nope", "/api/2.0/other", "/static/x.js", "/api/2.0/mlflow-artifactsX"]
)
def test_an_unknown_route_is_an_error_in_json(server, path):
    reply = server.ask("GET", path)
    assert (reply.status, reply.error) == (404, "ENDPOINT_NOT_FOUND")
    assert reply.fields["content-type"] == "application/json"


def test_what_a_client_puts_is_an_artifact_of_the_run(server):
    run, root = server.new_run()
    content = os.urandom(3_000_000)
    assert server.ask("PUT", f"{FILES}/{root}/model/weights%20v1.bin", body=content).body == b"{}"
    assert server.ask("PUT", f"{FILES}/{root}/notes.txt", body=b"hello").status == 200
    reply = server.ask("GET", f"{FILES}/{root}/model/weights%20v1.bin")
    assert reply.body == content and int(reply.fields["content-length"]) == len(content)
    shown = {one["path"]: one for one in server.project.mlr("show", run, "--json").json["artifacts"]}
    assert shown["model/weights v1.bin"]["digest"] == "sha256:" + hashlib.sha256(content).hexdigest()
    assert shown["notes.txt"]["bytes"] == 5
    server.project.mlr("verify")


def test_artifacts_are_listed_from_the_root_and_by_name(server):
    run, root = server.new_run()
    for name in ("b.txt", "a/x.txt", "a/deep/y.txt"):
        server.ask("PUT", f"{FILES}/{root}/{name}", body=name.encode())
    listed = server.api("GET", "artifacts/list", run_id=run)
    assert listed["root_uri"] == f"mlflow-artifacts:/{root}"
    assert listed["files"] == [
        {"path": "a", "is_dir": True},
        {"path": "b.txt", "is_dir": False, "file_size": 5},
    ]
    assert [one["path"] for one in server.api("GET", "artifacts/list", run_id=run, path="a")["files"]] == [
        "a/deep",
        "a/x.txt",
    ]
    assert [one["path"] for one in server.api("GET", "artifacts/list", run_id=run, path="a/")["files"]] == ["a/deep", "a/x.txt"]
    assert server.ask("GET", f"{FILES}?path={root}/a/").json == server.ask("GET", f"{FILES}?path={root}/a").json
    assert server.ask("GET", f"{FILES}?path={root}/a").json["files"] == [
        {"path": "deep", "is_dir": True},
        {"path": "x.txt", "is_dir": False, "file_size": 7},
    ]
    for nothing in (f"{root}/zz", f"{root}/b.txt", "", "77", "0/" + "0" * 32 + "/artifacts"):
        assert server.ask("GET", f"{FILES}?path={nothing}").json == {}, nothing
    assert server.ask("GET", f"{API}/artifacts/list?run_id={'0' * 32}").status == 404


def test_a_body_may_come_in_chunks_and_may_be_empty(server):
    run, root = server.new_run()
    connection = http.client.HTTPConnection(server.host, server.port, timeout=300)
    pieces = [b"first ", b"x" * 200_000, b" last"]
    connection.request("PUT", f"{FILES}/{root}/c.bin", body=iter(pieces), encode_chunked=True,
                       headers={"Transfer-Encoding": "chunked"})  # fmt: skip
    assert connection.getresponse().read() == b"{}"
    connection.request("PUT", f"{FILES}/{root}/empty", body=iter([]), encode_chunked=True,
                       headers={"Transfer-Encoding": "chunked"})  # fmt: skip
    assert connection.getresponse().read() == b"{}"
    assert server.ask("GET", f"{FILES}/{root}/c.bin").body == b"".join(pieces)
    assert server.ask("GET", f"{FILES}/{root}/empty").body == b""


def test_a_range_is_a_part(server):
    _, root = server.new_run()
    content = bytes(range(256)) * 4096
    server.ask("PUT", f"{FILES}/{root}/r.bin", body=content)
    path = f"{FILES}/{root}/r.bin"
    for field, part in (("bytes=0-9", content[:10]), ("bytes=1000000-1000009", content[1000000:1000010]),
                        ("bytes=-5", content[-5:]), ("bytes=1048570-", content[1048570:])):  # fmt: skip
        reply = server.ask("GET", path, fields={"Range": field})
        assert (reply.status, reply.body) == (206, part), field
        assert reply.fields["content-range"].endswith(f"/{len(content)}")
    assert server.ask("GET", path, fields={"Range": "bytes=9999999-"}).status == 416
    tag = server.ask("GET", path).fields["etag"]
    assert server.ask("GET", path, fields={"Range": "bytes=0-0", "If-Range": tag}).status == 206
    assert server.ask("GET", path, fields={"Range": "bytes=0-0", "If-Range": '"other"'}).body == content
    head = server.ask("HEAD", path)
    assert head.body == b"" and int(head.fields["content-length"]) == len(content)


def test_what_is_deleted_is_gone_and_its_neighbours_stay(server):
    run, root = server.new_run()
    for name in ("a/x", "a/y/z", "ab", "b"):
        server.ask("PUT", f"{FILES}/{root}/{name}", body=b"1")
    assert server.ask("DELETE", f"{FILES}/{root}/a").status == 200
    assert server.ask("DELETE", f"{FILES}/{root}/b").status == 200
    assert server.ask("DELETE", f"{FILES}/{root}/never").status == 200
    assert [one["path"] for one in server.api("GET", "artifacts/list", run_id=run)["files"]] == ["ab"]
    assert server.ask("GET", f"{FILES}/{root}/a/x").error == "RESOURCE_DOES_NOT_EXIST"


def test_a_folder_is_no_file_and_a_file_no_folder(server):
    _, root = server.new_run()
    server.ask("PUT", f"{FILES}/{root}/a/x", body=b"1")
    assert server.ask("GET", f"{FILES}/{root}/a").status == 400
    assert server.ask("PUT", f"{FILES}/{root}/a", body=b"1").status == 409
    assert server.ask("PUT", f"{FILES}/{root}/a/x/y", body=b"1").status == 409
    assert server.ask("PUT", f"{FILES}/{root}/a/x", body=b"22").status == 200
    assert server.ask("GET", f"{FILES}/{root}/a/x").body == b"22"


def test_equal_content_is_stored_once(server):
    content = os.urandom(4_000_000)
    _, root = server.new_run("one")
    server.ask("PUT", f"{FILES}/{root}/m", body=content)
    packs = server.project.folder / ".mlrepro" / "objects"
    size = lambda: sum(one.stat().st_size for one in packs.rglob("*.pack"))  # noqa: E731
    before = size()
    _, other = server.new_run("two")
    server.ask("PUT", f"{FILES}/{other}/m", body=content)
    assert size() - before < 100_000


def test_memory_stays_within_bounds_while_a_long_artifact_comes_and_goes(server):
    _, root = server.new_run()
    piece = os.urandom(1 << 20)
    count = 300
    connection = http.client.HTTPConnection(server.host, server.port, timeout=300)
    connection.request("PUT", f"{FILES}/{root}/long", body=(piece for _ in range(count)),
                       headers={"Content-Length": str(len(piece) * count)})  # fmt: skip
    assert connection.getresponse().read() == b"{}"
    connection.request("GET", f"{FILES}/{root}/long")
    answer = connection.getresponse()
    total = 0
    while got := answer.read(1 << 20):
        total += len(got)
    assert total == len(piece) * count
    with open(f"/proc/{server.process.pid}/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    # AddressSanitizer keeps a quarter of a gigabyte of what was freed.
    assert peak < (600_000 if "ASAN_OPTIONS" in os.environ else 200_000), f"{peak} KiB"


def test_what_damaged_content_gives_is_no_whole_answer(server):
    _, root = server.new_run()
    content = os.urandom(2_000_000)
    server.ask("PUT", f"{FILES}/{root}/d", body=content)
    packs = sorted((server.project.folder / ".mlrepro/objects").rglob("*.pack"), key=lambda one: one.stat().st_size)
    os.chmod(packs[-1], 0o600)
    with open(packs[-1], "r+b") as pack:
        pack.seek(packs[-1].stat().st_size // 2)
        pack.write(b"damaged!")
    connection = http.client.HTTPConnection(server.host, server.port, timeout=300)
    connection.request("GET", f"{FILES}/{root}/d")
    try:
        answer = connection.getresponse()
        assert answer.status >= 500 or len(answer.read()) < len(content)
    except (http.client.IncompleteRead, ConnectionError, http.client.RemoteDisconnected):
        pass


def is_read(server, client):
    """Whether the server has taken the connection and all that was sent."""
    ports = [f":{number:04X}" for number in (server.port, client.getsockname()[1])]
    with open("/proc/net/tcp") as table:
        for line in table:
            fields = line.split()
            if [fields[1][-5:], fields[2][-5:]] == ports:
                return fields[4].endswith(":00000000") and fields[9] != "0"
    return False


def refuses(server):
    try:
        server.connect().close()
    except OSError:
        return True
    return False


def test_a_request_under_way_is_answered_before_the_end(project):
    server = Server(project)
    _, root = server.new_run()
    connection = http.client.HTTPConnection(server.host, server.port, timeout=300)
    connection.putrequest("PUT", f"{FILES}/{root}/slow")
    connection.putheader("Content-Length", "10")
    connection.endheaders(b"01234")
    idle = server.connect()
    wait_until(lambda: all(is_read(server, client) for client in (connection.sock, idle)))
    server.process.send_signal(signal.SIGTERM)
    wait_until(lambda: refuses(server))
    assert idle.recv(10) == b""
    connection.send(b"56789")
    assert connection.getresponse().read() == b"{}"
    server.process.communicate(timeout=300)
    assert server.process.returncode == 0
    with Server(project) as again:
        assert again.ask("GET", f"{FILES}/{root}/slow").body == b"0123456789"


def test_what_64_clients_were_answered_survives_a_kill(project):
    """All of them log at once, two more search, and none is told of a lock or waits in vain."""
    server = Server(project)
    runs = [server.new_run(f"r{number}") for number in range(64)]
    done = [[] for _ in runs]
    errors = []

    def until_killed(action):
        try:
            for number in range(100_000):
                action(number)
        except (OSError, http.client.HTTPException):
            pass  # the server is gone
        except AssertionError as error:
            errors.append(error)

    def log(client):
        run, root = runs[client]

        def action(number):
            points = [{"key": "m", "value": step, "timestamp": step, "step": step}
                      for step in range(number * 3, number * 3 + 3)]  # fmt: skip
            server.api("POST", "runs/log-batch", run_id=run, metrics=points)
            if client % 8 == 0:
                server.ask("PUT", f"{FILES}/{root}/{number}", body=str(number).encode())
            done[client].append(number)

        return action

    def search(_):
        server.api("POST", "runs/search", experiment_ids=["0"], order_by=["metrics.m DESC"], max_results=100)

    actions = [log(client) for client in range(len(runs))] + [search, search]
    threads = [threading.Thread(target=until_killed, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    wait_until(lambda: errors or all(len(each) >= 4 for each in done))
    server.process.kill()
    server.process.communicate()
    for thread in threads:
        thread.join()
    assert errors == []
    with Server(project) as again:
        for (run, root), numbers in zip(runs, done):
            history = again.api("GET", "metrics/get-history", run_id=run, metric_key="m")["metrics"]
            assert {one["step"] for one in history} >= {3 * n + i for n in numbers for i in range(3)}
            assert len(history) % 3 == 0, "a batch is there as a whole or not at all"
        run, root = runs[8]
        for number in done[8]:
            assert again.ask("GET", f"{FILES}/{root}/{number}").body == str(number).encode()
    project.mlr("verify")


def test_the_access_log_has_a_line_a_request(project):
    log = project.folder / "access.jsonl"
    with Server(project, "--access-log", str(log)) as server:
        server.ask("GET", "/health")
        server.ask("GET", f"{API}/runs/get?run_id=zz", fields={"User-Agent": 'a"b\\c'})
        server.raw(b"GET /x\x01y HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    # Each connection has a thread of its own, so that the lines may be in another order.
    [named], [health], refused = (
        [line for line in lines if line["agent"] == 'a"b\\c'],
        [line for line in lines if line["path"] == "/health"],
        [line for line in lines if line["status"] == 400 and not line["agent"]],
    )
    assert named["path"] == f"{API}/runs/get" and len(refused) == 1
    assert (health["method"], health["status"]) == ("GET", 200) and len(lines) == 3
    assert set(health) == {
        "time", "peer", "method", "path", "status", "received_bytes", "sent_bytes", "us", "agent",
    }  # fmt: skip
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_taken_port_is_a_conflict(server):
    result = server.project.mlr("server", "--port", str(server.port), "--json", expect=4)
    assert "listens there already" in result.error["message"] and "--port 0" in result.error["hint"]


@pytest.mark.parametrize(
    "words, said",
    [
        (("--port", "70000"), "not a port"),
        (("--port", "x"), "not a port"),
        (("--host", "0.0.0.0"), "without a password"),
        (("--host", "::"), "without a password"),
        (("--host", "no.such.host.invalid"), "--host"),
        (("--tls-cert", "c"), "go together"),
        (("--allowed-hosts", "http://x"), "not a host"),
    ],
)
def test_what_can_not_be_served_is_said_before(project, words, said):
    assert said in project.mlr("server", *words, "--json", expect=2).error["message"]


@pytest.mark.parametrize("content", ["", "\n# only a comment\n", "short\n", "with space in it x\n"])
def test_a_token_is_a_secret(project, content):
    project.write("token", content)
    assert "token" in project.mlr("server", "--auth-token-file", "token", "--json", expect=2).error["message"]


@pytest.mark.parametrize("content", ["", "me:\n", "me:short\n", ":longenough\n", "nocolonatall\n"])
def test_a_password_is_one(project, content):
    project.write("users", content)
    project.mlr("server", "--basic-auth-file", "users", "--json", expect=2)


def test_tls_is_spoken_with_the_given_certificate(project):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=project.folder, check=True, capture_output=True,
    )  # fmt: skip
    with Server(project, "--tls-cert", "cert.pem", "--tls-key", "key.pem") as server:
        assert server.url.startswith("https://")
        context = ssl.create_default_context(cafile=project.folder / "cert.pem")
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=300)
        for _ in range(3):
            connection.request("GET", "/health")
            assert connection.getresponse().read() == b"OK"
        plain = socket.create_connection(("127.0.0.1", server.port), timeout=300)
        plain.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            assert b"OK" not in plain.recv(1000)
        except ConnectionResetError:
            pass
    project.write("key.pem", "no key")
    said = project.mlr("server", "--tls-cert", "cert.pem", "--tls-key", "key.pem", "--json", expect=2).error["message"]
    assert "key.pem" in said


def test_a_run_that_still_runs_is_shown_with_what_it_reported(server):
    world = server.project
    process = world.popen("run", "-n", "busy", "--no-resources", "--", "cat", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    wait_until(lambda: world.mlr("list", "--filter", "name = 'busy'", "--json").json["runs"])
    run = world.last()["id"]
    for value, step in (("0.5", "3"), ("0.25", "4")):
        world.mlr("log", "metric", "loss", value, "--step", step, "--run", run)
    world.mlr("log", "param", "late", "yes", "--run", run)
    world.mlr("log", "tag", "team", "red", "--run", run)
    world.mlr("log", "note", "well", "--run", run)
    server.api("POST", "runs/log-metric", run_id=run, key="loss", value=9, timestamp=1, step=1)
    world.write("loss.svg", "<svg/>")
    world.mlr("log", "artifact", "loss.svg", "--as", "plots/loss.svg", "--run", run)
    uri = server.api("GET", "runs/get", run_id=run)["run"]["info"]["artifact_uri"].removeprefix("mlflow-artifacts:/")
    assert server.ask("PUT", f"{FILES}/{uri}/by-client.txt", b"sent").status == 200

    def files():
        listed = [server.api("GET", "artifacts/list", run_id=run, path=path)["files"] for path in ("", "plots")]
        return listed, server.ask("GET", f"{FILES}/{uri}/plots/loss.svg").body

    def told():
        data = server.api("GET", "runs/get", run_id=run)["run"]["data"]
        tags = {one["key"]: one["value"] for one in data["tags"]}
        pages, token = [], ""
        while True:
            page = server.api("GET", "metrics/get-history", run_id=run, metric_key="loss", max_results=2, page_token=token)
            pages += [(point["step"], point["value"]) for point in page["metrics"]]
            if not (token := page.get("next_page_token", "")):
                break
        return [(one["key"], one["step"], one["value"]) for one in data["metrics"]], data["params"], tags["team"], tags["mlflow.note.content"], pages

    def found(filter="", order=(), size=1000):
        names, token = [], ""
        while True:
            page = server.api("POST", "runs/search", experiment_ids=experiments, filter=filter, order_by=list(order), max_results=size, page_token=token)
            names += [one["info"]["run_name"] for one in page.get("runs", [])]
            if not (token := page.get("next_page_token", "")):
                return names

    # Found and sorted by what only the live record has, among runs that the database has.
    experiments = [server.api("GET", "runs/get", run_id=run)["run"]["info"]["experiment_id"]]
    for name, value in (("low", 0.125), ("high", 0.5)):
        other = server.api("POST", "runs/create", experiment_id=experiments[0], run_name=name)["run"]["info"]["run_id"]
        server.api("POST", "runs/log-metric", run_id=other, key="loss", value=value, timestamp=1, step=1)
    server.api("POST", "runs/create", experiment_id=experiments[0], run_name="bare")

    def searched():
        return [found("metrics.loss = 0.25"), found("params.late = 'yes' AND tags.team = 'red'"), found("tags.mlflow.note.content = 'well'"),
                found("params.late IS NULL", ["attributes.run_name"]), found("metrics.loss = 9")] + [
                found(order=["metrics.loss DESC"], size=size) for size in (1, 2, 3, 1000)]  # fmt: skip

    expected = [["busy"]] * 3 + [["bare", "high", "low"], []] + [["high", "busy", "low", "bare"]] * 4
    assert searched() == expected
    running = told()
    assert running == ([("loss", 4, 0.25)], [{"key": "late", "value": "yes"}], "red", "well", [(1, 9.0), (3, 0.5), (4, 0.25)])
    added = files()
    assert added == ([[{"path": "by-client.txt", "is_dir": False, "file_size": 4}, {"path": "plots", "is_dir": True}],
                      [{"path": "plots/loss.svg", "is_dir": False, "file_size": 6}]], b"<svg/>")
    assert server.ask("DELETE", f"{FILES}/{uri}/plots/loss.svg").status == 409

    # Whoever came last has a name, in both orders, and while others look.
    def content(path):
        return server.ask("GET", f"{FILES}/{uri}/{path}").body

    world.write("two.txt", "logged")
    world.mlr("log", "artifact", "two.txt", "--as", "both.txt", "--run", run)
    assert content("both.txt") == b"logged"
    assert server.ask("PUT", f"{FILES}/{uri}/both.txt", b"put later").status == 200
    assert content("both.txt") == b"put later"
    world.mlr("log", "artifact", "two.txt", "--as", "by-client.txt", "--run", run)
    assert content("by-client.txt") == b"logged"
    for path in ("both.txt/part", "plots"):
        assert server.ask("PUT", f"{FILES}/{uri}/{path}", b"x").status == 409
    added = files()
    process.communicate(b"")
    assert told() == running
    assert searched() == expected
    assert files() == added
    assert (content("both.txt"), content("by-client.txt")) == (b"put later", b"logged")
    assert server.ask("DELETE", f"{FILES}/{uri}/plots/loss.svg").status == 200


def test_other_commands_work_beside_it(server):
    run, _ = server.new_run("served")
    server.project.mlr("run", "-n", "local", "--", "true")
    names = {one["name"] for one in server.project.mlr("list", "--json").json["runs"]}
    assert names == {"served", "local"}
    found = server.api("POST", "runs/search", experiment_ids=["0"], filter="")
    assert run in [one["info"]["run_id"] for one in found.get("runs", [])]
