# SPDX-License-Identifier: Apache-2.0
"""What the programs here share: options, a folder that goes away again, and the report."""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
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
    # It is started from other folders.
    arguments.binary = arguments.binary.resolve()


def add_peer_options(parser, names, which, none, scale, limit, patience):
    """Who takes part beside mlrepro, how much there is to do, and when a peer is given up; the texts say
    what each option means here."""
    peers = parser.add_mutually_exclusive_group()
    peers.add_argument("--peers", nargs="+", choices=names, default=list(names), help=which)
    peers.add_argument("--no-peers", action="store_true", help=none)
    parser.add_argument("--scale", type=float, default=1.0, metavar="FACTOR", help=scale)
    parser.add_argument("--limit", type=float, default=limit, metavar="S",
                        help=f"stop a peer after S seconds ({limit})")  # fmt: skip
    parser.add_argument("--patience", type=float, default=patience, metavar="S",
                        help=f"do not ask a peer again that took longer ({patience})")  # fmt: skip


def parse_with_peers(parser, least_rounds):
    arguments = parser.parse_args()
    check_arguments(parser, arguments, least_rounds)
    if arguments.scale <= 0:
        parser.error("--scale: more than nothing")
    if arguments.no_peers:
        arguments.peers = []
    return arguments


def need_disk(what, needed, folder, options):
    free = shutil.disk_usage(folder).free
    if free < needed:
        sys.exit(f"{what}: needs {needed / 1e9:.1f} GB free below {folder.parent}, there are"
                 f" {free / 1e9:.1f} GB: see {options}")  # fmt: skip


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
