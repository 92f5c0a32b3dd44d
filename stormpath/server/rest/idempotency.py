"""Idempotency keys: a POST that creates can be repeated, and creates once.

The header ``Idempotency-Key`` has an effect on every POST that creates a resource, sends an e-mail or spends
a token. Other POSTs do not need it: an update sets values that a repeat sets again, and a login attempt
stores nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

import falcon

from stormpath.server.domain.context import IdempotentRequest, RequestContext
from stormpath.server.domain.idempotency import Creation
from stormpath.server.domain.storage import Row
from stormpath.server.rest.messages import existing
from stormpath.server.schema.errors import ApiError, Code

HEADER: Final = "Idempotency-Key"

_ENVIRON: Final = "HTTP_IDEMPOTENCY_KEY"
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")


def idempotent_request(
    req: falcon.Request, context: RequestContext, resource: str
) -> IdempotentRequest | None:
    """Return the key and the fingerprint of a request; ``None`` when the caller sent no key."""
    key = req.env.get(_ENVIRON)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise ApiError(
            Code.BAD_REQUEST,
            f"The header {HEADER} is malformed.",
            f"{HEADER} must be 1 to 255 visible ASCII characters, such as a UUID.",
        )
    return IdempotentRequest(resource, key, _fingerprint(req, context))


def earlier_creation(context: RequestContext) -> Creation | None:
    """Return the creation under the request's key; raise an error for a key of a different request."""
    if context.idempotent_request is None:
        return None
    with context.read() as unit:
        found = context.idempotent_request.earlier(unit, context.now_ms())
    if found is not None and found.fingerprint != context.idempotent_request.fingerprint:
        raise ApiError(
            Code.BAD_REQUEST,
            "The idempotency key was used for another request.",
            f"This {HEADER} came with another path, query or body before: send a new key with a new request.",
        )
    return found


def created_earlier(context: RequestContext) -> Row | None:
    """Return the resource that a request with the same key created, as it is now; ``None`` for a new key."""
    creation = earlier_creation(context)
    if creation is None:
        return None
    with context.read() as unit:
        return existing(unit, creation.resource, creation.resource_id)


def recognized(req: falcon.Request, context: RequestContext, resource: str) -> RequestContext:
    """Return the context of a request that creates nothing, marked as a repeat where it is one.

    ``resource`` is the kind of resource that the request concerns.
    """
    context = replace(context, idempotent_request=idempotent_request(req, context, resource))
    if context.idempotent_request is not None and earlier_creation(context) is not None:
        context.idempotent_request.is_repeat = True
    return context


def _fingerprint(req: falcon.Request, context: RequestContext) -> str:
    # Keyed, because a body may hold a password: a reader of the database must not be able to guess it.
    head = f"{req.method} {req.path}?{req.query_string}\n".encode()
    return context.secrets.digest(head + req.context.body(), "idempotency")
