"""The worst input of any length costs little: lengths are checked before anything parses, folds or matches.

Python computes under one lock: what takes a second to parse stops every other request for a second. The time
measured is that of the processor in the service's own thread, without the database's.
"""

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from typing import Any

import pytest

from service.calls import Api, Json, basic, path_of
from service.description import CheckedApi, Operation
from service.examples import Examples, types_of
from stormpath.server.schema.query import MAX_QUERY

pytestmark = pytest.mark.either_database

#: The most that a request may cost, in seconds of the processor. The machine may be busy: a request that took
#: longer is measured again.
LIMIT = 0.05
TRIES = 4

#: The largest body of a request, but of custom data and texts of templates.
BODY = 64 * 1024

#: Texts that take regular expressions, Unicode and parsers long. ``%s`` is repeated up to the length.
FILLERS = {
    "letters": ("", "a", ""),
    "combining": ("a", "\u0316\u0300", ""),
    "foldings": ("", "\u0390", ""),
    "ligatures": ("", "\ufdfa", ""),
    "dotted": ("", "\u0130", ""),
    "blanks": ("", " ", ""),
    "blanks inside": ("a", " ", "x"),
    "dots": ("", ".", ""),
    "labels": ("", "a.", "!"),
    "hyphens": ("a", "-", "!"),
    "digits": ("", "9", ""),
    "brackets": ("", "[", ""),
    "parentheses": ("a(", "(", ")"),
    "ats": ("", "@", ""),
    "many ats": ("", "a@", "b"),
    "quotes": ('"', '\\"', ""),
    "backslashes": ("", "\\", ""),
    "macros": ("", "${", ""),
    "macro": ("${", "a", ""),
    "empty macros": ("", "${a}", ""),
    "escapes": ("", "%25", ""),
    "asterisks": ("*", "a*", "*"),
    "commas": ("", "a,", ""),
    "url": ("https://", "a", " "),
    "slashes": ("https://", "/a", " "),
    "combining host": ("https://", "\u0316\u0300", "/x"),
    "duration": ("P", "9", "D"),
    "fraction": ("PT0.", "9", "S"),
    "address": ("", "a", "@example.com"),
    "combining domain": ("a@", "\u0316\u0300", ".com"),
    "punycode": ("a@xn--", "9", ".com"),
    "encoded words": ("", "=?", ""),
    "pem": ("-----BEGIN CERTIFICATE-----\n", "A", "\n-----END CERTIFICATE-----"),
    "pems": ("", "-----BEGIN CERTIFICATE-----\n", ""),
    "range": ("[", "9", ",]"),
    "base64": ("", "WzAs", ""),
    "surrogates": ("", "\ud83d", ""),
    "nul": ("a", "\x00", ""),
}


def filled(filler: str, length: int) -> str:
    """Return a text of a length, or of the shortest that has the filler's ends."""
    start, unit, end = FILLERS[filler]
    room = max(0, length - len(start) - len(end))
    return start + (unit * (room // len(unit) + 1))[:room] + end


@dataclass
class Timed:
    """A WSGI app that measures the processor's time in each call."""

    app: Callable[..., Iterable[bytes]]
    seconds: float = 0
    slowest: dict[str, float] = field(default_factory=dict)

    def __call__(self, environ: Json, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start = time.thread_time()
        answer = list(self.app(environ, start_response))
        self.seconds = time.thread_time() - start
        return answer

    def check(self, case: str, call: Callable[[], Any]) -> None:
        """Make a call; fail when it costs too much each time."""
        for _ in range(TRIES):
            answer = call()
            assert answer.status < 500, (case, answer.raw[:300])
            self.slowest[case] = min(self.seconds, self.slowest.get(case, 1e9))
            if self.seconds < LIMIT:
                return
        pytest.fail(
            f"{case}: {self.slowest[case] * 1000:.0f} ms, answered {answer.status} {answer.raw[:200]!r}"
        )


@pytest.fixture
def timed(api: Api) -> Timed:
    return Timed(api.wsgi)


@pytest.fixture
def examples(api: Api) -> Examples:
    return Examples(CheckedApi.like(api))


@pytest.fixture
def caller(api: Api, timed: Timed) -> Api:
    """The caller of the examples' tenant, measured."""
    return Api(timed, api.base_url, api.tenant_id, api.key_id, api.secret)


def sampled(cases: list[Any], examples_of: Callable[[int], int], least: int) -> list[Any]:
    """Return all cases, or every n-th."""
    number = max(examples_of(len(cases)), min(least, len(cases)))
    return cases if number >= len(cases) else [cases[index * len(cases) // number] for index in range(number)]


def bodies(operation: Operation, examples: Examples) -> Iterator[tuple[str, Json]]:
    """Yield each attribute of a body with its schema; of an attribute that is an object, its members."""
    schema = examples.description.resolved(operation.body or {})
    for name, attribute in schema.get("properties", {}).items():
        resolved = examples.description.resolved(attribute)
        yield name, resolved
        for member, inside in resolved.get("properties", {}).items():
            yield f"{name}.{member}", inside
        for member, inside in (
            examples.description.resolved(resolved.get("items", {})).get("properties", {}).items()
        ):
            yield f"{name}[].{member}", inside


def lengths(schema: Json) -> list[int]:
    """Return the largest length of a value, one more, and that of a whole body."""
    longest = schema.get("maxLength", 4000)
    return [longest, longest + 1, BODY]


def values(filler: str, length: int, schema: Json) -> Iterator[Any]:
    """Yield values of the attribute's type, and texts where others belong."""
    text = filled(filler, length)
    yield text
    types = types_of(schema)
    if "array" in types:
        yield [text]
        yield [FILLERS[filler][1]] * (length // len(FILLERS[filler][1]))
    if not types:
        yield {"href": text}
        yield {"nameKey": text}


def placed(name: str, value: Any) -> Json:
    """Return a body with a value at ``name``, ``name.member`` or ``name[].member``."""
    outer, dot, member = name.partition(".")
    if not dot:
        return {outer: value}
    return {
        outer.removesuffix("[]"): [{member: value}]
        if outer.endswith("[]")
        else {outer: {member: value}}[outer]
    }


@pytest.mark.sampled
def test_no_attribute_is_expensive(
    caller: Api, timed: Timed, examples: Examples, examples_of: Callable[[int], int]
):
    fillers = cycle(FILLERS)
    cases: list[tuple[Operation, str, str, int, Json]] = []
    for operation in examples.description:
        if operation.method != "POST" or operation.is_custom_data or not operation.body:
            continue
        for name, schema in bodies(operation, examples):
            for length in lengths(schema):
                cases += [(operation, name, filler, length, schema) for filler in FILLERS]
    assert len(cases) > 10_000

    for operation, name, filler, length, schema in sampled(cases, examples_of, 0):
        path = examples.path(operation)
        complete = examples.body(operation, only_required=True)
        for number, value in enumerate(values(filler, length, schema)):
            for body in ({**complete, **placed(name, value)}, placed(name, value)):
                raw = json.dumps(body, ensure_ascii=filler == "surrogates").encode()
                if len(raw) > BODY:
                    raw = json.dumps(body).encode()[:BODY]
                case = f"{operation} {name} {filler} {length} {number}"
                timed.check(
                    case,
                    lambda path=path, raw=raw: caller.request(
                        "POST", path, raw, headers={"Content-Type": "application/json"}
                    ),
                )
    report(timed)


def report(timed: Timed) -> None:
    for case, seconds in islice(sorted(timed.slowest.items(), key=lambda each: -each[1]), 12):
        print(f"{seconds * 1000:6.1f} ms  {case}")
