"""Every path and every link of the description, tried on resources of another tenant (rest-core 1.2).

Such resources do not exist for the caller: 404 in a path, in a body 2016 (or 2014, where 2016 has another
meaning), and none of them changes.
"""

import pytest

from service.calls import Api, Json, id_of, link
from service.description import CheckedApi, Description
from service.example_values import (
    EMBEDDED,
    JWTS,
    LEFT_OUT,
    NO_JWT,
    SAYS_NOTHING,
    UNKNOWN_IDS,
    unknown_target,
)
from service.examples import Examples
from service.tenant_rows import dump
from service.token_calls import post_form
from stormpath.server.app import Service
from support.depth import SampleOf

pytestmark = pytest.mark.either_database


@pytest.fixture
def mine(stranger: Api) -> Examples:
    """The examples of the caller."""
    return Examples(CheckedApi.like(stranger))


@pytest.fixture
def theirs(api: Api) -> dict[str, Json]:
    """An example of each kind, of a tenant that the caller has no key for."""
    examples = Examples(CheckedApi.like(api))
    return examples.all() | examples.tokens()


@pytest.fixture
def caller(mine: Examples) -> CheckedApi:
    return mine.api


@pytest.fixture
def description(mine: Examples) -> Description:
    return mine.description


def ids(examples: dict[str, Json]) -> list[bytes]:
    return [id_of(each).encode() for each in examples.values()]


def test_no_path_of_another_tenant_is_found_or_changes_anything(
    service: Service,
    api: Api,
    caller: CheckedApi,
    mine: Examples,
    theirs: dict[str, Json],
    description: Description,
):
    before = dump(service, api.tenant_id)
    tried = 0

    for each in description:
        if not (each.has_id or each.has_token):
            continue
        path = mine.path(each, theirs)
        if each.forms:
            answers = [caller.post(path), *(post_form(caller, path, form) for form in mine.forms(each))]
        elif each.method == "POST":
            body = mine.body(each) if each.body else None
            answers = [caller.post(path, body), caller.post(path), caller.post(path, body, _method="DELETE")]
        elif each.expandable:
            answers = [caller.get(path), caller.get(path, expand=",".join(each.expandable))]
        else:
            answers = [caller.request(each.method, path)]
        tried += len(answers)
        for answer in answers:
            # Where DELETE is not served, the answer says no more than that.
            code = UNKNOWN_IDS.get(each.kind, 404) if each.method == "GET" else 404
            assert description.error_of(each.path, answer) in ((404, code), (405, 1100)), each
        assert answers[0].status == 404, each
        assert not any(id in answers[0].raw for id in ids(theirs)), each

    assert dump(service, api.tenant_id) == before
    assert tried > 80


def test_a_foreign_token_is_not_found_and_stays_unspent(
    service: Service,
    api: Api,
    caller: CheckedApi,
    mine: Examples,
    theirs: dict[str, Json],
    description: Description,
):
    of_tokens = [each for each in description if each.has_token]
    before = dump(service, api.tenant_id)

    for each in of_tokens:
        # Also in an application of the caller's own, where the id of the path exists.
        own_place = mine.path(each, {each.kind: mine[each.kind], each.path: theirs[each.path]})
        body = mine.body(each) if each.body else None
        answer = caller.request(each.method, own_place) if body is None else caller.post(own_place, body)
        assert answer.error == (NO_JWT if each.path == JWTS else (404, 404)), each

    assert dump(service, api.tenant_id) == before
    spent = [each for each in of_tokens if each.method == "POST"]
    for each in spent:
        assert api.post(theirs[each.path]["href"], mine.body(each)).status == 200, each
    assert len(spent) >= 2


def test_head_finds_nothing_of_another_tenant(
    caller: CheckedApi, mine: Examples, theirs: dict[str, Json], description: Description
):
    for each in description:
        if each.method == "GET" and (each.has_id or each.has_token):
            assert caller.request("HEAD", mine.path(each, theirs)).status == 404, each


def test_a_foreign_href_in_a_body_is_refused(
    service: Service,
    api: Api,
    caller: CheckedApi,
    mine: Examples,
    theirs: dict[str, Json],
    description: Description,
):
    bodies = [
        (each, mine.path(each), name, body | {name: link(theirs[kind])})
        for each in description
        if each.method == "POST" and each.body and not each.is_custom_data
        for body in [mine.body(each)]
        for name, schema in description.resolved(each.body).get("properties", {}).items()
        if description.is_link(schema) and name not in SAYS_NOTHING | EMBEDDED
        for kind in mine.kinds_of(each.body_name, name)
    ]
    assert len(bodies) > 15
    tenants = (api.tenant_id, caller.tenant_id)
    before = [dump(service, each) for each in tenants]

    for each, path, name, body in bodies:
        code = unknown_target(each.body_name, name)
        assert caller.post(path, body).error == (400, code), (path, name)

    assert [dump(service, each) for each in tenants] == before


def test_a_foreign_href_of_a_read_only_link_is_ignored(
    caller: CheckedApi, mine: Examples, theirs: dict[str, Json], description: Description
):
    """A directory's provider, for instance: a client that copies a directory gets one of its own."""
    foreign = {
        "provider": theirs["directories"]["provider"],
        "providerData": theirs["accounts"]["providerData"],
    }
    assert foreign.keys() == SAYS_NOTHING
    tried = set()

    for each in description:
        for name in SAYS_NOTHING & description.resolved(each.body or {}).get("properties", {}).keys():
            made = caller.post(mine.path(each), mine.body(each) | {name: foreign[name]})
            assert made.status in (200, 201), (each, made.raw)
            assert made[name]["href"] == f"{made['href']}/{name}"
            tried.add(f"{each.body_name}.{name}")

    left_out = {each for each in LEFT_OUT if each.partition(".")[2] in SAYS_NOTHING}
    assert tried >= left_out | {"DirectoryCreate.provider", "DirectoryUpdate.provider"}
    assert left_out


def test_rules_inside_a_provider_are_its_own_whatever_their_href(
    service: Service, api: Api, caller: CheckedApi, mine: Examples, theirs: dict[str, Json]
):
    for name, kind in (("userInfoMappingRules", "google"), ("attributeStatementMappingRules", "saml")):
        provider, foreign = mine[kind], theirs[name]
        rules = {"items": [{"name": "mail", "accountAttributes": ["email"]}]}
        before = dump(service, api.tenant_id)

        assert caller.post(provider["href"], {name: link(foreign)}).ok[name] == provider[name]
        assert caller.post(provider["href"], {name: link(foreign) | rules}).ok[name] == provider[name]

        assert dump(service, api.tenant_id) == before
        assert caller.get(provider[name]["href"]).ok["items"][0]["name"] == "mail"


def test_a_foreign_href_deeper_in_a_body_is_refused(
    service: Service, caller: CheckedApi, theirs: dict[str, Json]
):
    before = dump(service, caller.tenant_id)
    provider = {"providerId": "ldap", "agent": link(theirs["agents"])}

    assert caller.post("/directories", {"name": "People", "provider": provider}).error == (400, 2016)

    assert dump(service, caller.tenant_id) == before


def test_a_foreign_name_key_is_refused(api: Api, stranger: Api):
    api.organization("Theirs")
    application, _ = stranger.application_with_directory()
    policy = stranger.get(application["samlPolicy"]["href"], expand="serviceProvider").ok
    relay_states = policy["serviceProvider"]["defaultRelayStates"]["href"]

    assert stranger.log_in(application, "ada", name_key="theirs").error == (400, 2014)
    assert stranger.post(relay_states, {"organization": {"nameKey": "theirs"}}).error == (400, 11001)


@pytest.mark.sampled(larger=())
def test_no_list_search_or_expansion_holds_a_foreign_resource(
    caller: CheckedApi, mine: Examples, theirs: dict[str, Json], description: Description, sample_of: SampleOf
):
    mine.all()
    foreign = ids(theirs)
    searches = []

    for each in description:
        if each.method != "GET" or each.path.endswith("/current"):
            continue
        path = mine.path(each)
        needed = mine.needed(each)
        inline = {"expand": ",".join(each.expandable) or "tenant"}
        answers = [caller.get(path, needed), caller.get(path, needed | inline)]
        for name in each.parameters if each.is_list else ():
            values = sorted({str(their[name]) for their in theirs.values() if their.get(name)})
            searches += [(each, path, needed | {name: value}) for value in values]
        for answer in answers:
            assert not any(id in answer.raw for id in foreign), each
        if each.is_list:
            assert answers[0].status == 200, each

    assert len(searches) > 150
    for searched in sample_of(searches):
        answer = caller.get(*searched[1:])
        assert not any(id in answer.raw for id in foreign), searched


def test_every_item_of_every_list_belongs_to_the_caller(
    caller: CheckedApi, mine: Examples, theirs: dict[str, Json], description: Description
):
    mine.all()
    for each in description:
        if each.is_list:
            items = caller.every(mine.path(each), mine.needed(each))
            assert {item["tenant"]["href"] for item in items if "tenant" in item} <= {caller.tenant}, each
