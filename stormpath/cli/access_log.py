"""The access log: the client, request and outcome of each request, without the tokens in paths."""

from __future__ import annotations

import logging
from typing import Any, Final

from stormpath.base_url import without_token

LINE: Final = '%(addr)s "%(method)s %(path)s" %(status)d %(dt_ms).1f ms'


class HideTokens(logging.Filter):
    """Removes the tokens from paths: a reader of the log must not be able to spend them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record, and return true: it is logged."""
        facts: Any = record.args
        record.args = {**facts, "path": without_token(facts["path"])}
        return True
