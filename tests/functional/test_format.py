# SPDX-License-Identifier: Apache-2.0
"""What docs/format.md says of the store is true: a reader that knows only the document gets every
byte back."""

import os
import random
import struct

from store_reader import GROUPED2, GROUPED4, RAW, RECIPE, ZSTD, Store


def listing(folder):
    found = {}
    for path, folders, files in os.walk(os.fsencode(folder)):
        for name in folders + files:
            full = os.path.join(path, name)
            relative = os.path.relpath(full, os.fsencode(folder))
            if os.path.islink(full):
                found[relative] = ("link", os.readlink(full))
            elif os.path.isdir(full):
                found[relative] = ("folder",)
            else:
                with open(full, "rb") as file:
                    found[relative] = ("file", bool(os.stat(full).st_mode & 0o100), file.read())
    return found


def rows(generator, count):
    return [f"{i},{generator.randrange(83)},{generator.random():.4f},{generator.randrange(10**6)}" for i in range(count)]


def fill(project, generator):
    data = project.folder / "data"
    for i in range(200):
        project.write(f"data/small/{i % 7}/{i}.txt", "\n".join(rows(generator, i % 40)))
    project.write("data/empty", b"")
    (data / "empty folder").mkdir()
    (data / "link").symlink_to("small/0")
    (data / "dangling").symlink_to("../no/where")
    project.write("data/run.sh", "#!/bin/sh\n").chmod(0o755)
    with open(os.fsencode(data) + b"/name \xff\n", "wb") as file:
        file.write(b"a name that is no text")
    project.write("data/noise.bin", generator.randbytes(700_000))
    project.write("data/photo.png", b"\x89PNG\r\n\x1a\n" + generator.randbytes(300_000))
    weights = [generator.gauss(0, 0.02) for _ in range(150_000)]
    project.write("data/weights.bin", struct.pack(f"<{len(weights)}f", *weights))
    project.write("data/zeros", bytes(2_000_000))
    return rows(generator, 60_000)


def snapshot(project):
    return bytes.fromhex(project.mlr("snapshot", "data", "--json").json["digest"].removeprefix("sha256:"))


def test_another_program_can_read_a_store(project, tmp_path):
    generator = random.Random(1)
    table = fill(project, generator)
    versions = []
    for version in range(7):
        for _ in range(30):
            table[generator.randrange(len(table))] = f"changed,{generator.random()}"
        project.write("data/big.csv", "\n".join(table))
        project.write("data/small/0/0.txt", f"version {version}")
        versions.append((snapshot(project), listing(project.folder / "data")))
    store = Store(project.folder / ".mlrepro")
    for number, (root, expected) in enumerate(versions):
        target = tmp_path / f"restored-{number}"
        store.restore(root, target)
        found = listing(target)
        assert found.keys() == expected.keys()
        assert [name for name in found if found[name] != expected[name]] == []
    codecs = {pack.data[block[0] + 4] for pack in store.packs for block in pack.blocks}
    assert {RAW, ZSTD} <= codecs and codecs & {GROUPED2, GROUPED4}
    assert any(record[3] >> 28 == RECIPE for pack in store.packs for record in pack.records)
    assert all(pack.data[:8] == b"MLRPACK1" for pack in store.packs)
