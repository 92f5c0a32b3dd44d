"""Texts of providers as they may be shown: without what was sent to them, short, and on one line."""

from __future__ import annotations

import base64
import re
from typing import Any, Final
from urllib.parse import quote, quote_plus

from stormpath.server.logs.escaping import escaped

#: The most characters of one text.
LONGEST: Final = 200

_MASK: Final = "***"

#: Long enough for a part of a token; a provider may cut what it quotes.
_WORD: Final = re.compile(r"[\w.~+/-]{8,}", re.ASCII)

_TAG: Final = re.compile(r"<[a-zA-Z/!?]")


class Mask:
    """Hides the secrets of one login in texts: tokens, codes, and our own secret at the provider."""

    def __init__(self) -> None:
        self._spelled: set[str] = set()

    def __repr__(self) -> str:
        return f"<Mask of {len(self._spelled)} texts>"

    def hide(self, *secrets: str | None) -> None:
        """Hide these from now on, in every spelling in which a request has them."""
        for each in filter(None, secrets):
            encoded = base64.b64encode(each.encode()).decode()
            self._spelled |= {each, quote(each, safe=""), quote_plus(each), encoded}

    def shown(self, text: str) -> str:
        """Return a text as it may be shown."""
        # The longest first: one secret may begin with another.
        longest_first = sorted(self._spelled, key=len, reverse=True)
        if longest_first:
            text = re.sub("|".join(map(re.escape, longest_first)), _MASK, text)
        # Cut before the words of what is left are looked for, which takes time for each of them.
        text = _WORD.sub(self._unless_sent, text[: 2 * LONGEST])
        return escaped(text.strip(), LONGEST)

    def _unless_sent(self, word: re.Match[str]) -> str:
        # A provider ends what it cuts with dots.
        part = word[0].strip(".")
        return _MASK if part and any(part in each for each in self._spelled) else word[0]


def documented_texts(answer: Any) -> list[str]:
    """Return the texts of an error, from the places where providers document them; HTML is left out.

    RFC 6749, 5.2: ``error``, ``error_description``. Facebook and Google: ``error.message``. GitHub and
    LinkedIn: ``message``. X: ``errors[0].message``.
    """
    if not isinstance(answer, dict):
        return []
    error, errors = answer.get("error"), answer.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    found = (
        error.get("message") if isinstance(error, dict) else error,
        answer.get("error_description"),
        answer.get("message"),
        first.get("message") if isinstance(first, dict) else None,
    )
    return [each for each in found if isinstance(each, str) and each.strip() and not _TAG.search(each)]
