"""What Alembic runs: the migrations, on the connection that `storage.database.migrate` holds."""

from alembic import context

from storage.ledger.tables import metadata

# SQLite does have transactional DDL, once the driver doesn't commit on its own: a cut migration leaves nothing behind.
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
