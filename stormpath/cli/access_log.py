"""The log of requests: who asked for what, and what came of it. Tokens in paths are no part of it."""

from __future__ import annotations

import logging
from typing import Any, Final

from stormpath.base_url import without_token

LINE: Final = '%(addr)s "%(method)s %(path)s" %(status)d %(dt_ms).1f ms'


class HideTokens(logging.Filter):
    """Takes the tokens out of the paths: who reads the log must not be able to spend them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record, and keep it."""
        facts: Any = record.args
        record.args = {**facts, "path": without_token(facts["path"])}
        return True
