"""The one `MetaData` of the database; each slice declares its own tables on it in its `tables.py`."""

from sqlalchemy import MetaData

metadata = MetaData()
