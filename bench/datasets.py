#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the data that bench/data and bench/tables measure: the same bytes on every machine, nothing downloaded.

It is a program of its own, so that the memory it needs is not counted to what is measured after it
(a new process starts with its parent's peak)."""

import argparse
import bisect
import json
import pathlib
import random
import zlib

PRODUCTS = [f"SKU-{number:05d}" for number in range(20_000)]
REGIONS = ("north", "east", "south", "west", "centre")
HEADER = b"date,store,product,region,units,price,promotion,revenue,margin\n"


def sales_row(chance):
    """One line of a sales history: about 70 bytes of which a good part is chance."""
    pick = chance.random
    units, price = int(pick() * 40) + 1, int(pick() * 9000) + 99
    return (
        f"20{int(pick() * 24):02d}-{int(pick() * 12) + 1:02d}-{int(pick() * 28) + 1:02d},{int(pick() * 400)},"
        f"{PRODUCTS[int(pick() * 20000)]},{REGIONS[int(pick() * 5)]},{units},{price / 100:.2f},"
        f"{int(pick() * 2)},{units * price / 100:.2f},{pick():.6f}\n"
    )


def sales_text(chance, rows):
    return "".join([sales_row(chance) for _ in range(rows)]).encode("ascii")


class QuickRows:
    """Rows for large data, five times as fast: the first half of each is taken at random from a stock
    of 200,000, the numbers after it are drawn anew, so that the text does not repeat itself."""

    def __init__(self, chance, stock=200_000):
        self.chance = chance
        lines = sales_text(chance, stock).decode("ascii").splitlines()
        self.heads = [line.rsplit(",", 3)[0] for line in lines]

    def lines(self, rows):
        heads, count = self.heads, len(self.heads)
        numbers = [self.chance.getrandbits(62) for _ in range(rows)]
        return [
            f"{heads[n % count]},{n >> 61},{(n >> 20) % 360000 / 100:.2f},0.{(n >> 8) % 1000000:06d}\n"
            for n in numbers
        ]

    def text(self, rows):
        return "".join(self.lines(rows)).encode("ascii")


class StockRows:
    """Rows for tables of many GB, several times as fast again: each part is every so many-th of a stock of a
    million, so that neighbours are others each time and no part repeats another one."""

    PART, STEPS = 20_000, 40

    def __init__(self, chance, stock=1_000_000):
        self.chance = chance
        self.stock = QuickRows(chance).lines(stock)

    def lines(self, rows):
        step = 1 + int(self.chance.random() * self.STEPS)
        start = int(self.chance.random() * (len(self.stock) - rows * step))
        return self.stock[start : start + rows * step : step]


def write_small_files(folder, count, sizes, per_folder):
    """`count` files of sales rows, sizes[0] to sizes[1] bytes each."""
    chance = random.Random(count)
    rows = QuickRows(chance, 20_000)
    for number in range(count):
        if number % per_folder == 0:
            place = folder / f"part-{number // per_folder:04d}"
            place.mkdir(parents=True)
        size = chance.randint(*sizes)
        with open(f"{place}/item-{number:07d}.csv", "wb") as file:
            file.write(rows.text(size // 50 + 2)[:size])


def write_incompressible(folder, count, size):
    folder.mkdir(parents=True)
    chance = random.Random(7)
    for number in range(count):
        (folder / f"image-{number:05d}.bin").write_bytes(chance.randbytes(size))


def write_table(path, size):
    """A CSV of about `size` bytes."""
    rows = QuickRows(random.Random(size))
    path.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with open(path, "wb") as file:
        file.write(HEADER)
        while written < size:
            written += file.write(rows.text(20_000))


class Edit:
    """What happens to which lines: `clusters` places of `length` lines each, spread at random."""

    def __init__(self, kind, clusters, length):
        self.kind = kind
        self.clusters = clusters
        self.length = length


def edit_named(name, rows):
    """Sizes in lines, so that --quick edits a like share of its small table."""
    part = max(1, rows // 1000)
    return {
        "changed-clustered": Edit("change", 10, max(1, part // 10)),
        "changed-scattered": Edit("change", part, 1),
        "inserted-clustered": Edit("insert", 1, part),
        "inserted-scattered": Edit("insert", max(1, part // 10), 1),
        "appended": Edit("append", 0, part * 10),
    }[name]


def places_of(edit, rows, chance):
    """The first lines of what is edited, in order, none within another."""
    slots = rows // edit.length
    return sorted(1 + edit.length * slot for slot in chance.sample(range(slots), edit.clusters))


def edit_table(source, target, name):
    """Writes the edited table; returns how many lines and bytes are new, and what zlib makes of them."""
    with open(source, "rb") as file:
        rows = sum(1 for _ in file) - 1
    chance = random.Random(name)
    edit = edit_named(name, rows)
    places = places_of(edit, rows, chance)
    fresh = []
    with open(source, "rb") as old, open(target, "wb") as new:
        line_number = 0
        for place in [*places, None]:
            while place is None or line_number < place:
                line = old.readline()
                if not line:
                    break
                new.write(line)
                line_number += 1
            if place is not None or edit.kind == "append":
                added = [sales_row(chance).encode("ascii") for _ in range(edit.length)]
                new.writelines(added)
                fresh.extend(added)
            if place is not None and edit.kind == "change":
                for _ in range(edit.length):
                    old.readline()
                line_number += edit.length
    text = b"".join(fresh)
    return {"rows": len(fresh), "bytes": len(text), "compressed": len(zlib.compress(text, 6))}


def write_keyed(path, size):
    """A CSV of about `size` bytes whose first column numbers the rows."""
    chance = random.Random(size)
    rows = QuickRows(chance) if size < 2e9 else StockRows(chance)
    path.parent.mkdir(parents=True, exist_ok=True)
    written, number = 0, 0
    with open(path, "wb") as file:
        file.write(b"id," + HEADER)
        while written < size:
            lines = rows.lines(min(StockRows.PART, size // 60 + 1))
            text = "".join([f"{number + i},{line}" for i, line in enumerate(lines)])
            written += file.write(text.encode("ascii"))
            number += len(lines)
    return {"rows": number, "bytes": written}


def blocks_of(file):
    """Its lines, many at a time: a statement for each line of 10 GB takes longer than what is measured."""
    while lines := file.readlines(4_000_000):
        yield lines


def half_of(source):
    """How many lines follow the header, and where in the file the second half of them begins."""
    counts = []
    with open(source, "rb") as file:
        file.readline()
        for lines in blocks_of(file):
            counts.append((len(lines), file.tell()))
    count = sum(lines for lines, _ in counts)
    before, place = 0, len(file_header(source))
    for lines, end in counts:
        if before + lines > count // 2:
            break
        before, place = before + lines, end
    with open(source, "rb") as file:
        file.seek(place)
        return count, place + sum(len(file.readline()) for _ in range(count // 2 - before))


def file_header(source):
    with open(source, "rb") as file:
        return file.readline()


def with_another_price(line):
    cells = line.split(b",")
    cells[6] = b"%.2f" % (float(cells[6]) + 1)
    return b",".join(cells)


def edit_lines(source, place, numbers, edits, target):
    """Writes the lines from `place` on, which have these numbers; `edits` is sorted, a number and whether
    the line stays."""
    at = bisect.bisect_left(edits, (numbers.start,))
    start = numbers.start
    with open(source, "rb") as file:
        file.seek(place)
        for lines in blocks_of(file):
            del lines[numbers.stop - start :]
            while at < len(edits) and edits[at][0] < start + len(lines):
                number, stays = edits[at]
                lines[number - start] = with_another_price(lines[number - start]) if stays else b""
                at += 1
            target.writelines(lines)
            start += len(lines)
            if start >= numbers.stop:
                return


def edit_keyed(source, target):
    """One row of a thousand has another price, one of ten thousand is gone, as many are new, and what
    was the first half comes last."""
    header, (count, middle) = file_header(source), half_of(source)
    chance = random.Random(count)
    few = max(1, count // 10_000)
    touched = chance.sample(range(count), few + max(1, count // 1000))
    edits = sorted((number, place >= few) for place, number in enumerate(touched))
    with open(target, "wb") as new:
        new.write(header)
        edit_lines(source, middle, range(count // 2, count), edits, new)
        edit_lines(source, len(header), range(count // 2), edits, new)
        for number in range(few):
            new.write(f"{count + number},{sales_row(chance)}".encode("ascii"))
    return {"rows": count, "bytes": source.stat().st_size, "changed": len(touched) - few, "removed": few, "added": few}


def write_parquet(path, rows, version):
    """A table of eight columns; version 2 has other values in the column `price`, and is written
    anew by the same program, as a data frame is that was read, changed and saved."""
    import numpy
    import pyarrow
    import pyarrow.parquet

    path.parent.mkdir(parents=True, exist_ok=True)
    chance = numpy.random.default_rng(11)
    columns = {
        "store": chance.integers(0, 400, rows),
        "product": numpy.array(PRODUCTS)[chance.integers(0, len(PRODUCTS), rows)],
        "day": chance.integers(0, 9000, rows),
        "units": chance.integers(1, 40, rows),
        "price": chance.integers(99, 9099, rows) / 100,
        "promotion": chance.random(rows) < 0.1,
        "margin": chance.random(rows),
        "score": chance.normal(size=rows).astype("float32"),
    }
    if version == 2:
        columns["price"] = numpy.random.default_rng(12).integers(99, 9099, rows) / 100
    pyarrow.parquet.write_table(pyarrow.table(columns), path, row_group_size=max(1000, rows // 8))
    metadata = pyarrow.parquet.read_metadata(path)
    index = list(columns).index("price")
    groups = [metadata.row_group(group).column(index) for group in range(metadata.num_row_groups)]
    return {
        "rows": rows,
        "bytes": sum(column.total_uncompressed_size for column in groups),
        "compressed": sum(column.total_compressed_size for column in groups),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["small", "tiny", "binary", "csv", "edit", "keyed", "keyed-edit",
                                         "parquet"])
    parser.add_argument("target", type=pathlib.Path)
    parser.add_argument("number", type=int, help="of files, bytes or rows", nargs="?", default=0)
    parser.add_argument("--source", type=pathlib.Path, help="edit, keyed-edit: the table before")
    parser.add_argument("--edit", help="edit: which")
    parser.add_argument("--version", type=int, default=1, help="parquet: 1, or 2 with a column changed")
    given = parser.parse_args()
    facts = {
        "small": lambda: write_small_files(given.target, given.number, (1024, 8192), 500),
        "tiny": lambda: write_small_files(given.target, given.number, (40, 160), 1000),
        "binary": lambda: write_incompressible(given.target, given.number, 1_000_000),
        "csv": lambda: write_table(given.target / "table.csv", given.number),
        "edit": lambda: edit_table(given.source, given.target, given.edit),
        "keyed": lambda: write_keyed(given.target, given.number),
        "keyed-edit": lambda: edit_keyed(given.source, given.target),
        "parquet": lambda: write_parquet(given.target, given.number, given.version),
    }[given.kind]()
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
