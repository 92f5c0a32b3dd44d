"""Browsers and systems by their names, as far as a ``User-Agent`` tells.

A browser writes what it likes: most imitate another one, and some (Brave, Vivaldi) cannot be told from it.
The names help people to recognize their own browsers; nothing is decided by them.
"""

from __future__ import annotations

from typing import Final

#: Characters that are read.
LONGEST: Final = 500
#: What is found first counts: those that imitate others stand before them.
BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("YaBrowser/", "Yandex"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python-requests/", "Python"),
    ("okhttp/", "OkHttp"),
)
SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    # An iPad says so, too, unless it is told otherwise.
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def browser_of(user_agent: str) -> str | None:
    """Return the name of a browser, or None for one that is not known."""
    return _first(BROWSERS, user_agent)


def system_of(user_agent: str) -> str | None:
    """Return the name of the system below the browser, or None for one that is not known."""
    return _first(SYSTEMS, user_agent)


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    read = user_agent[:LONGEST]
    return next((name for sign, name in names if sign in read), None)
