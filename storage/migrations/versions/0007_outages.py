"""The gateway's failures in a row, which all processes count together."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the columns, empty: nothing is known of failures."""
    op.add_column("gate", sa.Column("failures", sa.Integer))
    op.add_column("gate", sa.Column("failing_since", sa.BigInteger))
    op.add_column("gate", sa.Column("failing_with", _TEXT))


def downgrade() -> None:
    """Drop the columns."""
    for name in ("failures", "failing_since", "failing_with"):
        op.drop_column("gate", name)
