"""Runs the steps on the connection, and in the transaction, that `migrate` hands over."""

from alembic import context

from newswatch.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite can, once BEGIN is ours
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
