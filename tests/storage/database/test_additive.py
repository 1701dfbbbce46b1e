"""Migrations only add, so that the release before goes on beside this one; and the check that says so can fail."""

import shutil
from pathlib import Path

import pytest

from tests.storage.additive import objections
from tests.support.process import ROOT

MIGRATIONS = ROOT / "storage" / "migrations"
ANOTHER = "9999"
HARMLESS = [
    'op.add_column("jobs", sa.Column("remark", sa.Text))',
    'op.add_column("jobs", sa.Column("remarks", sa.Integer, nullable=False, server_default="0"))',
    'op.create_table("another", sa.Column("name", sa.Text, nullable=False))',
    'op.create_index("another", "jobs", ["platform"])',
]
HARMFUL = {
    'op.drop_table("cooldowns")': "cooldowns is gone",
    'op.rename_table("cooldowns", "pauses")': "cooldowns is gone",
    'batch.drop_column("link")': "jobs.link is gone",
    'batch.alter_column("link", new_column_name="url")': "jobs.link is gone",
    'batch.alter_column("n", type_=sa.Text())': "jobs.n was INTEGER and is TEXT",
    'batch.alter_column("parent", nullable=False)': "jobs.parent may no longer be empty",
    'batch.add_column(sa.Column("remark", sa.Integer, nullable=False))': "jobs.remark is new and has to be filled",
    'batch.create_unique_constraint("once", ["conversation_id"])': "jobs refuses a row of the release before",
    'op.create_index("once", "jobs", ["conversation_id"], unique=True)': "jobs refuses a row of the release before",
    'batch.create_check_constraint("many", "n > 1")': "jobs refuses a row of the release before",
}


def test_the_migrations_only_add(tmp_path: Path) -> None:
    assert objections(MIGRATIONS, tmp_path / "ledger.db") == []


@pytest.mark.parametrize("change", HARMLESS)
def test_what_only_adds_is_let_through(tmp_path: Path, migrated_file: Path, change: str) -> None:
    assert objections_to(change, tmp_path, migrated_file) == []


@pytest.mark.parametrize("change", HARMFUL)
def test_what_breaks_the_release_before_is_found(tmp_path: Path, migrated_file: Path, change: str) -> None:
    found = objections_to(change, tmp_path, migrated_file)
    assert found
    assert found[0].startswith(HARMFUL[change])


def objections_to(change: str, folder: Path, migrated_file: Path) -> list[str]:
    """Add a migration that makes this change, and give what is said of it: all before it were run already."""
    shutil.copy(migrated_file, folder / "ledger.db")
    found = objections(with_another(change, folder), folder / "ledger.db")
    return [said.removeprefix(f"{ANOTHER}: ") for said in found if said.startswith(ANOTHER)]


def with_another(change: str, folder: Path) -> Path:
    """Copy the migrations, and add one that makes this change."""
    copied = folder / "migrations"
    shutil.copytree(MIGRATIONS, copied)
    latest = max(path.name for path in copied.glob("versions/[0-9]*.py")).partition("_")[0]
    lines = [
        "import sqlalchemy as sa",
        "from alembic import op",
        f'revision, down_revision = "{ANOTHER}", "{latest}"',
        "def upgrade():",
        '    with op.batch_alter_table("jobs") as batch:',
        f"        {change}",
    ]
    copied.joinpath("versions", f"{ANOTHER}_another.py").write_text("\n".join(lines))
    return copied
