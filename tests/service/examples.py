"""One resource of each kind that the API describes, and valid bodies to make more of them.

Values come from the schemas. What a schema cannot know stands in the tables below: where one of each kind is
made, and the values that have to fit something else. A new resource is a line in ``MADE_AT`` or ``FOUND_AT``.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from itertools import count
from typing import Any

from service.calls import Answer, Json, id_of, link
from service.description import ID, KEY, CheckedApi, Description, Operation

PASSWORD = "Changeme1"

#: Where one of each kind is created; the id in a path is that of the example of its first segment.
MADE_AT = {
    "applications": "/applications",
    "directories": "/directories",
    "accounts": "/directories/{id}/accounts",
    "groups": "/directories/{id}/groups",
    "groupMemberships": "/groupMemberships",
    "accountStoreMappings": "/accountStoreMappings",
}

#: What is not created but comes with something else: the example of that kind, and its link. Where the link
#: is that of a collection, it is the first of its items.
FOUND_AT = {
    "tenants": ("directories", "tenant"),
}

#: Values by the name of an attribute, or by that of the body's schema and the attribute.
VALUES: dict[str, Callable[[Examples], Any]] = {
    "email": lambda it: f"ada{it.number()}@example.com",
    "password": lambda it: PASSWORD,
    "authorizedCallbackUris": lambda it: [f"https://example.com/{it.number()}", "https://*.example.com"],
    "authorizedOriginUris": lambda it: [f"https://{it.number()}.example.com"],
    # An account is in a group once, and a store is mapped once.
    "GroupMembershipCreate.account": lambda it: link(it.fresh("accounts")),
    "AccountStoreMappingCreate.accountStore": lambda it: link(it.fresh("directories")),
    "loginAttempts.value": lambda it: _credentials(it["accounts"]["username"]),
    "loginAttempts.accountStore": lambda it: link(it["directories"]),
}


class Examples:
    """``examples["accounts"]`` is an account. It is made when first asked for; ``fresh`` makes another."""

    def __init__(self, api: CheckedApi) -> None:
        self.api = api
        self.description: Description = api.description
        self._numbers = count(1)
        self._made: dict[str, Json] = {}

    def __getitem__(self, kind: str) -> Json:
        if kind not in self._made:
            self._made[kind] = self.fresh(kind)
            if kind == "applications":
                self._give_directory()
        return self._made[kind]

    def number(self) -> int:
        """Return a number that was not given yet."""
        return next(self._numbers)

    def all(self) -> dict[str, Json]:
        """Return an example of every kind that the document describes."""
        return {kind: self[kind] for kind in self.description.plurals.values()}

    def fresh(self, kind: str) -> Json:
        """Make one more; of what is not made but found, return the one there is."""
        if kind in FOUND_AT:
            owner, name = FOUND_AT[kind]
            return self._found(self[owner][name])
        assert kind in MADE_AT, f"say in tests/service/examples.py where an example of {kind} comes from"
        operation = self.description.find("POST", MADE_AT[kind])
        assert operation is not None, f"{MADE_AT[kind]} is not described"
        return self.create(operation).made

    def _found(self, linked: Json) -> Json:
        answer = self.api.get(linked["href"])
        if not answer.headers["content-type"].startswith("application/json"):
            # A certificate is no resource, and its path has an id all the same.
            return linked
        return answer.items[0] if "items" in answer.json else answer.ok

    def create(self, operation: Operation, body: Json | None = None) -> Answer:
        """Create with a body of every attribute, or with this one."""
        return self.api.post(self.path(operation), self.body(operation) if body is None else body)

    def path(self, operation: Operation, of: dict[str, Json] | None = None) -> str:
        """Return the operation's path with the id of an example, or of the one among ``of``."""
        if not operation.has_id:
            return operation.path
        examples = self if of is None else of
        return operation.path.replace(ID, id_of(examples[operation.kind])).replace(KEY, "likes")

    def body(self, operation: Operation, *, only_required: bool = False) -> Json:
        """Return a valid body: a value for every attribute, or for those that have to be there."""
        schema = self.description.resolved(operation.body or {})
        wanted = schema.get("required", []) if only_required else schema.get("properties", {})
        return {name: self.values(operation.body_name, name)[0] for name in wanted} or (
            {"likes": f"sea {self.number()}"} if operation.is_custom_data else {}
        )

    def values(self, body: str, name: str) -> list[Any]:
        """Return values for an attribute in a body of that name: every choice, else two that differ."""
        schema = self._attribute(body, name)
        special = VALUES.get(f"{body}.{name}", VALUES.get(name))
        if special is not None:
            return [special(self)]
        found = list(schema.get("enum", ())) or self._values(name, schema)
        nullable = "null" in types_of(schema) or {"type": "null"} in schema.get("anyOf", ())
        return [*found, None] if nullable else found

    def _attribute(self, body: str, name: str) -> Json:
        found: Json
        if body in self.description.schemas:
            found = self.description.properties(body)[name]
        else:
            operation = next(each for each in self.description if each.body and each.body_name == body)
            found = (operation.body or {})["properties"][name]
        return found

    def _values(self, name: str, schema: Json) -> list[Any]:
        types = types_of(schema)
        if "string" in types:
            return [self._text(name, schema), self._text(name, schema)]
        if "integer" in types:
            least = schema.get("minimum", 0)
            return [least, least + 1]
        if "boolean" in types:
            return [True, False]
        if "array" in types:
            return [[each] for each in self._values(name, schema.get("items", {"type": "string"}))]
        if "object" in types:
            return [{"likes": f"{name} {self.number()}", "deep": {"list": [1, 2.5, None, True, "x"]}}]
        return [link(self[kind]) for kind in self._linked(name, schema)]

    def _text(self, name: str, schema: Json) -> str:
        text = f"{name} {self.number()}"
        return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength")]

    def kinds_of(self, body: str, name: str) -> list[str]:
        """Return the kinds that a link in a body of that name may lead to."""
        return self._linked(name, self._attribute(body, name))

    def _linked(self, name: str, schema: Json) -> list[str]:
        # What a body takes is any link; the resources show where one of that name leads.
        shown = (self.description.properties(each).get(name, {}) for each in self.description.plurals)
        for each in (schema, *shown):
            if found := self.description.kinds(each):
                return found
        raise AssertionError(f"say in tests/service/examples.py what {name} may be")

    def _give_directory(self) -> None:
        """Let the application have a directory, where the examples of accounts and groups live."""
        self.api.mapping(
            self._made["applications"],
            self["directories"],
            isDefaultAccountStore=True,
            isDefaultGroupStore=True,
        )
        self._made["applications"] = self.api.get(self._made["applications"]["href"]).ok


def types_of(schema: Json) -> list[str]:
    """Return the JSON types of a schema."""
    found = schema.get("type", [])
    return [found] if isinstance(found, str) else list(found)


def _credentials(username: str) -> str:
    return base64.b64encode(f"{username}:{PASSWORD}".encode()).decode()
