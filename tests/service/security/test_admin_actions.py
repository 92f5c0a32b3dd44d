"""What administrators do in the console is stored in the transaction that does it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from service.calls import Api, id_of
from service.tenant_setup import context_of
from stormpath.server.app import Service
from stormpath.server.domain.context import Owner, RequestContext
from stormpath.server.domain.security_events import AdminAction
from stormpath.server.domain.storage import Row
from stormpath.server.logs import security
from stormpath.server.logs.security import RequestFacts
from stormpath.server.resources import RULES
from stormpath.server.schema.errors import ApiError
from stormpath.server.security import admin_actions

pytestmark = pytest.mark.both_databases

ADMIN = "0355em59a3ooer5eIajXCC"
SECRET = "Xq7-hidden-value"


@pytest.fixture
def context(service: Service, api: Api) -> RequestContext:
    """The context of a request of the console."""
    return replace(context_of(service, api.tenant_id), events=service.events, actor=ADMIN)


@pytest.fixture
def row_of(context: RequestContext):
    def row_of(resource: str, id: str) -> Row:
        with context.read() as unit:
            found = unit.get(resource, id)
        assert found is not None
        return found

    return row_of


def told(service: Service, api: Api) -> list[tuple[str, str, str | None, str]]:
    """Return what was done, the oldest first: the action, the resource, its name, and what was changed."""
    actions = service.security_events.actions(api.tenant_id)
    assert {each.actor_account_id for each in actions} <= {ADMIN}
    return [(each.action, each.resource, each.name, each.changed) for each in reversed(actions)]


def create(context: RequestContext, resource: str, **values: object) -> Row:
    """Create a resource below the tenant, as a form of the console does."""
    with context.read() as unit:
        tenant = unit.get("tenant", context.tenant_id)
    assert tenant is not None
    owner = Owner(context.resources["tenant"], tenant)
    return RULES[resource].create(context, owner, values, {})


def test_a_change_an_insertion_and_a_deletion_are_stored(service: Service, api: Api, context: RequestContext):
    directory = create(context, "directory", name="People")
    changed = RULES["directory"].update(context, directory, {"name": "Crew", "description": SECRET})
    RULES["directory"].update(context, changed, {"name": "Crew"})
    RULES["directory"].delete(context, changed)

    assert told(service, api) == [
        ("created", "directory", "People", ""),
        ("changed", "directory", "Crew", "name,description"),
        ("deleted", "directory", "Crew", ""),
    ]
    assert SECRET not in repr(service.security_events.actions(api.tenant_id))


def test_an_entry_has_the_request_and_the_resource(service: Service, api: Api, context: RequestContext):
    begun = security.begin(facts := RequestFacts("192.0.2.7"))
    try:
        directory = create(context, "directory", name="People")
    finally:
        security.end(begun)

    (action,) = service.security_events.actions(api.tenant_id, resource_id=directory["id"])
    assert isinstance(action, AdminAction)
    assert (action.tenant_id, action.resource_id) == (api.tenant_id, directory["id"])
    assert (action.address, action.request_id) == ("192.0.2.7", facts.id)
    assert service.security_events.actions(api.tenant_id, resource_id=ADMIN) == []


def test_an_account_is_named_by_its_address_and_its_password_is_never_told(
    service: Service, api: Api, context: RequestContext, row_of
):
    account = api.account(api.directory())
    row = row_of("account", id_of(account))

    RULES["account"].update(context, row, {"password": SECRET + "A1", "given_name": "Ann"})

    assert told(service, api) == [
        ("changed", "account", "ada@example.com", "givenName,passwordModifiedAt"),
    ]
    assert SECRET not in repr(service.security_events.actions(api.tenant_id))


def test_custom_data_is_named_without_its_keys(service: Service, api: Api, context: RequestContext, row_of):
    group = row_of("group", id_of(api.group(api.directory())))
    rules = RULES["group"]

    rules.merge_custom_data(context, group, {SECRET: SECRET})
    rules.merge_custom_data(context, group, {SECRET: SECRET})
    rules.update(context, group, {"custom_data": {"b": SECRET}})
    rules.remove_custom_data(context, group, "b")
    rules.remove_custom_data(context, group, "b")
    rules.remove_custom_data(context, group, None)
    rules.remove_custom_data(context, group, None)

    assert told(service, api) == [("changed", "group", "Readers", "customData")] * 4
    assert SECRET not in repr(service.security_events.actions(api.tenant_id))


def test_what_is_rolled_back_is_not_stored(service: Service, api: Api, context: RequestContext, row_of):
    row = row_of("directory", id_of(api.directory()))

    with suppress(ZeroDivisionError), context.write() as unit:
        RULES["directory"].change(context, unit, row, {"name": "Crew"})
        1 / 0
    with pytest.raises(ApiError):
        create(context, "directory", name="People")

    assert told(service, api) == []


def test_a_change_by_an_api_key_is_none_of_an_administrator(service: Service, api: Api):
    directory = api.directory()
    api.post(directory["href"], {"name": "Crew"})
    api.post(directory["customData"]["href"], {"a": 1})

    assert told(service, api) == []


def test_what_the_console_does_beside_changes_is_recorded_by_name(
    service: Service, api: Api, context: RequestContext
):
    with context.write() as unit:
        admin_actions.record(context, unit, "sent", "emailTemplate", "x", name="Welcome")
        admin_actions.record(replace(context, actor=""), unit, "sent", "emailTemplate", "y")

    assert told(service, api) == [("sent", "emailTemplate", "Welcome", "")]


def test_actions_of_another_tenant_are_not_found(
    service: Service, api: Api, stranger: Api, context: RequestContext
):
    directory = create(context, "directory", name="People")

    assert service.security_events.actions(stranger.tenant_id) == []
    assert service.security_events.actions(stranger.tenant_id, resource_id=directory["id"]) == []


def test_pages_are_in_order(service: Service, api: Api, context: RequestContext):
    for number in range(5):
        create(context, "directory", name=f"D{number}")

    first = service.security_events.actions(api.tenant_id, limit=3)
    second = service.security_events.actions(api.tenant_id, before=first[-1].id, limit=3)

    assert [each.name for each in first + second] == ["D4", "D3", "D2", "D1", "D0"]


def test_every_secret_of_a_declaration_is_named_and_never_shown(
    service: Service, api: Api, context: RequestContext
):
    server = create(
        context,
        "smtpServer",
        host="mail.example.com",
        port=587,
        username="u",
        password=SECRET,
        status="DISABLED",
    )
    RULES["smtpServer"].update(context, server, {"password": SECRET + "2"})

    assert told(service, api) == [
        ("created", "smtpServer", "u", ""),
        ("changed", "smtpServer", "u", "password"),
    ]
    assert SECRET not in repr(service.security_events.actions(api.tenant_id))
