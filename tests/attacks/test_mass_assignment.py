"""Mass assignment: members that a caller may not write are ignored or refused, and never stored.

Each described body is sent with members that it does not accept: what the service sets, columns
of the table, and names that mean something elsewhere.
"""

from __future__ import annotations

import re

import pytest

from service.calls import Answer, Api, Json, id_of
from service.description import CheckedApi, Description, Operation
from service.example_values import EMBEDDED, SAYS_NOTHING
from service.examples import Examples
from service.tenant_rows import Rows, columns, dump
from stormpath.server.app import Service
from stormpath.server.schema import snake_case
from support.depth import SampleOf

pytestmark = pytest.mark.either_database

#: Values that no resulting row may contain: a text, a time (as stored too), and an id of nothing.
MARK, MOMENT, STORED_MOMENT, NUMBER = "hostile", "1999-01-01T00:00:00.000Z", "915148800000", 74747

#: The attributes sent inside a link, for the resource that it leads to.
NESTED = {"name": MARK, "status": "DISABLED", "description": MARK, "givenName": MARK}

#: The tables written by a POST that neither creates nor changes a resource, by its path. The example of an
#: account has logged in before, for its tokens: another login from the same address leaves nothing.
LEAVES = {
    "/applications/{id}/passwordResetTokens": {"workflow_tokens", "outbox", "mailings"},
    "/applications/{id}/passwordResetTokens/{token}": {
        *("workflow_tokens", "outbox", "mailings", "accounts", "password_history"),
    },
    "/applications/{id}/verificationEmails": {"outbox", "mailings"},
    "/agents/{id}/synchronizations": {"agent_states"},
    "/agents/{id}/download": {"agents"},
    # The code is wrong.
    "/challenges/{id}": {"challenges", "guesses"},
    "/accounts/emailVerificationTokens/{token}": {"workflow_tokens", "accounts", "mailings"},
}

STANDARD = ("id", "href", "status", "tenant", "directory", "createdAt", "modifiedAt", "items", "size")
ELSEWHERE = (
    "__proto__",
    "constructor",
    "prototype",
    "__class__",
    "$set",
    "_id",
    "_method",
    "customData.x",
    "",
)


@pytest.fixture
def examples(api: Api) -> Examples:
    examples = Examples(CheckedApi.like(api))
    examples.all()
    return examples


@pytest.fixture
def description(examples: Examples) -> Description:
    return examples.description


def camel_case(column: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), column)


class Attack:
    """The members that an operation does not accept, with values that are recognizable in a row."""

    def __init__(self, service: Service, examples: Examples, stranger: Api, operation: Operation) -> None:
        description = examples.description
        self.operation = operation
        self.known = set(description.schemas.get(operation.answers_with, {}).get("properties", ()))
        if operation.has_token:
            # A page sends a token back as it was read, with the times that every resource has.
            self.known |= {*operation.shown, "createdAt", "modifiedAt"}
        # An answer that is no resource has no attributes.
        answered = operation.shown
        taken = set(description.resolved(operation.body or {}).get("properties", ()))
        self._types = columns(service, snake_case(description.segments.get(operation.answers_with, "")))
        self._other = {
            "tenant": stranger.tenant,
            **{name: examples.fresh(kind)["href"] for name, kind in (("directory", "directories"),)},
        }
        names = {*STANDARD, *ELSEWHERE, *self.known, *self._types, *map(camel_case, self._types), *answered}
        self.members = {name: self._value(name) for name in sorted(names - taken)}

    @property
    def marks(self) -> list[str]:
        """The values that must not be in a row."""
        return [
            MARK,
            STORED_MOMENT,
            MOMENT,
            str(NUMBER),
            *(id_of({"href": href}) for href in self._other.values()),
        ]

    def is_echo(self, name: str) -> bool:
        """Return whether a member may be ignored: an earlier answer contains it."""
        return name in self.known or name == "href"

    def assert_repelled(self, answer: Answer, name: str) -> None:
        """Fail unless the member was ignored or refused, depending on what it is."""
        if self.is_echo(name):
            # Clients send whole resources back; a link to another resource is refused, and so is another word
            # in the place of a choice.
            assert answer.status in (200, 201, 202) or answer.error in (
                (400, 2017),
                (400, 2004),
                (400, 2003),
            ), (
                self.operation,
                name,
                answer.raw,
            )
        else:
            assert answer.error == (400, 2015), (self.operation, name)

    def _value(self, name: str) -> object:
        column = snake_case(name)
        if name in self._other:
            return {"href": self._other[name]}
        if name.removesuffix("_id").removesuffix("Id") in self._other:
            return id_of({"href": self._other[name.removesuffix("_id").removesuffix("Id")]})
        if name.endswith("At"):
            return MOMENT
        if self._types.get(column) is bool:
            return True
        return NUMBER if self._types.get(column) is int else MARK


def resources(rows: Rows, description: Description) -> set[tuple[str, str]]:
    """Return those of the rows that are resources."""
    tables = {snake_case(each) for each in description.segments.values()}
    return {row for row in rows if row[0] in tables}


@pytest.mark.sampled(larger=())
def test_an_update_stores_only_what_may_be_written(
    service: Service,
    api: Api,
    stranger: Api,
    examples: Examples,
    description: Description,
    sample_of: SampleOf,
):
    for each in sample_of(description.updates()):
        attack, paths = Attack(service, examples, stranger, each), examples.paths(each)
        assert len(attack.members) > 15
        before = dump(service, api.tenant_id), dump(service, stranger.tenant_id)

        for path in paths:
            for name, value in attack.members.items():
                attack.assert_repelled(api.post(path, {name: value}), name)

        assert (dump(service, api.tenant_id), dump(service, stranger.tenant_id)) == before, each


@pytest.mark.sampled(larger=())
def test_a_creation_stores_only_what_may_be_written(
    service: Service,
    api: Api,
    stranger: Api,
    examples: Examples,
    description: Description,
    sample_of: SampleOf,
):
    for each in sample_of(description.creations()):
        attack = Attack(service, examples, stranger, each)
        bodies = {
            name: examples.body(each, only_required=True) | {name: value}
            for name, value in attack.members.items()
        }
        examples.make_room(each)
        before, theirs = dump(service, api.tenant_id), dump(service, stranger.tenant_id)

        for name, body in bodies.items():
            attack.assert_repelled(examples.create(each, body), name)

        after = dump(service, api.tenant_id)
        assert resources(before, description) <= after, each
        assert [row for row in after - before for mark in attack.marks if mark in row[1]] == [], each
        assert dump(service, stranger.tenant_id) == theirs, each


def test_other_posts_take_documented_members_only(
    service: Service, api: Api, stranger: Api, examples: Examples, description: Description
):
    known = {each.path for each in (*description.creations(), *description.updates())}
    for each in description:
        if each.method == "POST" and each.body and not each.is_custom_data and each.path not in known:
            attack = Attack(service, examples, stranger, each)
            assert len(attack.members) > 15
            body, path = examples.body(each), examples.path(each)
            # A successful request spends a token: all refused ones must meet a valid token.
            echoed = {name: examples.path(each) for name in attack.members if attack.is_echo(name)}
            before = dump(service, api.tenant_id)

            for name, value in attack.members.items():
                if name not in echoed:
                    attack.assert_repelled(api.post(path, body | {name: value}), name)
            assert dump(service, api.tenant_id) == before, each

            for name, where in echoed.items():
                attack.assert_repelled(api.post(where, body | {name: attack.members[name]}), name)
            after = dump(service, api.tenant_id)
            assert {table for table, _ in before ^ after} == LEAVES.get(each.path, set()), each
            assert [row for row in after - before for mark in attack.marks if mark in row[1]] == [], each


def assert_not_followed(answer: Answer, name: str, description: Description, operation: Operation) -> None:
    """Fail unless members beside the href of a link were ignored, or refused where they have a meaning."""
    if name in (SAYS_NOTHING | EMBEDDED) & description.properties(operation.body_name).keys():
        assert answer.error in ((400, 2015), (400, 2017)), (operation, name)
    else:
        assert answer.status in (200, 201), (operation, name, answer.raw)


class TestThroughLinks:
    """A link is an href: other members in it, such as a whole expanded resource, are not stored."""

    def links(self, description: Description, operation: Operation, resource: Json) -> list[str]:
        """Return the links in the answer of an operation, except those that take a body of their own."""
        own = description.properties(operation.body_name)
        return [
            name
            for name, value in resource.items()
            if isinstance(value, dict)
            and "href" in value
            and (name not in own or description.is_link(own[name]))
        ]

    @pytest.mark.parametrize("inline", [False, True], ids=["plain", "expanded"])
    def test_an_update_does_not_write_through_links(
        self, service: Service, api: Api, examples: Examples, description: Description, inline: bool
    ):
        for each in description.updates():
            for path in examples.paths(each):
                resource = api.get(path).ok
                before = dump(service, api.tenant_id)

                for name in self.links(description, each, resource):
                    if inline and name not in each.expandable:
                        continue
                    body = {name: {**resource[name], **NESTED}}
                    answer = api.post(path, body, **({"expand": name} if inline else {}))
                    assert_not_followed(answer, name, description, each)

                assert dump(service, api.tenant_id) == before, each

    @pytest.mark.sampled(larger=())
    def test_a_creation_does_not_write_through_links(
        self,
        service: Service,
        api: Api,
        examples: Examples,
        description: Description,
        sample_of: SampleOf,
    ):
        for each in sample_of(description.creations()):
            sample = examples.create(each).made
            names = self.links(description, each, sample)
            bodies = {name: examples.body(each, only_required=True) for name in names}
            examples.make_room(each)
            before = dump(service, api.tenant_id)

            for name, body in bodies.items():
                link: Json = body.get(name) or sample[name]
                expand = {"expand": name} if name in each.expandable else {}
                examples.make_room(each)
                answer = api.post(examples.path(each), body | {name: {**link, **NESTED}}, **expand)
                assert_not_followed(answer, name, description, each)

            after = dump(service, api.tenant_id)
            assert resources(before, description) <= after, each
            assert [row for row in after - before if MARK in row[1]] == [], each
