"""Requests that Schemathesis generates from the description: no answer is a 5xx or breaks its schema.

The requests, valid and invalid, are the same in every run and limited in number: they complement other tests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from service.calls import Answer, Api, Json, basic, id_of
from service.description import ID, CheckedApi, Operation
from service.examples import Examples, types_of
from stormpath.server.app import Service

CHECKS: list[Any] = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]

#: The number of examples for one database and one kind of them, divided among the operations.
BUDGET = 500

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)
TIMES = st.sampled_from(
    ["2015", "2015-01", "[2015-01-01,2099)", "(,2099-12-31T23:59:59.999Z]", "[2016,2015]"]
)


@pytest.fixture
def examples(api: Api) -> Examples:
    examples = Examples(CheckedApi.like(api))
    examples.all()
    return examples


@pytest.mark.sampled
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_answer_is_a_defect_or_breaks_its_schema(
    service: Service,
    api: Api,
    examples: Examples,
    mode: GenerationMode,
    examples_of: Callable[[int], int],
):
    schema = schemathesis.openapi.from_wsgi("/v1/openapi.json", service)
    operations = [each.ok() for each in schema.get_all_operations()]
    each_gets = max(4, BUDGET // len(operations))
    # Of a sample, every so many operations, and others for each kind of requests.
    step = len(operations) // examples_of(len(operations))
    seen: Counter[int] = Counter()
    for each in operations[list(GenerationMode).index(mode) :: step]:
        operation = examples.description.find(each.method.upper(), each.path)
        assert operation is not None
        seen += tried(operation, each, examples, basic(api.key_id, api.secret), mode, each_gets)

    assert seen.total() > 300 // step
    # Invalid requests are refused; valid ones have to succeed now and then, or they would test nothing.
    granted = sum(count for status, count in seen.items() if status < 400)
    assert granted > seen.total() / 3 or mode is GenerationMode.NEGATIVE, seen


def tried(
    operation: Operation, generator: Any, examples: Examples, key: Json, mode: GenerationMode, most: int
) -> Counter[int]:
    """Send the requests generated for one operation; return the number of answers by status."""
    seen: Counter[int] = Counter()
    positive = mode is GenerationMode.POSITIVE

    @settings(
        max_examples=most,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=generator.as_strategy(generation_mode=mode), data=st.data())
    def run(case: Any, data: st.DataObject) -> None:
        if operation.has_id:
            case.path_parameters = {**case.path_parameters, "id": id_of(target(operation, examples))}
        if operation.has_token:
            token = examples.path(operation).rpartition("/")[2]
            case.path_parameters = {**case.path_parameters, "token": token}
        if positive:
            # A random text is no date and names no link: meaningful queries are made here.
            case.query = data.draw(queries(operation, examples))
            if isinstance(case.body, dict):
                case.body |= data.draw(fitting(operation, examples))

        response = case.call(headers=key)

        case.validate_response(response, checks=CHECKS)
        answer = Answer(
            response.status_code,
            {name: values[0] for name, values in response.headers.items()},
            response.content or b"",
        )
        if answer.raw:
            examples.description.hold(operation, answer)
        seen[answer.status] += 1

    run()
    return seen


def target(operation: Operation, examples: Examples) -> Json:
    """Return the path to call: a resource that will be deleted is not shared with other examples."""
    deletes = operation.method == "DELETE" and operation.path == f"/{operation.kind}/{ID}"
    return examples.fresh(operation.kind) if deletes else examples[operation.kind]


def queries(operation: Operation, examples: Examples) -> st.SearchStrategy[Json]:
    """Return queries that are mostly meaningful for the operation."""
    known: dict[str, st.SearchStrategy[object]] = {
        "limit": st.integers(1, 120),
        "offset": st.integers(0, 5),
        "expand": expansions(operation),
        "orderBy": orders(operation, examples),
        "status": st.sampled_from(["ENABLED", "disabled"]),
    }
    texts = TEXTS | TEXTS.map("*{}*".format)
    choices = {
        name: known.get(name, TIMES if name.endswith("At") else texts)
        for name in operation.parameters
        if name != "cursor" and (name != "expand" or operation.expandable)
    }
    return st.fixed_dictionaries({}, optional=choices)


def expansions(operation: Operation) -> st.SearchStrategy[object]:
    if not operation.expandable:
        return st.nothing()
    names = st.lists(st.sampled_from(operation.expandable), min_size=1, max_size=3, unique=True)
    return names.map(",".join)


def orders(operation: Operation, examples: Examples) -> st.SearchStrategy[object]:
    item = operation.answers_with.removesuffix("Collection")
    if not operation.is_list:
        return st.nothing()
    scalars = [
        name
        for name, schema in examples.description.properties(item).items()
        if name != "href" and {"string", "integer", "boolean"} & set(types_of(schema))
    ]
    one = st.tuples(st.sampled_from(scalars), st.sampled_from(["", " asc", " DESC"])).map("".join)
    return st.lists(one, min_size=1, max_size=3, unique_by=lambda each: each.split()[0]).map(",".join)


def fitting(operation: Operation, examples: Examples) -> st.SearchStrategy[Json]:
    """Return values that no schema gives: hrefs of existing resources, addresses, passwords."""
    schema = examples.description.resolved(operation.body or {})
    required = set(schema.get("required", ()))
    special: dict[str, st.SearchStrategy[object]] = {}
    for name, described in schema.get("properties", {}).items():
        if examples.has_own_values(operation.body_name, name):
            special[name] = st.builds(partial(one_of, examples, operation.body_name, name), st.integers(0, 9))
        elif examples.description.is_link(described):
            special[name] = st.sampled_from([{"href": each["href"]} for each in examples.all().values()])
    optional = {name: each for name, each in special.items() if name not in required}
    return st.fixed_dictionaries(
        {name: special[name] for name in special if name in required}, optional=optional
    )


def one_of(examples: Examples, body: str, name: str, pick: int) -> object:
    """Return one of the values of an attribute: made now, since some can be used only once."""
    values = examples.values(body, name)
    return values[pick % len(values)]
