"""People: their names and languages as their platform gave them, and their own settings."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table. Only `id` has to be filled, so that every writer names what it is about."""
    op.create_table(
        "people",
        sa.Column("id", _TEXT, primary_key=True),
        sa.Column("name", _TEXT, nullable=False, server_default=""),
        sa.Column("locale", _TEXT, nullable=False, server_default=""),
        sa.Column("asked", sa.BigInteger),
        sa.Column("settings", sa.JSON, nullable=False, server_default="{}"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("people")
