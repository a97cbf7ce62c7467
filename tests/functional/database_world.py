# SPDX-License-Identifier: Apache-2.0
"""Real databases for the tests: a PostgreSQL of their own, with a password, on the loopback."""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

from faults import wait_until
from http_world import free_port

PASSWORD = "s3cr3t/p@ss word"
USER = "anna"


def postgres_programs():
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    assert found, "PostgreSQL is not installed: type 'scripts/install-deps python'"
    return found[-1]


class Postgres:
    """Refuses to run as root, as which the tests may run: then it is the user postgres that runs it."""

    def __init__(self):
        self.programs = postgres_programs()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mlrepro-postgres-"))
        self.port = free_port()
        self.user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
        if self.user:
            account = pwd.getpwnam("postgres")
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        password = self.folder / "password"
        password.write_text(PASSWORD + "\n")
        os.chmod(password, 0o644)
        self.run(
            "initdb", "-D", self.folder / "data", "-U", USER, "-A", "scram-sha-256", f"--pwfile={password}",
            "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
        )
        self.process = subprocess.Popen(
            [*self.user, str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port),
             "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}", "-c", "fsync=off",
             "-c", "timezone=America/New_York"],
            cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        wait_until(self.answers)

    def answers(self):
        assert self.process.poll() is None, "PostgreSQL did not start"
        return self.sql("SELECT 1", check=False).returncode == 0

    def run(self, program, *args):
        subprocess.run(
            [*self.user, str(self.programs / program), *map(str, args)], cwd="/", check=True, capture_output=True, timeout=120
        )

    def sql(self, text, check=True, database="postgres"):
        return subprocess.run(
            [str(self.programs / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1",
             "-p", str(self.port), "-U", USER, "-d", database, "-f", "-"],
            input=text.encode(), capture_output=True, timeout=120, check=check, env={**os.environ, "PGPASSWORD": PASSWORD},
        )

    @property
    def public_address(self):
        return f"postgresql://127.0.0.1:{self.port}/postgres"

    @property
    def address(self):
        return f"postgresql://{USER}:s3cr3t%2Fp%40ss%20word@127.0.0.1:{self.port}/postgres"

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=300)
        shutil.rmtree(self.folder, ignore_errors=True)
