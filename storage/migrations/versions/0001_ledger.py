"""The ledger of jobs, the gate, and the models that cool down."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

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
    """Create the tables, and the gate's one row."""
    op.create_table("jobs", *_asked(), *_done())
    op.create_index("jobs_key", "jobs", ["key"], unique=True)
    for name, columns in _INDEXES.items():
        op.create_index(name, "jobs", columns)
    gate = op.create_table(
        "gate",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("paused_until", sa.BigInteger),
        sa.Column("out_of_order", _TEXT),
    )
    op.create_table(
        "cooldowns",
        sa.Column("model", _TEXT, primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(gate, [{"id": 1}])


def downgrade() -> None:
    """Drop the tables."""
    for name in ("cooldowns", "gate", "jobs"):
        op.drop_table(name)


def _asked() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", _TEXT, primary_key=True),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("user_id", _TEXT, nullable=False),
        sa.Column("user_name", _TEXT, nullable=False),
        sa.Column("user_admin", sa.Boolean, nullable=False),
        sa.Column("conversation_id", _TEXT, nullable=False),
        sa.Column("conversation_name", _TEXT, nullable=False),
        sa.Column("platform", _TEXT, nullable=False),
        sa.Column("place", sa.JSON, nullable=False),
        sa.Column("tokens", sa.JSON, nullable=False),
        sa.Column("link", _TEXT, nullable=False),
        sa.Column("locale", _TEXT, nullable=False),
        sa.Column("parent", _TEXT),
        sa.Column("model", _TEXT, nullable=False),
        sa.Column("prompt", _TEXT, nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("size", _TEXT),
        sa.Column("quality", _TEXT),
        sa.Column("style", _TEXT),
        sa.Column("background", _TEXT),
        sa.Column("output_format", _TEXT),
    )


def _done() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("accepted_by", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("images", sa.JSON, nullable=False),
        sa.Column("images_made", sa.Integer, nullable=False),
        sa.Column("revised_prompt", _TEXT, nullable=False),
        sa.Column("fault", _TEXT),
        sa.Column("request_id", _TEXT, nullable=False),
        sa.Column("owner", _TEXT),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("not_before", sa.BigInteger, nullable=False),
        sa.Column("deliveries", sa.Integer, nullable=False),
        sa.Column("told", sa.Boolean, nullable=False),
    )
