"""Runs the conformance scenario with the Python connector, 4.x or 5.x.

Reads {"connect": {...}, "steps": [...]} from standard input and prints one JSON line per step. It judges
nothing: values, metadata and errors are written down in a canonical form for the test to compare.
"""

import datetime
import decimal
import hashlib
import json
import sys
import threading
import time

import snowflake.connector
from snowflake.connector.errors import Error

MAJOR = int(snowflake.connector.__version__.split(".")[0])
FIRST_ROWS = 3


def canonical(value):
    if value is None:
        return None
    kind = type(value).__name__
    if isinstance(value, (bytes, bytearray)):
        return f"{kind}:{bytes(value).hex()}"
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return f"{kind}:{value.isoformat()}"
    if isinstance(value, float):
        return f"{kind}:{value!r}"
    return f"{kind}:{value}"


def digest(rows):
    whole = hashlib.sha256()
    for row in rows:
        whole.update(json.dumps([canonical(value) for value in row]).encode())
        whole.update(b"\n")
    return whole.hexdigest()


def columns(description):
    names = ("name", "type_code", "display_size", "internal_size", "precision", "scale", "is_nullable")
    return [{name: getattr(column, name, None) for name in names} for column in description or []]


def report_rows(cursor):
    rows = cursor.fetchall()
    return {
        "rows": len(rows),
        "rowcount": cursor.rowcount,
        "digest": digest(rows),
        "first": [[canonical(value) for value in row] for row in rows[:FIRST_ROWS]],
        "columns": columns(cursor.description),
    }


def plain_column(column):
    """Values of an Arrow column; moments as their integer, because Python's own have no nanoseconds."""
    if str(column.type).startswith(("timestamp", "time64")):
        return [scalar.value for scalar in column]
    return column.to_pylist()


def report_error(error):
    # Query ids and the like are different in every run.
    return {
        "class": type(error).__name__,
        "code": None if getattr(error, "errno", None) is None else str(error.errno).zfill(6),
        "sqlState": getattr(error, "sqlstate", None),
        # Whether the driver adds its own words before the server's is a race inside the driver.
        "message": str(getattr(error, "raw_msg", None) or error).split("received from the server: ")[-1],
    }


def bind_value(bind):
    kind = bind["as"]
    if kind == "null":
        return None
    if kind == "boolean":
        return bind["value"]
    text = bind["text"]
    return {
        "int": lambda: int(text),
        "float": lambda: float(text),
        "text": lambda: text,
        "decimal": lambda: decimal.Decimal(text),
        "binary": lambda: bytes.fromhex(text),
        "date": lambda: datetime.date.fromisoformat(text),
        "time": lambda: datetime.time.fromisoformat(text),
        "timestamp": lambda: datetime.datetime.fromisoformat(text),
        "timestampTz": lambda: datetime.datetime.fromisoformat(text),
    }[kind]()


class Run:
    def __init__(self, connect):
        self.settings = connect
        self.connection = None
        self.format = None

    def open(self, **more):
        base = self.settings["base"] | {"paramstyle": "qmark"} | more
        if MAJOR < 5:
            base["disable_ocsp_checks"] = True
        return snowflake.connector.connect(**base)

    def main(self):
        if self.connection is None:
            self.connection = self.open(**self.settings["password"])
        return self.connection

    def use_format(self, wanted):
        if wanted is None or wanted == self.format:
            return
        self.main().cursor().execute(f"alter session set python_connector_query_result_format = '{wanted}'")
        self.format = wanted

    def connect(self, step):
        connection = self.open(**self.settings[step["method"]])
        try:
            return report_rows(connection.cursor().execute("select 1"))
        finally:
            connection.close()

    def refuse(self, step):
        self.open(**(self.settings["password"] | {"password": "not-the-password"})).close()

    def query(self, step):
        self.use_format(step.get("format"))
        cursor = self.main().cursor()
        binds = [bind_value(bind) for bind in step["binds"]] if "binds" in step else None
        return report_rows(cursor.execute(step["sql"], binds))

    def arrowTable(self, step):
        self.use_format("ARROW")
        table = self.main().cursor().execute(step["sql"]).fetch_arrow_all(force_return_table=True)
        return {
            "rows": table.num_rows,
            "digest": digest(zip(*[plain_column(column) for column in table.columns])),
            "first": [[canonical(value) for value in row] for row in zip(*[plain_column(column)[:FIRST_ROWS] for column in table.columns])],
            "columns": [{"name": field.name, "type": str(field.type)} for field in table.schema],
        }

    def batch(self, step):
        cursor = self.main().cursor()
        cursor.executemany(step["sql"], [(100 + n, f"row {n}") for n in range(step["rows"])])
        return {"rowcount": cursor.rowcount}

    def multi(self, step):
        cursor = self.main().cursor()
        cursor.execute(step["sql"], num_statements=step["statements"])
        results = [report_rows(cursor)]
        while cursor.nextset():
            results.append(report_rows(cursor))
        return {"results": results}

    def cancel(self, step):
        main = self.main()
        cursor = main.cursor()
        started = time.monotonic()
        cursor.execute_async(step["sql"])
        query_id = cursor.sfqid
        accepted = main.cursor().abort_query(query_id)
        # The class of the error depends on whether the end is known when the result is asked for.
        while main.is_still_running(main.get_query_status(query_id)):
            time.sleep(0.05)
        other = main.cursor()
        try:
            other.get_results_from_sfqid(query_id)
            other.fetchall()
        except Error as error:
            raise Cancelled(error, accepted, time.monotonic() - started) from error
        return {"accepted": accepted}

    def timeout(self, step):
        return report_rows(self.main().cursor().execute(step["sql"], timeout=1))

    def describe(self, step):
        return {"columns": columns(self.main().cursor().describe(step["sql"]))}

    def run_async(self, step):
        main = self.main()
        cursor = main.cursor()
        cursor.execute_async(step["sql"])
        query_id = cursor.sfqid
        while main.is_still_running(main.get_query_status(query_id)):
            time.sleep(0.05)
        status = main.get_query_status(query_id).name
        cursor.get_results_from_sfqid(query_id)
        return report_rows(cursor) | {"status": status}

    def idle(self, step):
        connection = self.open(**self.settings["password"])
        try:
            connection.cursor().execute("select 1")
            time.sleep(step["seconds"])
            return report_rows(connection.cursor().execute("select 2"))
        finally:
            connection.close()

    def close(self, step):
        connection = self.open(**self.settings["password"])
        connection.cursor().execute("select 1")
        connection.close()
        connection.cursor().execute("select 1")


class Cancelled(Exception):
    """A cancelled statement's error, with what the driver said of the cancel."""

    def __init__(self, error, accepted, seconds):
        super().__init__(str(error))
        self.error = error
        self.accepted = accepted
        self.seconds = seconds


def perform(run, step):
    action = {"async": run.run_async}.get(step["do"]) or getattr(run, step["do"])
    started = time.monotonic()
    try:
        result = {"ok": True} | (action(step) or {})
    except Cancelled as cancelled:
        result = {"ok": False, "accepted": cancelled.accepted, "error": report_error(cancelled.error)}
    except Exception as error:  # noqa: BLE001 - whatever the driver raises is the observation
        result = {"ok": False, "error": report_error(error)}
    return {"step": step["step"], "ms": round((time.monotonic() - started) * 1000)} | result


def main():
    scenario = json.load(sys.stdin)
    run = Run(scenario["connect"])
    # A driver that never comes back must not hang the suite.
    watch = threading.Timer(scenario["limitSeconds"], lambda: sys.exit("conformance: out of time"))
    watch.daemon = True
    watch.start()
    for step in scenario["steps"]:
        print(json.dumps(perform(run, step)), flush=True)
    if run.connection is not None:
        run.connection.close()


main()
