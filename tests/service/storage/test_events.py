"""Events: rules emit them in their transaction, and listeners see them there or after its commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from service.calls import Api
from service.tenant_setup import context_of
from stormpath.server.app import Service
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.events import Events, ResourceChanged
from stormpath.server.domain.storage import Unit
from stormpath.server.resources import RULES
from stormpath.server.schema.errors import ApiError, Code


class Undone(Exception):
    """Raised to roll a transaction back."""


@pytest.fixture
def seen(service: Service, api: Api) -> Iterator[list[ResourceChanged]]:
    """The changes to the caller's tenant, in the order in which they are reported after their commit."""
    changes: list[ResourceChanged] = []
    stop = service.events.after(
        ResourceChanged, lambda event: changes.append(event) if event.tenant_id == api.tenant_id else None
    )
    yield changes
    stop()


@pytest.fixture
def context(service: Service, api: Api) -> RequestContext:
    return replace(context_of(service, api.tenant_id), events=Events())


def of(changes: list[ResourceChanged], resource: str) -> list[ResourceChanged]:
    return [each for each in changes if each.resource == resource]


class TestAfterTheCommit:
    def test_a_creation_has_a_state_after_and_none_before(self, api: Api, seen: list[ResourceChanged]):
        href = api.directory("Crew")["href"]

        (event,) = of(seen, "directory")
        assert href.endswith(event.id)
        assert event.before is None
        assert event.after is not None
        assert event.after["name"] == "Crew"

    def test_a_change_has_both_states(self, api: Api, seen: list[ResourceChanged]):
        directory = api.directory("Crew")
        seen.clear()

        api.post(directory["href"], {"name": "Fleet"})

        (event,) = seen
        assert event.before is not None
        assert event.after is not None
        assert (event.before["name"], event.after["name"]) == ("Crew", "Fleet")

    def test_a_change_that_changes_nothing_is_no_event(self, api: Api, seen: list[ResourceChanged]):
        directory = api.directory("Crew")
        seen.clear()

        api.post(directory["href"], {"name": "Crew"})

        assert seen == []

    def test_a_deletion_has_the_last_state(self, api: Api, seen: list[ResourceChanged]):
        directory = api.directory("Crew")
        seen.clear()

        api.delete(directory["href"])

        (event,) = seen
        assert event.before is not None
        assert (event.before["name"], event.after) == ("Crew", None)

    def test_what_was_refused_is_no_event(self, api: Api, seen: list[ResourceChanged]):
        api.directory("Crew")
        seen.clear()

        assert api.post("/directories", {"name": "Crew"}).status == 409

        assert seen == []

    def test_what_was_rolled_back_is_no_event(self, service: Service, api: Api, seen: list[ResourceChanged]):
        context = replace(context_of(service, api.tenant_id), events=service.events)

        with suppress(Undone), context.write() as unit:
            RULES["directory"].insert(context, unit, {"name": "Crew"})
            raise Undone

        assert seen == []

    def test_what_an_attempt_rolled_back_is_no_event(
        self, service: Service, api: Api, seen: list[ResourceChanged]
    ):
        context = replace(context_of(service, api.tenant_id), events=service.events)

        with context.write() as unit:
            RULES["directory"].insert(context, unit, {"name": "Crew"})
            with suppress(Undone), unit.attempt():
                RULES["directory"].insert(context, unit, {"name": "Fleet"})
                raise Undone

        assert [event.after["name"] for event in of(seen, "directory") if event.after] == ["Crew"]

    def test_a_listener_that_fails_neither_undoes_the_change_nor_hides_it_from_others(
        self, service: Service, api: Api, seen: list[ResourceChanged], caplog: pytest.LogCaptureFixture
    ):
        def fail(event: ResourceChanged) -> None:
            raise Undone

        stop = service.events.after(ResourceChanged, fail)
        try:
            href = api.directory("Crew")["href"]
        finally:
            stop()
        later = len(seen)
        api.directory("Fleet")

        assert api.get(href).status == 200
        assert later > 0
        assert len(seen) > later
        assert {each.message for each in caplog.records} == {"A listener of ResourceChanged failed"}


class TestDuringTheTransaction:
    def test_a_listener_writes_in_the_same_transaction(self, context: RequestContext):
        def rename(context: RequestContext, unit: Unit, event: ResourceChanged) -> None:
            if event.resource == "directory":
                unit.update("directory", event.id, {"description": "seen"})

        context.events.during(ResourceChanged, rename)

        made = RULES["directory"]
        with context.write() as unit:
            row = made.insert(context, unit, {"name": "Crew"})
        with context.read() as unit:
            stored = unit.get("directory", row["id"])

        assert stored is not None
        assert stored["description"] == "seen"

    def test_what_a_listener_raises_undoes_the_change(self, context: RequestContext):
        def refuse(context: RequestContext, unit: Unit, event: ResourceChanged) -> None:
            raise ApiError(Code.FORBIDDEN, "No.")

        context.events.during(ResourceChanged, refuse)

        with pytest.raises(ApiError, match="No"), context.write() as unit:
            RULES["directory"].insert(context, unit, {"name": "Crew"})
        with context.read() as unit:
            assert unit.find("directory", tenant_id=context.tenant_id, name_key="crew") is None


def test_an_event_does_not_print_its_rows(api: Api, seen: list[ResourceChanged]):
    api.directory("Secret Crew")

    assert "Secret" not in repr(seen)
