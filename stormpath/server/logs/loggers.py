"""Loggers and formatters whose lines no caller can forge."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from stormpath.server.logs.escaping import continued, escaped, safe_argument, trace


def get_logger(name: str) -> logging.Logger:
    """Return the logger of that name; what it logs is escaped, whichever handlers a program has.

    ``record.exc_info`` stays as it is for handlers that report exceptions elsewhere.
    """
    logger = logging.getLogger(name)
    # Added to each logger: the filter of a logger does not see the records of those below it.
    logger.addFilter(_ESCAPING)
    return logger


class EscapingFilter(logging.Filter):
    """Escapes the arguments of a record and the trace of its exception."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record, and return true: it is logged."""
        arguments: Any = record.args
        if isinstance(arguments, Mapping):
            record.args = {name: safe_argument(each) for name, each in arguments.items()}
        elif arguments:
            record.args = tuple(map(safe_argument, arguments))
        if record.exc_info and not record.exc_text:
            # Formatters take what is here already.
            record.exc_text = trace(record.exc_info)
        return True


class OneLineFormatter(logging.Formatter):
    """A formatter for all loggers of a process: libraries' messages are escaped too.

    A trace follows its line; each of its lines begins with a space, and no other line does.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the trace below it."""
        # Another formatter may have left its trace here.
        left = record.exc_text
        record.exc_text = continued(left) if left and not record.exc_info else None
        try:
            return super().format(record)
        finally:
            record.exc_text = left

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the line, with its message escaped."""
        record.message = escaped(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        """Return the trace."""
        return trace(ei)

    def formatStack(self, stack_info: str) -> str:
        """Return the stack that a caller of ``stack_info=True`` wants."""
        return continued(stack_info)


_ESCAPING = EscapingFilter()
