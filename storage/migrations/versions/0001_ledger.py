"""The ledger of jobs, the gate, and the models that cool down."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.String().with_variant(sa.String(collation="C"), "postgresql")

_INDEXES = {
    "jobs_of_user": ["user_id", "created_at", "id"],
    "jobs_by_status": ["status", "user_id", "id"],
    "jobs_to_tell": ["told", "status"],
    "jobs_of_owner": ["owner"],
    "jobs_by_time": ["created_at"],
    "jobs_of_model": ["status", "model", "ended_at"],
    "jobs_by_end": ["status", "ended_at"],
}


def upgrade() -> None:
    """Make the tables, and the gate's one row."""
    op.create_table("jobs", *_asked(), *_done())
    op.create_index("jobs_key", "jobs", ["key"], unique=True)
    for name, columns in _INDEXES.items():
        op.create_index(name, "jobs", columns)
    gate = op.create_table(
        "gate",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("paused_until", sa.BigInteger),
        sa.Column("out_of_order", sa.String),
    )
    op.create_table(
        "cooldowns",
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(gate, [{"id": 1}])


def downgrade() -> None:
    """Drop everything."""
    for name in ("cooldowns", "gate", "jobs"):
        op.drop_table(name)


def _asked() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", _ID, primary_key=True),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("user_id", sa.String, nullable=False),
        sa.Column("user_name", sa.Text, nullable=False),
        sa.Column("user_admin", sa.Boolean, nullable=False),
        sa.Column("conversation_id", sa.String, nullable=False),
        sa.Column("conversation_name", sa.Text, nullable=False),
        sa.Column("platform", sa.String, nullable=False),
        sa.Column("place", sa.JSON, nullable=False),
        sa.Column("tokens", sa.JSON, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("locale", sa.String, nullable=False),
        sa.Column("parent", sa.String),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("size", sa.Text),
        sa.Column("quality", sa.Text),
        sa.Column("style", sa.Text),
        sa.Column("background", sa.Text),
        sa.Column("output_format", sa.Text),
    )


def _done() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("status", sa.String, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("images", sa.JSON, nullable=False),
        sa.Column("images_made", sa.Integer, nullable=False),
        sa.Column("revised_prompt", sa.Text, nullable=False),
        sa.Column("fault", sa.String),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("owner", sa.String),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("not_before", sa.BigInteger, nullable=False),
        sa.Column("deliveries", sa.Integer, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
    )
