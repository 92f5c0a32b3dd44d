"""Every documented error is the answer to a real call, with its documented status and code."""

from __future__ import annotations

import ast
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

import stormpath.server
from service.calls import Api, Json, id_of
from service.description import CheckedApi, Description, Operation
from service.error_calls import PRODUCED
from service.errors_by_resource import NOT_YET, STATUS, UNDOCUMENTED
from service.example_values import (
    JWTS,
    NO_JWT,
    SAYS_NOTHING,
    STORES_OF_MAPPINGS,
    UNKNOWN_IDS,
    unknown_target,
)
from service.examples import Examples, types_of
from service.token_calls import post_form, status_and_code
from stormpath.server.schema.errors import Code

UNKNOWN = "0351A00000000000000000"

#: The codes that follow from schemas: the tests below produce them for every body, list and path.
FROM_BODIES = {2000, 2002, 2003, 2004, 2005, 2007, 2008, 2009, 2013, 2014, 2015, 2016, 2017, 4614, 7502}
FROM_QUERIES = {2100, 2101, 2102, 2103, 2104, 2105, 2106, 2107, 2108}
FROM_REQUESTS = {
    400,
    404,
    1101,
    1100,
}  # The last: every method that is not described (test_openapi_conformance.py).


@pytest.fixture
def examples(api: Api) -> Examples:
    return Examples(CheckedApi.like(api))


@pytest.fixture
def description(examples: Examples) -> Description:
    return examples.description


class TestErrorList:
    def test_every_documented_code_has_a_call_or_a_reason(self):
        waiting = {code for codes in NOT_YET.values() for code in codes}
        produced = {code for _, code in PRODUCED} | FROM_BODIES | FROM_QUERIES | FROM_REQUESTS

        assert produced & waiting == set(), "produced after all: take them off NOT_YET"
        assert produced | waiting == set(STATUS)

    def test_every_code_that_the_service_raises_has_a_call(self):
        produced = {code for _, code in PRODUCED} | FROM_BODIES | FROM_QUERIES | FROM_REQUESTS | UNDOCUMENTED

        assert raised() - produced == set(), "add calls to tests/service/errors_by_resource.py"
        assert produced - raised() - FROM_REQUESTS == set(), "nothing raises them any more"


def raised() -> set[int]:
    """Return the codes that modules of the service name, wherever one raises an error."""
    folder = Path(stormpath.server.__file__).parent
    return {
        int(Code[node.attr])
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Code"
    }


@pytest.mark.parametrize(("resource", "code"), PRODUCED, ids=lambda each: str(each))
def test_a_documented_error_is_produced(api: Api, resource: str, code: int, caplog: pytest.LogCaptureFixture):
    assert status_and_code(PRODUCED[resource, code](api)) == (STATUS[code], code)
    # A defect is logged as an error; what callers cause is not, though it may be a security event.
    assert (logging.ERROR in {each.levelno for each in caplog.records}) == (code == 500)


#: Special codes for a value that is no link, or a link to another kind.
MALFORMED = {"AccountLinkCreate": 7502}
OF_ANOTHER_KIND = {("OrganizationAccountStoreMappingCreate", "organizations"): 4614}

#: Links that may be a bare href too, so that a text is one to nothing.
BARE = {("verificationEmails", "accountStore")}

#: Texts whose format is checked before their characters.
FORMATTED = {"duration"}

#: Lists that also accept a text of words, as OAuth writes them.
TAKES_WORDS = {"scope"}


class TestBodies:
    def test_every_attribute_refuses_what_its_schema_does_not_allow(
        self, examples: Examples, description: Description
    ):
        produced = set()
        for each in description:
            if each.method != "POST" or each.body is None or each.is_custom_data:
                continue
            is_update = each.body_name.endswith("Update")
            for path in examples.paths(each) if is_update or each.is_endpoint else [examples.path(each)]:
                good = {} if is_update else examples.body(each, only_required=True)
                before = examples.api.get(path).ok if is_update else None
                for name, value, codes in wrong_values(examples, each, before):
                    answer = examples.api.post(path, good | {name: value})
                    assert answer.status >= 400, (each, name, value)
                    assert answer["code"] in codes, (each, name, value, answer.raw)
                    assert answer.error[0] == STATUS[answer["code"]]
                    produced.add(answer["code"])
                assert before is None or examples.api.get(path).ok == before, each

        assert produced == FROM_BODIES

    def test_an_unreadable_body_is_refused(self, examples: Examples, description: Description):
        for each in description:
            if each.method != "POST" or (each.body is None and not each.is_custom_data):
                continue
            path = examples.path(each)
            for body, kind, expected in (
                (b"{", "application/json", (STATUS[400], 400)),
                (b"[]", "application/json", (STATUS[400], 400)),
                (b"name=x", "application/x-www-form-urlencoded", (STATUS[1101], 1101)),
            ):
                answer = examples.api.request("POST", path, body, headers={"Content-Type": kind})
                assert answer.error == expected, each


def wrong_values(
    examples: Examples, operation: Operation, before: Json | None
) -> Iterator[tuple[str, object, set[int]]]:
    """Return attributes of the body with wrong values, and the codes that may report them.

    ``before`` is the resource that an update is about, which need not have the attributes of all variants.
    """
    description, schema = examples.description, examples.description.resolved(operation.body or {})
    required = examples.required(operation)
    shown = description.properties(operation.answers_with) if before is not None else {}
    yield "noSuchAttribute", 1, {2015}
    for name, described in schema.get("properties", {}).items():
        if name in shown and name not in (before or {}):
            continue
        if name in required or (before is not None and not may_be_null(described)):
            yield name, None, {2000}
        if description.embedded(described) or name in SAYS_NOTHING:
            yield name, "a text", {2004}
            is_taken = description.embedded(described) or name in operation.calls
            yield name, {"noSuchAttribute": 1}, {2015 if is_taken else 2017}
        elif description.is_link(described):
            yield from wrong_links(examples, operation, name)
        elif "properties" in described:
            yield from wrong_members(name, described, (before or {}).get(name))
        else:
            yield from wrong_plain(name, described, required=name in required)


def may_be_null(schema: Json) -> bool:
    """Return whether null is a valid value: as nothing, an empty list, or a free-form document."""
    nullable = {"null", "array", "object"} & set(types_of(schema)) or {"type": "null"} in schema.get(
        "anyOf", ()
    )
    return bool(nullable) and not ("properties" in schema and "null" not in types_of(schema))


def wrong_members(name: str, schema: Json, before: Json | None) -> Iterator[tuple[str, object, set[int]]]:
    """Return wrong members of an object; of an existing one, only those of its variant."""
    yield name, "a text", {2004}
    yield name, {"noSuchMember": 1}, {2015}
    for member, described in schema["properties"].items():
        if before is None or member in before:
            inside = (before or {}).get(member)
            wrong = (
                wrong_members(member, described, inside)
                if "properties" in described
                else wrong_plain(member, described, required=False)
            )
            yield from ((name, {member: value}, codes) for _, value, codes in wrong)


def wrong_links(
    examples: Examples, operation: Operation, name: str
) -> Iterator[tuple[str, object, set[int]]]:
    kinds = examples.kinds_of(operation.body_name, name)
    malformed = MALFORMED.get(operation.body_name)
    unknown = unknown_target(operation.body_name, name)
    no_href = 2002 if (operation.body_name, name) in STORES_OF_MAPPINGS else unknown
    is_bare = (operation.body_name, name) in BARE
    yield name, "a text", {unknown if is_bare else malformed or 2004}
    yield name, {"href": 1}, {malformed or 2004}
    yield name, {}, {malformed or 2000}
    yield name, {"href": "https://example.com/elsewhere"}, {no_href}
    for kind in examples.description.instances:
        if kind not in kinds:
            yield (
                name,
                {"href": examples[kind]["href"]},
                {OF_ANOTHER_KIND.get((operation.body_name, kind), 2014)},
            )
    for kind in kinds:
        yield name, {"href": f"{examples.api.base_url}/{kind}/{UNKNOWN}"}, {unknown}


def wrong_plain(name: str, schema: Json, *, required: bool) -> Iterator[tuple[str, object, set[int]]]:
    types = types_of(schema)
    if "string" in types:
        if "integer" not in types:
            yield name, 17, {2004}
        yield name, {"a": 1}, {2004}
        if "enum" in schema:
            yield name, "NO_SUCH_WORD", {2003}
            return
        yield name, "a\x00b", {2002 if schema.get("format") in FORMATTED else 2005}
        if "maxLength" in schema:
            yield name, "x" * (schema["maxLength"] + 1), {2008}
        if required:
            yield name, "  ", {2000}
        if schema.get("minLength"):
            yield name, "", {2000, 2007}
    elif "integer" in types:
        yield name, "many", {2004}
        yield name, 2**70, {2010, 2013}
        for bound, step in (("minimum", -1), ("maximum", 1)):
            if bound in schema:
                yield name, schema[bound] + step, {2009, 2010, 2013}
    elif "boolean" in types:
        yield name, "perhaps", {2004}
        yield name, 1, {2004}
    elif "array" in types:
        yield name, 17, {2004}
        yield name, {"a": 1}, {2004}
        yield name, [17], {2004}
        if name not in TAKES_WORDS:
            yield name, "a text", {2004}
    else:
        yield name, "a text", {2004}
        yield name, [1], {2004}


class TestQueries:
    def test_every_list_refuses_what_it_does_not_take(self, examples: Examples, description: Description):
        produced = set()
        for each in description:
            if each.is_list:
                needed = examples.query(each)
                for query, code in wrong_queries(description, each):
                    answer = examples.api.request("GET", examples.path(each), query=f"{needed}&{query}")
                    assert answer.error == (STATUS[code], code), (each, query)
                    produced.add(code)

        assert produced == FROM_QUERIES

    def test_an_invalid_expansion_is_refused(self, examples: Examples, description: Description):
        for each in description:
            if each.method == "GET" and "expand" in each.parameters:
                for expand, code in (("createdAt", 2107), ("noSuchLink", 2107), ("tenant(", 2103)):
                    assert examples.api.get(examples.path(each), expand=expand).error == (
                        STATUS[code],
                        code,
                    )


def wrong_queries(description: Description, operation: Operation) -> Iterator[tuple[str, int]]:
    yield "limit=%FF", 2100
    yield "limit=", 2101
    yield "limit=1&limit=2", 2102
    yield "limit=0", 2103
    yield "offset=-1", 2103
    yield "cursor=abc", 2103
    yield "createdAt=yesterday", 2103
    yield "createdAt=[2016,2015]", 2108
    yield "orderBy=createdAt%20upwards", 2104
    yield "orderBy=href", 2106
    yield "noSuchParameter=1", 2105
    yield "expand=createdAt", 2107
    if "status" in operation.parameters:
        yield "status=NO_SUCH_WORD", 2103
    item = description.properties(operation.item)
    yield from ((f"orderBy={name}", 2106) for name, each in item.items() if description.is_link(each))


def test_an_unknown_id_is_not_found_whatever_the_method(examples: Examples, description: Description):
    for each in description:
        raw = json.dumps(examples.body(each)).encode() if each.method == "POST" else b""
        for path, error in unknown_paths(examples, each):
            if each.forms:
                answers = [post_form(examples.api, path, form) for form in examples.forms(each)]
            else:
                headers = {"Content-Type": "application/json"}
                answers = [examples.api.request(each.method, path, raw, headers=headers)]
            for answer in answers:
                assert description.error_of(each.path, answer) == error, (each, path)


def unknown_paths(examples: Examples, operation: Operation) -> Iterator[tuple[str, tuple[int, int]]]:
    """Return the operation's path with an unknown id, and with unknown tokens of every likely form.

    With each is the error that it leads to.
    """
    if operation.has_id:
        code = UNKNOWN_IDS.get(operation.kind, 404) if operation.method == "GET" else 404
        yield examples.path(operation, {operation.kind: {"href": UNKNOWN}}), (STATUS[404], code)
    if operation.has_token:
        known = examples[operation.path]["href"]
        signed = id_of({"href": known}).rpartition(".")[0] + "." + UNKNOWN
        for token in (UNKNOWN, signed, known[-1], "a" * 2000, "%00", "%F0%9F%94%91"):
            place = {operation.kind: examples[operation.kind], operation.path: {"href": token}}
            error = NO_JWT if operation.path == JWTS else (STATUS[404], 404)
            yield examples.path(operation, place), error
