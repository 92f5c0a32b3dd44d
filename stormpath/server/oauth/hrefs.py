"""The hrefs in tokens: their issuer, their subject, their organization."""

from __future__ import annotations

from stormpath.server.domain.context import RequestContext


def of(context: RequestContext, resource: str, id: str) -> str:
    """Return the href of a resource, below the base URL."""
    return _below(context.base_url, context, resource, id)


def is_of(context: RequestContext, href: str, resource: str, id: str) -> bool:
    """Tell whether an href is that of a resource, below the base URL or an alias of it."""
    bases = (context.base_url, *context.base_url_aliases)
    return any(href == _below(base, context, resource, id) for base in bases)


def id_in(context: RequestContext, href: str, resource: str) -> str | None:
    """Return the id in the href of a resource of that kind; ``None`` for any other text."""
    id = href.rpartition("/")[2]
    is_id = id.isascii() and id.isalnum()
    return id if is_id and is_of(context, href, resource, id) else None


def _below(base: str, context: RequestContext, resource: str, id: str) -> str:
    return f"{base}/{context.resources[resource].plural}/{id}"
