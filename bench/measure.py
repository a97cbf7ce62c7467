# SPDX-License-Identifier: Apache-2.0
"""Times commands as whole processes, in turn, and says how the figures spread."""

import os
import pathlib
import platform
import statistics
import subprocess
import time


class Sample:
    """One finished process: seconds on the clock, and of processor time with its children."""

    def __init__(self, wall, cpu, status):
        self.wall = wall
        self.cpu = cpu
        self.status = status


def run_once(argv, cwd=None, env=None, stdin=None, check=True):
    """Runs argv to its end with its output thrown away."""
    with open(stdin or os.devnull, "rb") as source:
        started = time.perf_counter()
        process = subprocess.Popen(
            argv, cwd=cwd, env=env, stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if check and process.returncode != 0:
        raise RuntimeError(f"exit code {process.returncode}: {' '.join(map(str, argv))}")
    return Sample(wall, usage.ru_utime + usage.ru_stime, process.returncode)


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

    def __init__(self, name, a, b):
        self.name = name
        self.values = [x / y for x, y in zip(a, b)]

    def as_dict(self):
        return {
            "name": self.name, "min": min(self.values),
            "median": statistics.median(self.values), "max": max(self.values),
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
        within = {None: "", True: "yes", False: "no"}[figure.within]
        values = [min(figure.values), figure.median, max(figure.values)]
        rows.append([figure.name, figure.unit, *(text_of(v, figure.unit) for v in values), budget, within])
    print_table("Figures", ["", "unit", "min", "median", "max", "budget", "within"], rows)


def print_ratios(ratios):
    rows = []
    for ratio in (r.as_dict() for r in ratios):
        rows.append([ratio["name"], *(f"{ratio[key]:.4g}" for key in ("min", "median", "max"))])
    print_table("Ratios, round by round", ["", "min", "median", "max"], rows)
