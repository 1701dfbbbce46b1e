"""Whether the asker was told, by a message of its own, that the images are ready."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, empty in every row from before."""
    op.add_column("jobs", sa.Column("announced", sa.Boolean))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("jobs", "announced")
