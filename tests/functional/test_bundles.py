# SPDX-License-Identifier: Apache-2.0
"""export, import and reproduce of a bundle; and bundles that somebody has tampered with."""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile

import pytest

import store_reader
from conftest import Project, new_project
from faults import STORE, contents, differing, flips_of, snapshots_of
from test_sharing import rows, shown

MARKER = ("mlrepro-remote", b"mlrepro-remote 1\n")


@pytest.fixture
def exported(project):
    """A run with code, data and results, and its bundle."""
    project.write(".gitignore", "data/\nout.txt\n")
    project.write("train.sh", "#!/bin/sh\nsort -r data/rows.csv | head -3 > out.txt\necho 'loss: 0.25'\n")
    project.git("add", "-A")
    project.git("commit", "-q", "-m", "train")
    project.write("data/rows.csv", rows())
    project.write("data/sub/link-me.txt", "x")
    (project.folder / "data/link").symlink_to("sub/link-me.txt")
    project.mlr("run", "-n", "first", "-i", "data", "-o", "out.txt", "-t", "k=v", "--", "sh", "train.sh")
    project.mlr("export", "first", "-o", "run.mlr")
    return project


def empty_place(world, name="empty"):
    top = world.folder.parent / name
    shutil.rmtree(top, ignore_errors=True)
    return new_project(top)


def members(path):
    with tarfile.open(path) as archive:
        return [(item.name, archive.extractfile(item).read()) for item in archive]


def write_bundle(path, items):
    """As mlrepro writes them, with whatever content."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in items:
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
                continue
            item = tarfile.TarInfo(name)
            item.size, item.mode, item.mtime = len(content), 0o444, 0
            archive.addfile(item, io.BytesIO(content))
        end = archive.offset
    path.write_bytes(out.getvalue()[:end] + bytes(1024))


def test_a_bundle_is_reproduced_anywhere(exported):
    place = empty_place(exported)
    shutil.copy(exported.folder / "run.mlr", place.folder)
    shutil.rmtree(exported.folder)
    done = place.mlr("reproduce", "run.mlr", "--json")
    assert done.json["verdict"] == "reproduced" and "sh train.sh" in done.err
    assert sorted(os.listdir(place.folder)) == [STORE, "run.mlr"]
    place.mlr("verify")
    assert place.mlr("reproduce", "run.mlr", "--json").json["verdict"] == "reproduced"
    assert place.mlr("reproduce", "first", "--json").json["verdict"] == "reproduced"


def test_import_takes_all_and_runs_nothing(exported):
    place = empty_place(exported)
    done = place.mlr("import", exported.folder / "run.mlr", "--json").json
    assert (done["schema"], done["remote"], done["location"]) == ("mlrepro.import/1", None, str(exported.folder / "run.mlr"))
    assert [run["name"] for run in done["runs"]] == ["first"]
    assert shown(place, "first") == shown(exported, "first")
    assert os.listdir(place.folder) == [STORE]
    place.mlr("restore", "first:data", "--to", "back")
    assert differing(contents(exported.folder / "data"), contents(place.folder / "back")) == []
    assert place.mlr("import", exported.folder / "run.mlr", "--json").json["runs"] == []
    left = place.mlr("gc", "--json").json
    assert (left["objects"], left["bytes"]) == (0, 0)


def test_equal_stores_export_equal_bytes(exported):
    exported.mlr("export", "first", "-o", "again.mlr")
    assert (exported.folder / "again.mlr").read_bytes() == (exported.folder / "run.mlr").read_bytes()


def test_a_bundle_is_a_remote_in_a_tar_archive(exported):
    subprocess.run(["tar", "-xf", exported.folder / "run.mlr", "-C", make(exported, "unpacked")], check=True)
    place = empty_place(exported)
    place.mlr("remote", "add", "r", exported.folder.parent / "unpacked")
    place.mlr("pull")
    assert shown(place, "first") == shown(exported, "first")


def make(world, name):
    folder = world.folder.parent / name
    folder.mkdir()
    return folder


def test_several_runs(exported):
    exported.mlr("run", "-n", "second", "--", "true")
    exported.mlr("snapshot", "data", "-n", "table")
    exported.mlr("export", "first", "second", "table", "-o", "both.mlr")
    place = empty_place(exported)
    result = place.mlr("reproduce", exported.folder / "both.mlr", expect=3)
    assert "2 runs" in result.err and not (place.folder / STORE).exists()
    place.mlr("import", exported.folder / "both.mlr")
    assert len(snapshots_of(place)) == len(snapshots_of(exported))


def test_a_file_in_the_way_stays(exported):
    exported.write("mine.txt", "mine")
    assert "--force" in exported.mlr("export", "first", "-o", "mine.txt", expect=4).err
    assert (exported.folder / "mine.txt").read_text() == "mine"
    exported.mlr("export", "first", "-o", "mine.txt", "--force")
    assert (exported.folder / "mine.txt").read_bytes() == (exported.folder / "run.mlr").read_bytes()
    exported.mlr("export", "nothing", "-o", "x.mlr", expect=3)
    shutil.rmtree(exported.folder / STORE / "objects/packs")
    exported.mlr("export", "first", "-o", "x.mlr", expect=6)
    assert [name for name in os.listdir(exported.folder) if "x.mlr" in name or name.endswith(".tmp")] == []


def test_what_was_forgotten_is_not_in_it(exported):
    exported.write("other/secret.txt", "no business of others")
    exported.mlr("snapshot", "other")
    exported.mlr("forget", "other", "data/rows.csv", "--content")
    exported.mlr("export", "first", "-o", "less.mlr")
    place = empty_place(exported)
    place.mlr("import", exported.folder / "less.mlr")
    assert shown(place, "first")["inputs"][0]["forgotten"] is not None
    with sqlite3.connect(place.folder / STORE / "mlrepro.db") as database:
        paths = [path for path, in database.execute("SELECT path FROM forgotten_content")]
    database.close()
    assert not any("secret" in path for path in paths)
    assert place.mlr("reproduce", "first", expect=3).out


def refused(place, bundle, *, verb="import", code=6):
    """One clear line, and nothing done."""
    before = contents(place.folder.parent, without=())
    result = place.mlr(verb, bundle, expect=code)
    lines = result.err.strip().splitlines()
    lines = [line for line in lines if not line.startswith(("hint:", "made a store", "mlrepro: made"))]
    assert len(lines) == 1 and lines[0].startswith("mlrepro: "), result.err
    assert result.out == ""
    changed = [name for name in differing(before, contents(place.folder.parent)) if f"/{STORE}".encode() not in b"/" + name]
    assert changed == []
    if (place.folder / STORE).exists():
        assert place.mlr("list", "--json").json["runs"] == []
        assert snapshots_of(place) == []
    return lines[0]


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "packs/../../evil", "packs/a/b", "a/../b", ".hidden/x", "packs/.x", "evil"])
def test_names_that_climb_out(exported, name):
    place = empty_place(exported)
    write_bundle(place.folder / "bad.mlr", [MARKER, (name, b"evil")])
    assert "name" in refused(place, "bad.mlr") and refused(place, "bad.mlr", verb="reproduce")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_members_that_are_no_files(exported, kind):
    place = empty_place(exported)
    item = tarfile.TarInfo("packs/link")
    item.type, item.linkname, item.mode = kind, "/etc/passwd", 0o444
    write_bundle(place.folder / "bad.mlr", [MARKER, ("", item)])
    refused(place, "bad.mlr")


def octal_size(data, at, size):
    """The header at `at` with another size and the checksum that fits."""
    header = bytearray(data[at:at + 512])
    header[124:136] = size
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return data[:at] + bytes(header) + data[at + 512:]


@pytest.mark.parametrize("size", [b"77777777777\0", b"\x80" + b"\xff" * 11, b"           \0", b"00000001000\0", b"-0000000001\0"])
def test_sizes_that_can_not_be(exported, size):
    place = empty_place(exported)
    data = (exported.folder / "run.mlr").read_bytes()
    (place.folder / "bad.mlr").write_bytes(octal_size(data, 1024, size))
    refused(place, "bad.mlr")


def test_files_that_are_no_bundles(exported):
    place = empty_place(exported)
    for content in (b"", b"x", b"\0" * 1024, b"PK\3\4" + bytes(2000), os.urandom(5000)):
        (place.folder / "bad.mlr").write_bytes(content)
        refused(place, "bad.mlr")
    refused(place, "nothing.mlr", code=3)
    (place.folder / "folder.mlr").mkdir()
    refused(place, "folder.mlr")
    os.mkfifo(place.folder / "pipe.mlr")
    refused(place, "pipe.mlr")
    items = members(exported.folder / "run.mlr")
    write_bundle(place.folder / "bad.mlr", items + [items[1]])
    assert "twice" in refused(place, "bad.mlr")
    write_bundle(place.folder / "bad.mlr", items[1:])
    refused(place, "bad.mlr")
    (place.folder / "bad.mlr").write_bytes((exported.folder / "run.mlr").read_bytes() + b"more")
    refused(place, "bad.mlr")
    write_bundle(place.folder / "bad.mlr", [("mlrepro-remote", b"mlrepro-remote 2\n"), *items[1:]])
    assert "newer" in place.mlr("import", "bad.mlr", expect=6).err


def test_cut_anywhere(exported):
    place = empty_place(exported)
    data = (exported.folder / "run.mlr").read_bytes()
    for length in {0, 1, 511, 512, 1024, len(data) // 3, len(data) // 2, len(data) - 1025, len(data) - 512, len(data) - 1}:
        (place.folder / "bad.mlr").write_bytes(data[:length])
        refused(place, "bad.mlr")


def test_flipped_anywhere(exported):
    data = (exported.folder / "run.mlr").read_bytes()
    expected = shown(exported, "first")
    for at in range(0, len(data), len(data) // flips_of(150)):
        place = empty_place(exported, "flip")
        damaged = bytearray(data)
        damaged[at] ^= 0x10
        (place.folder / "bad.mlr").write_bytes(bytes(damaged))
        code = place.popen("import", "bad.mlr", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).wait()
        assert code in (0, 6), at
        if code == 0:  # something that nobody needs: what names say twice
            assert shown(place, "first") == expected, at
            place.mlr("verify")
        elif (place.folder / STORE / "mlrepro.db").exists():
            assert place.mlr("list", "--json").json["runs"] == [], at


def tampered(exported, change):
    """The bundle with its run's record changed, and everything hashed anew: as an attacker would."""
    items = dict(members(exported.folder / "run.mlr"))
    name = next(name for name in items if name.startswith("runs/"))
    run, document = name[5:37], name[38:]
    folder = make(exported, f"packs-{len(os.listdir(exported.folder.parent))}")
    (folder / "objects/packs").mkdir(parents=True)
    for path, content in items.items():
        if path.startswith("packs/"):
            (folder / "objects" / path).write_bytes(content)
    store = store_reader.Store(folder)
    record = json.loads(store.file(bytes.fromhex(document)))
    change(record)
    text = json.dumps(record, separators=(",", ":"), sort_keys=True).encode()
    digest = hashlib.sha256(text).hexdigest()
    # A store of the attacker's own makes a pack of it.
    maker = empty_place(exported, f"maker-{len(os.listdir(exported.folder.parent))}")
    (maker.folder / "evil.json").write_bytes(text)
    maker.mlr("snapshot", "evil.json", "--no-pointer")
    pack = next(iter((maker.folder / STORE / "objects/packs").iterdir()))
    del items[name]
    items[f"packs/{pack.name}"] = pack.read_bytes()
    items[f"runs/{run}-{digest}"] = digest.encode() + b"\n"
    path = empty_place(exported, "target").folder / "bad.mlr"
    write_bundle(path, list(items.items()))
    return Project(path.parent, path.parent.parent / "home")


def test_an_attackers_bundle_with_nothing_wrong_is_taken(exported):
    place = tampered(exported, lambda record: record["run"].update(note="changed"))
    place.mlr("import", "bad.mlr")
    assert shown(place, "first")["note"] == "changed"


@pytest.mark.parametrize("path", ["../../outside", "a/../../b", "", "a//b", "./a"])
@pytest.mark.parametrize("where", ["input", "output", "cwd", "entry", "metric_file"])
def test_records_whose_paths_climb_out(exported, path, where):
    def change(record):
        run = record["run"]
        if where == "input":
            run["inputs"][0]["path"] = path
        elif where == "output":
            run["outputs"][0]["path"] = path
        elif where == "cwd":
            run["cwd"] = path
        elif where == "entry":
            record["entries"][0]["path"] = path
        else:
            run["metric_files"] = [path]
    place = tampered(exported, change)
    assert "path" in refused(place, "bad.mlr") and "path" in refused(place, "bad.mlr", verb="reproduce")


@pytest.mark.parametrize("change", [
    lambda record: record.update(schema="mlrepro.record/9"),
    lambda record: record["run"].update(status="running"),
    lambda record: record["run"].update(name="a\nb\x1b[2J"),
    lambda record: record["run"].update(command="sh"),
    lambda record: record["run"].update(id="0" * 32),
    lambda record: record["run"]["code"].update(digest="1" * 64),
    lambda record: record["run"].update(stdout="1" * 64),
    lambda record: record["run"].update(recorded=99),
    lambda record: record["run"].update(started_at=2**62),
    lambda record: record["run"].update(metrics=[["loss", 0.25, 1, None, None, 10**12, False, ""]]),
    lambda record: record.update(points=[["loss", ["1" * 64]]]),
    lambda record: record.update(points="x"),
    lambda record: record.pop("entries"),
], ids=range(13))
def test_records_that_can_not_be(exported, change):
    refused(tampered(exported, change), "bad.mlr")


def test_a_command_with_newlines_is_shown_on_one_line(exported):
    words = ["sh", "-c", "echo harmless\necho \x1b[31mmore > evil.txt"]
    place = tampered(exported, lambda record: record["run"].update(command=words))
    place.mlr("import", "bad.mlr")
    assert sorted(os.listdir(place.folder)) == [STORE, "bad.mlr"]
    assert "\x1b" not in place.mlr("show", "first").out
    result = place.mlr("reproduce", "bad.mlr", expect=9)
    line = next(line for line in result.err.splitlines() if line.startswith("replaying") or "replaying" in line)
    assert "harmless" in line and "more" in line and "\x1b" not in result.err
    assert sorted(os.listdir(place.folder)) == [STORE, "bad.mlr"]


def test_a_link_in_the_code_does_not_lead_data_out(project, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "mine.txt").write_text("mine")
    project.write("real/a.txt", "data")
    project.write(".gitignore", "real/\n")
    project.mlr("run", "-n", "first", "-i", "real", "--", "true")
    shutil.rmtree(project.folder / "real")
    (project.folder / "real").symlink_to(outside)
    project.write(".gitignore", "")
    project.mlr("run", "-n", "linked", "--", "true")
    code = project.mlr("show", "linked", "--json").json["code"]["digest"]
    with sqlite3.connect(project.folder / STORE / "mlrepro.db") as database:
        database.execute("UPDATE runs SET code_digest = ? WHERE name = 'first'", (code[7:],))
    database.close()
    project.mlr("export", "first", "-o", "evil.mlr")
    place = empty_place(project)
    place.popen("reproduce", project.folder / "evil.mlr", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).wait()
    assert contents(outside).keys() == {b"mine.txt"} and (outside / "mine.txt").read_text() == "mine"
