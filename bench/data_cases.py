# SPDX-License-Identifier: Apache-2.0
"""What bench/data measures of one set of data: the steps, who takes part, and when one gives up."""

import json
import os
import pathlib
import subprocess
import sys
import time

import data_tools
from cells import Limits, take_turns
from measure import run_once

DATASETS = pathlib.Path(__file__).with_name("datasets.py")


class DataLimits(Limits):
    def __init__(self, rounds, limit, patience, settle):
        super().__init__(rounds, limit, patience)
        self.settle = settle  # wait before each start until nothing is left to be written


class Case:
    """One set of data in place.data, and the tools that take part."""

    def __init__(self, place, limits, cells, own, peers):
        self.place = place
        self.limits = limits
        self.cells = cells
        self.own = own
        self.peers = peers
        self.copy = data_tools.Copy(place)
        self.walk = data_tools.Walk(place)
        self.hash = data_tools.Hash(place)

    @property
    def stores(self):
        return [self.own, *self.peers]

    def warm_up(self):
        """All of the data is in the page cache, which the kernel may have used otherwise meanwhile;
        nothing waits to be written; and what is to be read is older than the grain of any clock."""
        script = "find . -type f -print0 | xargs -0 cat > /dev/null"
        script += "; sync; sleep 0.1" if self.limits.settle else ""
        subprocess.run(["sh", "-c", script], cwd=self.data, check=True)

    @property
    def data(self):
        """Where the data are now: a tool may have them in its own folder."""
        homes = [tool.home / "data" for tool in self.peers if tool.home and tool.name in ("dvc", "xvc")]
        return next(path for path in (self.place.data, *homes) if path.exists())

    def timed(self, tool, command, synced):
        """The command, and `sync` where the tool leaves that to others."""
        self.warm_up()
        limit = self.limits.limit if tool in self.peers else None
        sample = run_once(command.argv, cwd=command.cwd, env=self.place.env, limit=limit)
        if synced and not tool.syncs and not sample.stopped:
            sample = sample + run_once(["sync"])
        return sample

    def in_turn(self, step, tools, action):
        by_name = {tool.name: tool for tool in tools}
        take_turns(self.cells, step, list(by_name), {peer.name for peer in self.peers}, self.limits,
                   lambda name, number: action(by_name[name], number), self.place.empty_trash)  # fmt: skip

    def take(self, tool, synced=True):
        with tool.in_place():
            return self.timed(tool, tool.take(), synced)

    def first(self):
        def action(tool, _):
            if tool not in (self.walk, self.hash):
                tool.reset()
            return self.take(tool)

        self.in_turn("first", [self.copy, self.hash, *self.stores], action)
        self.place.discard(self.copy.home)
        self.drop_stopped("first")
        for tool in self.stores:
            self.cells.weights[tool.name] = tool.weigh()
            if self.cells.weights[tool.name][0] == 0:
                raise RuntimeError(f"{tool.name}: stored nothing")

    def drop_stopped(self, step):
        """Who did not finish the first snapshot has nothing to be asked about later."""
        for tool in [peer for peer in self.peers if any(s.stopped for s in self.cells.of(step, peer.name))]:
            self.place.discard(tool.home)
            self.peers.remove(tool)

    def again(self):
        # Once without the clock: it may settle what the first left open.
        for tool in self.stores:
            self.take(tool)
        self.in_turn("unchanged", [self.walk, *self.stores], lambda tool, _: self.take(tool))

    def one_changed(self, path):
        """One file gets other content before each round; all tools see the same."""
        changed = set()

        def action(tool, number):
            if number not in changed:
                changed.add(number)
                with open(self.place.data / path, "r+b") as file:
                    file.write(f"round {number}\n".encode())
                time.sleep(0.1)
            return self.take(tool)

        self.in_turn("one file changed", [tool for tool in self.stores if tool.sees_edits], action)

    def restored(self, tool, part):
        """Times the restore, looks at what came out, and clears it away."""
        aside = tool.home / "data" if isinstance(tool, data_tools.Dvc | data_tools.Xvc) else None
        command = tool.restore(part)
        if isinstance(tool, data_tools.Copy):
            command.result.parent.mkdir(exist_ok=True)
        if aside is not None and part is None:
            self.place.discard(aside)
        sample = self.timed(tool, command, synced=False)
        if command.result is not None and not sample.stopped:
            wanted = (self.place.data / part).stat().st_size if part else data_tools.bytes_below(self.place.data)[0]
            found = (
                command.result.stat().st_size
                if command.result.is_file()
                else data_tools.bytes_below(command.result)[0]
            )
            if found != wanted:
                raise RuntimeError(f"{tool.name}: restored {found} bytes of {wanted}")
        self.place.discard(command.result)
        return sample

    def restore(self, step, part=None):
        tools = [tool for tool in (self.copy, *self.stores) if tool.restores and (tool.restores_one or not part)]
        self.in_turn(step, tools, lambda tool, _: self.restored(tool, part))

    def edit(self, name, facts, tools):
        """One edit that is in place already: what it takes and what it adds to each store."""
        self.cells.edits[name] = facts
        for tool in (tool for tool in tools if tool.sees_edits):
            before = tool.weigh()[0]
            self.cells.add(name, tool.name, self.take(tool))
            self.cells.added.setdefault(name, {})[tool.name] = tool.weigh()[0] - before


def make_data(kind, target, *words, python=sys.executable):
    """Runs the generator; its memory must not become part of this process."""
    argv = [python, DATASETS, kind, target, *map(str, words)]
    done = subprocess.run(argv, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{kind}: can't make the data\n{done.stderr}")
    return json.loads(done.stdout)
