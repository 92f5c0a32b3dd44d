"""Query parameters that have no meaning: ignored, except on lists (rest-core 8).

Old clients add ``nocache=true`` to everything, and repeat attributes in the query.
"""

from urllib.parse import urlsplit

import pytest

from service.calls import Api, Json, id_of
from service.description import CheckedApi, Description, Operation
from service.examples import Examples
from stormpath.server.schema.query import MAX_PARAMETERS, MAX_QUERY

#: Repeated, without a value, with one that cannot be decoded, and names of columns and of other places.
UNKNOWN = (
    "nocache=true&nocache=1&nocache=&nocache&%FF=1&a=%FF&b=%00&email=x&name=&limit=none&offset=-1&q=&id=1"
    "&orderBy=a,,b&customData.a=1&customData..=&href=/v1&tenant_id=1&cursor=x&=&="
)


@pytest.fixture
def examples(api: Api) -> Examples:
    return Examples(CheckedApi.like(api))


@pytest.fixture
def description(examples: Examples) -> Description:
    return examples.description


def sent(examples: Examples, operation: Operation, query: str) -> Json:
    """Send a valid request with that query; return the answer, empty where it has no body."""
    body = examples.body(operation) if operation.body else None
    examples.make_room(operation)
    target = examples.path(operation)
    if operation in examples.description.updates():
        # A change could keep the requests after it from what they do.
        body = examples.api.get(target).ok
    if operation.method == "DELETE" and not operation.is_custom_data:
        target = examples.fresh(operation.kind)["href"]
    if operation.method == "POST":
        answer = examples.api.post(f"{target}?{query}", body)
    else:
        answer = examples.api.request(operation.method, f"{target}?{query}")
    assert answer.status in (200, 201, 202, 204, 302), (operation, answer.raw)
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    return answer.json if is_json and answer.raw else {}


@pytest.mark.sampled(larger=())
def test_every_read_of_one_resource_ignores_them(examples: Examples, description: Description, sample_of):
    reads = [each for each in description if each.method == "GET" and not each.is_list]
    assert len(reads) > 25
    for each in sample_of(reads):
        assert sent(examples, each, UNKNOWN) == sent(examples, each, ""), each
        for name in each.expandable[:1]:
            query = f"{UNKNOWN}&expand={name}"
            assert sent(examples, each, query) == sent(examples, each, f"expand={name}"), each


@pytest.mark.sampled(larger=())
def test_every_change_creation_and_deletion_ignores_them(
    examples: Examples, description: Description, sample_of
):
    # Fields of a form may be in the query, where none may be twice.
    writes = [each for each in description if each.method in ("POST", "DELETE") and not each.forms]
    assert len(writes) > 60
    for each in sample_of(writes):
        known = f"&expand={each.expandable[0]}" if each.expandable else ""
        sent(examples, each, UNKNOWN + known)


def test_every_list_refuses_them(examples: Examples, description: Description):
    lists = [each for each in description if each.is_list]
    assert len(lists) > 30
    for each in lists:
        for query in ("nocache=true", "sptoken=1", "accountStore=x"):
            path = f"{examples.path(each)}?{examples.query(each)}&{query}"
            assert examples.api.request("GET", path).error == (400, 2105), each


def test_verification_with_a_parameter_of_old_clients_verifies_the_address(api: Api):
    application, directory = api.application_with_directory()
    policy = directory["accountCreationPolicy"]["href"]
    api.post(policy, {"verificationEmailStatus": "ENABLED"})
    account = api.account(application)
    token = urlsplit(account["emailVerificationToken"]["href"]).path.rpartition("/")[2]

    answer = api.post(f"/accounts/emailVerificationTokens/{token}?nocache=true&nocache=1", {})

    assert answer.ok == {"href": account["href"]}
    assert api.get(f"{account['href']}?nocache=").ok["status"] == "ENABLED"


def test_a_repeated_known_parameter_stays_an_error(api: Api):
    directory = api.directory()

    for query, code in (
        ("expand=tenant&nocache=1&expand=tenant", 2102),
        ("nocache=&expand=", 2101),
        ("nocache=1&expand=bogus", 2107),
        ("nocache=1&expand=groups(", 2103),
        ("nocache=1&expand=%FF", 2100),
    ):
        assert api.request("GET", f"{directory['href']}?{query}").error == (400, code), query
        assert api.post(f"{directory['href']}?{query}", {}).error == (400, code), query


def test_the_length_of_a_query_is_bounded_everywhere(api: Api):
    directory = api.directory()
    custom_data = directory["customData"]["href"]

    for query in ("a" * (MAX_QUERY + 1), "&" * (MAX_PARAMETERS + 1), "a=1&" * (MAX_PARAMETERS + 1)):
        for path in (directory["href"], custom_data):
            for method in ("GET", "POST", "DELETE"):
                assert api.request(method, f"{path}?{query}").error == (400, 2100)
    assert api.get(f"/directories/{id_of(directory)}").ok == directory


def test_a_hash_does_not_become_the_password_of_an_account(api: Api):
    # The parameter has a meaning for creations only. Ignored, it would make the hash a password.
    application, _ = api.application_with_directory()
    account = api.account(application)
    token = api.post(application["passwordResetTokens"]["href"], {"email": account["email"]}).ok
    hashed = {"password": "$2a$12$B7ar2TrKcj1uTtrWHPDPUepSLb7GvXP1dJLPHIdp9pSZVTrLtPe6K"}

    for href in (account["href"], token["href"]):
        for query in ("passwordFormat=mcf", "nocache=1&passwordFormat=MCF", "passwordFormat=x"):
            assert api.post(f"{href}?{query}", hashed).error == (400, 2105)
    assert api.log_in(application, "ada").status == 200
