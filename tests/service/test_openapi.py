"""The description of the API (OpenAPI 3.1), held against what is served."""

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from service.calls import Api, Json, id_of

METHODS = {"get", "post", "delete"}


@pytest.fixture
def document(api: Api) -> Json:
    return api.get("/openapi.json").ok


@pytest.fixture
def example(api: Api) -> dict[str, Json]:
    """A resource of each kind, by the first segment of its path."""
    application, directory = api.application_with_directory()
    account, group = api.account(directory), api.group(directory)
    organization = api.organization()
    return {
        "tenants": api.get(api.tenant).ok,
        "applications": application,
        "directories": directory,
        "accounts": account,
        "groups": group,
        "groupMemberships": api.membership(account, group),
        "accountStoreMappings": api.mapping(application, group),
        "organizations": organization,
        "organizationAccountStoreMappings": api.organization_mapping(organization, directory),
        "accountLinks": api.account_link(account, api.account(api.directory("Elsewhere"))),
        "accountLinkingPolicies": api.get(application["accountLinkingPolicy"]["href"]).ok,
    }


def test_it_is_valid(document: Json):
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_it_names_this_service(document: Json, api: Api):
    assert document["servers"] == [{"url": api.base_url}]


def test_every_path_and_method_of_it_is_served_and_no_other_method(
    api: Api, document: Json, example: dict[str, Json]
):
    assert len(document["paths"]) > 30
    for path, operations in document["paths"].items():
        kind = path.split("/")[1]
        # Nothing of the examples is lost on the way: the unknown id is enough to tell a route from none.
        id = id_of(example[kind]) if "{id}" in path else ""
        concrete = path.replace("{id}", id).replace("{key}", "k")
        for method in ("get", "post", "put", "patch", "delete"):
            target = concrete if method == "get" or not id else concrete.replace(id, "unknown")
            answer = api.request(method.upper(), target)
            served = answer.status != 405
            assert served == (method in operations), (method, path, answer.raw)
            if method == "get" and served:
                assert answer.status in (200, 302), path


def test_a_resource_has_the_attributes_that_are_described(api: Api, document: Json, example: dict[str, Json]):
    schemas = document["components"]["schemas"]
    for path, operations in document["paths"].items():
        kind, *rest = path.strip("/").split("/")
        if rest == ["{id}"]:
            reference = operations["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
            schema = schemas[reference.rpartition("/")[2]]
            assert set(example[kind]) == set(schema["properties"]) == set(schema["required"])


def test_secrets_are_taken_in_and_not_shown(document: Json):
    schemas = document["components"]["schemas"]

    assert "password" in schemas["AccountCreate"]["properties"]
    assert "password" not in schemas["Account"]["properties"]
    assert "protected" not in schemas["ApplicationCreate"]["properties"]
    assert set(schemas["AccountCreate"]["required"]) == {"email", "password"}


def test_the_parameters_of_a_list_are_those_it_takes(api: Api, document: Json, example: dict[str, Json]):
    values = {
        "limit": 1,
        "offset": 0,
        "orderBy": "createdAt",
        "q": "a",
        "status": "ENABLED",
        "createdAt": "2015",
        "modifiedAt": "2015",
        "passwordModifiedAt": "2015",
    }
    for path, operations in document["paths"].items():
        kind = path.split("/")[1]
        operation = operations.get("get", {})
        names = [each["name"] for each in operation.get("parameters", [])]
        if "limit" not in names:
            continue
        concrete = path.replace("{id}", id_of(example[kind]))
        for name in names:
            if name not in ("expand", "cursor"):
                assert api.get(concrete, {name: values.get(name, "x")}).status == 200, (path, name)


def test_every_operation_has_a_name_of_its_own(document: Json):
    names = [
        operation["operationId"]
        for operations in document["paths"].values()
        for method, operation in operations.items()
        if method in METHODS
    ]

    assert len(names) == len(set(names)) > 60
