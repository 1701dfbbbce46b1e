"""Alembic's entry point: run the migrations on the connection of `storage.database.migrate`."""

from alembic import context

from storage.ledger.partial_indexes import metadata

# SQLite has transactional DDL if the driver doesn't commit by itself: an interrupted migration leaves nothing behind.
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
