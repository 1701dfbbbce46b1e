"""When people took a job's images back, and who did."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the columns, empty: until now nothing could be deleted."""
    op.add_column("jobs", sa.Column("deleted_at", sa.BigInteger))
    op.add_column("jobs", sa.Column("deleted_by", _TEXT))


def downgrade() -> None:
    """Drop the columns."""
    for name in ("deleted_at", "deleted_by"):
        op.drop_column("jobs", name)
