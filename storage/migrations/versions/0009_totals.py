"""What jobs count for, by person and span of time: `totals`, which triggers keep, filled from the ledger."""

from collections.abc import Collection, Iterator, Mapping

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_COUNTS = ("used", "reserved", "doubt", "billed")
_READ = ("status", "fault", "n", "images_made", "images_sent", "asked_model")
_FOUND_BY = ("user_id", "created_at")
_EVERYBODY = "'*'"
_MICROSECONDS = {15: 15 * 60_000_000, 24 * 60: 24 * 60 * 60_000_000}
"""How long each span is, by its minutes."""

# The tables of `bot.core.rules.lifecycle` at the time of this migration; `tests/storage/ledger/test_totals.py` compares
# them. A release that changes them, or adds a fault, replaces the triggers and counts again.
_WITH_IMAGES = ("delivering", "delivered", "undelivered")
_FREE = (
    "content_policy", "bad_request", "bad_picture", "too_large", "auth", "forbidden", "blocked", "balance",
    "rate_limit", "model_unavailable", "not_offered", "no_images", "busy", "gateway", "misconfigured",
    "not_connected", "absence",
)  # fmt: skip
_CERTAIN = (*_FREE, "empty", "violation_fee")


def upgrade() -> None:
    """Create the table, have every statement that changes a job change it too, and fill it."""
    op.create_table(
        "totals",
        sa.Column("scope", _TEXT, primary_key=True),
        sa.Column("minutes", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("span", sa.BigInteger, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.BigInteger, nullable=False, server_default="0") for name in _COUNTS),
        sqlite_with_rowid=False,
    )
    on_postgres = op.get_bind().dialect.name == "postgresql"
    for statement in (*(_postgres() if on_postgres else _sqlite()), *_filling()):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Drop the triggers and the table."""
    on_postgres = op.get_bind().dialect.name == "postgresql"
    for name in ("jobs_came", "jobs_changed", "jobs_moved", "jobs_went"):
        op.execute(f"DROP TRIGGER {name} ON jobs" if on_postgres else f"DROP TRIGGER {name}")
    if on_postgres:
        op.execute("DROP FUNCTION keep_totals()")
    op.drop_table("totals")


def _counts(row: str) -> Mapping[str, str]:
    """Return what a job counts for, as expressions of a row's columns, in the order of `_COUNTS`.

    Each names all statuses that it is about: for a longer list after IN, SQLite builds a table at each evaluation.
    """
    asked, made, sent = f"{row}.n", f"{row}.images_made", f"coalesce({row}.images_sent, {row}.n)"
    free, certain = (f"{row}.fault IS NULL OR {row}.fault IN {_listed(faults)}" for faults in (_FREE, _CERTAIN))
    missing = f"CASE WHEN {certain} OR {sent} < {made} THEN 0 ELSE {sent} - {made} END"
    billed = dict.fromkeys(_WITH_IMAGES, f"CASE WHEN {free} THEN {made} ELSE {sent} END")
    billed |= {"failed": f"CASE WHEN {free} THEN 0 ELSE {sent} END", "cancelled": "0", "stopped": sent, "unknown": sent}
    by_status = {
        "used": ({**dict.fromkeys(_WITH_IMAGES, made), "stopped": sent}, "0"),
        "reserved": ({"queued": asked, "generating": asked}, "0"),
        "doubt": ({**dict.fromkeys(_WITH_IMAGES, missing), "unknown": sent}, "0"),
        "billed": (billed, asked),  # also of a status that only a newer release knows
    }
    test = f"coalesce({row}.asked_model, '') LIKE 'test picture: %'"
    return {
        name: f"CASE WHEN {test} THEN 0 ELSE {_case(f'{row}.status', cases, otherwise)} END"
        for name, (cases, otherwise) in by_status.items()
    }


def _case(subject: str, cases: Mapping[str, str], otherwise: str) -> str:
    whens = " ".join(f"WHEN '{word}' THEN {then}" for word, then in cases.items())
    return f"CASE {subject} {whens} ELSE {otherwise} END"


def _listed(words: Collection[str]) -> str:
    return "('" + "', '".join(words) + "')"


def _adding(row: str, changes: Mapping[str, str]) -> str:
    """Return the statement that adds changes to the totals that a row belongs to, unless all are zero.

    Always in the same order, since each total is locked until the transaction ends.
    """
    spans = " UNION ALL ".join(
        f"SELECT {minutes} AS minutes, {long} AS long" for minutes, long in _MICROSECONDS.items()
    )
    # LIMIT keeps SQLite from evaluating the changes once for each total.
    changed = f"SELECT {', '.join(f'{change} AS {name}' for name, change in changes.items())} LIMIT 1"
    return (
        f"INSERT INTO totals SELECT scope, minutes, {row}.created_at / long, {', '.join(_COUNTS)}"
        f" FROM ({changed}) AS changed"
        f" CROSS JOIN (SELECT {_EVERYBODY} AS scope UNION ALL SELECT {row}.user_id) AS scopes"
        f" CROSS JOIN ({spans}) AS spans"
        f" WHERE {' OR '.join(f'{name} <> 0' for name in _COUNTS)} ORDER BY scope, minutes"
        f" ON CONFLICT (scope, minutes, span) DO UPDATE SET"
        f" {', '.join(f'{name} = totals.{name} + excluded.{name}' for name in _COUNTS)}"
    )


def _sqlite() -> Iterator[str]:
    come, gone, difference = _statements()
    moved, changed = (_differ(columns, "IS NOT") for columns in (_FOUND_BY, _READ))
    yield f"CREATE TRIGGER jobs_came AFTER INSERT ON jobs BEGIN {come}; END"
    yield f"CREATE TRIGGER jobs_went AFTER DELETE ON jobs BEGIN {gone}; END"
    yield (
        f"CREATE TRIGGER jobs_changed AFTER UPDATE OF {', '.join(_READ)} ON jobs"
        f" WHEN NOT ({moved}) AND ({changed}) BEGIN {difference}; END"
    )
    yield (
        f"CREATE TRIGGER jobs_moved AFTER UPDATE OF {', '.join(_FOUND_BY)} ON jobs WHEN {moved}"
        f" BEGIN {gone}; {come}; END"
    )


def _postgres() -> Iterator[str]:
    come, gone, difference = _statements()
    moved, changed = (_differ(columns, "IS DISTINCT FROM") for columns in (_FOUND_BY, _READ))
    yield (
        "CREATE FUNCTION keep_totals() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$ BEGIN"
        f" IF TG_NAME = 'jobs_came' THEN {come}; ELSIF TG_NAME = 'jobs_went' THEN {gone};"
        f" ELSIF TG_NAME = 'jobs_moved' THEN {gone}; {come}; ELSE {difference}; END IF; RETURN NULL; END $$"
    )
    for name, when in {
        "jobs_came": "INSERT ON jobs",
        "jobs_went": "DELETE ON jobs",
        "jobs_changed": f"UPDATE OF {', '.join(_READ)} ON jobs",
        "jobs_moved": f"UPDATE OF {', '.join(_FOUND_BY)} ON jobs",
    }.items():
        only = {"jobs_changed": f" WHEN (NOT ({moved}) AND ({changed}))", "jobs_moved": f" WHEN ({moved})"}.get(
            name, ""
        )
        yield f"CREATE TRIGGER {name} AFTER {when} FOR EACH ROW{only} EXECUTE FUNCTION keep_totals()"


def _statements() -> tuple[str, str, str]:
    """Return what to do for a row that came, one that is gone, and one that changed."""
    new, old = _counts("NEW"), _counts("OLD")
    return (
        _adding("NEW", new),
        _adding("OLD", {name: f"-({old[name]})" for name in _COUNTS}),
        _adding("NEW", {name: f"({new[name]}) - ({old[name]})" for name in _COUNTS}),
    )


def _differ(columns: Collection[str], operator: str) -> str:
    return " OR ".join(f"NEW.{name} {operator} OLD.{name}" for name in columns)


def _filling() -> Iterator[str]:
    """Return the statements that count the ledger: only the first one reads the jobs."""
    counts = _counts("jobs")
    sums = [f"sum({counts[name]})" for name in _COUNTS]
    (short, microseconds), (long, _) = _MICROSECONDS.items()
    again = ", ".join(f"sum({name})" for name in _COUNTS)
    yield (
        f"INSERT INTO totals SELECT user_id, {short}, created_at / {microseconds}, {', '.join(sums)}"
        f" FROM jobs GROUP BY 1, 3 HAVING {' OR '.join(f'{each} <> 0' for each in sums)}"
    )
    yield f"INSERT INTO totals SELECT scope, {long}, span / {long // short}, {again} FROM totals GROUP BY 1, 3"
    yield f"INSERT INTO totals SELECT {_EVERYBODY}, minutes, span, {again} FROM totals GROUP BY 2, 3"
