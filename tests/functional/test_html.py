# SPDX-License-Identifier: Apache-2.0
"""HTML reports, looked at in a real browser: what they show, and what they must never do."""

import json
import pathlib
import re

import pytest

import browser
import report_world
from conftest import new_project

MODULES = pathlib.Path(__file__).resolve().parents[2] / "build/web/node_modules"


@pytest.fixture(scope="module")
def chromium():
    why = browser.missing()
    if why:
        pytest.skip(why)
    with browser.browser() as started:
        yield started


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = new_project(tmp_path_factory.mktemp("report"))
    made.git("init", "-q", "-b", "main")
    report_world.make_runs(made)
    made.mlr("diff", "first", "second", "--html", "diff.html")
    made.mlr("show", "second", "--html", "show.html")
    made.mlr("show", "second", "--profile", "--html", "profile.html")
    return made


def document(text):
    found = re.search(r'<script type="application/json" id="report">(.*?)</script>', text, re.S)
    return json.loads(found.group(1))


def visit(chromium, world, name, **more):
    return browser.Visit(chromium, world.folder / name, **more)


def test_the_answer_is_given_as_ever_and_the_page_named(world):
    plain = world.mlr("diff", "first", "second").out
    told = world.mlr("diff", "first", "second", "--html", "again.html")
    assert told.out == plain
    assert re.search(r"wrote again\.html, \d", told.err)
    assert world.mlr("diff", "first", "second", "--html", "again.html", "-q", "--exit-code", expect=1).err == ""


def test_a_page_of_two_runs(chromium, world):
    with visit(chromium, world, "diff.html") as seen:
        page = seen.page
        assert page.locator("h1").inner_text().split() == ["A", "first", "and", "B", "second"]
        verdict = page.locator(".verdict").inner_text()
        for words in ("1 parameter", "code in 1 file", "1 input", "the command"):
            assert words in verdict, verdict
        titles = page.locator("h2").all_inner_texts()
        assert titles[:4] == ["Metrics", "Parameters", "Code", "Data"]
        assert {"Evaluation", "Pictures", "Reproducibility"} <= set(titles)
        row = page.locator("#metrics tbody tr", has=page.locator("th", has_text="rmse")).first
        assert [cell.strip() for cell in row.locator("td").all_inner_texts()] == [
            "0.378667", "0.362", "−0.01667", "−4.4 %"]
        # Only what differs, until the disclosure is opened.
        assert page.locator("#metrics tbody tr", has_text="rows").count() == 0
        page.locator("#metrics summary", has_text="All 5 metrics").click()
        page.locator("#metrics tbody tr", has_text="rows").wait_for()  # filled when it is opened


def test_curves_lie_over_one_another_with_their_data(chromium, world):
    with visit(chromium, world, "diff.html") as seen:
        figures = seen.page.locator("#metrics figure.chart")
        assert [figure.locator("figcaption").inner_text() for figure in figures.all()] == ["train/loss", "val/loss"]
        figure = figures.first
        for side in "ab":
            assert len(figure.locator(f".side-{side} .curve").get_attribute("d")) > 500
        assert figure.locator("text.letter").all_inner_texts() != []
        figure.locator("summary").click()
        figure.locator("tbody tr").first.wait_for()  # filled when it is opened
        assert figure.locator("tbody tr").count() == 200
        assert figure.locator("tbody tr").nth(3).locator("th").inner_text() == "3"
        # The readout follows the arrow keys.
        slider = figure.get_by_role("slider")
        slider.press("Home")
        slider.press("ArrowRight")
        assert slider.get_attribute("aria-valuetext").startswith("step 1: A ")
        assert figure.locator(".readout").inner_text() == slider.get_attribute("aria-valuetext")


def test_code_pictures_and_evaluations(chromium, world):
    with visit(chromium, world, "diff.html") as seen:
        page = seen.page
        code = page.locator("#code")
        assert code.locator("tr.removed del", has_text="step * args.lr / 40").is_visible()
        assert code.locator("tr.added ins", has_text='print("done")').is_visible()
        assert code.locator("tr.added mark").first.inner_text() == "3"
        assert code.locator("tr.added .sign").first.inner_text().split() == ["+", "added"]
        pictures = page.locator("#pictures figure")
        assert pictures.locator("img").count() == 3
        assert pictures.first.locator("img").evaluate_all("list => list.map((img) => img.naturalWidth)") == [320, 320]
        assert pictures.first.locator("img").first.get_attribute("alt") == "plots/importance.png of first"
        matrices = page.locator("#evaluation table.matrix")
        assert matrices.locator("caption").all_inner_texts() == [
            "A first: accuracy 88.0 %", "B second: accuracy 92.0 %", "B − A"]
        assert matrices.nth(2).locator("tbody td").first.inner_text() == "+4"
        curve = page.locator("#evaluation figure.square")
        assert "area under the curve" in curve.locator(".areas").inner_text()
        # Read like any other chart: A's curve is y = x ** 0.35, B's y = x ** 0.25.
        slider = curve.get_by_role("slider")
        slider.press("Home")
        for _ in range(25):
            slider.press("ArrowRight")
        assert slider.get_attribute("aria-valuetext") == (
            "false positive rate 0.25: true positive rate A 0.6156, B 0.7071")
        assert curve.locator(".curve").count() == 2


def test_a_page_of_one_run(chromium, world):
    with visit(chromium, world, "show.html") as seen:
        page = seen.page
        assert page.locator("h1").inner_text() == "second"
        assert "a greater rate" in page.locator("#overview").inner_text()
        assert page.locator("#metrics tbody tr").count() == 5
        seen.open_all()
        assert "trained with {'lr': 0.15" in page.locator("#output pre").first.inner_text()
        assert page.locator("#environment").inner_text().count("Interpreter") == 1
        assert page.locator("#code tbody tr", has_text="train.py").is_visible()


@pytest.mark.parametrize("name", ["diff.html", "show.html", "profile.html"])
def test_nothing_is_asked_for_and_nothing_complained_about(chromium, world, name):
    with visit(chromium, world, name) as seen:
        seen.open_all()
        assert seen.asked_for() == []
        assert seen.complaints == []


def test_the_policy_lets_nothing_else_run_or_load(chromium, world):
    with visit(chromium, world, "diff.html") as seen:
        refused = seen.page.evaluate("""async () => {
            const refused = [];
            document.addEventListener('securitypolicyviolation', (event) => refused.push(event.effectiveDirective));
            const script = document.createElement('script');
            script.textContent = 'window.ran = true';
            document.body.append(script);
            const image = document.createElement('img');
            image.src = 'http://127.0.0.1:9/x.png';
            document.body.append(image);
            await fetch('http://127.0.0.1:9/').catch(() => {});
            for (let turn = 0; turn < 600 && refused.length < 3; ++turn) {
                await new Promise((done) => setTimeout(done, 100));
            }
            return [refused.sort(), window.ran ?? false];
        }""")
        assert refused == [["connect-src", "img-src", "script-src-elem"], False]


@pytest.mark.parametrize("name", ["diff.html", "show.html", "profile.html"])
def test_a_phone_scrolls_up_and_down_only(chromium, world, name):
    with visit(chromium, world, name, viewport=browser.PHONE) as seen:
        seen.open_all()
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= 375
        cut = seen.page.evaluate("""() => [...document.querySelectorAll('h1, h2, h3, p, summary, figcaption')]
            .filter((element) => element.getBoundingClientRect().right > 376 && !element.closest('.scroll')
              && !element.closest('.aside')).map((element) => element.textContent)""")
        assert cut == []
        # What does not fit is scrolled, and not broken up into letters.
        broken = seen.page.evaluate("""() => [...document.querySelectorAll('.wide td, .wide th')]
            .filter((cell) => cell.textContent.length > 4 && cell.getBoundingClientRect().width < 28)
            .map((cell) => cell.textContent)""")
        assert broken == []


def luminance(colour):
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_dark_is_dark_and_paper_is_white(chromium, world):
    def colours(**more):
        with visit(chromium, world, "diff.html", **more) as seen:
            style = "getComputedStyle(document.body)"
            return (luminance(seen.page.evaluate(f"{style}.backgroundColor")),
                    luminance(seen.page.evaluate(f"{style}.color")),
                    seen.page.locator("nav").is_visible())

    paper, ink, _ = colours()
    assert paper > 0.9 and ink < 0.1
    paper, ink, _ = colours(scheme="dark")
    assert paper < 0.05 and ink > 0.6
    assert colours(scheme="dark", media="print") == (1, 0, False)


def test_paper(chromium, world):
    with visit(chromium, world, "diff.html", scheme="dark") as seen:
        paper = seen.page.pdf(format="A4")
    assert paper.startswith(b"%PDF-")
    pages = len(re.findall(rb"/Type\s*/Page\b", paper))
    assert 2 <= pages <= 8


@pytest.mark.parametrize("name, scheme, viewport", [
    ("diff.html", "light", browser.DESK), ("diff.html", "dark", browser.PHONE), ("show.html", "dark", browser.DESK),
    ("profile.html", "light", browser.PHONE), ("profile.html", "dark", browser.DESK)])
def test_axe_finds_nothing(chromium, world, name, scheme, viewport):
    axe = MODULES / "axe-core/axe.min.js"
    if not axe.exists():
        pytest.skip("axe-core is not installed (scripts/install-deps build)")
    with visit(chromium, world, name, scheme=scheme, viewport=viewport) as seen:
        seen.open_all()
        # Of each table the first rows: looking at the contrast of all cells takes minutes.
        seen.page.evaluate("""document.querySelectorAll('tbody tr:nth-child(n+9)').forEach((row) => row.remove())""")
        seen.page.evaluate(axe.read_text())
        found = seen.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        told = [(item["id"], node["html"][:200], node["failureSummary"])
                for item in found["violations"] for node in item["nodes"]]
        assert told == []
        assert {"color-contrast", "aria-valid-attr", "heading-order"} <= {rule["id"] for rule in found["passes"]}


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)><!--<b>\u2028\u202e&amp;'\"`${1}%%mlrepro-title%%"


EVIL_SVG = """<?xml version="1.0"?>
<!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/passwd">]>
<!-- a picture --><svg xmlns="http://www.w3.org/2000/svg" width="90" height="40" onload="alert(4)">
<script>alert(5); fetch('http://127.0.0.1:9/s')</script><style>@import url("http://127.0.0.1:9/c");</style>
<image href="http://127.0.0.1:9/i" width="9" height="9"/><rect width="90" height="40" fill="teal"/><text>&e;</text></svg>
"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    made = new_project(tmp_path_factory.mktemp("hostile"))
    made.git("init", "-q", "-b", "main")
    made.write("run.sh", "printf '%s\\n' \"$1\" '\x1b[31mred\x1b[0m' 'a\rb'; printf '\\377\\376\\n'\n")
    made.git("add", "-A")
    made.git("commit", "-q", "-m", "first")
    bad = HOSTILE.replace("/", "∕")  # a file's name can't have it
    made.write(f"out/{bad}.csv", "fpr,tpr,class\n0,0,%s\n1,1,%s\n" % (('"' + HOSTILE.replace('"', '""') + '"',) * 2))
    made.write("out/confusion.csv", ",<b>x</b>,y\n<b>x</b>,1,2\ny,3,4\n")
    made.write("out/evil.png", "<html><script>alert(3)</script>")
    made.write("out/evil.svg", EVIL_SVG)
    for name, value in (("one", HOSTILE), ("two", HOSTILE + "2")):
        made.mlr("run", "-n", name, "-o", "out", "-p", f"{HOSTILE.replace('=', '≠')}={value}", "-t", f"tag={HOSTILE}",
                 "--note", HOSTILE, "--", "sh", "run.sh", value)
        made.mlr("log", "metric", f"m {HOSTILE}", len(name + value), "--run", name)
        with (made.folder / "run.sh").open("a") as script:
            script.write(f"# {HOSTILE}\n")
    made.mlr("diff", "one", "two", "--html", "diff.html")
    made.mlr("show", "two", "--html", "show.html")
    return made


@pytest.mark.parametrize("name", ["diff.html", "show.html"])
def test_hostile_text_stays_text(chromium, hostile, name):
    text = (hostile.folder / name).read_text()
    assert text.count("<script") == 2
    assert text.count("</script>") == 2
    with visit(chromium, hostile, name) as seen:
        seen.open_all()
        page = seen.page
        page.wait_for_timeout(200)
        assert seen.complaints == []
        assert seen.asked_for() == []
        assert page.locator("script").count() == 2
        assert page.locator("#page, main b, main script, main svg[onload]").count() == 0
        shown = page.locator("main").inner_text()
        assert "<img src=x onerror=alert(2)>" in shown
        assert "⟨U+202E⟩" in shown and "\u202e" not in shown
        # A picture may be a page with scripts: as an image it runs and loads nothing.
        evil = page.locator("#pictures img")
        assert evil.count() == 1 and "evil.svg" in evil.get_attribute("alt")
        assert evil.get_attribute("src").startswith("data:image/svg+xml;base64,")
        assert "not a PNG, JPEG, GIF, WebP or SVG picture" in page.locator("#pictures").inner_text()


def test_output_is_shown_as_it_looked_in_the_end(chromium, hostile):
    with visit(chromium, hostile, "show.html") as seen:
        seen.open_all()
        lines = seen.page.locator("#output pre").first.inner_text().split("\n")
        assert lines[1:4] == ["red", "b", "\\xff\\xfe"]


def test_what_is_there_is_not_overwritten(world):
    world.write("mine.html", "<!doctype html>\n<p>mine\n")
    refused = world.mlr("show", "first", "--html", "mine.html", "--json", expect=4).error
    assert refused["kind"] == "conflict"
    assert (world.folder / "mine.html").read_text() == "<!doctype html>\n<p>mine\n"
    world.mlr("show", "first", "--html", "mine.html", "--force")
    # A report is replaced by the next one.
    world.mlr("show", "second", "--html", "mine.html")
    assert document((world.folder / "mine.html").read_text())["sides"][0]["name"] == "second"
    for place in ("nowhere/page.html", "data"):
        error = world.mlr("show", "first", "--html", place, "--json", expect=2).error
        assert place in error["message"]
    assert world.mlr("show", "nobody", "--html", "none.html", expect=3).out == ""
    assert not (world.folder / "none.html").exists()


def test_stdout(world):
    told = world.mlr("diff", "first", "second", "--html", "-")
    assert told.out.startswith("<!doctype html>\n<!-- mlrepro report -->\n")
    assert told.out.rstrip().endswith("</html>")
    assert document(told.out)["kind"] == "runs"
    world.mlr("diff", "first", "second", "--html", "-", "--json", expect=2)
    world.mlr("show", "first", "--html", "-", "--logs", expect=2)
    world.mlr("diff", "first", "second", "--force", expect=2)


def test_a_million_points_become_a_small_page(chromium, project):
    project.write("many.py", """\
import json, os
with open(os.environ["MLREPRO_METRICS"], "a") as out:
    for step in range(1_000_000):
        out.write('{"metric":"loss","value":%r,"step":%d}\\n' % (1 / (1 + step / 1000) + step % 7 / 100, step))
    out.write('{"metric":"odd","value":NaN,"step":0}\\n{"metric":"odd","value":NaN,"step":1}\\n')
""")
    project.mlr("run", "-n", "many", "--no-resources", "--", "python3", "many.py")
    project.mlr("diff", "many", "many", "--html", "page.html")
    page = project.folder / "page.html"
    series = document(page.read_text())["sides"][0]["series"]
    assert [(one["key"], one["points"]) for one in series] == [("loss", 1_000_000), ("odd", 2)]
    assert 256 <= len(series[0]["steps"]) <= 1024
    # No peak is lost: the least and the greatest of all points are still there.
    assert max(series[0]["high"]) == max(1 / (1 + step / 1000) + step % 7 / 100 for step in range(100))
    assert page.stat().st_size < 600_000
    with browser.Visit(chromium, page) as seen:
        assert seen.complaints == []
        assert "1,000,000 points" in seen.page.locator("#metrics .readout").inner_text()
        assert seen.page.locator("#metrics .band").count() == 2


def test_two_snapshots(chromium, world):
    told = world.mlr("diff", "first:plots", "second:plots", "--html", "plots.html")
    assert "importance.png" in told.out
    with visit(chromium, world, "plots.html") as seen:
        assert seen.page.locator("h1").inner_text().split() == ["A", "first:plots", "and", "B", "second:plots"]
        assert seen.page.locator("#pictures img").count() == 3
        assert "importance.png" in seen.page.locator("#data").inner_text()
        assert seen.complaints == []


def test_a_snapshot_and_the_working_tree(chromium, project):
    for shift in (0, 3):
        project.write("data/t.csv", "x,y\n" + "".join(f"{n},{n % 7 + shift}\n" for n in range(200)))
        if shift == 0:
            project.mlr("snapshot", "data", "--no-pointer", "-n", "before")
    project.mlr("diff", "before", "--tables", "--html", "now.html")
    with visit(chromium, project, "now.html") as seen:
        assert seen.page.locator("p.kind").inner_text() == "A snapshot and the working tree"
        assert seen.page.locator("h1").inner_text().split() == ["A", "before", "and", "B", "working", "tree"]
        assert "t.csv" in seen.page.locator("#data").inner_text()
        assert seen.page.locator("#tables figure.chart").count() == 1
        assert seen.complaints == []


def test_tables_before_and_after(chromium, world):
    world.mlr("diff", "first", "second", "--tables", "--html", "tables.html")
    with visit(chromium, world, "tables.html") as seen:
        tables = seen.page.locator("#tables")
        assert tables.locator("h3 code").all_inner_texts() == ["data/sales.csv"]
        assert tables.locator("h3").inner_text().endswith("400 → 430 rows")
        assert tables.locator("tbody th").all_inner_texts() == ["sales"]
        assert "PSI 0." in tables.locator("tbody td").first.inner_text()
        assert seen.page.locator(".verdict").inner_text().startswith("Different: ")
        figure = tables.locator("figure.chart")
        assert figure.locator(".bars.side-a rect").count() > 5
        assert figure.locator(".bars.side-b rect").first.get_attribute("fill").startswith("url(#hatch")
        figure.locator("summary").click()
        figure.locator("tbody tr").first.wait_for()  # filled when it is opened
        assert figure.locator("tbody tr").count() == int(figure.get_by_role("slider").get_attribute("aria-valuemax"))
        assert seen.complaints == []


def test_drift_can_be_read_on_a_phone(chromium, world):
    """What drifted is words, and not a letter in each line."""
    world.mlr("diff", "first:data", "second:data", "--tables", "--html", "phone.html")
    with visit(chromium, world, "phone.html", viewport=browser.PHONE) as seen:
        drift = seen.page.locator("#tables table.ranked tbody td").first
        assert drift.bounding_box()["width"] > 100 and drift.bounding_box()["height"] < 120
        assert seen.page.locator(".verdict").inner_text() == "Different: 2 files."


def test_what_tables_look_like(chromium, world):
    """Of one run: the columns with their figures, and the shape of each that has one."""
    assert document((world.folder / "show.html").read_text())["sides"][0]["tables"] == []  # none was known yet
    with visit(chromium, world, "profile.html") as seen:
        tables = seen.page.locator("#tables > .evaluation")
        assert tables.locator("h3 code").all_inner_texts() == ["data/new.csv", "data/sales.csv", "data/stores.csv"]
        stores = tables.nth(2)
        assert stores.locator(".note").first.inner_text().strip().startswith("input, 120 rows, 6 columns, csv of ")
        rows = {row.locator("th").inner_text(): [cell.strip() for cell in row.locator("td").all_inner_texts()]
                for row in stores.locator("tbody tr").all()}
        assert list(rows) == ["store", "city", "region", "opened", "area", "open"]
        assert rows["store"] == ["BIGINT", "0 %", "120", "0", "119", "59.5", "34.79", "29.75", "59.5", "89.25", "key-like"]
        assert rows["area"][:3] == ["DOUBLE", "12.5 %", "105"]
        assert rows["opened"][3:5] == ["2000-01-15", "2019-08-15"] and rows["opened"][8].startswith("20")
        assert rows["city"][3:5] == ["2", "4 characters"]
        figures = {figure.locator("figcaption").inner_text(): figure for figure in stores.locator("figure.chart").all()}
        assert list(figures) == ["store", "region", "opened", "area", "open"]  # no city is there twice
        assert figures["region"].locator(".bars rect").count() == 2
        assert figures["area"].locator(".bars.side-a rect").count() > 10
        figures["region"].locator("summary").click()
        cells = figures["region"].locator("tbody tr")
        cells.first.wait_for()  # filled when it is opened
        assert cells.first.inner_text().split() == ["north", "66.67", "%"]
        assert seen.complaints == []
    # Now they are known, and need not be asked for.
    world.mlr("show", "second", "--html", "again-profile.html")
    before, after = (document((world.folder / name).read_text())["sides"][0]["tables"]
                     for name in ("profile.html", "again-profile.html"))
    assert before == after


def test_wide_tables_fit_on_paper(chromium, world):
    paper = {"width": 688, "height": 1000}  # A4 without its margins
    with visit(chromium, world, "profile.html", viewport=paper, media="print") as seen:
        cut = seen.page.evaluate("""() => [...document.querySelectorAll('#tables th, #tables td')]
            .filter((cell) => cell.getBoundingClientRect().right > 689).map((cell) => cell.textContent)""")
        assert cut == []


def test_a_page_of_one_snapshot(chromium, world):
    told = world.mlr("show", "second:data", "--html", "data.html")
    assert "data" in told.out
    with visit(chromium, world, "data.html") as seen:
        assert seen.page.locator("h1").inner_text() == "second:data"
        assert seen.page.locator(".kind").inner_text() == "Snapshot"
        assert "3 files" in seen.page.locator("#overview").inner_text()
        assert seen.complaints == []
    world.mlr("snapshot", "-n", "asked", "--sql", "SELECT store, city FROM stores", "--from", "data/stores.csv",
              "--target", "store")
    world.mlr("show", "asked", "--profile", "--html", "asked.html")
    with visit(chromium, world, "asked.html") as seen:
        assert "SELECT store, city FROM stores" in seen.page.locator("#data pre").inner_text()
        roles = seen.page.locator("#data tbody tr", has_text="store").first.locator("td").all_inner_texts()
        assert roles[-1] == "target"
        assert seen.page.locator("#tables h3 code").inner_text() == "asked.parquet"
        assert seen.complaints == []


def test_the_working_tree(chromium, world):
    world.write("train.py", report_world.TRAIN)
    world.mlr("diff", "second", "--html", "tree.html")
    with visit(chromium, world, "tree.html") as seen:
        assert seen.page.locator("h1").inner_text().split() == ["A", "second", "and", "B", "working", "tree"]
        assert seen.page.locator("#code tr.added ins", has_text="step * args.lr / 40").is_visible()
        assert seen.complaints == []


def test_a_page_is_made_of_what_is_left(project):
    project.write("kept/t.csv", "x\n1\n2\n")
    project.write("gone/u.csv", "y\n1\n2\n3\n")
    project.mlr("run", "-n", "r", "-i", "kept", "-i", "gone", "--", "true")
    project.mlr("forget", "gone/u.csv", "--content")
    told = project.mlr("show", "r", "--profile", "--html", "page.html").err
    assert "the tables of 'gone' can't be read" in told
    [side] = document((project.folder / "page.html").read_text())["sides"]
    assert [tables["path"] for tables in side["tables"]] == ["kept"]


def test_pages_carry_the_licences_of_what_they_contain(world):
    text = (world.folder / "diff.html").read_text()
    comments = re.findall(r"<!--(.*?)-->", text, re.S)
    assert any("d3-scale" in comment and "Permission to use, copy, modify" in comment for comment in comments)


def test_words_of_a_language_have_colours_and_files_with_few_lines_are_open(chromium, project):
    """Also the inside of a text of several lines, and beside a file of thousands of lines that stays closed."""
    project.write("a.py", 'def f(x):\n    """One\n    return of many\n    """\n    return x + 1  # add\n')
    project.write("long.txt", "".join(f"line {i}\n" for i in range(5000)))
    project.write("dos.cpp", "int a;\r\nint b;\r\n")
    project.write("end.sh", "echo one")
    project.mlr("run", "-n", "one", "--", "true")
    project.write("a.py", 'def f(x):\n    """One\n    return of some\n    """\n    return x + 2  # add\n')
    project.write("long.txt", "".join(f"line {i} too\n" for i in range(5000)))
    project.write("dos.cpp", "int a;\r\nint c;\r\n")
    project.write("end.sh", "echo two\n")
    project.mlr("run", "-n", "two", "--", "true")
    project.mlr("diff", "one", "two", "--html", "code.html")
    with visit(chromium, project, "code.html") as seen:
        code = seen.page.locator("#code")
        files = {item.locator("code").first.inner_text(): item for item in code.locator("details.file").all()}
        assert [name for name, item in files.items() if item.get_attribute("open") is None] == ["long.txt"]
        python = files["a.py"]
        assert set(python.locator(".code-word").all_inner_texts()) == {"def", "return"}
        assert python.locator(".code-word").count() == 3, "a word of a text is no keyword"
        assert "".join(python.locator("tr.added .code-text").all_inner_texts()) == "    return of some"
        assert python.locator("tr.added mark .code-number").inner_text() == "2"
        assert python.locator("tr.added .code-comment").inner_text() == "# add"
        assert "U+000D" not in files["dos.cpp"].inner_text()
        # What changed within the line is marked although the line's end changed, too.
        assert files["end.sh"].locator("tr.added mark").inner_text() == "two"
        assert "No newline at end of file" in files["end.sh"].inner_text()
        # On paper, a file that is closed is still named.
        seen.page.emulate_media(media="print")
        assert files["long.txt"].locator("summary").is_visible()
        seen.page.emulate_media(media="screen")
        files["long.txt"].locator("summary").click()
        files["long.txt"].locator("tr.removed").first.wait_for()
        assert files["long.txt"].locator("tbody tr").count() == 3000
        assert "more lines: mlrepro diff A B --patch" in files["long.txt"].inner_text()
        assert seen.complaints == []


def test_numbers_are_not_rounded_into_others_and_one_point_is_a_point(chromium, project):
    script = """\
import json, os, sys
with open(os.environ["MLREPRO_METRICS"], "a") as out:
    for key, value, step in json.loads(sys.argv[1]):
        out.write(json.dumps({"metric": key, "value": value, "step": step}) + "\\n")
"""
    project.write("log.py", script)
    project.mlr("run", "-n", "one", "--", "python3", "log.py", json.dumps(
        [["some", float("nan"), 7], ["some", float("nan"), 6], ["rows", 12345678, 0], ["close", 0.12345678901, 0], ["few", 1, 0], ["some", 1, 0], ["some", 2, 1], ["some", 5, 2]]))
    project.mlr("run", "-n", "two", "--", "python3", "log.py", json.dumps(
        [["rows", 12345679, 0], ["close", 0.12345678902, 0], ["few", 1.0000001, 0], ["some", 3, 0]]))
    project.mlr("diff", "one", "two", "--html", "page.html")
    with visit(chromium, project, "page.html") as seen:
        rows = {row.locator("th").inner_text(): [cell.strip() for cell in row.locator("td").all_inner_texts()]
                for row in seen.page.locator("#metrics > .scroll tbody tr").all()}
        assert rows["rows"][:4] == ["12,345,678", "12,345,679", "+1", "< 0.1 %"]
        assert rows["close"][:2] == ["0.12345678901", "0.12345678902"]
        assert rows["few"][:2] == ["1", "1.0000001"]
        figure = seen.page.locator("#metrics figure.chart")
        assert figure.locator("figcaption").inner_text() == "some"
        assert figure.locator(".readout").inner_text() == "A: 5 points, 2 NaN, the first at step 6. B: 1 point"
        assert figure.locator(".side-b circle.dot").count() == 1
        # Steps are counted: there is none between two.
        ticks = figure.locator(".axes text[text-anchor=middle]").all_text_contents()
        assert ticks == sorted(set(ticks)) and all(tick.isdigit() for tick in ticks), ticks
        assert seen.complaints == []


def test_a_page_of_a_sweep_has_no_resources_that_nobody_knows(chromium, project):
    project.mlr("run", "-n", "s", "--each", "lr=1,2", "--", "true", "{lr}")
    project.mlr("show", "s", "--html", "sweep.html")
    project.mlr("diff", "s", "s-1", "--html", "both.html")
    with visit(chromium, project, "sweep.html") as seen:
        assert "Resources" not in seen.page.locator("h2").all_inner_texts()
        assert seen.complaints == []
    with visit(chromium, project, "both.html") as seen:
        peak = seen.page.locator("#resources tbody tr", has_text="peak of memory").locator("td").all_inner_texts()
        assert peak[0] == "–" and float(peak[1]) > 0


def test_matrices_say_what_can_be_said_of_them(chromium, project):
    """Beside scikit-learn: counts, shares of true classes, shares of predicted ones; and many long names."""
    from sklearn import metrics

    truth = [0] * 50 + [1] * 30 + [2] * 20
    guess = [0] * 45 + [1] * 5 + [1] * 24 + [2] * 6 + [2] * 10 + [0] * 10
    names = ["a", "b", "c"]

    def text(normalize, labels=names):
        matrix = metrics.confusion_matrix(truth, guess, normalize=normalize)
        return json.dumps({"labels": labels, "confusion_matrix": matrix.tolist()})

    long = [f"a class with a long name, {i}" for i in range(30)]
    project.write("out/confusion-1.json", text(None))
    project.write("out/confusion-2.json", text("true"))
    project.write("out/confusion-3.json", text("pred"))
    project.write("out/confusion-4.json", text("all"))
    project.write("out/confusion-5.json", json.dumps({"labels": long, "matrix": [[int(i == k) for k in range(30)] for i in range(30)]}))
    project.write("out/cut.png", b"\x89PNG\r\n\x1a\ncut short")
    project.mlr("run", "-n", "r", "-o", "out", "--", "true")
    project.mlr("show", "r", "--html", "page.html")
    accuracy, recall, precision = (round(100 * value, 1) for value in (
        metrics.accuracy_score(truth, guess), metrics.recall_score(truth, guess, average="macro"),
        metrics.precision_score(truth, guess, average="macro")))
    with visit(chromium, project, "page.html", viewport=browser.PHONE) as seen:
        matrices = seen.page.locator("#evaluation table.matrix")
        assert matrices.locator("caption").all_inner_texts() == [
            f"r: accuracy {accuracy} %", f"r: mean recall {recall} %", f"r: mean precision {precision} %",
            f"r: accuracy {accuracy} %", "r: accuracy 100.0 %"]
        recalls = [f"{100 * value:.1f} %" for value in metrics.recall_score(truth, guess, average=None)]
        for i in (0, 1, 3):
            assert [row.locator("td").last.inner_text() for row in matrices.nth(i).locator("tbody tr").all()] == recalls
        assert "recall" not in matrices.nth(2).inner_text()
        # Thirty long names stand upright, and the rows stay two lines high at the most, names beside them.
        crowded = matrices.nth(4)
        assert crowded.locator(".turned").first.evaluate("element => getComputedStyle(element).writingMode") == "vertical-rl"
        assert crowded.locator("tbody td").first.bounding_box()["width"] < 60
        assert crowded.locator("tbody tr").nth(9).bounding_box()["height"] < 90
        assert seen.page.evaluate("document.documentElement.scrollWidth") == browser.PHONE["width"]
        assert "not shown: the file is damaged" in seen.page.locator("#pictures").inner_text()
