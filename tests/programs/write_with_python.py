"""Write the people with pandas, DuckDB, Spark and as Oracle's tools do, in the way each does it by itself.

Run in an environment of its own with pandas, openpyxl, duckdb, pyarrow and pyspark (which needs Java 17):
python tests/programs/write_with_python.py FOLDER
"""

import csv
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from people import HEADER, people


def pandas(folder):
    import pandas as pd

    frame = pd.DataFrame(people(), columns=list(HEADER))
    frame["出生日期"] = pd.to_datetime(frame["出生日期"])
    frame.to_csv(folder / "pandas_with_index.csv")
    frame.to_csv(folder / "pandas_gb18030.csv", index=False, encoding="gb18030")
    frame.to_excel(folder / "pandas.xlsx", index=False)
    frame.to_parquet(folder / "pandas.parquet")
    return frame


def duckdb(folder, frame):
    import duckdb

    with duckdb.connect() as con:
        con.register("frame", frame)
        con.execute("create table people as select * replace (出生日期::date as 出生日期) from frame")
        con.execute(f"copy people to '{folder}/duckdb.csv'")
        con.execute(f"copy people to '{folder}/duckdb.csv.gz'")
        con.execute(f"copy people to '{folder}/duckdb.parquet'")


def spark(folder):
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as f

    session = (
        SparkSession.builder.master("local[1]").config("spark.sql.session.timeZone", "Asia/Shanghai")
        .config("spark.ui.enabled", "false").config("spark.driver.extraJavaOptions", "-Duser.timezone=Asia/Shanghai").getOrCreate()
    )  # fmt: skip
    schema = ", ".join(f"`{name}` {KINDS.get(name, 'string')}" for name in HEADER)
    rows = [tuple(row[name] for name in HEADER) for row in people()]
    frame = session.createDataFrame(rows, schema).coalesce(1)
    moments = frame.withColumn("出生日期", f.to_timestamp(f.col("出生日期")))
    for name, content, kind in (
        ("spark_dates", frame, "INT96"),
        ("spark_int96", moments, "INT96"),
        ("spark_micros", moments, "TIMESTAMP_MICROS"),
    ):
        session.conf.set("spark.sql.parquet.outputTimestampType", kind)
        session.conf.set("spark.sql.parquet.int96RebaseModeInWrite", "CORRECTED")
        content.write.mode("overwrite").parquet(str(folder / name))
        (part,) = (folder / name).glob("*.parquet")
        shutil.move(part, folder / f"{name}.snappy.parquet")
        shutil.rmtree(folder / name)
    session.stop()


KINDS = {"性别": "int", "出生日期": "date", "迁入日期": "timestamp"}


def oracle(folder):
    """Not by Oracle itself, which is not free to fetch: as SQL*Plus (SET MARKUP CSV ON QUOTE ON) and SQL Developer write.

    The first with NLS_DATE_FORMAT 'YYYY-MM-DD HH24:MI:SS', spooled with feedback off: an empty line, names in capitals and
    quotes, numbers bare. The others enclose everything and write NULL; the last has the default form of dates, 21-NOV-55.
    """
    names = {"性别": "AAC004", "姓名": "AAC003", "公民身份号码": "AAC147", "出生日期": "AAC006"}
    with (folder / "oracle_sqlplus.csv").open("w", encoding="gb18030", newline="") as out:
        out.write("\r\n" + ",".join(f'"{names.get(name, name)}"' for name in HEADER) + "\r\n")
        for row in people():
            out.write(",".join(_sqlplus(row[name]) for name in HEADER) + "\r\n")
    for name, form in (("oracle_sqldeveloper", "%Y-%m-%d"), ("oracle_two_digit_years", "%d-%b-%y")):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, quoting=csv.QUOTE_ALL)
            writer.writerow(HEADER)
            writer.writerows([_sqldeveloper(row[name], form) for name in HEADER] for row in people())


def _sqldeveloper(value, form):
    if value is None:
        return "NULL"
    return value.strftime(form).upper() if hasattr(value, "strftime") else value


def _sqlplus(value):
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    text = f"{value:%Y-%m-%d} 00:00:00" if hasattr(value, "strftime") else value
    return '"' + text.replace('"', '""') + '"'


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    frame = pandas(folder)
    duckdb(folder, frame)
    oracle(folder)
    spark(folder)


main(Path(sys.argv[1]).resolve())
