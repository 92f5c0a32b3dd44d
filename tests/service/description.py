"""The API's own description (OpenAPI): its operations, and checks of answers against its schemas."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from service.calls import Answer, Api, Json
from service.token_calls import FORM, oauth_error

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SCHEMAS = "#/components/schemas/"

#: The bodies of updates that submit an answer: without one they are refused.
ANSWERS = {"ChallengeUpdate"}

#: The parameters in braces of a path.
ID, KEY, TOKEN = "{id}", "{key}", "{token}"

FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time")
def is_instant(value: object) -> bool:
    """Return whether a value is a time as the API writes it (rest-core 1.8)."""
    return not isinstance(value, str) or bool(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value, re.ASCII)
    )


@FORMATS.checks("uri")
def is_absolute(value: object) -> bool:
    """Return whether a value is an absolute URL, as every href is."""
    return not isinstance(value, str) or re.match(r"https?://[^/]+/", value) is not None


@dataclass(frozen=True, repr=False)
class Operation:
    """One method of one path, with its part of the document."""

    method: str
    path: str
    facts: Json

    def __repr__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def kind(self) -> str:
        """The first segment of the path: the kind of resource whose id is in it."""
        return self.path.split("/")[1]

    @property
    def has_id(self) -> bool:
        return ID in self.path

    @property
    def has_token(self) -> bool:
        """Whether the last part of the path is a one-time token."""
        return TOKEN in self.path

    @property
    def is_custom_data(self) -> bool:
        return "/customData" in self.path

    @property
    def is_endpoint(self) -> bool:
        """Whether it is an action on a resource, neither a creation nor an update."""
        names = (name_in(self.body or {}), self.answers_with)
        return self.method == "POST" and not self.is_custom_data and not any(names) and not self.forms

    @property
    def is_list(self) -> bool:
        return self.method == "GET" and "limit" in self.parameters

    @property
    def item(self) -> str:
        """The name of the schema of a list's items."""
        return self.answers_with.removesuffix("Collection")

    @property
    def needs(self) -> list[str]:
        """The required query parameters."""
        return [name for name, each in self.parameters.items() if each.get("required")]

    @cached_property
    def parameters(self) -> dict[str, Json]:
        """The query parameters, by name."""
        return {each["name"]: each for each in self.facts.get("parameters", []) if each["in"] == "query"}

    @property
    def expandable(self) -> list[str]:
        """The links that can be expanded."""
        text = self.parameters.get("expand", {}).get("description", "")
        listed = text.partition(": ")[2].rstrip(".")
        return [each.strip() for each in listed.split(",") if each.strip()]

    @property
    def body(self) -> Json | None:
        """The schema of the request body, unresolved: often a reference. The usual one, of several."""
        return self._bodies[0] if self._bodies else None

    @property
    def calls(self) -> set[str]:
        """The members with which a body is not a new resource, but a call that leads to one."""
        return {name for each in self._bodies[1:] for name in each["required"]}

    @property
    def _bodies(self) -> list[Json]:
        content = self.facts.get("requestBody", {}).get("content", {})
        schema: Json = content.get("application/json", {}).get("schema", {})
        return list(schema.get("anyOf", [schema] if schema else []))

    @property
    def forms(self) -> list[Json]:
        """The schemas of the forms that it takes instead of JSON; one is sent."""
        content = self.facts.get("requestBody", {}).get("content", {})
        schema: Json = content.get(FORM, {}).get("schema", {})
        return list(schema.get("oneOf", [schema] if schema else []))

    @property
    def body_name(self) -> str:
        """The name of the body's schema, such as AccountCreate; of an unnamed one, the path below the id."""
        below = self.path.removeprefix(f"/{self.kind}/").removeprefix(f"{ID}/")
        return name_in(self.body or {}) or below

    @property
    def answers_with(self) -> str:
        """The name of the answer's schema, such as Account; empty when it has none."""
        for status in ("200", "201"):
            if status in self.facts["responses"]:
                return name_in(self.schema_of(int(status)) or {})
        return ""

    @property
    def shown(self) -> set[str]:
        """The members of an answer whose schema has no name; none of one that has."""
        schema = self.schema_of(200) if "200" in self.facts["responses"] else None
        return set((schema or {}).get("properties", ()))

    def content_of(self, status: int) -> dict[str, Json]:
        """Return the content of an answer with that status, by media type; empty when it has no body."""
        answers = self.facts["responses"]
        described = answers.get(str(status), answers.get("default"))
        assert described is not None, f"{self} describes no answer with status {status}"
        content: dict[str, Json] = described.get("content", {})
        return content

    def schema_of(self, status: int) -> Json | None:
        """Return the schema of an answer with that status; ``None`` when it has no JSON body."""
        return self.content_of(status).get("application/json", {}).get("schema")


class Description:
    """An OpenAPI document."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.schemas: dict[str, Json] = document["components"]["schemas"]
        self._closed = _closed(self.schemas)
        self._validators: dict[str, Draft202012Validator] = {}

    def __iter__(self) -> Iterator[Operation]:
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method.lower() in item:
                    yield Operation(method, path, item[method.lower()])

    @property
    def paths(self) -> list[str]:
        return list(self.document["paths"])

    def find(self, method: str, path: str) -> Operation | None:
        """Return the operation of a request; ``None`` when the document has none."""
        for pattern, operations in self._patterns:
            if pattern.fullmatch(path):
                return operations.get(method)
        return None

    def error_of(self, path: str, answer: Answer) -> tuple[int, int]:
        """Return the status and the code of an error at a path, which may have an error body of OAuth."""
        if any(each.forms for each in self if each.path == path):
            status, _, code = oauth_error(answer)
            return status, code
        return answer.error

    def creations(self) -> list[Operation]:
        """Return the operations that create a resource."""
        return [each for each in self if each.method == "POST" and "201" in each.facts["responses"]]

    def updates(self) -> list[Operation]:
        """Return the operations that update a resource, except custom data, and except answers."""
        return [
            each
            for each in self
            if each.method == "POST"
            and not each.is_custom_data
            and each.body_name.endswith("Update")
            and each.body_name not in ANSWERS
        ]

    def resolved(self, schema: Json) -> Json:
        """Return the schema that a reference leads to."""
        name = name_in(schema)
        return self.schemas[name] if name else schema

    def properties(self, name: str) -> dict[str, Json]:
        """Return the properties of a named schema."""
        found: dict[str, Json] = self.schemas[name].get("properties", {})
        return found

    def kinds(self, schema: Json) -> list[str]:
        """Return the first path segments of what a link of that schema may lead to."""
        return [self.plurals[name] for name in names_in(schema) if name in self.plurals]

    def is_link(self, schema: Json) -> bool:
        """Return whether it is the schema of an href, expanded or not."""
        return "Link" in names_in(schema)

    def embedded(self, schema: Json) -> str:
        """Return the name of the body that may replace a link; empty where only a link may stand."""
        return next((each for each in names_in(schema) if each.endswith("Create")), "")

    @cached_property
    def instances(self) -> list[str]:
        """The first path segments of all that can be read by id, including documents."""
        return [each.kind for each in self if each.method == "GET" and each.path == f"/{each.kind}/{ID}"]

    @cached_property
    def plurals(self) -> dict[str, str]:
        """The path segment of each resource with a path of its own, by the name of its schema."""
        return {name: each for name, each in self.segments.items() if each in self.instances}

    @cached_property
    def segments(self) -> dict[str, str]:
        """The path segment of each resource, by the name of its schema; of two, the last one."""
        return {
            each.answers_with: each.path.replace(f"/{ID}", "").rpartition("/")[2]
            for each in self
            if each.method == "GET" and each.answers_with and not each.is_list and not each.is_custom_data
        }

    def has(self, sent: Any, resource: Any, schema: Json) -> bool:
        """Return whether a resource has all members that were sent and that its schema has.

        It lacks those of other variants: they are described, and not among the required.
        """
        if not isinstance(sent, dict) or not isinstance(resource, dict):
            return True
        shown = self.resolved(schema).get("properties", {})
        return all(
            name in resource and self.has(each, resource[name], shown[name])
            for name, each in sent.items()
            if name in shown
        )

    def hold(self, operation: Operation, answer: Answer) -> None:
        """Fail unless the answer is one that the document describes."""
        content = operation.content_of(answer.status)
        schema = operation.schema_of(answer.status)
        if not content:
            assert answer.raw == b"", f"{operation} describes no body, and answered {answer.raw!r}"
            return
        if schema is None or answer.headers["content-type"] in content.keys() - {"application/json"}:
            # The contents of a document are checked by other tests.
            assert answer.headers["content-type"] in content, operation
            assert answer.raw, operation
            return
        assert answer.headers["content-type"] == "application/json;charset=UTF-8", operation
        wrong = [
            f"{'.'.join(map(str, error.absolute_path))}: {error.message}"
            for error in self._validator(schema).iter_errors(answer.json)
        ]
        assert wrong == [], f"{operation} answered {answer.raw!r}"

    def _validator(self, schema: Json) -> Draft202012Validator:
        key = str(schema)
        if key not in self._validators:
            # What a schema adds members to is closed only with these.
            added = [self.resolved(each) for each in schema.get("allOf", ())]
            closed = _close(copy.deepcopy(schema | ({"allOf": added} if added else {})))
            whole = {"allOf": [closed], "components": {"schemas": self._closed}}
            self._validators[key] = Draft202012Validator(whole, format_checker=FORMATS)
        return self._validators[key]

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], dict[str, Operation]]]:
        found: dict[str, dict[str, Operation]] = {path: {} for path in self.paths}
        for each in self:
            found[each.path][each.method] = each
        # Those without an id first: /tenants/current is not the tenant whose id is "current".
        return [
            (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), found[path])
            for path in sorted(found, key=lambda path: ID in path)
        ]


class CheckedApi(Api):
    """A caller that checks every answer against the description of its operation."""

    description: Description

    @classmethod
    def like(cls, api: Api) -> CheckedApi:
        """Return the same caller without the checks."""
        made = cls(api.wsgi, api.base_url, api.tenant_id, api.key_id, api.secret)
        made.description = Description(api.get("/openapi.json").ok)
        return made

    def request(self, method: str, path: str, *arguments: Any, **options: Any) -> Answer:
        answer = super().request(method, path, *arguments, **options)
        below_base = path.partition("?")[0].removeprefix(self.base_url)
        operation = self.description.find(method, below_base)
        if operation is not None:
            self.description.hold(operation, answer)
        return answer


def name_in(schema: Json) -> str:
    """Return the name that a reference refers to; empty when it is no reference."""
    return str(schema.get("$ref", "")).removeprefix(SCHEMAS)


def names_in(schema: Any) -> list[str]:
    """Return the names of all schemas that this one refers to, itself among them."""
    if isinstance(schema, list):
        return [name for each in schema for name in names_in(each)]
    if not isinstance(schema, dict):
        return []
    own = [name_in(schema)] if "$ref" in schema else []
    return own + [name for each in schema.values() for name in names_in(each)]


def _closed(schemas: dict[str, Json]) -> dict[str, Json]:
    """Return the schemas closed against unknown members, except those that other schemas include."""
    included = {name for each in schemas.values() for name in names_in(each.get("allOf", []))}
    copies = copy.deepcopy(schemas)
    return {name: each if name in included else _close(each) for name, each in copies.items()}


def _close(schema: Json) -> Json:
    if ("properties" in schema or "allOf" in schema) and "additionalProperties" not in schema:
        schema["unevaluatedProperties"] = False
    return schema
