# SPDX-License-Identifier: Apache-2.0
"""Compares what mlrepro says with files in golden/. ACCEPT=1 writes them: read them before you
commit them. What differs from run to run and from machine to machine is replaced first."""

import difflib
import json
import os
import pathlib
import re

FOLDER = pathlib.Path(__file__).parent / "golden"

# Placeholders within tables are as wide as what they stand for, so that alignment still shows.
TEXT_RULES = [
    (r"\b[0-9a-f]{64}\b", "<sha256>"),
    (r"\b[0-9a-f]{40}\b", "<commit>"),
    (r"\b[0-9a-f]{32}\b", "<run id>"),
    # Now and then an id has no letter; a fraction's digits are no id.
    (r"(?<![\w.])(?=[0-9a-f]*[0-9])[0-9a-f]{12}(?![\w.])", "dddddddddddd"),
    (r"(?<![\w.])[0-9a-f]{8}(?![\w.])", "iiiiiiii"),
    (r"\b[a-z]+-[a-z]+-[0-9a-f]{4}\b", "<name>"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "yyyy-mm-ddThh:mm:ss.mmmZ"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d", "yyyy-mm-dd hh:mm"),
    (r"(?m)^(resources  +).*$", r"\1<resources>"),
    (r"(?m)^(by  +).*$", r"\1<user>@<host>"),
    (r"(?m)^(os  +).*$", r"\1<os>"),
    (r"(?m)^(cpu  +).*$", r"\1<cpu>"),
    (r"(?m)^(interpreter  +).*$", r"\1<interpreter>"),
    (r"(?m)^(in store  +).*$", r"\1<bytes>"),
    (r"(?m)^variable  .*\n", ""),
    (r"(?m)^machine  .*\n(?: {9,}.*\n)*", ""),
    (r"\d+ objects, [\d.]+ k?B", "<n> objects, <bytes>"),
    (r"[\d.]+ k?B new in the store", "<bytes> new in the store"),
]


def same_width(match):
    """A duration: of a table's column it keeps the width, elsewhere it has none to keep."""
    space = len(match[1])
    return "<t>".rjust(len(match[0])) if space >= 2 else match[1] + "<t>"


def normalise_text(text, project):
    for path, placeholder in [(project.folder, "<project>"), (project.environment["HOME"], "<home>")]:
        text = text.replace(str(path), placeholder)
    commit = project.commit()
    if commit:
        text = text.replace(commit, "<commit>").replace(commit[:12], "c" * 12).replace(commit[:7], "c" * 7)
    for pattern, replacement in TEXT_RULES:
        text = re.sub(pattern, replacement, text)
    return re.sub(r"( *)\b\d+(?:\.\d)? (?:ms|s)\b", same_width, text)


# Values of these keys say nothing that stays; their type does.
VOLATILE = {
    "duration_s", "user", "host", "os", "kernel", "arch", "cpu", "threads", "memory_bytes", "user_s", "system_s",
    "max_rss_bytes", "stored_bytes", "new_bytes", "checked", "program",
}


def normalise_json(value, project, key=None):
    if isinstance(value, dict):
        if key in ("variables", "facts"):
            return f"<{key}>"
        if "checked" in value:  # of verify: how the store lays content out is not told here
            value = {**value, "bytes": "<number>"}
        return {name: normalise_json(item, project, name) for name, item in value.items()}
    if isinstance(value, list):
        if key in ("packages", "gpus"):
            return f"<{key}>"
        return [normalise_json(item, project, key) for item in value]
    if key == "interpreter":
        return "<interpreter>"
    if key in VOLATILE and value is not None:
        return "<text>" if isinstance(value, str) else "<number>"
    return normalise_text(value, project) if isinstance(value, str) else value


def check(name, text):
    """The golden file of this name says the same."""
    path = FOLDER / name
    if os.environ.get("ACCEPT") == "1":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(text)
        return
    assert path.exists(), f"golden/{name} is missing: look at the output, then write it with ACCEPT=1\n{text}"
    expected = path.read_text()
    if expected != text:
        difference = "".join(difflib.unified_diff(
            expected.splitlines(True), text.splitlines(True), f"golden/{name}", "now"))
        raise AssertionError(f"not what golden/{name} says; if it is right, accept it with ACCEPT=1\n{difference}")


def check_text(name, text, project):
    check(name, normalise_text(text, project))


def check_json(name, text, project):
    document = normalise_json(json.loads(text), project)
    check(name, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
