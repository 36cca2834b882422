"""Alembic's entry: the connection is given by `app.migrations`, its transaction is the caller's."""

from alembic import context

from app.kernel.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
