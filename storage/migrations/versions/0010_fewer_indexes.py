"""Indexes of what is unfinished alone, instead of those that each change of a status was written to."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_DROPPED = {
    "jobs_by_status": ["status", "user_id", "id"],
    "jobs_to_tell": ["told", "status"],
    "jobs_of_owner": ["owner"],
    "jobs_of_model": ["status", "model", "ended_at"],
    "jobs_by_end": ["status", "ended_at"],
}
_UNFINISHED = (
    "status = 'delivering' OR status = 'generating' OR status = 'queued' OR told = {false} OR owner IS NOT NULL"
)
_OTHERS = "status NOT IN ('delivered', 'delivering', 'generating', 'queued')"


def upgrade() -> None:
    """Create the partial ones, then drop the others. The release before finds all that it asks for, only later."""
    false = "false" if op.get_bind().dialect.name == "postgresql" else "0"
    for name, columns, condition in (
        ("jobs_unfinished", "owner, status, user_id, id", _UNFINISHED.format(false=false)),
        ("jobs_delivered", "status, model, ended_at", "status = 'delivered'"),
        ("jobs_not_delivered", "status", _OTHERS),
    ):
        op.execute(f"CREATE INDEX {name} ON jobs ({columns}) WHERE {condition}")
    for name in _DROPPED:
        op.drop_index(name, "jobs")


def downgrade() -> None:
    """Create the full ones again, and drop the others."""
    for name, columns in _DROPPED.items():
        op.create_index(name, "jobs", columns)
    for name in ("jobs_unfinished", "jobs_delivered", "jobs_not_delivered"):
        op.drop_index(name, "jobs")
