"""What was asked for before it became a request, for how many images one was sent, and models that were refused."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the columns, empty in every row from before, and the table."""
    op.add_column("jobs", sa.Column("asked", sa.JSON))
    op.add_column("jobs", sa.Column("asked_model", _TEXT))
    op.add_column("jobs", sa.Column("model_named", sa.Boolean))
    op.add_column("jobs", sa.Column("images_sent", sa.Integer))
    op.create_table(
        "refused_models",
        sa.Column("model", _TEXT, primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("fault", _TEXT, nullable=False),
    )


def downgrade() -> None:
    """Drop the table and the columns."""
    op.drop_table("refused_models")
    for name in ("images_sent", "model_named", "asked_model", "asked"):
        op.drop_column("jobs", name)
