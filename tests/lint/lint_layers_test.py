# SPDX-License-Identifier: Apache-2.0
"""scripts/lint-layers says no where it should, and only there."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "lint-layers"


class LintLayers(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        self.write("include/mlrepro/model/error.hpp", "#include <string>\n")

    def write(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def lint(self, *arguments):
        done = subprocess.run([sys.executable, str(SCRIPT), str(self.root), *arguments],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    def refuse(self, path, text, expected):
        self.write(path, text)
        self.assertEqual(self.lint(), (1, expected + "\n"))

    def accept(self, path, text):
        self.write(path, text)
        code, output = self.lint()
        self.assertEqual(code, 0, output)

    def test_allowed_arrows(self):
        self.accept("src/sqlite/run_store.cpp",
                    '#include "sqlite/run_store.hpp"\n#include <sqlite3.h>\n'
                    '#include "mlrepro/plan/compare.hpp"\n#include "posix/file.hpp"\n')

    def test_cli_includes_every_folder(self):
        self.accept("src/cli/project.cpp", '#include "sqlite/run_store.hpp"\n#include <CLI/CLI.hpp>\n')

    def test_main_counts_as_cli(self):
        self.accept("src/main.cpp", '#include "cli/commands.hpp"\n#include <CLI/CLI.hpp>\n')

    def test_forbidden_folder(self):
        self.refuse("src/plan/x.cpp", '#include <string>\n\n#include "sqlite/database.hpp"\n',
                    "src/plan/x.cpp:3: plan may not include sqlite (sqlite/database.hpp)")

    def test_forbidden_folder_in_a_contract(self):
        self.refuse("include/mlrepro/ports/x.hpp", '#include "mlrepro/plan/judge.hpp"\n',
                    "include/mlrepro/ports/x.hpp:1: ports may not include plan "
                    "(mlrepro/plan/judge.hpp)")

    def test_use_cases_depend_one_way(self):
        self.refuse("src/versioning/x.cpp", '#include "mlrepro/tracking/run.hpp"\n',
                    "src/versioning/x.cpp:1: versioning may not include tracking "
                    "(mlrepro/tracking/run.hpp)")

    def test_angle_brackets_do_not_hide_a_folder(self):
        self.refuse("src/model/x.cpp", "#include <mlrepro/ports/clock.hpp>\n",
                    "src/model/x.cpp:1: model may not include ports (mlrepro/ports/clock.hpp)")

    def test_library_away_from_home(self):
        self.refuse("src/git/x.cpp", "  #  include <sqlite3.h>\n",
                    "src/git/x.cpp:1: git may not include sqlite3 (sqlite3.h); it lives in sqlite, sources")

    def test_cpp_header_of_a_library(self):
        self.refuse("src/capture/x.cpp", "#include <nlohmann/json.hpp>\n",
                    "src/capture/x.cpp:1: capture may not include nlohmann (nlohmann/json.hpp); "
                    "it lives in format, mlflow, sqlite, cli")

    def test_pure_layers_touch_nothing(self):
        for header in ("fstream", "filesystem", "thread", "random", "iostream", "unistd.h", "sys/stat.h"):
            with self.subTest(header=header):
                self.refuse("src/format/x.cpp", f"#include <{header}>\n",
                            f"src/format/x.cpp:1: format is pure and may not include <{header}>")

    def test_pure_layers_may_format_and_count_days(self):
        self.accept("src/model/x.cpp", "#include <chrono>\n#include <cstdio>\n"
                    "std::snprintf(b, 3, f); // not system_clock\nlog.printf(x);\n")

    def test_pure_layers_read_no_clock_and_print_nothing(self):
        for use, name in (("std::chrono::system_clock::now()", "system_clock"),
                          ('std::printf("x")', "printf"), ('std::getenv("HOME")', "getenv")):
            with self.subTest(use=use):
                self.refuse("src/plan/x.cpp", f"auto x = {use};\n",
                            f"src/plan/x.cpp:1: plan is pure and may not use {name}")

    def test_nothing_throws_through_glibc(self):
        self.refuse("src/storage/x.cpp", "std::call_once(flag, [] {});\n",
                    "src/storage/x.cpp:1: std::call_once may not be used; take a std::mutex")

    def test_posix_may_touch_the_system(self):
        self.accept("src/posix/x.cpp", "#include <unistd.h>\n#include <filesystem>\n")

    def test_climbing_path(self):
        self.refuse("src/posix/x.cpp", '#include "../sqlite/database.hpp"\n',
                    'src/posix/x.cpp:1: "../sqlite/database.hpp" climbs out of its folder; '
                    "name it from the include root")

    def test_bare_name(self):
        self.refuse("src/posix/x.cpp", '#include "file.hpp"\n',
                    'src/posix/x.cpp:1: "file.hpp" names no known folder; write "<folder>/<file>"')

    def test_unknown_folder(self):
        self.refuse("src/helpers/x.cpp", "",
                    "src/helpers/x.cpp:1: folder 'helpers' is not in the table of scripts/lint-layers")

    def test_several_problems_in_one_go(self):
        self.write("src/plan/x.cpp", '#include <random>\n#include "git/handles.hpp"\n')
        code, output = self.lint()
        self.assertEqual((code, len(output.splitlines())), (1, 2))

    def test_empty_tree_is_an_error(self):
        (self.root / "include/mlrepro/model/error.hpp").unlink()
        self.assertEqual(self.lint()[0], 1)

    def test_unbuilt_test_is_named(self):
        self.write("tests/unit/a_test.cpp", "")
        self.write("tests/unit/b_test.cpp", "")
        self.write("build/compile_commands.json",
                   f'[{{"file": "{self.root}/tests/unit/a_test.cpp"}}]')
        code, output = self.lint("--build", str(self.root / "build"))
        self.assertEqual((code, output), (1, "tests/unit/b_test.cpp:1: is not part of the build\n"))

    def test_missing_build_is_an_error(self):
        code, output = self.lint("--build", str(self.root / "build"))
        self.assertEqual(code, 1)
        self.assertIn("neither compile_commands.json nor build.ninja", output)


if __name__ == "__main__":
    unittest.main()
