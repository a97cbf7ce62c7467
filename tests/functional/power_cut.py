# SPDX-License-Identifier: Apache-2.0
"""What a disk has of a folder after the power was cut: what was synced, and nothing else.

strace says which calls a command made; they are applied to a model in which every file and every
folder has two states, the one that programs see and the one that is on the disk. fsync makes the second
the first: of a file its content, of a folder its names. A rename between two folders is one change:
no journal keeps half of it."""

import os
import pathlib
import re
import subprocess

from conftest import BINARY

STRACE = "/usr/bin/strace"
CHANGES = ("open,openat,openat2,creat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,lseek,rename,renameat,"
           "renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,fsync,fdatasync,sync,syncfs,"
           "copy_file_range,sendfile,splice")  # fmt: skip
CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+)(?:<([^>]*)>(\(deleted\))?)?")
PLACE = re.compile(r"(?:(\d+|AT_FDCWD)<([^>]*)>(\(deleted\))?|(AT_FDCWD)|\"((?:\\x[0-9a-f]{2})*)\")")


def decoded(text):
    return bytes.fromhex(text.replace("\\x", ""))


class File:
    def __init__(self, content=b""):
        self.seen, self.kept = bytearray(content), bytes(content)
        self.position, self.appends = 0, False


class Folder:
    def __init__(self):
        self.seen, self.kept = {}, {}


def loaded(path):
    if path.is_file():
        return File(path.read_bytes())
    folder = Folder()
    folder.seen = {entry.name: loaded(entry) for entry in path.iterdir()}
    folder.kept = dict(folder.seen)
    return folder


class Disk:
    """The folder `top` as it is before the command; `top` may not be there."""

    def __init__(self, top):
        self.top = pathlib.Path(top)
        self.parent = Folder()
        if self.top.exists():
            self.parent.seen[self.top.name] = self.parent.kept[self.top.name] = loaded(self.top)
        self.nameless, self.descriptors, self.moves = {}, {}, []

    def inside(self, path):
        return path == str(self.top) or path.startswith(f"{self.top}/")

    def folder_and_name(self, path):
        place = self.parent
        parts = pathlib.Path(path).relative_to(self.top.parent).parts
        for part in parts[:-1]:
            place = place.seen.get(part)
            if not isinstance(place, Folder):
                return None, parts[-1]
        return place, parts[-1]

    def find(self, path, deleted=False):
        if deleted:
            return self.nameless.get(path)
        folder, name = self.folder_and_name(path)
        return folder and folder.seen.get(name)

    def remove(self, path):
        folder, name = self.folder_and_name(path)
        self.nameless[path] = folder.seen.pop(name)

    def sync(self, node):
        if isinstance(node, File):
            node.kept = bytes(node.seen)
            return
        node.kept = dict(node.seen)
        for move in [move for move in self.moves if any(folder is node for folder, _ in move)]:
            self.moves.remove(move)
            for folder, name in move:
                if name in folder.seen:
                    folder.kept[name] = folder.seen[name]
                else:
                    folder.kept.pop(name, None)

    def write(self, file, data, at):
        file.seen.extend(bytes(max(0, at - len(file.seen))))
        file.seen[at : at + len(data)] = data

    def apply(self, pid, name, arguments, result, opened, deleted):
        """One call that succeeded."""
        places = list(PLACE.finditer(arguments))
        strings = [decoded(place[5]) for place in places if place[5] is not None]
        descriptors = [(decoded(place[2]).decode(), bool(place[3])) for place in places if place[1]]
        if name in ("open", "openat", "openat2", "creat"):
            return self.open(pid, arguments, result, opened, deleted)
        if name in ("sync", "syncfs"):
            return self.sync_all(self.parent)
        if name in ("write", "pwrite64", "writev", "pwritev", "pwritev2", "ftruncate", "lseek", "fsync", "fdatasync"):
            path, gone = descriptors[0]
            if path == str(self.top.parent) and name == "fsync":
                return self.sync(self.parent)
            node = self.find(path, gone) if self.inside(path) else None
            return node and self.change(node, name, arguments, b"".join(strings), result)
        if name == "splice":
            # Of the command's output, which strace does not see: as many zeros.
            path, gone = descriptors[-1]
            node = self.find(path, gone) if self.inside(path) else None
            return node and self.change(node, "write", arguments, bytes(result), result)
        if name in ("copy_file_range", "sendfile", "truncate"):
            assert not any(self.inside(path) for path, _ in descriptors), f"{name} is not modelled"
            return None
        return self.rename(pid, name, self.paths(places))

    def paths(self, places):
        found, base = [], ""
        for place in places:
            if place[1]:
                base = decoded(place[2]).decode()
            elif place[5] is not None:
                found.append(os.path.normpath(os.path.join(base, decoded(place[5]).decode("utf-8", "replace"))))
        return found

    def open(self, pid, arguments, result, opened, deleted):
        path = decoded(opened or "").decode("utf-8", "replace")
        if not self.inside(path) or path.endswith("-shm"):
            return
        self.descriptors[pid, result] = self.descriptors[None, result] = path, deleted
        if "O_TMPFILE" in arguments:
            self.nameless[path] = File()
            self.nameless[path].kept = b""
            return
        folder, name = self.folder_and_name(path)
        if folder is None or (name not in folder.seen and "O_CREAT" not in arguments):
            return
        node = folder.seen.setdefault(name, File())
        if isinstance(node, File):
            node.position, node.appends = 0, "O_APPEND" in arguments
            if "O_TRUNC" in arguments:
                node.seen = bytearray()

    def change(self, node, name, arguments, data, result):
        if name in ("fsync", "fdatasync"):
            self.sync(node)
        elif name == "lseek":
            node.position = result
        elif name == "ftruncate":
            size = int(arguments.rsplit(", ", 1)[1])
            node.seen = node.seen[:size] + bytes(max(0, size - len(node.seen)))
        elif name in ("write", "writev"):
            at = len(node.seen) if node.appends else node.position
            self.write(node, data[:result], at)
            node.position = at + result
        else:
            self.write(node, data[:result], int(arguments.split(", ")[-1 if name != "pwritev2" else -2]))

    def rename(self, pid, name, paths):
        last = paths[-1]
        if not self.inside(last):
            assert not any(self.inside(path) for path in paths), f"{name} out of the folder is not modelled"
            return
        if name in ("unlink", "unlinkat", "rmdir"):
            self.remove(last)
            return
        folder, entry = self.folder_and_name(last)
        if name.startswith("mkdir"):
            folder.seen[entry] = Folder()
            return
        source = re.fullmatch(r"/proc/(?:self|\d+)/fd/(\d+)", paths[0])
        if source:
            number = int(source[1])
            node = self.find(*self.descriptors.get((pid, number), self.descriptors[None, number]))
        else:
            assert self.inside(paths[0]) and not name.startswith("symlink"), f"{name} into the folder is not modelled"
            node = self.find(paths[0])
        if entry in folder.seen:
            self.nameless[last] = folder.seen[entry]
        folder.seen[entry] = node
        if name.startswith("rename"):
            before, old = self.folder_and_name(paths[0])
            del before.seen[old]
            if before is not folder:
                self.moves.append(((before, old), (folder, entry)))

    def sync_all(self, node):
        self.sync(node)
        for child in node.seen.values() if isinstance(node, Folder) else ():
            self.sync_all(child)

    def put(self, target):
        """What is on the disk, as the folder `target`; nothing, when its name is not."""
        def write(node, path):
            if isinstance(node, File):
                path.write_bytes(node.kept)
                return
            path.mkdir(mode=0o700)
            for name, child in node.kept.items():
                write(child, path / name)

        # The folder above is the user's: only a name that was synced there is kept.
        if self.top.name in self.parent.kept:
            write(self.parent.kept[self.top.name], pathlib.Path(target))


def changes_of(world, *args):
    """What mlrepro and all below it called, in order: what apply() takes. The command must succeed."""
    assert os.path.exists(STRACE), "no strace: scripts/install-deps python"
    trace = world.folder.parent / "calls"
    subprocess.run([STRACE, "-f", "-qq", "-y", "-xx", "-s", "100000000", "-e", f"trace={CHANGES}", "-e", "signal=none",
                    "-o", trace, BINARY, *args], cwd=world.folder, env=world.traced_environment(), check=True,
                   capture_output=True)  # fmt: skip
    begun, calls = {}, []
    for line in trace.read_text("ascii").splitlines():
        pid, text = line.split(maxsplit=1)
        if text.endswith("<unfinished ...>"):
            begun[pid] = text.removesuffix("<unfinished ...>")
            continue
        resumed = re.match(r"<\.\.\. \w+ resumed>", text)
        if resumed:
            text = begun.pop(pid) + text[resumed.end() :]
        call = CALL.match(text)
        if call and int(call[3]) >= 0:
            calls.append((pid, call[1], call[2], int(call[3]), call[4], bool(call[5])))
    trace.unlink()
    return calls
