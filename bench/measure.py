# SPDX-License-Identifier: Apache-2.0
"""Times commands as whole processes, in turn, and says how the figures spread."""

import dataclasses
import os
import pathlib
import platform
import select
import signal
import statistics
import subprocess
import time


@dataclasses.dataclass
class Sample:
    """One finished process: seconds on the clock, and of processor time with its children; bytes of
    memory that the largest of them held at its peak; whether it was stopped at its time limit."""

    wall: float
    cpu: float
    status: int
    memory: int = 0
    stopped: bool = False

    def __add__(self, other):
        return Sample(
            self.wall + other.wall, self.cpu + other.cpu, self.status or other.status,
            max(self.memory, other.memory), self.stopped or other.stopped,
        )  # fmt: skip


def _ended_within(pid, limit):
    """Waits for the process; False when it still runs after `limit` seconds."""
    descriptor = os.pidfd_open(pid)
    try:
        return bool(select.select([descriptor], [], [], limit)[0])
    finally:
        os.close(descriptor)


def run_once(argv, cwd=None, env=None, stdin=None, check=True, limit=None, stdout=None):
    """Runs argv to its end, or until it is stopped after `limit` seconds, with its output thrown away, or
    what it prints in the file `stdout`.

    The peak of memory cannot be below this process's own, which a new process starts with."""
    with open(stdin or os.devnull, "rb") as source, open(stdout or os.devnull, "wb") as sink:
        started = time.perf_counter()
        process = subprocess.Popen(
            argv, cwd=cwd, env=env, stdin=source, stdout=sink, stderr=subprocess.DEVNULL,
            # Not a session of its own: a kernel that shares out its time by sessions would favour it.
            process_group=0 if limit is not None else None,
        )  # fmt: skip
        stopped = limit is not None and not _ended_within(process.pid, limit)
        if stopped:
            os.killpg(process.pid, signal.SIGKILL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if check and not stopped and process.returncode != 0:
        raise RuntimeError(f"exit code {process.returncode}: {' '.join(map(str, argv))}")
    return Sample(wall, usage.ru_utime + usage.ru_stime, process.returncode, usage.ru_maxrss * 1024, stopped)


class Figure:
    """Values of one thing measured several times; `budget` is a limit in the same unit."""

    def __init__(self, name, unit, values, budget=None, better="less"):
        self.name = name
        self.unit = unit
        self.values = list(values)
        self.budget = budget
        self.better = better

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def within(self):
        if self.budget is None:
            return None
        return self.median <= self.budget if self.better == "less" else self.median >= self.budget

    def as_dict(self):
        return {
            "name": self.name, "unit": self.unit, "min": min(self.values), "median": self.median,
            "max": max(self.values), "values": self.values, "budget": self.budget,
            "better": self.better, "within": self.within,
        }  # fmt: skip


class Ratio:
    """A against B, round by round: what holds when the machine's speed drifts."""

    def __init__(self, name, a, b, budget=None, at_most=False):
        self.name = name
        self.values = [x / y for x, y in zip(a, b)]
        self.budget = budget
        self.at_most = at_most  # b was stopped before its end: the ratio would be smaller

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def within(self):
        """None: no budget, or one that a side that was stopped leaves open."""
        if self.budget is None:
            return None
        met = self.median <= self.budget
        return None if self.at_most and not met else met

    def as_dict(self):
        return {
            "name": self.name, "min": min(self.values), "median": self.median, "max": max(self.values),
            "values": self.values, "budget": self.budget, "at_most": self.at_most, "within": self.within,
        }  # fmt: skip


def alternate(actions, rounds, warm_up=1):
    """Calls each of {name: action} once a round, the order turned round every second round, and
    returns {name: [what it returned]} without the warm-up rounds."""
    results = {name: [] for name in actions}
    names = list(actions)
    for number in range(warm_up + rounds):
        for name in names if number % 2 == 0 else reversed(names):
            result = actions[name]()
            if number >= warm_up:
                results[name].append(result)
    return results


def processor_seconds(pids):
    """Processor time of running processes, to the nanosecond where the kernel tells."""
    total = 0.0
    for pid in pids:
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"):
            try:
                total += int(task.read_text().split()[0]) / 1e9
            except (OSError, IndexError, ValueError):
                pass
    return total


def children_of(pid):
    text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def _field(path, key):
    for line in pathlib.Path(path).read_text().splitlines():
        if line.startswith(key):
            return line.split(":", 1)[1].strip()
    return "unknown"


def _file_system(path):
    found = subprocess.run(["stat", "-f", "-c", "%T", str(path)], capture_output=True, text=True)
    return found.stdout.strip() or "unknown"


def machine_facts(folder):
    return {
        "processor": _field("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(_field("/proc/meminfo", "MemTotal").split()[0]) / 2**20, 1),
        "kernel": platform.release(),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", "unknown"),
        "python": platform.python_version(),
        "file_system": _file_system(folder),
        "page_cache": "warm: nothing is dropped, and a warm-up round comes first",
        "load_at_start": os.getloadavg()[0],
    }


WITHIN = {None: "", True: "yes", False: "no"}


def text_of(value, unit):
    if unit == "%":
        return f"{value:.3f}"
    if unit == "points/s":
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 100 else f"{value:.2f}"


def print_table(title, head, rows):
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    print(f"\n{title}")
    for row in [head, ["-" * width for width in widths], *rows]:
        cells = [str(row[0]).ljust(widths[0])]
        cells += [str(cell).rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  ".join(cells).rstrip())


def print_figures(figures):
    rows = []
    for figure in figures:
        sign = "≤" if figure.better == "less" else "≥"
        budget = "" if figure.budget is None else f"{sign} {text_of(figure.budget, figure.unit)}"
        within = WITHIN[figure.within]
        values = [min(figure.values), figure.median, max(figure.values)]
        rows.append([figure.name, figure.unit, *(text_of(v, figure.unit) for v in values), budget, within])
    print_table("Figures", ["", "unit", "min", "median", "max", "budget", "within"], rows)


def print_ratios(ratios):
    if not ratios:
        return
    rows = []
    for ratio in ratios:
        sign = "< " if ratio.at_most else ""
        values = [min(ratio.values), ratio.median, max(ratio.values)]
        budget = "" if ratio.budget is None else f"≤ {ratio.budget:.4g}"
        rows.append([ratio.name, *(f"{sign}{value:.4g}" for value in values), budget, WITHIN[ratio.within]])
    head = ["", "min", "median", "max", "budget", "within"]
    # A column that is empty throughout says nothing.
    width = len(head) if any(ratio.budget is not None for ratio in ratios) else 4
    print_table("Ratios, round by round", head[:width], [row[:width] for row in rows])
