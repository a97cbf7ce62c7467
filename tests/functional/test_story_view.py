# SPDX-License-Identifier: Apache-2.0
"""The story of examples/retail, with its real sales and a real PostgreSQL: the view that trained the
model of 2021 is dropped, the model of 2022 advises otherwise, and the record says why."""

import csv
import shutil
import sys

import pytest

from database_world import Postgres
from retail_world import EXAMPLE, export_sales

ROLES = ("--features", "price,rival_price,feat", "--target", "log_sold", "--split", "part", "--order-by", "week,store")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    folder = export_sales(tmp_path_factory.mktemp("retail"))
    server = Postgres()
    server.sql(f"""
        CREATE TABLE sales (store int, week int, product text, sold int, price numeric(8,2), feat int, deal int);
        CREATE TABLE stores (store int, income float8, education float8, rival_miles float8);
        \\copy sales FROM '{folder}/sales.csv' CSV HEADER
        \\copy stores FROM '{folder}/stores.csv' CSV HEADER
    """.replace("        ", ""))
    assert server.sql("SELECT count(*) FROM sales").stdout == b"106139\n"
    yield server
    server.stop()


def advise(world, year, view):
    name = f"sales-{year}"
    world.mlr("snapshot", "-n", name, "--from", "env:WAREHOUSE", "--sql", f"SELECT * FROM {view}", *ROLES)
    world.mlr("restore", name)
    world.mlr(
        "run", "-n", f"advice-{year}", "-i", f"{name}.parquet", "-o", "advice.csv", "--",
        sys.executable, "train.py", f"{name}.parquet",
    )
    with open(world.folder / "advice.csv") as file:
        return {row["store"]: row["advice"] for row in csv.DictReader(file)}


def test_why_did_the_advice_change(project, warehouse):
    project.environment["WAREHOUSE"] = warehouse.address
    shutil.copy(EXAMPLE / "train.py", project.folder / "train.py")
    project.write(".gitignore", "*.parquet\nadvice.csv\n")
    project.git("add", "-A")
    project.git("commit", "-q", "-m", "advice")

    warehouse.sql((EXAMPLE / "sales_history_2021.sql").read_text())
    then = advise(project, 2021, "sales_history")
    assert len(then) == 83 and set(then.values()) == {"replace"}
    assert "same: " in project.mlr("check", "advice-2021").out

    warehouse.sql((EXAMPLE / "sales_history_2022.sql").read_text())
    now = advise(project, 2022, "product_sales")
    assert len(now) == 83
    assert 0.2 < sum(advice == "replace" for advice in now.values()) / 83 < 0.4

    # The view is gone, in the source's own words; the view of 2022 is there.
    gone = project.mlr("check", "advice-2021", "--json", expect=8).json["checks"][0]
    assert gone["verdict"] == "refused"
    assert 'relation "sales_history" does not exist' in gone["reason"]
    assert project.mlr("check", "advice-2022", "--json").json["same"]

    # Nothing but the data differs.
    diff = project.mlr("diff", "advice-2021", "advice-2022", "--json").json
    assert diff["code"]["same"] and diff["params"] == [] and diff["environment"] == []
    assert {item["path"] for item in diff["inputs"]} == {"sales-2021.parquet", "sales-2022.parquet"}
    metrics = {item["key"]: (item["a"], item["b"]) for item in diff["metrics"]}
    assert metrics["replace_share"][0] == 1.0 and metrics["replace_share"][1] < 0.4

    # What the rows were, with the columns that no model saw.
    tables = project.mlr("diff", "sales-2021", "sales-2022", "--tables", "--json").json["inputs"][0]["tables"]
    drift = {column["column"]: column["drift"] for column in tables[0]["columns"]}
    assert drift["price"] and drift["rival_price"] and drift["price_unit"] and drift["week"]
    answer = project.mlr(
        "query", "--json",
        "SELECT price_unit, CAST(round(avg(price)) AS INT) AS price FROM snap('sales-2021') GROUP BY ALL UNION ALL "
        "SELECT price_unit, CAST(round(avg(price)) AS INT) FROM snap('advice-2022:sales-2022.parquet') GROUP BY ALL ORDER BY 1",
    ).json
    assert answer["rows"] == [["cents", 230], ["dollars", 2]]
    shown = project.mlr("show", "advice-2021:sales-2021.parquet").out
    for word in ("SELECT * FROM sales_history", warehouse.public_address, "price_unit", "inspection", "numeric", "target"):
        assert word in shown

    # The rows of 2021 still give the answer of 2021.
    (project.folder / "sales-2021.parquet").unlink()
    judged = project.mlr("reproduce", "advice-2021", "--json").json
    assert judged["verdict"] == "reproduced"
