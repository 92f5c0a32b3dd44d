"""Random input: the service reports what is wrong with it, and never fails itself."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.calls import Answer, Api, Json, link
from stormpath.server.resources import RULES
from stormpath.server.schema import Collection, Endpoint

pytestmark = pytest.mark.either_database

ANYTHING = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

JSON_TYPE = {"Content-Type": "application/json"}

#: The endpoints of an application that only take POST.
ENDPOINTS = [each.name for each in RULES["application"].resource.own if isinstance(each, Endpoint)]

NAMES = """
    name description status customData email username password givenName middleName surname
    emailVerificationStatus authorizedCallbackUris application accountStore listIndex
    isDefaultAccountStore isDefaultGroupStore account group type value tenant directory key href createdAt
    secret id accessTokenTtl refreshTokenTtl dnsLabel domainName login me signingApiKey tlsPrivateKey
    authorizedOriginURLs sessionTti sessionCookiePersistent
"""
TEXTS = st.text(max_size=30) | st.sampled_from(
    [
        "",
        " ",
        "\u0000",
        "ENABLED",
        "a@b.c",
        "Changeme1!",
        "basic",
        "YTpi",
        "true",
        "-1",
        "9" * 30,
        "/v1/accounts/x",
        "*",
        "[1,2]",
        "2015-01",
        "\u0663",
        "ﬃ",
        "\ud7ff",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["href", "nameKey", "a", "", "-"]) | TEXTS, inner, max_size=3)
    ),
    max_leaves=6,
)
BODIES = st.dictionaries(st.sampled_from(NAMES.split()) | TEXTS, VALUES, max_size=5)

PARAMETERS = """
    offset limit orderBy expand q cursor name status createdAt modifiedAt email givenName customData.a
    customData.a.b customData. createDirectory registrationWorkflowEnabled _method bogus
    id encryptSecret encryptionKeySalt encryptionKeySize encryptionKeyIterations
"""
GRAMMAR = st.text("[](),*.:-+TZ 0123456789abgcinNsd%&=\"'\\/_{}$@", max_size=16)


@pytest.fixture
def resources(api: Api) -> Json:
    application, directory = api.application_with_directory()
    account, group = (
        api.account(directory, customData={"a": {"b": [1, "x", "2015-01-01"]}}),
        api.group(directory),
    )
    verifying = api.directory("Verifying")
    policy = verifying["accountCreationPolicy"]["href"]
    assert api.post(policy, {"verificationEmailStatus": "ENABLED"}).status == 200
    tokens = application["passwordResetTokens"]["href"]
    return {
        "tenant": api.get(api.tenant).ok,
        "application": application,
        "directory": directory,
        "account": account,
        "group": group,
        "mapping": api.mapping(application, group),
        "membership": api.membership(account, group),
        "apiKey": api.api_key(account),
        "oAuthPolicy": api.get(application["oAuthPolicy"]["href"]).ok,
        "webConfig": api.get(application["webConfig"]["href"]).ok,
        "idSite": api.get(f"{api.tenant}/idSites").items[0],
        "organization": api.organization(),
        "resetToken": api.post(tokens, {"email": account["email"]}).ok,
        "verificationToken": api.account(verifying, "lin")["emailVerificationToken"],
    }


def targets(resources: Json) -> list[str]:
    """Return every path that takes a body."""
    owners = ("tenant", "application", "directory", "account", "group", "organization")
    return [
        *(each["href"] for each in resources.values()),
        *(resources[each]["customData"]["href"] for each in owners),
        *("/applications", "/directories", "/accountStoreMappings", "/groupMemberships"),
        *("/organizations", "/organizationAccountStoreMappings", "/accountLinks"),
        resources["application"]["accountLinkingPolicy"]["href"],
        *(resources[each]["accounts"]["href"] for each in ("application", "directory")),
        *(resources[each]["groups"]["href"] for each in ("application", "directory")),
        resources["account"]["apiKeys"]["href"],
        *(resources["application"][each]["href"] for each in ENDPOINTS),
        f"{resources['application']['passwordResetTokens']['href']}/unknown",
        "/accounts/emailVerificationTokens/unknown",
    ]


def lists(resources: Json) -> list[str]:
    """Return the path of every collection, and of some instances."""
    collections = [
        each["href"]
        for resource in resources.values()
        for name, each in resource.items()
        if isinstance(each, dict)
        and name.endswith("s")
        and name not in (*ENDPOINTS, "authTokens")
        and each["href"].startswith(resource["href"])
    ]
    declared = (each for kind in set(resources) & set(RULES) for each in RULES[kind].resource.own)
    assert len(collections) == sum(isinstance(each, Collection) for each in declared) > 25
    instances = (resources[each]["href"] for each in ("account", "mapping", "apiKey"))
    return [*collections, "/accounts", "/applications", *instances]


def is_an_answer(answer: Answer) -> bool:
    """Return whether it is an intended answer; the shape of an error is checked."""
    if answer.status >= 400:
        assert answer.error
    return answer.status < 500


@ANYTHING
@given(body=st.binary(max_size=60), target=st.integers(0, 100))
def test_any_bytes_as_a_body_get_a_valid_answer(api: Api, resources: Json, body: bytes, target: int):
    paths = targets(resources)

    assert is_an_answer(api.request("POST", paths[target % len(paths)], body, headers=JSON_TYPE))


@settings(ANYTHING, max_examples=150)
@given(body=BODIES, target=st.integers(0, 100))
def test_any_json_as_a_body_gets_a_valid_answer(api: Api, resources: Json, body: Json, target: int):
    paths = targets(resources)

    assert is_an_answer(api.post(paths[target % len(paths)], body))


@settings(ANYTHING, max_examples=80)
@given(
    attributes=BODIES,
    link_to=st.sampled_from(["application", "directory", "account", "group", "tenant", "mapping"]),
)
def test_any_json_beside_required_attributes_gets_a_valid_answer(
    api: Api, resources: Json, attributes: Json, link_to: str
):
    """With the required attributes present, the values pass more checks."""
    target = link(resources[link_to])
    required: list[tuple[str, Json]] = [
        ("/applications", {"name": "New"}),
        (resources["directory"]["accounts"]["href"], {"email": "new@example.com", "password": "Changeme1!"}),
        ("/accountStoreMappings", {"application": link(resources["application"]), "accountStore": target}),
        ("/groupMemberships", {"account": target, "group": link(resources["group"])}),
        (
            resources["application"]["loginAttempts"]["href"],
            {"type": "basic", "value": "YWRhOkNoYW5nZW1lMSE=", "accountStore": target},
        ),
    ]

    for path, body in required:
        answer = api.post(path, attributes | body)
        assert is_an_answer(answer)
        if answer.status == 201:
            api.delete(answer["href"])


@ANYTHING
@given(
    query=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=60).filter(
        lambda text: text[:1] != "?"
    ),
    target=st.integers(0, 100),
)
def test_any_query_string_gets_a_valid_answer(api: Api, resources: Json, query: str, target: int):
    paths = lists(resources)

    assert is_an_answer(api.request("GET", paths[target % len(paths)], query=query))


@settings(ANYTHING, max_examples=200)
@given(
    query=st.dictionaries(
        st.sampled_from(PARAMETERS.split()), GRAMMAR | TEXTS | st.text(max_size=8), max_size=4
    ),
    target=st.integers(0, 100),
)
def test_any_value_of_a_known_parameter_gets_a_valid_answer(
    api: Api, resources: Json, query: dict[str, str], target: int
):
    paths = lists(resources)

    assert is_an_answer(api.get(paths[target % len(paths)], query))


@ANYTHING
@given(
    path=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="?#\r\n"), max_size=20),
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT"]),
)
def test_any_path_gets_a_valid_answer(api: Api, path: str, method: str):
    for prefix in ("/", "/accounts/", "/accounts/x/", "/accounts/x/customData/", "/tenants/"):
        assert is_an_answer(api.request(method, prefix + path))


@ANYTHING
@given(
    value=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=80),
    scheme=st.sampled_from(["", "Basic ", "SAuthc1 ", "SAuthc1 sauthc1Id="]),
)
def test_any_invalid_authorization_is_refused(api: Api, value: str, scheme: str):
    answer = api.request(
        "GET", "/applications", credentials={"Authorization": scheme + value, "X-Stormpath-Date": value[:16]}
    )

    assert answer.error == (401, 401)


def test_the_service_answers_after_the_worst_bodies(api: Api, resources: Json):
    worst: list[Any] = [
        b"\x00" * 100,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"name": "' + b"\\ud83d" * 1000 + b'"}',
        b"1" * 100_000,
    ]

    for body in worst:
        assert is_an_answer(api.request("POST", "/directories", body, headers=JSON_TYPE))
        assert is_an_answer(
            api.request("POST", resources["account"]["customData"]["href"], body, headers=JSON_TYPE)
        )
    assert is_an_answer(
        api.request(
            "POST",
            resources["account"]["customData"]["href"],
            b'{"n": ' + b"9" * 5000 + b"}",
            headers=JSON_TYPE,
        )
    )
    assert api.get(resources["account"]["href"], expand="customData").status == 200
    assert api.get("/accounts", {"customData.n": "[1,2]"}).status == 200
    assert json.loads(api.get("/applications").raw)["size"] >= 3
