# SPDX-License-Identifier: Apache-2.0
"""Makes what is measured: a repository, a store with many runs, series of points."""

import os
import random
import sqlite3
import subprocess

GIT = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.org", "-c", "commit.gpgsign=false"]


class Workplace:
    """A folder with a Git repository in it; mlrepro runs there with a clean environment."""

    def __init__(self, folder, binary):
        self.folder = folder
        self.binary = str(binary)
        self.repository = folder / "repository"
        home = folder / "home"
        home.mkdir(parents=True)
        self.env = {
            "PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8",
            "TMPDIR": str(home), "GIT_CONFIG_NOSYSTEM": "1",
        }  # fmt: skip

    def make_repository(self, files):
        self.repository.mkdir()
        # Real sources have some size: 2 KiB each here, 50 files a folder.
        body = "".join(f"value_{i} = {i}\n" for i in range(120))
        for number in range(files):
            folder = self.repository / f"package_{number // 50}"
            folder.mkdir(exist_ok=True)
            (folder / f"module_{number}.py").write_text(f"# {number}\n{body}")
        subprocess.run([*GIT, "init", "-q", "-b", "main"], cwd=self.repository, check=True, env=self.env)
        subprocess.run([*GIT, "add", "-A"], cwd=self.repository, check=True, env=self.env)
        subprocess.run([*GIT, "commit", "-q", "-m", "first"], cwd=self.repository, check=True, env=self.env)

    def argv(self, *words):
        return [self.binary, *map(str, words)]

    def mlrepro(self, *words, cwd=None):
        done = subprocess.run(
            self.argv(*words), cwd=cwd or self.repository, env=self.env, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise RuntimeError(f"mlrepro {words}: exit code {done.returncode}\n{done.stderr}")
        return done.stdout


def columns_of(database, table, but):
    names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    return [name for name in names if name not in but]


def copy_rows(database, table, source, run):
    columns = ", ".join(columns_of(database, table, {"run", "number"}))
    database.execute(
        f"INSERT INTO {table} (run, {columns}) SELECT ?, {columns} FROM {table} WHERE run = ?", (run, source)
    )


def make_large_store(place, folder, runs):
    """A store with `runs` runs: one that mlrepro recorded, and copies of its rows under ids, names
    and times of their own, with their own values of parameters and metrics."""
    folder.mkdir()
    # Without a top of its own the runs would go into the store of the repository around it.
    subprocess.run([*GIT, "init", "-q"], cwd=folder, check=True, env=place.env)
    points = folder / "points.jsonl"
    points.write_text("".join(f'{{"metric":"metric_{i}","value":0.5,"step":1}}\n' for i in range(5)))
    flags = [word for i in range(10) for word in ("-p", f"param_{i}={i}")]
    place.mlrepro("run", "-q", *flags, "-t", "stage=bench", "--", "sh", "-c",
                  f'cat {points} >> "$MLREPRO_METRICS"', cwd=folder)  # fmt: skip
    chance = random.Random(1)
    database = sqlite3.connect(folder / ".mlrepro" / "mlrepro.db")
    columns = columns_of(database, "runs", {"number", "id", "name", "started_at"})
    template, started = database.execute("SELECT number, started_at FROM runs").fetchone()
    for copy in range(1, runs):
        database.execute(
            f"INSERT INTO runs (id, name, started_at, {', '.join(columns)})"
            f" SELECT ?, ?, ?, {', '.join(columns)} FROM runs WHERE number = ?",
            (f"{chance.getrandbits(128):032x}", f"copy-{copy}", started + copy * 1000, template),
        )
        run = database.execute("SELECT last_insert_rowid()").fetchone()[0]
        for table in ("params", "metrics", "tags"):
            copy_rows(database, table, template, run)
        database.execute(
            "UPDATE params SET value = ?1, as_number = ?1 WHERE run = ?2 AND key = 'param_0'", (copy, run)
        )
        database.execute("UPDATE metrics SET last = ? WHERE run = ?", (chance.random(), run))
    database.commit()
    database.close()
    return f"copy-{runs // 2}"


def write_points(path, count, series=10):
    """A file of `count` lines for $MLREPRO_METRICS, in `series` metrics in turn."""
    chance = random.Random(count)
    with open(path, "w", encoding="ascii") as file:
        for number in range(count):
            file.write(
                f'{{"metric":"loss_{number % series}","value":{chance.random():.6f},"step":{number // series}}}\n'
            )
    return path
