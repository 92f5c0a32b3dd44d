"""What a login at a provider hands over, and what the provider tells about the person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Credentials:
    """A code or an access token that a person's login at the provider has made; one of the two is given.

    ``access_token_secret`` belongs to a token of OAuth 1.0a. ``redirect_uri`` is where the code was sent.
    """

    code: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    access_token_secret: str | None = field(default=None, repr=False)
    redirect_uri: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """A person at a provider, by the ``user_id`` that the provider gives to no other person.

    ``email`` is null where the provider tells none; ``is_email_verified`` says that it vouches for the
    address. ``user_info`` is its answer, as received. The tokens are those with which it was fetched.
    """

    user_id: str
    email: str | None
    is_email_verified: bool
    user_info: dict[str, Any] = field(repr=False)
    username: str | None = None
    given_name: str | None = None
    middle_name: str | None = None
    surname: str | None = None
    access_token: str | None = field(default=None, repr=False)
    access_token_secret: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
