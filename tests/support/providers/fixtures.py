"""A fixture for each stand-in of a provider; a ``conftest.py`` imports those that its tests use."""

from collections.abc import Iterator

import pytest

from support.providers.facebook import Facebook
from support.providers.generic import Generic
from support.providers.github import GitHub
from support.providers.google import Google
from support.providers.linkedin import LinkedIn
from support.providers.stand_in import running
from support.providers.twitter import Twitter

__all__ = ["facebook", "generic", "github", "google", "linkedin", "twitter"]


@pytest.fixture
def google() -> Iterator[Google]:
    with running(Google) as stand_in:
        yield stand_in


@pytest.fixture
def facebook() -> Iterator[Facebook]:
    with running(Facebook) as stand_in:
        yield stand_in


@pytest.fixture
def github() -> Iterator[GitHub]:
    with running(GitHub) as stand_in:
        yield stand_in


@pytest.fixture
def linkedin() -> Iterator[LinkedIn]:
    with running(LinkedIn) as stand_in:
        yield stand_in


@pytest.fixture
def twitter() -> Iterator[Twitter]:
    with running(Twitter) as stand_in:
        yield stand_in


@pytest.fixture
def generic() -> Iterator[Generic]:
    with running(Generic) as stand_in:
        yield stand_in
