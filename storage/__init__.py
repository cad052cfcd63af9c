"""The only place with SQL: the database behind one thin interface, one module an aggregate."""

from storage.database import Database, DatabaseBusy, Row, StorageError, Tx, open_database

__all__ = ["Database", "DatabaseBusy", "Row", "StorageError", "Tx", "open_database"]
