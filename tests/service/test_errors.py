"""Every documented error is the answer to a real call, with its documented status and code."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import stormpath.server
from service.calls import Api, Json
from service.description import CheckedApi, Description, Operation
from service.errors_by_resource import NOT_YET, PRODUCED, STATUS, UNDOCUMENTED
from service.examples import Examples, types_of
from stormpath.server.refusals import Code

UNKNOWN = "0351A00000000000000000"

#: What the schemas tell: the tests below make these of every body, list and path there is.
FROM_BODIES = {2000, 2003, 2004, 2005, 2007, 2008, 2013, 2014, 2015, 2016}
FROM_QUERIES = {2100, 2101, 2102, 2103, 2104, 2105, 2106, 2107, 2108}
FROM_REQUESTS = {
    400,
    404,
    1101,
    1100,
}  # The last: every method that is not described (test_openapi_conformance.py).

#: Where all codes stand: their list, and their statuses. What is raised there is said beside it.
TABLES = {"refusals.py", "rest/errors.py"}
RAISED_THERE = {409, 500, 503, 1100}


@pytest.fixture
def examples(api: Api) -> Examples:
    return Examples(CheckedApi.like(api))


@pytest.fixture
def description(examples: Examples) -> Description:
    return examples.description


class TestTheList:
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
    """Return the codes that modules of the service name, wherever they say no."""
    folder = Path(stormpath.server.__file__).parent
    return RAISED_THERE | {
        int(Code[node.attr])
        for file in folder.rglob("*.py")
        if file.relative_to(folder).as_posix() not in TABLES
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Code"
    }


@pytest.mark.parametrize(("resource", "code"), PRODUCED, ids=lambda each: str(each))
def test_a_documented_error_is_produced(api: Api, resource: str, code: int, caplog: pytest.LogCaptureFixture):
    assert PRODUCED[resource, code](api).refusal == (STATUS[code], code)
    # A defect is logged with its cause; what callers do wrong is not.
    assert bool(caplog.records) == (code == 500)


class TestBodies:
    def test_every_attribute_refuses_what_its_schema_does_not_allow(
        self, examples: Examples, description: Description
    ):
        produced = set()
        for each in description:
            if each.method != "POST" or each.body is None or each.is_custom_data:
                continue
            path = examples.path(each)
            good = {} if each.body_name.endswith("Update") else examples.body(each, only_required=True)
            for name, value, codes in wrong_values(examples, each):
                answer = examples.api.post(path, good | {name: value})
                assert answer.status >= 400, (each, name, value)
                assert answer["code"] in codes, (each, name, value, answer.raw)
                assert answer.refusal[0] == STATUS[answer["code"]]
                produced.add(answer["code"])

        assert produced == FROM_BODIES

    def test_what_cannot_be_read_is_refused(self, examples: Examples, description: Description):
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
                assert answer.refusal == expected, each


def wrong_values(examples: Examples, operation: Operation) -> Iterator[tuple[str, object, set[int]]]:
    """Return attributes of the body with values that are wrong, and the codes that may say so."""
    schema = examples.description.resolved(operation.body or {})
    is_update = operation.body_name.endswith("Update")
    yield "noSuchAttribute", 1, {2015}
    for name, described in schema.get("properties", {}).items():
        required = name in schema.get("required", ())
        if required or (is_update and not may_be_null(described)):
            yield name, None, {2000}
        if examples.description.is_link(described):
            yield from wrong_links(examples, operation, name)
        else:
            yield from wrong_plain(name, described, required=required)


def may_be_null(schema: Json) -> bool:
    """Tell whether null means something: nothing, or an empty list or object."""
    return bool({"null", "array", "object"} & set(types_of(schema))) or {"type": "null"} in schema.get(
        "anyOf", ()
    )


def wrong_links(
    examples: Examples, operation: Operation, name: str
) -> Iterator[tuple[str, object, set[int]]]:
    kinds = examples.kinds_of(operation.body_name, name)
    other = next(kind for kind in examples.description.plurals.values() if kind not in kinds)
    yield name, "a text", {2004}
    yield name, {"href": 1}, {2004}
    yield name, {}, {2000}
    yield name, {"href": "https://example.com/elsewhere"}, {2016}
    yield name, {"href": examples[other]["href"]}, {2014}
    for kind in kinds:
        yield name, {"href": f"{examples.api.base_url}/{kind}/{UNKNOWN}"}, {2016}


def wrong_plain(name: str, schema: Json, *, required: bool) -> Iterator[tuple[str, object, set[int]]]:
    types = types_of(schema)
    if "string" in types:
        yield name, 17, {2004}
        yield name, {"a": 1}, {2004}
        if "enum" in schema:
            yield name, "NO_SUCH_WORD", {2003}
            return
        yield name, "a\x00b", {2005}
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
        yield name, "a text", {2004}
        yield name, {"a": 1}, {2004}
    else:
        yield name, "a text", {2004}
        yield name, [1], {2004}


class TestQueries:
    def test_every_list_refuses_what_it_does_not_take(self, examples: Examples, description: Description):
        produced = set()
        for each in description:
            if each.is_list:
                for query, code in wrong_queries(description, each):
                    answer = examples.api.request("GET", examples.path(each), query=query)
                    assert answer.refusal == (STATUS[code], code), (each, query)
                    produced.add(code)

        assert produced == FROM_QUERIES

    def test_whatever_is_asked_with_a_parameter_that_means_nothing_is_refused(
        self, examples: Examples, description: Description
    ):
        for each in description:
            if each.path.endswith("/current"):
                continue
            answer = examples.api.request(each.method, examples.path(each), query="noSuchParameter=1")
            assert answer.refusal == (STATUS[2105], 2105), each

    def test_what_cannot_be_had_inline_is_refused(self, examples: Examples, description: Description):
        for each in description:
            if each.method == "GET" and "expand" in each.parameters:
                for expand, code in (("createdAt", 2107), ("noSuchLink", 2107), ("tenant(", 2103)):
                    assert examples.api.get(examples.path(each), expand=expand).refusal == (
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
    item = description.properties(operation.answers_with.removesuffix("Collection"))
    yield from ((f"orderBy={name}", 2106) for name, each in item.items() if description.is_link(each))


def test_an_unknown_id_is_not_found_whatever_the_method(examples: Examples, description: Description):
    for each in description:
        if each.has_id:
            path = examples.path(each, {each.kind: {"href": UNKNOWN}})
            raw = json.dumps(examples.body(each)).encode() if each.method == "POST" else b""
            answer = examples.api.request(
                each.method, path, raw, headers={"Content-Type": "application/json"}
            )
            assert answer.refusal == (STATUS[404], 404), each
