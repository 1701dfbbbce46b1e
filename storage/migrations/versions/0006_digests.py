"""The SHA-256 of each stored image, by its key. Beside `images`: releases before read no further fields there."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, empty in every row from before."""
    op.add_column("jobs", sa.Column("digests", sa.JSON))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("jobs", "digests")
