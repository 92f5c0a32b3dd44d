"""What caches may do with an answer: keep it, ask whether it has changed (RFC 9110, 13.1.2), or neither."""

from __future__ import annotations

import hashlib
import re
from typing import Final

import falcon

from stormpath.server.logs import security

_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')


def note_secret() -> None:
    """Note that the answer under way holds a secret in plain text: no cache may keep it."""
    # Noted where a secret is decrypted: no resource, expansion or option can be forgotten.
    if (facts := security.current()) is not None:
        facts.holds_secret = True


def entity_tag(body: bytes) -> str:
    """Return the tag of a body: strong, because it changes with every byte."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def matches(if_none_match: str, tag: str) -> bool:
    """Tell whether ``If-None-Match`` names the tag; of weak tags, the quoted part is compared."""
    return if_none_match.strip() == "*" or tag in _TAG.findall(if_none_match)


def apply(req: falcon.Request, resp: falcon.Response) -> None:
    """Tag the answer to a GET or HEAD, and leave the body out when the caller has it.

    An answer with a secret in it is not to be stored, and has no tag: no request could name it.
    """
    facts = security.current()
    if facts is not None and facts.holds_secret:
        resp.set_header("Cache-Control", "no-store")
        return
    body = resp.data
    if body is None or resp.status != falcon.HTTP_200 or req.method not in ("GET", "HEAD"):
        return
    if not getattr(resp.context, "is_tagged", True):
        return
    tag = entity_tag(body)
    resp.set_header("ETag", tag)
    wanted = req.env.get("HTTP_IF_NONE_MATCH")
    if wanted is not None and matches(wanted, tag):
        resp.status, resp.data = falcon.HTTP_304, None
        resp.delete_header("Content-Type")
