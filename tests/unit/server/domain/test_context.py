"""The context of a request: it prints no secret, and an idempotency key keeps one creation."""

from typing import Any

import pytest

from stormpath.server.domain.context import REMEMBERED_MS, IdempotentRequest, RequestContext
from stormpath.server.domain.idempotency import Creation


class Kept:
    """A unit that has idempotency keys and nothing else."""

    def __init__(self) -> None:
        self.creations: list[tuple[Creation, int]] = []
        self.idempotency = self

    def remember(self, creation: Creation, now: int) -> None:
        self.creations.append((creation, now))


@pytest.fixture
def unit() -> Any:
    return Kept()


def test_the_secret_of_the_caller_is_never_printed():
    nothing: Any = None
    context = RequestContext("tenant", nothing, nothing, nothing, lambda: 0, {}, "KEY", "the secret")

    assert context.caller_secret == "the secret"
    assert "the secret" not in repr(context)


class TestIdempotentRequest:
    def test_the_first_resource_of_its_kind_is_what_was_made(self, unit: Any):
        idempotent_request = IdempotentRequest("directory", "key", "fingerprint")

        for resource, id in (("application", "a"), ("directory", "b"), ("directory", "c")):
            idempotent_request.keep(unit, resource, id, 1000)

        assert unit.creations == [
            (Creation("key", "fingerprint", "directory", "b", 1000 + REMEMBERED_MS), 1000)
        ]
