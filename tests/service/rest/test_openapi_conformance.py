"""The answers of the service conform to its description: every path, every attribute, every schema.

The cases are derived from the document, so that a resource is covered as soon as it is served. Every answer
here is validated against its closed schema: a member that the document does not name fails the test.
"""

from collections.abc import Iterable
from typing import Any

import pytest

from service.calls import Answer, Api, Json, id_of
from service.description import ID, KEY, METHODS, TOKEN, CheckedApi, Description, Operation
from service.example_values import SAYS_NOTHING, UNKNOWN_IDS
from service.examples import Examples
from service.token_calls import post_form
from stormpath.server.oauth.grants import GRANTS
from support.depth import SampleOf

UNKNOWN = "0351A00000000000000000"

#: Attributes that change besides the one that was set and the standard modifiedAt.
SIDE_EFFECTS = {
    "givenName": {"fullName"},
    "middleName": {"fullName"},
    "surname": {"fullName"},
    "accountName": {"keyUri", "base64QRImage"},
    "issuer": {"keyUri", "base64QRImage"},
    "password": {"passwordModifiedAt"},
    "dnsLabel": {"domainName"},
}

#: Attributes that also change while a verification of the address is pending.
WHILE_PENDING = {"email": {"emailVerificationToken"}, "status": {"emailVerificationToken"}}

#: Attributes that null resets to their default.
HAS_A_DEFAULT = {"domainName", "fromName", "fromEmailAddress", "tlsPrivateKey"}

#: Searchable attributes whose values do not match a text, with a value to search for.
SEARCHED = {
    "encryptSecret": {"encryptSecret": "true", "encryptionKeySalt": "c2FsdHNhbHRzYWx0c2FsdA"},
}


@pytest.fixture
def checked(api: Api) -> CheckedApi:
    return CheckedApi.like(api)


@pytest.fixture
def description(checked: CheckedApi) -> Description:
    return checked.description


@pytest.fixture
def examples(checked: CheckedApi) -> Examples:
    return Examples(checked)


class TestPaths:
    def test_every_path_and_method_is_served_and_no_other_method(
        self, checked: CheckedApi, description: Description, examples: Examples
    ):
        assert len(description.paths) > 30
        for path in description.paths:
            kind = path.split("/")[1]
            for method in METHODS:
                # Unknown ids keep the examples intact, and still tell a route from none.
                id = id_of(examples[kind]) if method == "GET" and ID in path else UNKNOWN
                operation = description.find(method, path.replace(ID, id))
                query = examples.query(operation) if operation and method == "GET" else ""
                where = path.replace(ID, id).replace(KEY, "likes")
                if TOKEN in path:
                    where = where.replace(TOKEN, id_of(examples[path]) if method == "GET" else UNKNOWN)
                answer = checked.request(method, where, query=query)
                if operation is None:
                    assert description.error_of(path, answer) == (405, 1100), (method, path)
                else:
                    expected = (200, 302) if method == "GET" else (400, 404)
                    assert answer.status in expected, (method, path, answer.raw)

    def test_every_attribute_is_shown_and_what_only_some_show_is_not_required(
        self, checked: CheckedApi, description: Description, examples: Examples
    ):
        for each in description:
            if each.method == "GET" and each.answers_with in description.segments and not each.is_list:
                shown = [set(examples.read(path).json) for path in examples.paths(each)]
                schema = description.schemas[each.answers_with]
                assert set.union(*shown) == set(schema["properties"]), each
                assert set.intersection(*shown) == set(schema["required"]), each

    def test_every_link_can_be_had_inline(
        self, checked: CheckedApi, description: Description, examples: Examples
    ):
        examples.all()
        for each in description:
            if each.method == "GET" and each.expandable:
                for path in examples.paths(each):
                    query = examples.needed(each) | {"expand": ",".join(each.expandable)}
                    answer = checked.get(path, query)
                    assert answer.status == 200, each
                    assert_inline(answer, each)

    def test_every_creation_and_update_answers_with_its_links_inline(
        self, checked: CheckedApi, description: Description, examples: Examples
    ):
        for each in description:
            if each.method == "POST" and each.expandable:
                expand = ",".join(each.expandable)
                examples.make_room(each)
                answer = checked.post(
                    examples.path(each), examples.body(each, only_required=True), expand=expand
                )
                assert answer.status in (200, 201), (each, answer.raw)
                assert_inline(answer, each)

    def test_every_endpoint_does_what_it_is_for(
        self, checked: CheckedApi, description: Description, examples: Examples
    ):
        done = set()
        for each in description:
            if each.is_endpoint:
                (expected,) = each.facts["responses"].keys() - {"default"}
                for path in examples.paths(each):
                    for only_required in (True, False):
                        # A token can be spent by the first of the two only.
                        where = examples.path(each) if each.has_token else path
                        answer = checked.post(where, examples.body(each, only_required=only_required))
                        assert str(answer.status) == expected, (each, answer.raw)
                        done.add(each.body_name)

        assert done > {"loginAttempts", "passwordResetTokens", "verificationEmails"}

    def test_every_form_does_what_it_is_for(
        self, checked: CheckedApi, description: Description, examples: Examples
    ):
        done = set()
        for each in description:
            for only_required in (True, False):
                for form in examples.forms(each, only_required=only_required):
                    answer = post_form(checked, examples.path(each), form)
                    assert answer.status == 200, (each, form, answer.raw)
                    done.add(form.get("grant_type", each.path))

        assert done == {*GRANTS, "/applications/{id}/oauth/revoke"}

    def test_every_parameter_of_a_list_is_taken(
        self, checked: CheckedApi, description: Description, examples: Examples
    ):
        examples.all()
        values = {"limit": 1, "offset": 0, "orderBy": "createdAt"}
        for each in description:
            for name in each.parameters if each.is_list else ():
                choices = description.properties(each.item).get(name, {}).get("enum", ["x"])
                value = "2015" if name.endswith("At") else values.get(name, choices[0])
                if name.endswith(".href"):
                    value = examples[f"{name.removesuffix('.href')}s"]["href"]
                if name not in ("expand", "cursor"):
                    query = examples.needed(each) | SEARCHED.get(name, {name: value})
                    assert checked.get(examples.path(each), query).status == 200, (each, name)


def one_of_each(changes: Iterable[tuple[str, Any]], sample_of: SampleOf) -> list[tuple[str, Any]]:
    """Return the changes that this run tries: some for each attribute."""
    by_name: dict[str, list[Any]] = {}
    for name, value in changes:
        by_name.setdefault(name, []).append(value)
    return [(name, value) for name, values in by_name.items() for value in sample_of(values)]


class TestCreation:
    def test_every_attribute_comes_back_as_it_was_sent(
        self, checked: CheckedApi, description: Description, examples: Examples
    ):
        for each in description.creations():
            body = examples.body(each)

            made = examples.create(each, body)

            assert made.status == 201, (each, made.raw)
            assert made.headers["location"] == made["href"]
            assert_holds(checked, made.json, body, each)

    @pytest.mark.sampled(larger=())
    def test_every_value_of_a_choice_comes_back(
        self, checked: CheckedApi, description: Description, examples: Examples, sample_of: SampleOf
    ):
        for each in description.creations():
            schema = description.resolved(each.body or {})
            for name in schema.get("properties", {}):
                for value in sample_of(examples.values(each.body_name, name)):
                    body = examples.body(each, only_required=True)
                    if name not in body:
                        made = examples.create(each, body | {name: value})
                        assert made.status == 201, (each, name, value, made.raw)
                        assert_holds(checked, made.json, {name: value}, each)

    def test_required_attributes_are_enough_to_create(
        self, checked: CheckedApi, description: Description, examples: Examples
    ):
        for each in description.creations():
            body = examples.body(each, only_required=True)

            for name in body:
                without = {other: value for other, value in body.items() if other != name}
                assert examples.create(each, without).error == (400, 2000), (each, name)

            made = examples.create(each, body)
            assert made.status == 201, (each, made.raw)
            assert checked.get(made["href"]).ok == made.json, each


class TestUpdate:
    @pytest.mark.sampled(larger=())
    def test_every_attribute_comes_back_as_it_was_set_and_no_other_changes(
        self, checked: CheckedApi, description: Description, examples: Examples, sample_of: SampleOf
    ):
        for each in description.updates():
            changed = set()
            for path in examples.paths(each):
                # Each attribute at least once, with one of its values.
                for name, value in one_of_each(examples.changes(each, checked.get(path).ok), sample_of):
                    before = checked.get(path).ok

                    after = checked.post(path, {name: value})

                    assert after.status == 200, (each, name, value, after.raw)
                    assert_holds(checked, after.json, {name: value}, each)
                    touched = {name, "modifiedAt", *SIDE_EFFECTS.get(name, ())}
                    if before.get("emailVerificationToken"):
                        touched |= WHILE_PENDING.get(name, set())
                    others = set(before) - touched
                    assert {n: before[n] for n in others} == {n: after[n] for n in others}, (each, name)
                    assert after["modifiedAt"] >= before["modifiedAt"]
                    changed.add(name)
            assert changed == set(description.properties(each.body_name)), each

    def test_the_attributes_of_another_variant_are_refused(
        self, checked: CheckedApi, description: Description, examples: Examples
    ):
        refused = set()
        for each in description.updates():
            for path in examples.paths(each):
                before = checked.get(path).ok
                lacking = description.properties(each.answers_with).keys() - before.keys()
                for name in sorted(lacking & description.properties(each.body_name).keys()):
                    value = examples.values(each.body_name, name)[0]
                    assert checked.post(path, {name: value}).error == (400, 2017), (path, name)
                    refused.add(name)
                assert checked.get(path).ok == before

        assert refused > {"clientSecret", "ssoLoginUrl", "defaultModel"}

    @pytest.mark.sampled(larger=())
    def test_what_cannot_be_written_stays_as_it_is(
        self, checked: CheckedApi, description: Description, examples: Examples, sample_of: SampleOf
    ):
        others = another_of_each(examples)
        attempts = []
        for each in description.updates():
            for path in examples.paths(each):
                before = checked.get(path).ok
                read_only = set(before) - set(description.properties(each.body_name))
                assert {"href", "createdAt", "modifiedAt"} <= read_only, each
                attempts += [(path, name, before) for name in sorted(read_only)]

        for path, name, before in sample_of(attempts):
            answer = checked.post(path, {name: another_value(before[name], others)})

            if answer.status != 200:
                assert answer.error in ((400, 2017), (400, 2004), (400, 2003)), (path, name)
            assert checked.get(path).ok == before, (path, name)

    def test_a_resource_that_is_sent_back_whole_is_no_change(
        self, checked: CheckedApi, description: Description, examples: Examples
    ):
        for each in description.updates():
            for path in examples.paths(each):
                before = checked.get(path).ok

                assert checked.post(path, before).ok == before, each
                assert checked.get(path).ok == before, each


def test_a_deletion_can_be_repeated(checked: CheckedApi, description: Description, examples: Examples):
    for each in description:
        if each.method == "DELETE" and each.path == f"/{each.kind}/{ID}":
            path = examples.path(each, {each.kind: examples.fresh(each.kind)})

            assert [checked.delete(path).status for _ in range(3)] == [204, 204, 204], each
            assert checked.get(path).error == (404, UNKNOWN_IDS.get(each.kind, 404)), each


def assert_inline(answer: Answer, operation: Operation) -> None:
    """Fail unless every expandable link is expanded, in the answer or in each of its items."""
    if not answer.headers["content-type"].startswith("application/json"):
        return
    for shown in answer.json["items"] if operation.is_list else [answer.json]:
        for name in operation.expandable:
            # A null link cannot be expanded, and some variants lack it.
            assert shown.get(name) is None or set(shown[name]) > {"href"}, (operation, name)


def assert_holds(checked: CheckedApi, answer: Json, sent: Json, operation: Operation) -> None:
    """Fail unless the answer and a later read contain what was sent."""
    read = checked.get(answer["href"]).ok
    assert read == answer, operation
    for name, value in sent.items():
        if name == "customData":
            stored = checked.get(read[name]["href"]).ok
            assert {key: stored[key] for key in value} == value, (operation, name)
        elif name in SAYS_NOTHING and set(value) == {"href"}:
            assert read[name]["href"].startswith(read["href"]), (operation, name)
        elif value is None and name in HAS_A_DEFAULT:
            assert read[name] is not None, (operation, name)
        else:
            assert_has(checked, read, name, value)


def assert_has(checked: CheckedApi, read: Json, name: str, value: object) -> None:
    """Fail unless a member of a resource equals what was sent, in the resource or behind a link."""
    shown = read.get(name)
    if shown is None and value is not None:
        # Write-only, such as a password: it is in no answer.
        # A link may be shown by another name: the store of a new account is its directory.
        if not is_link(value):
            assert str(value) not in str(read), (read, name)
    elif isinstance(value, dict) and isinstance(shown, dict) and set(value) != {"href"}:
        inside = checked.get(shown["href"]).ok if "href" in shown else shown
        for member, each in value.items():
            assert_has(checked, inside, member, each)
    else:
        assert ({"href": shown["href"]} if isinstance(shown, dict) and "href" in shown else shown) == value


def another_of_each(examples: Examples) -> dict[str, str]:
    """Return the href of one more resource of each kind, by its first path segment."""
    return {kind: examples.fresh(kind)["href"] for kind in examples.all()}


def another_value(value: object, others: dict[str, str]) -> object:
    """Return a value of the same type that is not this one."""
    if isinstance(value, dict):
        # Below a resource, the value is the same path of another one: /directories/other/groups.
        kind, _, *below = str(value["href"]).partition("/v1/")[2].split("/")
        return {"href": "/".join([others[kind], *below])}
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str) and value.endswith("Z"):
        return "1999-01-01T00:00:00.000Z"
    return f"not {value}"


def is_link(value: object) -> bool:
    """Tell whether a value is a link."""
    return isinstance(value, dict) and set(value) == {"href"}
