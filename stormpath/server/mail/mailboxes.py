"""When two e-mail addresses are one: for what a verified address proves, and for the rate limits."""

from __future__ import annotations

import unicodedata

from stormpath.server.mail import mime
from stormpath.server.schema.query import fold


def is_same_address(first: str, second: str) -> bool:
    """Tell whether two addresses are one address in other letters.

    Equal after case folding, as unique addresses are compared, is not enough: ``straße.example`` and
    ``strasse.example`` are equal then, and yet these are two domains, which two people may own.
    """
    return first == second or (fold(first) == fold(second) and _letters(first) == _letters(second))


def counted_mailbox(address: str) -> str:
    """Return the mailbox that an address counts for in the rate limits, in one form for all its spellings.

    ``joe+shop@example.com`` counts as ``joe@example.com``: nearly every mail server delivers both to Joe. Use
    it for limits alone: a wrong guess costs an e-mail there, and an account elsewhere.
    """
    local, _, domain = mime.mailbox(address).rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def _letters(address: str) -> tuple[str, set[str]]:
    local, _, domain = address.rpartition("@")
    return unicodedata.normalize("NFC", local).lower(), mime.spellings(domain)
