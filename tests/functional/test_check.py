# SPDX-License-Identifier: Apache-2.0
"""check: does the source of a query's snapshot still say the same?"""

import sqlite3

import pytest


@pytest.fixture
def shop(bare):
    with sqlite3.connect(bare.folder / "shop.db") as database:
        database.execute("CREATE TABLE sales (store INTEGER, week INTEGER, price REAL, brand TEXT)")
        database.executemany(
            "INSERT INTO sales VALUES (?,?,?,?)",
            [(store, week, 1 + (store * 7 + week * 3) % 20 / 10, "abc"[week % 3]) for store in range(50) for week in range(40)],
        )
    database.close()
    bare.mlr("snapshot", "--sql", "SELECT * FROM sales", "--from", "sqlite:shop.db", "-n", "sales", "--features", "price",
             "--order-by", "week,store")
    return bare


def change(world, *statements):
    with sqlite3.connect(world.folder / "shop.db") as database:
        for statement in statements:
            database.execute(statement)
    database.close()


def checked(world, *words, expect):
    return world.mlr("check", *words, "--json", expect=expect).json


def test_the_same_rows_in_another_order_are_the_same(shop):
    assert "same: the query still returns these 2000 rows" in shop.mlr("check", "sales").out.replace(",", "")
    change(shop, "CREATE TABLE other AS SELECT * FROM sales", "DELETE FROM sales", "INSERT INTO sales SELECT * FROM other ORDER BY random()")
    answer = checked(shop, "sales", expect=0)
    assert (answer["schema"], answer["same"], answer["reference"]) == ("mlrepro.check/1", True, "sales")
    one = answer["checks"][0]
    assert (one["verdict"], one["reason"]) == ("same", None)
    assert (one["rows"]["then"], one["rows"]["now"]) == (2000, 2000)
    assert one["rows"]["diff"] is None or one["rows"]["diff"]["same"]
    before = shop.mlr("list", "snapshots", "--json").json
    shop.mlr("check", "sales")
    assert shop.mlr("list", "snapshots", "--json").json == before, "nothing is recorded"


def test_rows_that_changed(shop):
    change(shop, "DELETE FROM sales WHERE store = 3", "UPDATE sales SET price = 9 WHERE store = 4 AND week < 2",
           "INSERT INTO sales VALUES (99, 1, 5, 'z')")
    one = checked(shop, "sales", expect=1)["checks"][0]
    assert one["verdict"] == "differs"
    assert (one["rows"]["then"], one["rows"]["now"]) == (2000, 1961)
    counts = one["rows"]["diff"]["counts"]
    assert (counts["removed"], counts["added"], counts["changed"]) == (42, 3, 0)
    counts = checked(shop, "sales", "--key", "store,week", expect=1)["checks"][0]["rows"]["diff"]["counts"]
    assert (counts["removed"], counts["added"], counts["changed"]) == (40, 1, 2)
    text = shop.mlr("check", "sales", "--key", "store,week", expect=1).out
    assert "differs: the query now returns" in text and "price" in text
    refused = shop.mlr("check", "sales", "--key", "shop", expect=2).err
    assert "no such column" in refused or "'store'" in refused


def test_distributions_that_moved(shop):
    change(shop, "UPDATE sales SET price = price * 100")
    one = checked(shop, "sales", expect=1)["checks"][0]
    drift = {column["column"]: column["drift"] for column in one["drift"]["columns"]}
    assert drift["price"] is True and drift["brand"] is False
    assert "price" in shop.mlr("check", "sales", expect=1).out


def test_columns_that_changed(shop):
    change(shop, "ALTER TABLE sales DROP COLUMN brand", "ALTER TABLE sales ADD COLUMN city TEXT",
           "UPDATE sales SET price = 'dear' WHERE store = 1")
    one = checked(shop, "sales", expect=1)["checks"][0]
    assert [column["name"] for column in one["columns"]["removed"]] == ["brand"]
    assert [column["name"] for column in one["columns"]["added"]] == ["city"]
    assert [(column["name"], column["then"]["type"], column["now"]["type"]) for column in one["columns"]["retyped"]] == [
        ("price", "DOUBLE", "VARCHAR")
    ]
    text = shop.mlr("check", "sales", expect=1).out
    assert "removed" in text and "retyped" in text


def test_a_column_to_sort_by_that_has_gone(shop):
    """The order is our own affair: what is to be said is that the column has gone."""
    change(shop, "ALTER TABLE sales DROP COLUMN week")
    one = checked(shop, "sales", expect=1)["checks"][0]
    assert (one["verdict"], one["rows"]["now"]) == ("differs", 2000)
    assert [column["name"] for column in one["columns"]["removed"]] == ["week"]


def test_another_kind_of_source(shop):
    """Whose names of types are others: rows decide, and kinds of values."""
    with sqlite3.connect(shop.folder / "shop.db") as database:
        rows = database.execute("SELECT * FROM sales ORDER BY random()").fetchall()
    shop.write("new/sales.csv", "store,week,price,brand\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
    one = checked(shop, "sales", "--from", "new/sales.csv", expect=0)["checks"][0]
    assert (one["verdict"], one["columns"]["retyped"]) == ("same", [])
    assert "same: the query still returns these 2000 rows" in shop.mlr("check", "sales", "--from", "new/sales.csv").out.replace(",", "")
    shop.write("new/sales.csv", "store,week,price,brand\n" + "".join(",".join(map(str, row)) + "\n" for row in rows[1:]))
    one = checked(shop, "sales", "--from", "new/sales.csv", expect=1)["checks"][0]
    assert one["rows"]["diff"]["counts"]["removed"] == 1 and one["columns"]["retyped"] == []
    shop.write("new/sales.csv", "store,week,price,brand\nx,1,2,a\n")
    one = checked(shop, "sales", "--from", "new/sales.csv", expect=1)["checks"][0]
    assert [column["name"] for column in one["columns"]["retyped"]] == ["store"]
    shop.write("new/sales.csv", "store,week,price,brand\n1,2\n")
    one = checked(shop, "sales", "--from", "new/sales.csv", expect=8)["checks"][0]
    assert (one["verdict"], one["reason"]) == (
        "refused", "source 'file:new/sales.csv': line 2: 2 cells where the header has 4")


def test_columns_that_are_only_declared_otherwise(shop):
    change(shop, "CREATE TABLE other (store BIGINT, week INTEGER, price REAL, brand TEXT)", "INSERT INTO other SELECT * FROM sales",
           "DROP TABLE sales", "ALTER TABLE other RENAME TO sales")
    one = checked(shop, "sales", expect=1)["checks"][0]
    assert [(column["name"], column["now"]["source_type"]) for column in one["columns"]["retyped"]] == [("store", "BIGINT")]
    assert "still returns these 2000 rows, in columns of other types" in shop.mlr("check", "sales", expect=1).out.replace("2,000", "2000")


def test_a_recorded_query_that_writes(shop):
    """Records come from others, too: what they ask must pass for a query like one that is typed."""
    store = shop.folder / ".mlrepro/mlrepro.db"
    for sql, reason in (("SELECT store FROM sales; DELETE FROM sales", "more than one statement"),
                        ("DELETE FROM sales", "begins with 'DELETE'")):
        with sqlite3.connect(store) as database:
            assert database.execute("UPDATE dataset_entries SET source_query = ? WHERE source_query IS NOT NULL", (sql,)).rowcount == 1
        database.close()
        one = checked(shop, "sales", expect=8)["checks"][0]
        assert one["verdict"] == "refused"
        assert one["reason"].startswith("the recorded query was not asked: ") and reason in one["reason"]
    with sqlite3.connect(shop.folder / "shop.db") as database:
        assert database.execute("SELECT count(*) FROM sales").fetchone() == (2000,)


def test_a_query_that_looks_as_if_it_had_held_secrets(shop):
    sql = "SELECT store, 'a token=' AS word FROM sales WHERE '***' <> brand ORDER BY 1"
    shop.mlr("snapshot", "--sql", sql, "--from", "sqlite:shop.db", "-n", "innocent")
    assert checked(shop, "innocent", expect=0)["checks"][0]["verdict"] == "same"


def test_a_view_that_has_vanished(shop):
    change(shop, "DROP TABLE sales")
    one = checked(shop, "sales", expect=8)["checks"][0]
    assert one["verdict"] == "refused"
    assert one["reason"] == "source 'sqlite:shop.db': no such table: sales"
    assert "refused: source 'sqlite:shop.db': no such table: sales" in shop.mlr("check", "sales", expect=8).out
    (shop.folder / "shop.db").unlink()
    one = checked(shop, "sales", expect=8)["checks"][0]
    assert one["verdict"] == "unreachable"
    assert "No such file" in one["reason"]


def test_another_place_to_ask(shop):
    (shop.folder / "shop.db").rename(shop.folder / "moved.db")
    assert checked(shop, "sales", "--from", "sqlite:moved.db", expect=0)["checks"][0]["now"]["uri"] == "sqlite:moved.db"
    (shop.folder / "sub").mkdir()
    shop.mlr("check", "sales", "--from", "sqlite:../moved.db", cwd=shop.folder / "sub")
    assert "asked now: sqlite:moved.db" in shop.mlr("check", "sales", "--from", "env:SHOP", env={"SHOP": "sqlite:moved.db"}).out


def test_all_inputs_of_a_run(shop):
    shop.mlr("snapshot", "--sql", "SELECT DISTINCT store FROM sales", "--from", "sqlite:shop.db", "-n", "stores")
    shop.write("plain.txt", "no query\n")
    shop.mlr("restore", "sales")
    shop.mlr("restore", "stores")
    shop.mlr("run", "-n", "train", "-i", "sales.parquet", "-i", "stores.parquet", "-i", "plain.txt", "--", "true")
    assert [one["path"] for one in checked(shop, "train", expect=0)["checks"]] == ["sales.parquet", "stores.parquet"]
    change(shop, "DELETE FROM sales WHERE week = 0")
    answer = checked(shop, "train", expect=1)
    assert [one["verdict"] for one in answer["checks"]] == ["differs", "same"]
    assert checked(shop, "train:stores.parquet", expect=0)["same"]
    shop.mlr("run", "-n", "none", "-i", "plain.txt", "--", "true")
    assert "no query returned it" in shop.mlr("check", "none", expect=2).err
    shop.mlr("snapshot", "plain.txt")
    assert "no query returned it" in shop.mlr("check", "plain.txt", expect=2).err
    assert shop.mlr("check", "nothing", expect=3)


def test_rules_let_rows_change(shop):
    """Other rows pass while no limit is exceeded; without a rule for the table, every difference counts."""
    change(shop, "UPDATE sales SET price = price + 0.001 WHERE store < 5", "INSERT INTO sales VALUES (50, 1, 2.0, 'b')")
    checked(shop, "sales", expect=1)
    rules = shop.write("rules.toml", "[[drift]]\npath = 'sales.parquet'\npsi = 0.1\n")
    one = checked(shop, "sales", "--thresholds", rules, expect=0)
    assert one["same"] is False
    [one] = one["checks"]
    assert one["verdict"] == "within_rules" and one["drift"]["thresholds"] and not one["drift"]["drift"]
    assert one["rows"]["diff"]["counts"]["added"] > 0
    assert "within the rules: the query now returns" in shop.mlr("check", "sales", "--thresholds", rules).out
    other = shop.write("other.toml", "[[drift]]\npath = 'stores.parquet'\npsi = 0.1\n")
    assert checked(shop, "sales", "--thresholds", other, expect=1)["checks"][0]["verdict"] == "differs"
    # mlrepro.toml says it once and for all.
    shop.write("mlrepro.toml", "[[drift]]\nks = 0.2\npsi = 0.1\n")
    checked(shop, "sales", expect=0)
    change(shop, "UPDATE sales SET price = price * 3")
    one = checked(shop, "sales", expect=1)["checks"][0]
    assert one["verdict"] == "differs" and one["drift"]["columns"][0]["exceeded"]


def test_rules_and_columns_and_no_rows_at_all(shop):
    rules = shop.write("rules.toml", "[[drift]]\npsi = 0.1\n")
    change(shop, "ALTER TABLE sales ADD COLUMN city TEXT")
    assert checked(shop, "sales", "--thresholds", rules, expect=0)["checks"][0]["verdict"] == "within_rules"
    strict = shop.write("strict.toml", "[[drift]]\npsi = 0.1\nschema = true\n")
    one = checked(shop, "sales", "--thresholds", strict, expect=1)["checks"][0]
    assert [item["measure"] for item in one["drift"]["exceeded"]] == ["schema"]
    change(shop, "DELETE FROM sales")
    assert checked(shop, "sales", "--thresholds", rules, expect=1)["checks"][0]["verdict"] == "differs"
    shop.mlr("check", "sales", "--thresholds", "none.toml", expect=3)
