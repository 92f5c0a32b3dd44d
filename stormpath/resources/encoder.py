"""A JSON encoder for resources."""

from datetime import date, timedelta
from json import JSONEncoder
from typing import Any

from stormpath.resources.wire import duration_text


class ResourceEncoder(JSONEncoder):
    """Writes resources, dates and durations, as in ``json.dumps(account, cls=ResourceEncoder)``."""

    def default(self, o: Any) -> Any:
        """Return a JSON value for an object that JSON cannot represent."""
        content = getattr(o, "_json_content", None)
        if content is not None:
            return content()
        if isinstance(o, date):
            return o.isoformat()
        if isinstance(o, timedelta) or type(o).__module__.startswith("isodate"):
            return duration_text(o)
        return super().default(o)
