"""Endpoints of a resource that take a POST, and the one-time tokens that some of them make."""

from __future__ import annotations

from dataclasses import dataclass

from stormpath.forks import cached_property
from stormpath.server.schema.attributes import Attribute, Column
from stormpath.server.schema.links import Link
from stormpath.server.schema.resource import Resource
from stormpath.server.schema.texts import Secret


@dataclass(frozen=True, kw_only=True)
class OneTimeTokens:
    """Secrets that can be spent once, each the last part of an href: POST with this ``body`` spends one.

    ``path`` is below the base URL, with ``{token}`` in it, and ``{id}`` where they belong to the resource of
    that id. GET shows one that is ``readable``, and never spends it: mail scanners open links first. The
    answer is the link of the resource ``leads_to``, or else the token's own href and the attributes that it
    ``returns``. A token ``concerns`` a resource of that kind: a repeated request, recognized by its
    idempotency key, is answered with that resource again. Query parameters that are ``refused`` would
    give the body another meaning, and are not ignored.
    """

    path: str
    concerns: str
    body: tuple[Attribute, ...] = ()
    returns: tuple[Attribute, ...] = ()
    refused: tuple[str, ...] = ()
    readable: bool = False
    leads_to: str = ""
    about: str = ""

    @cached_property
    def answer(self) -> Resource:
        """The answer, as a resource whose links can be expanded."""
        return Resource("token", "tokens", self.returns)


@dataclass(frozen=True, kw_only=True)
class TokenLink(Secret):
    """The href of a token that can be spent, or null. The token is encrypted in the database."""

    tokens: OneTimeTokens
    creatable: bool = False
    updatable: bool = False


@dataclass(frozen=True, kw_only=True)
class TokenCheck(Attribute):
    """The href below which a GET of a token checks it, and redirects to the resource it ``leads_to``."""

    leads_to: str
    creatable: bool = False
    updatable: bool = False

    def columns(self) -> tuple[Column, ...]:
        return ()


@dataclass(frozen=True, kw_only=True)
class Endpoint(Attribute):
    """The href of an endpoint that accepts only POST, such as ``loginAttempts``.

    It ``returns`` links, of which the first is the ``Location`` and all can be expanded, or plain values. One
    that is ``accepted`` answers 202 without a body. One with ``tokens`` makes a token: the answer is its href
    and what it returns. Where it ``drafts``, the body is checked as a change of the resource is: every
    attribute may be left out.

    An effect that must not happen twice to a resource, such as an e-mail, ``concerns`` that kind of resource:
    a repeated request is recognized by its idempotency key.
    """

    creatable: bool = False
    updatable: bool = False
    body: tuple[Attribute, ...] = ()
    returns: tuple[Attribute, ...] = ()
    accepted: bool = False
    drafts: bool = False
    tokens: OneTimeTokens | None = None
    concerns: str = ""

    @cached_property
    def answer(self) -> Resource:
        """Its answer, as a resource whose links can be expanded."""
        return Resource(self.name, self.name, self.returns)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The links among the attributes it returns."""
        return tuple(each for each in self.returns if isinstance(each, Link))

    def columns(self) -> tuple[Column, ...]:
        return ()
