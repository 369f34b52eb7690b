"""Asked by Alembic for the database: the connection that ``storage.migrations.run`` was given."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
