"""The worst input of any length costs little: lengths are checked before anything parses, folds or matches.

Python computes under one lock: what takes a second to parse stops every other request for a second. The time
measured is that of the processor in the service's own thread, without the database's.
"""

import gc
import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import cycle, product
from typing import Any, TypeVar

import pytest

from service.calls import Api, Json, basic, path_of
from service.description import CheckedApi, Operation
from service.examples import Examples
from service.provider_bodies import CERTIFICATE
from stormpath.server.resources import RESOURCES
from stormpath.server.resources.saml.certificate_text import CertificateText
from stormpath.server.rest.expansion import parse_expand
from stormpath.server.rest.paging import parse_query
from stormpath.server.rest.parameters import parse
from stormpath.server.schema import (
    Attribute,
    CheckedList,
    Collection,
    Endpoint,
    Object,
    ObjectList,
    Resource,
    Text,
    TextList,
)
from stormpath.server.schema.errors import ApiError
from stormpath.server.schema.query import MAX_QUERY, fold

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


@cache
def filled(filler: str, length: int) -> str:
    """Return a text of a length, or of the shortest that has the filler's ends."""
    start, unit, end = FILLERS[filler]
    room = max(0, length - len(start) - len(end))
    return start + (unit * (room // len(unit) + 1))[:room] + end


Case = TypeVar("Case")


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


def some(cases: Iterable[Case], examples_of: Callable[[int], int], part: int = 1) -> list[Case]:
    """Return all cases in a run at full depth, else ``part`` twelfths of them, from all over."""
    every = list(cases)
    number = min(len(every), examples_of(len(every)) * part)
    return [every[index * len(every) // number] for index in range(number)]


def lowest_cost(call: Callable[[], Any]) -> float:
    """Return the processor's time of a call; the lowest of a few where it took long."""
    costs: list[float] = []
    while len(costs) < TRIES and min(costs, default=1) > LIMIT / 2:
        start = time.thread_time()
        with suppress(ApiError):
            call()
        costs.append(time.thread_time() - start)
    return min(costs)


def declared() -> Iterator[tuple[str, Attribute]]:
    """Yield every attribute that a body may have, also those in objects and of endpoints and tokens."""
    for resource in RESOURCES:
        for each in resource.attributes:
            yield from within(resource.name, each)


def within(owner: str, attribute: Attribute) -> Iterator[tuple[str, Attribute]]:
    name = f"{owner}.{attribute.name}"
    yield name, attribute
    inside: tuple[Attribute, ...] = ()
    if isinstance(attribute, Object | ObjectList):
        inside = attribute.members
    elif isinstance(attribute, Endpoint):
        inside = (*attribute.body, *(attribute.tokens.body if attribute.tokens else ()))
    for each in inside:
        yield from within(name, each)


def longest(attribute: Attribute) -> int:
    return attribute.max_length if isinstance(attribute, Text) else getattr(attribute, "max_total", 4000)


def values(attribute: Attribute, filler: str) -> Iterator[Any]:
    """Yield the worst values of a filler: of the largest length, of one more, of a whole body."""
    for length in (longest(attribute), longest(attribute) + 1, BODY):
        text = filled(filler, length)
        yield text
        if isinstance(attribute, TextList):
            yield [text]
            unit = FILLERS[filler][1]
            yield [unit] * (length // len(unit))
            yield [""] * length


@pytest.mark.sampled
def test_no_check_of_an_attribute_is_expensive(examples_of: Callable[[int], int]):
    worst, cases = (0.0, ""), list(product(declared(), FILLERS))
    assert len(cases) > 7_000

    for (name, attribute), filler in some(cases, examples_of, part=4):
        for value in values(attribute, filler):

            def check(attribute: Attribute = attribute, value: Any = value) -> None:
                checked = attribute.check(value)
                if isinstance(attribute, Text) and attribute.is_compared:
                    fold(checked)
                if isinstance(attribute, CheckedList):
                    attribute.check_added(checked, ())

            worst = max(worst, (lowest_cost(check), f"{name} {filler} {len(value)}"))

    assert worst[0] < LIMIT, worst


def test_no_layout_of_a_certificate_is_expensive():
    attribute = CertificateText("certificate")
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    size = attribute.max_length
    costs = {}

    for text in (
        begin * (size // len(begin)),
        (begin + end) * (size // len(begin + end)),
        begin + " " * (size - len(begin + end)) + end,
        begin + "A" * (size - len(begin + end)) + end,
        CERTIFICATE * (size // len(CERTIFICATE)),
        CERTIFICATE.replace("\n", "\n  ") * (size // len(CERTIFICATE.replace("\n", "\n  "))),
    ):
        assert len(text) <= size
        costs[text[:40]] = lowest_cost(partial(attribute.check, text))

    assert max(costs.values()) < LIMIT, costs


@dataclass(frozen=True)
class Listed:
    """A collection, and the kind of its items."""

    collection: Collection
    item: Resource

    @property
    def parameters(self) -> list[str]:
        searched = [each.name for each in self.item.attributes if each.searchable]
        custom = ["customData.a"] if self.collection.searches_custom_data else []
        return [*searched, *custom, "q", "orderBy", "cursor", "limit", "offset", "expand"]

    def read(self, query: str) -> None:
        parameters = parse(query)
        parse_expand(parameters.get("expand"), self.item)
        parse_query(parameters, self.item, self.collection)


@cache
def lists() -> list[Listed]:
    kinds = {each.name: each for each in RESOURCES}
    declared = (each for kind in RESOURCES for each in kind.own if isinstance(each, Collection))
    return list({each.of: Listed(each, kinds[each.of]) for each in declared}.values())


def encoded(text: str) -> str:
    """Return a text as it is in a query string, as short as possible; lone surrogates cannot be in one."""
    plain = text.encode(errors="replace").decode("latin-1")
    return plain.replace("%", "%25").replace("&", "%26").replace("+", "%2B").replace("#", "%23")


@pytest.mark.sampled
def test_no_query_string_is_expensive(examples_of: Callable[[int], int]):
    worst, cases = (0.0, ""), list(product(lists(), FILLERS, (2000, 2001, MAX_QUERY)))
    assert len(cases) > 1_500

    for each, filler, length in some(cases, examples_of):
        text = encoded(filled(filler, length))
        queries = [f"{name}={text}" for name in each.parameters]
        queries += [f"{text}=1", f"customData.{text}=1", f"expand=groups({text})", text, "&".join(queries)]
        for query in queries:
            for sent in (query[:MAX_QUERY], query * 2):
                cost = lowest_cost(partial(each.read, sent))
                worst = max(worst, (cost, f"{each.item.name} {filler} {sent[:80]}"))

    assert worst[0] < LIMIT, worst


@pytest.fixture
def timed(api: Api) -> Timed:
    # A document of many lists calls the garbage collector often: it would walk all that earlier tests left.
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    return Timed(api.wsgi)


@pytest.fixture
def examples(api: Api) -> Examples:
    return Examples(CheckedApi.like(api))


@pytest.fixture
def caller(api: Api, timed: Timed) -> Api:
    """The caller of the examples' tenant, measured."""
    return Api(timed, api.base_url, api.tenant_id, api.key_id, api.secret)


JSON_TYPE = {"Content-Type": "application/json"}


def attributes_of(operation: Operation, examples: Examples) -> Iterator[str]:
    """Yield each attribute of a body: ``name``, ``name.member`` of an object, ``name[].member`` of a list."""
    resolved = examples.description.resolved
    for name, attribute in resolved(operation.body or {}).get("properties", {}).items():
        yield name
        yield from (f"{name}.{member}" for member in resolved(attribute).get("properties", {}))
        items = resolved(resolved(attribute).get("items", {}))
        yield from (f"{name}[].{member}" for member in items.get("properties", {}))


def placed(name: str, value: Any) -> Json:
    """Return a body with that value for an attribute."""
    outer, dot, member = name.partition(".")
    inside = {member: value} if dot else value
    return {outer.removesuffix("[]"): [inside] if outer.endswith("[]") else inside}


SHAPES: list[Callable[[str], Any]] = [
    lambda text: text,
    lambda text: [text],
    lambda text: {"href": text},
    lambda text: {"nameKey": text},
    lambda text: {text: text},
    lambda text: [text[:9]] * (BODY // 16),
    lambda text: [{}] * (BODY // 4),
]


@pytest.mark.sampled
def test_no_body_is_expensive(
    caller: Api, timed: Timed, examples: Examples, examples_of: Callable[[int], int]
):
    """Every attribute, each time with other texts and shapes: what the rules do with them counts too."""
    cases = [
        (operation, name)
        for operation in examples.description
        if operation.method == "POST" and operation.body and not operation.is_custom_data
        for name in attributes_of(operation, examples)
    ]
    assert len(cases) > 250
    rounds = 12
    turns = cycle(
        (filler, shape, length)
        for filler in FILLERS
        for length in (255, 1000, 4000, BODY)
        for shape in SHAPES
    )
    number = examples_of(len(cases) * rounds)

    for index in range(number):
        operation, name = cases[index * len(cases) * rounds // number % len(cases)]
        for _ in range(11):
            filler, shape, length = next(turns)
        body = placed(name, shape(filled(filler, length)))
        if length < BODY and index % 2:
            body = {**examples.body(operation, only_required=True), **body}
        raw = json.dumps(body, ensure_ascii=filler == "surrogates").encode()[:BODY]
        path = examples.path(operation)
        timed.check(
            f"{operation} {name} {filler} {length}",
            partial(caller.request, "POST", path, raw, headers=JSON_TYPE),
        )


@pytest.mark.sampled
def test_no_header_is_expensive(
    caller: Api, timed: Timed, examples: Examples, examples_of: Callable[[int], int]
):
    document = examples["samlServiceProviderMetadatas"]["href"]
    directories = "/directories"

    for filler, length in some(product(FILLERS, (4000, BODY)), examples_of):
        text = filled(filler, length).encode(errors="replace").decode("latin-1")
        text = text.replace("\n", "").replace("\0", "")
        for name, value in {
            "Accept": text,
            "accept": "a/b," * (length // 4),
            "If-None-Match": text,
            "Idempotency-Key": text,
            "Content-Type": text,
            "X-Stormpath-Date": text,
            "User-Agent": text,
            "Cookie": text,
            "Accept-Language": text,
            "X-Forwarded-For": text,
        }.items():
            method, path = (
                ("POST", directories) if name in ("Idempotency-Key", "Content-Type") else ("GET", document)
            )
            timed.check(
                f"{name} {filler}", partial(caller.request, method, path, b"{}", headers={name: value})
            )
        for scheme in (
            "",
            "Basic ",
            "SAuthc1 ",
            "SAuthc1 sauthc1Id=a/20260101/b/sauthc1_request, sauthc1SignedHeaders=",
        ):
            timed.check(
                f"Authorization {scheme} {filler}",
                partial(caller.request, "GET", directories, credentials={"Authorization": scheme + text}),
            )
        long_key = basic(text, text)
        timed.check(f"key {filler}", partial(caller.request, "GET", directories, credentials=long_key))


def test_no_query_string_of_an_unknown_caller_is_expensive(caller: Api, timed: Timed):
    signed = {
        "Authorization": "SAuthc1 sauthc1Id=a/20260101/b/sauthc1_request, "
        f"sauthc1SignedHeaders=host;x-stormpath-date, sauthc1Signature={'0' * 64}",
        "X-Stormpath-Date": "20260101T000000Z",
    }
    for query in ("%25" * 20_000, "a=b&" * 15_000, "&" * 60_000, "a=%2f&" * 10_000, "_method=" * 8_000):
        for credentials in (signed, {}, basic("a", "b")):
            timed.check(
                query[:8], partial(caller.request, "POST", "/accounts", query=query, credentials=credentials)
            )


@pytest.mark.sampled
def test_no_path_is_expensive(
    caller: Api, timed: Timed, examples: Examples, examples_of: Callable[[int], int]
):
    application, account = examples["applications"], examples["accounts"]

    # No part of a path has these.
    fillers = [each for each in FILLERS if each not in ("nul", "surrogates", "pem", "pems")]
    for filler, length in some(product(fillers, (300, 8000, BODY)), examples_of):
        text = filled(filler, length).replace("?", "")
        for path in (
            f"/accounts/{text}",
            f"/{text}",
            path_of(application, "passwordResetTokens", text),
            f"/accounts/emailVerificationTokens/{text}",
            path_of(account, "customData", text),
            "/" * length + text,
            "/a" * (length // 2),
        ):
            timed.check(f"{path[:40]} {filler}", partial(caller.request, "GET", path))
            timed.check(f"{path[:40]} {filler}", partial(caller.request, "DELETE", path))


@pytest.mark.sampled
def test_no_form_of_a_page_is_expensive(caller: Api, timed: Timed, examples_of: Callable[[int], int]):
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    for filler in some(FILLERS, examples_of, part=3):
        text = encoded(filled(filler, 8000)).encode("latin-1")
        for body in (b"sptoken=" + text, b"sptoken=x&password=" + text, text):
            for page in ("/passwordReset", "/verify"):
                page = caller.base_url.removesuffix("/v1") + page
                timed.check(
                    f"{page} {filler}",
                    partial(caller.request, "POST", page, body, headers=kind, credentials={}),
                )


@pytest.mark.sampled
def test_no_form_of_a_grant_is_expensive(
    caller: Api, timed: Timed, examples: Examples, examples_of: Callable[[int], int]
):
    """Neither its fields nor the texts in them, in the body and in the query."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    place = path_of(examples["applications"], "oauth")
    grants = {
        "password": ("username=ada&password=", "password=x&username="),
        "refresh_token": ("refresh_token=",),
        "client_credentials": ("client_id=x&client_secret=", "client_secret=x&client_id="),
        "stormpath_token": ("token=", "token=x&accountStore=", "token=x&organizationNameKey="),
    }
    heads = [f"grant_type={name}&{each}" for name, fields in grants.items() for each in fields]

    for filler, head in some(product(FILLERS, [*heads, "grant_type=", "token=", ""]), examples_of):
        form = head + encoded(filled(filler, 8000))
        for path in (f"{place}/token", f"{place}/revoke"):
            post = partial(caller.request, "POST", path, headers=kind)
            timed.check(f"{head} {filler}", partial(post, form.encode()))
            # Falcon's client takes no query that begins with a question mark.
            timed.check(f"{head} {filler} in the query", partial(post, query=f"&{form}"))
    many = ("&" * 60_000, "a=b&" * 15_000, "%25" * 20_000, "a[b]=c&" * 8_000, "\u00e9=%ff&" * 6_000)
    for form in (*many, "=" * 60_000, ";" * 60_000, "grant_type=password&" * 3_000, "+" * 60_000):
        for path in (f"{place}/token", f"{place}/revoke"):
            post = partial(caller.request, "POST", path, headers=kind)
            for call in (partial(post, form.encode()), partial(post, query=encoded(form))):
                timed.check(form[:20], call)


def test_what_once_took_seconds_does_not(caller: Api, timed: Timed, examples: Examples):
    """With 64 KB: folding and parsing of combining characters, and two places for the same blank."""
    application, account, group = (examples[each] for each in ("applications", "accounts", "groups"))
    accounts = path_of(examples["directories"], "accounts")
    combining = filled("combining", BODY // 2)
    login = {"type": "basic", "value": "YTpi"}
    policy = path_of(examples["accountCreationPolicies"])
    bodies: list[tuple[str, Json]] = [
        (application["loginAttempts"]["href"], login | {"accountStore": {"nameKey": combining}}),
        (application["loginAttempts"]["href"], login | {"accountStore": {"href": f"http://{combining}/"}}),
        ("/groupMemberships", {"account": {"href": f"//{combining}"}, "group": {"href": group["href"]}}),
        (path_of(account), {"givenName": combining}),
        (path_of(account), {"status": combining}),
        (path_of(examples["oAuthPolicies"]), {"accessTokenTtl": filled("duration", BODY)}),
        (policy, {"emailDomainBlacklist": [""] * (BODY // 4)}),
        (policy, {"emailDomainBlacklist": [filled("combining", 4000)]}),
    ]

    for path, body in bodies:
        raw = json.dumps(body, ensure_ascii=False).encode()
        timed.check(f"{path} {raw[:60]!r}", partial(caller.request, "POST", path, raw, headers=JSON_TYPE))
    for query in (
        f"expand=a{' ' * 30_000}x",
        f"orderBy=a{' ' * 30_000}x",
        f"q={encoded(filled('combining', 15_000))}",
        "&".join(
            f"{name}={encoded(filled('combining', 2000))}" for name in ("q", "email", "username", "surname")
        ),
        "&".join(f"customData.a{number}=1" for number in range(2000)),
        "orderBy=" + ",".join(["email"] * 4000),
        "cursor=" + "W" * 30_000,
    ):
        timed.check(query[:20], partial(caller.request, "GET", accounts, query=query))


MEGABYTE = 1024 * 1024


def documents(size: int) -> dict[str, bytes]:
    """Return custom data of about a size that is as hard to read as its size allows."""
    return {
        "text": b'{"a":"' + b"a" * size + b'"}',
        "keys": json.dumps({f"k{number}": 1 for number in range(size // 12)}).encode(),
        "long keys": json.dumps({f"{number:0255}": 1 for number in range(size // 260)}).encode(),
        "a key too long": b'{"' + b"k" * size + b'":1}',
        "nested keys": json.dumps({"a": {f"k{number}": {} for number in range(size // 12)}}).encode(),
        "deep": b'{"a":[' + b",".join([b"[" * 150 + b"]" * 150] * (size // 300)) + b"]}",
        "too deep": b'{"a":' + b"[" * (size // 2) + b"]" * (size // 2) + b"}",
        "lists": b'{"a":[' + b",".join([b"[]"] * (size // 3)) + b"]}",
        "numbers": b'{"a":[' + b",".join([b"1"] * (size // 2)) + b"]}",
        "big numbers": b'{"a":[' + b",".join([b"9" * 4000] * (size // 4000)) + b"]}",
        "huge number": b'{"a":' + b"9" * size + b"}",
        "numbers of 399 digits": b'{"a":[' + b",".join([b"9" * 399] * (size // 400)) + b"]}",
        "fractions of 399 digits": b'{"a":[' + b",".join([b"0." + b"9" * 399] * (size // 400)) + b"]}",
        "digits in texts": b'{"a":"' + b'\\"\\\\' * 1000 + b"9" * size + b'"}',
        "escaped quotes": b'{"a":"' + b'\\"' * (size // 2) + b"9" * 400,
        "long exponent": b'{"a":1e' + b"9" * size + b"}",
        "long fraction": b'{"a":0.' + b"9" * size + b"}",
        "exponents": b'{"a":[' + b",".join([b"1e308"] * (size // 6)) + b"]}",
        "small exponents": b'{"a":[' + b",".join([b"5e-324"] * (size // 7)) + b"]}",
        "combining": ('{"a":"' + "\u0316\u0300" * (size // 4) + '"}').encode(),
        "escapes": b'{"a":"' + b"\\u0316" * (size // 6) + b'"}',
    }


#: The most that a megabyte of custom data costs to store and to show, in seconds.
PER_MEGABYTE = 1.0


def test_the_cost_of_custom_data_grows_with_its_size_alone(caller: Api, timed: Timed, examples: Examples):
    path = path_of(examples["groups"], "customData")
    limit = PER_MEGABYTE / 4
    costs: dict[str, float] = {}

    for name, document in documents(MEGABYTE // 4).items():
        for _ in range(TRIES):
            answer = caller.request("POST", path, document, headers=JSON_TYPE)
            assert answer.status < 500, (name, answer.raw[:200])
            costs[name] = min(timed.seconds, costs.get(name, 1))
            if costs[name] < limit:
                break

    assert {name: cost for name, cost in costs.items() if cost > limit} == {}


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (b'{"a":0.' + b"9" * 400 + b"}", "digits"),
        (b'{"a":"\\\\","b":' + b"9" * 400 + b"}", "digits"),
        (b'{"a":1e999}', "not valid JSON"),
        (b'{"a":' + b"[" * 200 + b"]" * 200 + b"}", "nested more than 200"),
        (b'{"a":[' + b"[]," * 200_000 + b"1]}", "more than 200000 arrays"),
    ],
)
def test_what_is_expensive_for_its_length_is_refused(api: Api, document: bytes, problem: str):
    answer = api.request("POST", path_of(api.directory(), "customData"), document, headers=JSON_TYPE)

    assert answer.error == (400, 400)
    assert problem in answer["developerMessage"]


def test_what_only_looks_expensive_is_stored_and_shown_as_it_is(api: Api):
    content = {
        "digits": "9" * 5000,
        "escaped": '\\"' + "9" * 400 + "\\",
        "number": int("9" * 399),
        "large": 1.7976931348623157e308,
        "small": 5e-324,
        "brackets": "[" * 300_000,
        "deep": json.loads("[" * 199 + "]" * 199),
        "whole": 1.0,
    }
    directory = api.directory()
    path = directory["customData"]["href"]

    stored = api.post(path, content).ok
    shown = api.get(directory["href"], expand="customData")["customData"]
    api.post(path, {"more": [1.5, None]})

    assert {name: stored[name] for name in content} == content
    assert {name: shown[name] for name in content} == content
    kept = api.get(path).ok
    assert {name: kept[name] for name in content} == content
    assert kept["more"] == [1.5, None]
