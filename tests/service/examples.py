"""One resource of each kind that the API describes, and valid bodies to create more of them.

Values come from the schemas. What a schema cannot express is in example_values.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from service.calls import Answer, Json, id_of, link, query_string
from service.description import ID, KEY, TOKEN, CheckedApi, Description, Operation
from service.example_values import (
    ALSO_REQUIRED,
    ALSO_REQUIRED_FIELDS,
    FIELDS,
    FIXED,
    FOUND_AT,
    ISSUED,
    LEFT_OUT,
    MADE_AT,
    ONLY_ONE,
    PROVIDERS,
    SEVERAL,
    TOKENS,
    VALUES,
    VARIANTS,
    VERIFYING,
)
from service.provider_bodies import of_kind
from service.social_logins import account_of, lasting_provider, provider_directory
from service.token_calls import log_in
from support.providers.generic import Generic
from support.providers.github import GitHub
from support.providers.stand_in import StandIn
from support.providers.twitter import Twitter


class Examples:
    """``examples["accounts"]`` is an account. It is created on first use; ``fresh`` creates another."""

    def __init__(self, api: CheckedApi) -> None:
        self.api: CheckedApi = api
        self.description: Description = api.description
        self._numbers = count(1)
        self._made: dict[str, Json] = {}
        self._elsewhere: Json | None = None
        self._provider_directory: Json | None = None
        self._of_providers: list[Json] = []
        self.code: str = ""

    def __getitem__(self, kind: str) -> Json:
        if kind not in self._made:
            owner, name = FOUND_AT.get(kind, ("", ""))
            self._made[kind] = self.found(self[owner], name) if owner else self.fresh(kind)
            if kind in ("applications", "organizations"):
                self._give_stores(kind)
            if kind == VERIFYING:
                policy = self.found(self._made[kind], "accountCreationPolicy")
                assert self.api.post(policy["href"], {"verificationEmailStatus": "ENABLED"}).status == 200
        return self._made[kind]

    def number(self) -> int:
        """Return a new number."""
        return next(self._numbers)

    def url(self) -> str:
        return f"https://example.com/{self.number()}"

    def all(self) -> dict[str, Json]:
        """Return an example of every described kind."""
        return {kind: self[kind] for kind in self.description.instances}

    def tokens(self) -> dict[str, Json]:
        """Return a valid token, as a link, for every path that ends in one."""
        return {each: self[each] for each in self.description.paths if TOKEN in each}

    def fresh(self, kind: str) -> Json:
        """Make one more; what is found is found beside one more of what it comes with."""
        if kind in FOUND_AT:
            owner, name = FOUND_AT[kind]
            return self.found(self.fresh(owner), name)
        if kind in PROVIDERS:
            body = {"name": f"{kind} {self.number()}", "provider": of_kind(kind)}
            provider = {"provider": {"providerId": kind}} if kind == "stormpath" else {}
            return self.found(self.api.post("/directories", body | provider).made, "provider")
        if kind in ISSUED:
            return self.api.get(ISSUED[kind](self, self.account_of_tokens(kind))).ok
        if TOKEN in kind:
            assert kind in TOKENS, f"say in tests/service/examples.py how a token of {kind} is made"
            return TOKENS[kind](self)
        assert kind in MADE_AT, f"say in tests/service/examples.py where an example of {kind} comes from"
        operation = self.description.find("POST", MADE_AT[kind])
        assert operation is not None, f"{MADE_AT[kind]} is not described"
        return self.create(operation).made

    def account_of_tokens(self, kind: str) -> Json:
        """Return the example of an account for the first token of a kind, for each other one of its own."""
        return self.fresh("accounts") if kind in self._made else self["accounts"]

    def logged_in(self, account: Json) -> Json:
        """Return the answer to the password grant of an account."""
        return log_in(self.api, self["applications"], username=account["username"])

    def found(self, owner: Json, name: str) -> Json:
        """Return what a link leads to: of a list the first, of a document that is no JSON its href."""
        href = owner[name]["href"]
        answer = self.read(href)
        assert answer.status == 200, (href, answer.raw)
        if not answer.headers["content-type"].startswith("application/json"):
            return {"href": href}
        found: Json = answer["items"][0] if "limit" in answer.json else answer.json
        return found

    def read(self, path: str) -> Answer:
        """Read a document as JSON where it has such a form."""
        return self.api.request("GET", path, headers={"Accept": "application/json"})

    def account_elsewhere(self) -> Json:
        """Make an account in another directory than that of the examples."""
        self._elsewhere = self._elsewhere or self.fresh("directories")
        return self.api.account(self._elsewhere, f"grace{self.number()}")

    def unverified(self) -> Json:
        """Make an account whose address is to be verified, in a directory of the application."""
        return self.api.account(self[VERIFYING], f"lin{self.number()}")

    def login_provider(self) -> Generic:
        """Return a provider that people log in at, to the application and through the organization."""
        provider = lasting_provider()
        if self._provider_directory is None:
            self._provider_directory = provider_directory(self.api, provider)
            self.api.mapping(self["applications"], self._provider_directory)
            self.api.organization_mapping(self["organizations"], self._provider_directory)
        return provider

    def provider_data(self) -> list[Json]:
        """Return the data of accounts from providers of OAuth 2.0 and OAuth 1.0a."""
        if not self._of_providers:
            kinds: tuple[type[StandIn], ...] = (GitHub, Twitter)
            application = self.fresh("applications")
            accounts = [account_of(self.api, application, each) for each in kinds]
            self._of_providers = [each["providerData"] for each in accounts]
        return self._of_providers

    def phone_number(self) -> str:
        """Return a number that no other example has."""
        return f"+1267555{1000 + self.number()}"

    def sms_factor(self) -> Json:
        """Make a factor of a phone, for an account of its own."""
        phone = {"number": self.phone_number()}
        return self.api.post(self.fresh("accounts")["factors"]["href"], {"type": "SMS", "phone": phone}).made

    def sms_challenge(self) -> Json:
        """Make a challenge whose code was sent to a phone."""
        return self.api.post(self.sms_factor()["challenges"]["href"], {}).made

    def challenge_with_code(self) -> Json:
        """Make a challenge whose answer is known: it is ``code`` afterwards."""
        codes = self.recovery_codes()
        self.code = codes["codes"][0]
        return self.api.post(codes["challenges"]["href"], {}).made

    def recovery_codes(self) -> Json:
        """Make a set of recovery codes, for an account of its own."""
        body = {"type": "recovery-codes"}
        return self.api.post(self.fresh("accounts")["factors"]["href"], body).made

    def create(self, operation: Operation, body: Json | None = None) -> Answer:
        """Create with a body of every attribute, or with this one."""
        self.make_room(operation)
        return self.api.post(self.path(operation), self.body(operation) if body is None else body)

    def make_room(self, operation: Operation) -> None:
        """Delete what stands in the way of creating another one."""
        if operation.path in ONLY_ONE:
            for each in self.api.get(f"{self.api.tenant}/{ONLY_ONE[operation.path]}").items:
                assert self.api.delete(each["href"]).status == 204
            self._made.pop(ONLY_ONE[operation.path], None)

    def path(self, operation: Operation, of: dict[str, Json] | None = None) -> str:
        """Return the operation's path with the id of an example, or of the one among ``of``.

        So it is with tokens, which ``of`` has by the path; what may spend one gets one of its own.
        """
        path, given = operation.path, of or {}
        if operation.has_id:
            path = path.replace(ID, id_of((self if of is None else of)[operation.kind]))
        if operation.has_token:
            spends = operation.method == "POST"
            token = given.get(operation.path) or (
                self.fresh(operation.path) if spends else self[operation.path]
            )
            path = path.replace(TOKEN, id_of(token))
        return path.replace(KEY, "likes")

    def paths(self, operation: Operation) -> list[str]:
        """Return where to try an operation on a resource: one example, or one of each of its variants."""
        if variants := VARIANTS.get(operation.answers_with):
            return [each["href"] for each in variants(self)]
        owner = next((name for name, kind in self.description.plurals.items() if kind == operation.kind), "")
        if operation.is_endpoint and not operation.has_token and (variants := VARIANTS.get(owner)):
            return [self.path(operation, {operation.kind: each}) for each in variants(self)]
        return [self.path(operation)]

    def needed(self, operation: Operation) -> Json:
        """Return the query parameters that an operation cannot do without: an id, of one of its items."""
        return {name: id_of(self[self.description.plurals[operation.item]]) for name in operation.needs}

    def query(self, operation: Operation, **others: Any) -> str:
        """Return a query string with what is needed, and with others."""
        return query_string(self.needed(operation) | others)

    def body(self, operation: Operation, *, only_required: bool = False) -> Json:
        """Return a valid body: a value for every attribute, or for those that have to be there."""
        schema = self.description.resolved(operation.body or {})
        wanted = self.required(operation) if only_required else schema.get("properties", {})
        named = {each: f"{operation.body_name}.{each}" for each in wanted}
        wanted = [name for name, full in named.items() if full not in LEFT_OUT]
        return {name: self.values(operation.body_name, name)[0] for name in wanted} or (
            {"likes": f"sea {self.number()}"} if operation.is_custom_data else {}
        )

    def forms(self, operation: Operation, *, only_required: bool = False) -> Iterator[Json]:
        """Return a valid form of each kind that an operation takes, with new credentials."""
        for each in operation.forms:
            kind = each["properties"].get("grant_type", {}).get("const", "")
            wanted = each["properties"]
            if only_required:
                wanted = [*each["required"], *ALSO_REQUIRED_FIELDS.get(kind, ())]
            yield {name: self._field(kind, name, each["properties"][name]) for name in wanted}

    def _field(self, kind: str, name: str, schema: Json) -> str:
        if "const" in schema:
            return str(schema["const"])
        special = FIELDS.get(f"{kind}.{name}", FIELDS.get(name))
        return str(special(self) if special is not None else schema["enum"][0])

    def required(self, operation: Operation) -> list[str]:
        """Return the required members of a body."""
        schema = self.description.resolved(operation.body or {})
        return [*schema.get("required", []), *ALSO_REQUIRED.get(operation.path, ())]

    def changes(self, operation: Operation, before: Json) -> Iterator[tuple[str, Any]]:
        """Return every attribute that can be set on a resource as it is, with each value to try."""
        shown = {"properties": self.description.properties(operation.answers_with)}
        for name in self.description.properties(operation.body_name):
            fixed = f"{operation.body_name}.{name}" in FIXED
            for value in [before[name]] if fixed else self.values(operation.body_name, name):
                if self.description.has({name: value}, before, shown):
                    yield name, value

    def values(self, body: str, name: str) -> list[Any]:
        """Return values for an attribute in a body of that name: every choice, else two that differ."""
        full = f"{body}.{name}"
        return (
            list(SEVERAL[full]) if full in SEVERAL else self._values(body, name, self._attribute(body, name))
        )

    def has_own_values(self, body: str, name: str) -> bool:
        """Tell whether an attribute has values that its schema does not tell."""
        return not {f"{body}.{name}", name}.isdisjoint({*VALUES, *SEVERAL})

    def _attribute(self, body: str, name: str) -> Json:
        found: Json
        if body in self.description.schemas:
            found = self.description.properties(body)[name]
        else:
            operation = next(each for each in self.description if each.body and each.body_name == body)
            found = (operation.body or {})["properties"][name]
        return found

    def _values(self, body: str, name: str, schema: Json) -> list[Any]:
        special = VALUES.get(f"{body}.{name}", VALUES.get(name))
        if special is not None:
            found = [special(self)]
        else:
            found = [each for each in schema.get("enum", ()) if each is not None]
            found = found or self._plain(body, name, schema)
        nullable = "null" in types_of(schema) or {"type": "null"} in schema.get("anyOf", ())
        return [*found, None] if nullable else found

    def _plain(self, body: str, name: str, schema: Json) -> list[Any]:
        types = types_of(schema)
        if schema.get("format") == "duration":
            return ["PT2H", "P3D"]
        if "string" in types:
            return [self._text(name, schema), self._text(name, schema)]
        if "integer" in types:
            least = schema.get("minimum", 0)
            return [least, least + 1]
        if "boolean" in types:
            return [True, False]
        if "array" in types:
            return [[each] for each in self._plain(body, name, schema.get("items", {"type": "string"}))]
        if "properties" in schema:
            members = schema["properties"].items()
            return [{each: value} for each, inside in members for value in self._values(body, each, inside)]
        if "object" in types:
            return [{"likes": f"{name} {self.number()}", "deep": {"list": [1, 2.5, None, True, "x"]}}]
        return [link(self[kind]) for kind in self._linked(body, name, schema)]

    def _text(self, name: str, schema: Json) -> str:
        text = f"{name} {self.number()}"
        return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength")]

    def kinds_of(self, body: str, name: str) -> list[str]:
        """Return the kinds that a link in a body of that name may lead to."""
        return self._linked(body, name, self._attribute(body, name))

    def _linked(self, body: str, name: str, schema: Json) -> list[str]:
        # What a body takes is any link; its resource shows where it leads, or another that has one like it.
        resource = body.removesuffix("Create").removesuffix("Update")
        resources = [
            each for each in (resource, *self.description.plurals) if each in self.description.schemas
        ]
        shown = (self.description.properties(each).get(name, {}) for each in resources)
        for each in (schema, *shown):
            if found := self.description.kinds(each):
                return found
        raise AssertionError(f"say in tests/service/examples.py what {name} may be")

    def _give_stores(self, kind: str) -> None:
        """Let the owner have the directory where the examples of accounts and groups live.

        An application has the organization too, which lists and logins then go through.
        """
        owner, directory = self._made[kind], self["directories"]
        flags = {"isDefaultAccountStore": True, "isDefaultGroupStore": True}
        if kind == "organizations":
            self.api.organization_mapping(owner, directory, **flags)
        else:
            self.api.mapping(owner, directory, **flags)
            self.api.mapping(owner, self["organizations"])
            self.api.mapping(owner, self[VERIFYING])
        self._made[kind] = self.api.get(owner["href"]).ok


def types_of(schema: Json) -> list[str]:
    """Return the JSON types of a schema."""
    found = schema.get("type", [])
    return [found] if isinstance(found, str) else list(found)
