"""A resource that is sent back as it was read is accepted, and nothing changes (rest-core 8).

Clients of other languages save whole resources: hrefs, times, links, lists and expanded links among them.
"""

from typing import Any

import pytest

from service.calls import Api, Json, link
from service.description import CheckedApi, Description
from service.examples import Examples
from service.tenant_rows import dump
from stormpath.server.app import Service

#: The times of a resource as they were before another request changed it.
STALE = {"createdAt": "2001-01-01T00:00:00.000Z", "modifiedAt": "2001-01-01T00:00:00.000Z"}


@pytest.fixture
def examples(api: Api) -> Examples:
    examples = Examples(CheckedApi.like(api))
    examples.all()
    return examples


@pytest.fixture
def description(examples: Examples) -> Description:
    return examples.description


def give_custom_data(api: Api, resource: Json) -> None:
    if "customData" in resource:
        api.post(resource["customData"]["href"], {"rank": "Countess", "n": {"href": 1.5}})


@pytest.mark.sampled(larger=())
def test_every_resource_is_accepted_as_it_was_read(
    service: Service, api: Api, examples: Examples, description: Description, sample_of: Any
):
    updates = description.updates()
    assert len(updates) > 20
    for each in sample_of(updates):
        for path in examples.paths(each):
            give_custom_data(api, api.get(path).ok)
            before = dump(service, api.tenant_id)

            for expand in ("", *each.expandable, ",".join(each.expandable)):
                query = {"expand": expand} if expand else {}
                shown = api.get(path, **query).ok
                assert api.post(path, shown).ok == api.get(path).ok, (each, expand)
                assert api.post(path, shown | stale(shown), **query).ok == shown, (each, expand)

            assert dump(service, api.tenant_id) == before, each


def stale(shown: Json) -> Json:
    """Return the values of a resource that the service sets, as an earlier version of it had them."""
    return {name: value for name, value in STALE.items() if name in shown}


def test_custom_data_is_accepted_as_it_was_read(service: Service, api: Api):
    application, directory = api.application_with_directory()
    owners = (
        *(application, directory, api.organization(), api.get(api.tenant).ok),
        *(api.group(directory), api.account(directory)),
    )
    for each in owners:
        give_custom_data(api, each)
        href = each["customData"]["href"]
        shown, before = api.get(href).ok, dump(service, api.tenant_id)
        # The SDKs add the status to what they decode.
        other = {"createdAt": "2001-01-01T00:00:00+00:00"}
        for own in ({}, STALE, other, {"href": href.partition("/v1")[1] + href.partition("/v1")[2]}):
            sent = shown | {"sp_http_status": 200} | own
            assert api.post(href, sent).ok == shown
            assert api.post(each["href"], {"customData": sent}).status == 200
        assert dump(service, api.tenant_id) == before

        changed = api.post(href, shown | {"rank": "Duchess"}).ok
        assert changed["rank"] == "Duchess"
        assert changed["createdAt"] == shown["createdAt"]
        assert "sp_http_status" not in changed


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("href", "http://localhost:8080/v1/accounts/0351A00000000000000000/customData"),
        ("href", 7),
        ("createdAt", "2015-01-31"),
        ("modifiedAt", None),
        ("meta", 1),
    ],
)
def test_what_the_custom_data_does_not_show_stays_refused(api: Api, key: str, value: object):
    account = api.account(api.directory())

    assert api.post(account["customData"]["href"], {"a": 1, key: value}).error == (400, 3003)
    assert api.post(account["href"], {"customData": {"a": 1, key: value}}).error == (400, 3003)


@pytest.mark.parametrize("key", ["href", "createdAt", "modifiedAt", "spMeta", "ionmeta"])
def test_a_new_resource_shows_nothing_yet_so_its_custom_data_has_no_reserved_key(api: Api, key: str):
    directory = api.directory()
    body = {"email": "ada@example.com", "password": "Changeme1!", "customData": {"a": 1, key: "2015-01-31"}}

    assert api.post(directory["accounts"]["href"], body).error == (400, 3003)
    assert api.get(directory["accounts"]["href"]).ok["size"] == 0


def test_a_reset_token_is_saved_as_it_was_read(api: Api):
    application, _ = api.application_with_directory()
    account = api.account(application)
    token = api.post(application["passwordResetTokens"]["href"], {"email": account["email"]}).ok
    for unknown in ("bogus", "token", "accountStore", "username"):
        refused = api.post(token["href"], {"password": "An0ther password", unknown: "x"})
        assert refused.error == (400, 2015)
    shown = api.get(token["href"], expand="account").ok

    saved = api.post(
        token["href"], shown | STALE | {"email": "eve@example.com", "password": "An0ther password"}
    )

    assert saved.ok == {"href": token["href"], "email": account["email"], "account": link(account)}
    assert api.log_in(application, "ada", "An0ther password").status == 200
    assert api.get(account["href"]).ok["email"] == account["email"]


def test_what_is_read_only_is_ignored_whatever_its_value_and_the_rest_is_taken(api: Api):
    account = api.account(api.directory(), givenName="Ada")
    body = account | STALE | {"fullName": "Eve", "emailVerificationToken": {"href": "x"}, "groups": None}

    changed = api.post(account["href"], body | {"givenName": "Grace", "passwordModifiedAt": 7}).ok

    assert changed["givenName"] == changed["fullName"] == "Grace"
    assert {name for name in changed if changed[name] != account[name]} == {
        "givenName",
        "fullName",
        "modifiedAt",
    }


def test_the_policies_of_the_administrators_are_accepted_unchanged(service: Service, api: Api):
    (directory,) = api.get("/directories", name="Stormpath Administrators").items
    before = dump(service, api.tenant_id)

    for name in ("passwordPolicy", "accountCreationPolicy"):
        policy = api.get(directory[name]["href"]).ok
        assert api.post(policy["href"], policy).ok == policy
        changed: Json = {
            each: "ENABLED" for each in policy if each.endswith("Status") and policy[each] != "ENABLED"
        }
        for body in ({}, policy | {"bogus": 1}, policy | (changed or {"resetTokenTtl": 25})):
            assert api.post(policy["href"], body).error == (403, 403)
    assert dump(service, api.tenant_id) == before
