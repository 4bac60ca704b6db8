"""How a database comes to the tables of `schema.py`, step by step (Alembic)."""
