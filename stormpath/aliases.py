"""The hrefs in answers of a service that has several base URLs, spelled as the client's own is."""

from typing import Any

from stormpath.base_url import BaseUrl
from stormpath.cache.cacheable import CUSTOM_DATA

#: The caller's own data: what looks like a link inside it is none.
_DATA_OF_CALLERS = frozenset((CUSTOM_DATA, "defaultModel"))
_END_OF_CUSTOM_DATA = f"/{CUSTOM_DATA}"


def respell(answer: Any, base: BaseUrl) -> None:
    """Replace each href below an alias of the base URL, in place. Other texts and hrefs stay as they are.

    A page of 100 accounts takes a millisecond or two.
    """
    if isinstance(answer, list):
        for each in answer:
            respell(each, base)
    elif isinstance(answer, dict):
        href = answer.get("href")
        if isinstance(href, str):
            answer["href"] = base.absolute(href) or href
            if len(answer) == 1 or href.endswith(_END_OF_CUSTOM_DATA):
                return
        for name, value in answer.items():
            if isinstance(value, dict | list) and (name not in _DATA_OF_CALLERS or _is_custom_data(value)):
                respell(value, base)


def _is_custom_data(value: Any) -> bool:
    """Tell whether a value is the custom data of a resource, whose own href is the service's."""
    href = value.get("href") if isinstance(value, dict) else None
    return isinstance(href, str) and href.endswith(_END_OF_CUSTOM_DATA)
