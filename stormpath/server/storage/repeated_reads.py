"""Statements that are sent again when their connection was lost: those that only read, outside transactions.

A connection may end at the moment at which it is used. What only reads can be repeated on another one.
Nothing else is: it may have been carried out.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


class ReadingConnection(sa.Connection):
    """A connection in autocommit mode, outside transactions: a query is repeated once if it was lost."""

    def execute(self, statement: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().execute(statement, *args, **kwargs)
        except sa.exc.DBAPIError as error:
            if not (getattr(statement, "is_select", False) and is_lost(error)):
                raise
            self.replace()
            return super().execute(statement, *args, **kwargs)

    def replace(self) -> None:
        """Take another connection from the pool instead of a lost one."""
        self.invalidate()
        # SQLAlchemy has begun a transaction of its own making, which ended with the connection.
        self.rollback()


def is_lost(error: Exception) -> bool:
    """Tell whether an error, of a driver or SQLAlchemy's around it, says that the connection was lost."""
    return getattr(error.orig if isinstance(error, sa.exc.DBAPIError) else error, "is_lost", False)
