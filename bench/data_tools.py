# SPDX-License-Identifier: Apache-2.0
"""The programs that bench/data compares: how each takes a folder in and gives it back.

Every tool keeps what it stores in a folder of its own below the bench's, so that it can be weighed
and begun anew. Settings are the tool's own defaults but for what README.md names."""

import contextlib
import dataclasses
import os
import pathlib
import subprocess

from workplace import GIT


@dataclasses.dataclass
class Command:
    """What is timed, and where it leaves what it restored."""

    argv: list
    cwd: pathlib.Path
    result: pathlib.Path = None
    env: dict = None


class Place:
    """The bench's folder: the data at work/data, a folder for each tool, and what is to be deleted."""

    def __init__(self, folder, env):
        self.work = folder / "work"
        self.data = self.work / "data"
        self.tools = folder / "tools"
        self.trash = folder / "trash"
        self.env = {**env, "RESTIC_PASSWORD": "bench", "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
                    "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(folder / "home/dvc"),
                    "BORG_BASE_DIR": str(folder / "home")}  # fmt: skip
        self.count = 0
        for item in (self.work, self.tools, self.trash):
            item.mkdir(parents=True)

    def run(self, *argv, cwd=None):
        done = subprocess.run(argv, cwd=cwd or self.work, env=self.env, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(f"{argv}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def fresh(self, name):
        """A path that never was: a file system may be slow to reuse what was just deleted."""
        self.count += 1
        return self.tools / f"{name}-{self.count}"

    def discard(self, path):
        if path is not None and os.path.lexists(path):
            self.count += 1
            path.rename(self.trash / str(self.count))

    def empty_trash(self):
        for item in self.trash.iterdir():
            # git-annex takes the right to write away from its folders.
            subprocess.run(["chmod", "-R", "u+w", item], check=True)
            subprocess.run(["rm", "-rf", item], check=True)


def bytes_below(folder):
    """The sum of the lengths of all files, and of what they take on the disk."""
    length, blocks = 0, 0
    for top, _, names in os.walk(folder):
        for name in names:
            found = os.lstat(os.path.join(top, name))
            length += found.st_size
            blocks += found.st_blocks * 512
    return length, blocks


class Tool:
    name = ""
    package = None  # of Debian; None: comes with the system or from PyPI
    # What it wrote is not certainly on the disk when it ends, so that `sync` is timed with it.
    syncs = True
    # Stores what is new in a changed file, not the whole of it again.
    chunks = True
    restores = True
    restores_one = True
    sees_edits = True  # works on the data themselves, not on a copy

    def __init__(self, place):
        self.place = place
        self.home = None

    def reset(self):
        """Begins with an empty store; not timed."""
        self.place.discard(self.home)
        self.home = self.place.fresh(self.name)

    def take(self):
        raise NotImplementedError

    def restore(self, part=None):
        """Brings back all, or one file by its path below data."""
        raise NotImplementedError

    def weigh(self):
        return bytes_below(self.home)

    def version(self):
        return ""

    def in_place(self):
        """Where a tool wants the data within its own folder: has it there for a while."""
        return contextlib.nullcontext()


class Mlrepro(Tool):
    name = "mlrepro"

    def __init__(self, place, binary):
        super().__init__(place)
        self.binary = str(binary)
        place.run(*GIT, "init", "-q")

    def reset(self):
        super().reset()
        self.home.mkdir()
        self.place.run(self.binary, "--store", self.home / "store", "init")

    def take(self):
        return Command([self.binary, "--store", self.home / "store", "snapshot", "-q", "data"], self.place.work)

    def restore(self, part=None):
        target = self.place.fresh("restored")
        argv = [self.binary, "--store", self.home / "store", "restore", "-q", "data.snap", "--to", target]
        return Command(argv + ([part] if part else []), self.place.work, target)

    def version(self):
        return self.place.run(self.binary, "--version").strip()


class Copy(Tool):
    """`cp -r`: as a snapshot with sync, as a restore without."""

    name = "cp -r"
    syncs = False
    chunks = False

    def take(self):
        return Command(["cp", "-r", "data", self.home], self.place.work)

    def restore(self, part=None):
        target = self.place.fresh("restored")
        source = self.place.data / part if part else self.place.data
        return Command(["cp", "-r", source, target], self.place.work, target)


class Restic(Tool):
    name = "restic"
    package = "restic"

    def reset(self):
        super().reset()
        self.place.run("restic", "init", "-q", "-r", self.home)

    def take(self):
        return Command(["restic", "backup", "-q", "-r", self.home, "data"], self.place.work)

    def restore(self, part=None):
        target = self.place.fresh("restored")
        argv = ["restic", "restore", "-q", "latest", "-r", self.home, "--target", target]
        argv += ["--include", f"/data/{part}"] if part else []
        return Command(argv, self.place.work, target)

    def version(self):
        return self.place.run("restic", "version").split()[1]


class Borg(Tool):
    name = "borg"
    package = "borgbackup"

    def reset(self):
        super().reset()
        self.archive = 0
        self.place.run("borg", "init", "-e", "none", self.home)

    def take(self):
        self.archive += 1
        return Command(["borg", "create", f"{self.home}::{self.archive}", "data"], self.place.work)

    def restore(self, part=None):
        target = self.place.fresh("restored")
        target.mkdir()
        wanted = [f"data/{part}"] if part else []
        return Command(["borg", "extract", f"{self.home}::{self.archive}", *wanted], target, target)

    def version(self):
        return self.place.run("borg", "--version").split()[1]


class Casync(Tool):
    name = "casync"
    package = "casync"
    syncs = False
    restores_one = False

    def reset(self):
        super().reset()
        self.home.mkdir()

    def take(self):
        return Command(["casync", "make", f"--store={self.home}/s.castr", self.home / "data.caidx", "data"],
                       self.place.work)  # fmt: skip

    def restore(self, part=None):
        target = self.place.fresh("restored")
        argv = ["casync", "extract", f"--store={self.home}/s.castr", self.home / "data.caidx", target]
        return Command(argv, self.place.work, target)

    def version(self):
        return self.place.run("casync", "--version").split()[1]


class InRepository(Tool):
    """A tool that versions only what lies in its own Git repository."""

    syncs = False
    chunks = False

    def reset(self):
        super().reset()
        self.home.mkdir()
        self.place.run(*GIT, "init", "-q", cwd=self.home)
        self.place.run("git", "config", "user.name", "bench", cwd=self.home)
        self.place.run("git", "config", "user.email", "bench@example.org", cwd=self.home)

    @contextlib.contextmanager
    def in_place(self):
        self.place.data.rename(self.home / "data")
        try:
            yield
        finally:
            (self.home / "data").rename(self.place.data)


class Dvc(InRepository):
    name = "dvc"

    def __init__(self, place, python):
        super().__init__(place)
        self.dvc = python.with_name("dvc")

    def reset(self):
        super().reset()
        self.place.run(self.dvc, "init", "-q", cwd=self.home)
        # The default would move the data into its cache and copy them back: twice the writing.
        self.place.run(self.dvc, "config", "cache.type", "copy", cwd=self.home)

    def take(self):
        return Command([self.dvc, "add", "-q", "data"], self.home)

    def restore(self, part=None):
        wanted = f"data/{part}" if part else "data"
        return Command([self.dvc, "checkout", "-q", wanted], self.home, self.home / "data")

    def version(self):
        return self.place.run(self.dvc, "--version").strip()


class Xvc(InRepository):
    """Comes as a Python module with the whole command line in one function."""

    name = "xvc"
    RUN = "import sys, xvc; xvc.run_xvc(' '.join(['xvc', *sys.argv[1:]]))"

    def __init__(self, place, python):
        super().__init__(place)
        self.python = python

    def argv(self, *words):
        return [self.python, "-c", self.RUN, "--skip-git", *words]

    def reset(self):
        super().reset()
        self.place.run(*self.argv("init"), cwd=self.home)

    def take(self):
        return Command(self.argv("file", "track", "--recheck-method", "copy", "data"), self.home)

    def restore(self, part=None):
        wanted = f"data/{part}" if part else "data"
        return Command(self.argv("file", "recheck", "--recheck-method", "copy", wanted), self.home, self.home / "data")

    def version(self):
        return self.place.run(self.python, "-c", "import xvc; print(xvc.version())").strip()


class Annex(InRepository):
    """Turns the files into links to its store, so that it works on a copy of the data."""

    name = "git-annex"
    package = "git-annex"
    # Its data are links to its store: there is nothing to bring back, or to edit in place.
    restores = False
    sees_edits = False

    def reset(self):
        super().reset()
        self.place.run("git", "annex", "init", "-q", "bench", cwd=self.home)
        self.place.run("cp", "-r", self.place.data, self.home / "data")

    def take(self):
        return Command(["git", "annex", "add", "-q", "data"], self.home)

    def weigh(self):
        return bytes_below(self.home / ".git")

    def in_place(self):
        return contextlib.nullcontext()

    def version(self):
        return self.place.run("git", "annex", "version", "--raw")


class Walk(Tool):
    """`find -printf`: a look at every file's name, size and times, nothing stored."""

    name = "find -printf"

    def take(self):
        return Command(["find", "data", "-printf", r"%p %s %T@ %C@ %i %m\n"], self.place.work)


class Hash(Tool):
    name = "sha256sum"

    def take(self):
        return Command(["sh", "-c", "find data -type f -print0 | xargs -0 sha256sum"], self.place.work)


PEERS = ("restic", "borg", "casync", "dvc", "xvc", "git-annex")


def make_peers(place, names, python):
    makers = {"restic": Restic, "borg": Borg, "casync": Casync, "git-annex": Annex,
              "dvc": lambda place: Dvc(place, python), "xvc": lambda place: Xvc(place, python)}  # fmt: skip
    return [makers[name](place) for name in PEERS if name in names]
