# SPDX-License-Identifier: Apache-2.0
"""What the programs here share: options, a folder that goes away again, and the report."""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import measure

ROOT = pathlib.Path(__file__).resolve().parent.parent


def make_parser(description, measurements, least_rounds, rounds):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build/release/mlrepro",
                        help="the mlrepro to measure (default: build/release/mlrepro)")  # fmt: skip
    parser.add_argument("--only", choices=measurements, action="append", help="leave the others out; may be repeated")
    parser.add_argument("--rounds", type=int, help=f"at least {least_rounds} (default: {rounds})")
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it works, not how fast")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write all values there, too")
    parser.add_argument("--folder", type=pathlib.Path, help="make the test data below this folder (default: build/)")
    return parser


def check_arguments(parser, arguments, least_rounds):
    if not os.access(arguments.binary, os.X_OK):
        parser.error(f"no mlrepro at {arguments.binary}: cmake --preset release && cmake --build --preset release")
    if arguments.rounds is not None and arguments.rounds < least_rounds:
        parser.error(f"--rounds: at least {least_rounds}, a median of fewer says little")


@contextlib.contextmanager
def temporary_folder(parent):
    """A new folder below `parent`, or below build/; removed at the end whatever happens."""
    parent = parent or ROOT / "build"
    parent.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=parent.resolve()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def version_of(binary):
    return subprocess.run([binary, "--version"], capture_output=True, text=True).stdout.strip()


def print_machine(facts):
    measure.print_table("Machine", ["", ""], [[name, value] for name, value in facts.items()])


def write_json(path, document):
    path.write_text(json.dumps(document, indent=1) + "\n")
