"""In which community and channel a job was asked for, as far as the rows from before can tell."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_COLUMNS = ("community", "channel", "parent_channel")

# An empty text: the job has no community or channel. NULL: not known, as of a server when the message had moved to a
# direct one, and of threads. A place that can't be read stays as it is: the bot sets such a row aside.
_FILLING = (
    """
    UPDATE jobs
    SET community = CASE
            WHEN {guild} <> '' THEN 'discord:' || {guild}
            WHEN {guild} = '' AND coalesce({moved}, '') = '' THEN ''
        END,
        channel = CASE WHEN conversation_id <> 'discord:None' THEN conversation_id ELSE '' END
    WHERE platform = 'discord'
    """,
    """
    UPDATE jobs
    SET community = CASE WHEN {team} <> '' THEN 'slack:' || {team} ELSE '' END,
        channel = CASE
            WHEN conversation_id = 'slack:' || {team} || ':' THEN ''
            ELSE 'slack:' || substr(conversation_id, length('slack:' || {team} || ':') + 1)
        END,
        parent_channel = ''
    WHERE platform = 'slack' AND {team} IS NOT NULL
    """,
    "UPDATE jobs SET community = '', channel = '', parent_channel = '' WHERE platform = 'web'",
)
_PART = {
    "sqlite": "CASE WHEN json_valid(place) THEN json_extract(place, '$.{}') END",
    "postgresql": "(place ->> '{}')",
}


def upgrade() -> None:
    """Add the columns, and fill them."""
    for name in _COLUMNS:
        op.add_column("jobs", sa.Column(name, _TEXT))
    part = _PART[op.get_context().dialect.name]
    parts = {name: part.format(name) for name in ("guild", "moved", "team")}
    for statement in _FILLING:
        op.execute(statement.format(**parts))


def downgrade() -> None:
    """Drop the columns."""
    for name in _COLUMNS:
        op.drop_column("jobs", name)
