"""The description of the API (OpenAPI 3.1), held against what is served."""

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from service.calls import Api, Json, id_of, link, query_string
from service.providers import mirror, provider_of

METHODS = {"get", "post", "delete"}

#: What not every resource of a kind has; the examples have it.
ONLY_SOME_HAVE = {"emailTemplates": {"defaultModel"}}


@pytest.fixture
def document(api: Api) -> Json:
    return api.get("/openapi.json").ok


def configured(api: Api, application: Json) -> dict[str, Json]:
    """What comes with directories of other kinds, and with an application's SAML policy."""
    mirrors = {kind: provider_of(api, mirror(api, kind)) for kind in ("google", "ldap", "saml")}
    policy = api.get(application["samlPolicy"]["href"], expand="serviceProvider,identityProvider").ok
    service = {"entityId": "urn:a", "assertionConsumerServiceUrl": "https://a.example"}
    registered = api.post("/registeredSamlServiceProviders", service).made
    registrations = policy["identityProvider"]["samlServiceProviderRegistrations"]["href"]
    rules = mirrors["saml"]["attributeStatementMappingRules"]
    metadata = mirrors["saml"]["serviceProviderMetadata"]
    return {
        "agents": api.get(mirrors["ldap"]["agent"]["href"]).ok,
        "userInfoMappingRules": api.get(mirrors["google"]["userInfoMappingRules"]["href"]).ok,
        "attributeStatementMappingRules": api.get(rules["href"]).ok,
        "samlPolicies": policy,
        "samlServiceProviders": policy["serviceProvider"],
        "samlIdentityProviders": policy["identityProvider"],
        "samlIdentityProviderMetadatas": policy["identityProvider"]["metadata"],
        "samlServiceProviderMetadatas": as_json(api, metadata["href"]),
        "x509certificates": policy["identityProvider"]["x509SigningCert"],
        "registeredSamlServiceProviders": registered,
        "samlServiceProviderRegistrations": api.post(
            registrations, {"serviceProvider": link(registered)}
        ).made,
    }


def as_json(api: Api, href: str) -> Json:
    return api.request("GET", href, headers={"Accept": "application/json"}).ok


@pytest.fixture
def example(api: Api) -> dict[str, Json]:
    """A resource of each kind, by the first segment of its path."""
    application, directory = api.application_with_directory()
    account, group = api.account(directory), api.group(directory)
    organization = api.organization()
    return configured(api, application) | {
        "tenants": api.get(api.tenant).ok,
        "applications": application,
        "directories": directory,
        "accounts": account,
        "groups": group,
        "groupMemberships": api.membership(account, group),
        "accountStoreMappings": api.mapping(application, group),
        "passwordPolicies": (policy := api.get(directory["passwordPolicy"]["href"]).ok),
        "accountCreationPolicies": api.get(directory["accountCreationPolicy"]["href"]).ok,
        "emailTemplates": api.get(policy["resetEmailTemplates"]["href"]).items[0],
        "schemas": (schema := api.get(directory["accountSchema"]["href"]).ok),
        "fields": api.get(schema["fields"]["href"]).items[0],
        "apiKeys": api.api_key(account),
        "oAuthPolicies": api.get(application["oAuthPolicy"]["href"]).ok,
        "applicationWebConfigs": api.get(application["webConfig"]["href"]).ok,
        "idSites": api.get(f"{api.tenant}/idSites").items[0],
        "organizations": organization,
        "organizationAccountStoreMappings": api.organization_mapping(organization, directory),
        "accountLinks": api.account_link(account, api.account(api.directory("Elsewhere"))),
        "accountLinkingPolicies": api.get(application["accountLinkingPolicy"]["href"]).ok,
    }


def required_query(operation: Json) -> Json:
    """Return a value for each query parameter that an operation cannot do without."""
    parameters = operation.get("parameters", [])
    return {each["name"]: "x" for each in parameters if each["in"] == "query" and each.get("required")}


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
            query = query_string(required_query(operations.get(method, {})))
            answer = api.request(method.upper(), target, query=query)
            served = answer.status != 405
            assert served == (method in operations), (method, path, answer.raw)
            if method == "get" and served:
                assert answer.status in (200, 302), path


def test_a_resource_has_the_attributes_that_are_described(api: Api, document: Json, example: dict[str, Json]):
    schemas = document["components"]["schemas"]
    for path, operations in document["paths"].items():
        kind, *rest = path.strip("/").split("/")
        if rest == ["{id}"]:
            content = operations["get"]["responses"]["200"]["content"]
            if "application/json" not in content:
                assert example_type(api, example[kind]) in content
                continue
            reference = content["application/json"]["schema"]["$ref"]
            schema = schemas[reference.rpartition("/")[2]]
            assert set(example[kind]) == set(schema["properties"])
            assert set(schema["required"]) == set(schema["properties"]) - ONLY_SOME_HAVE.get(kind, set())


def example_type(api: Api, document: Json) -> str:
    return api.get(document["href"]).headers["content-type"]


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
        "encryptSecret": "false",
    }
    for path, operations in document["paths"].items():
        kind = path.split("/")[1]
        operation = operations.get("get", {})
        names = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
        if "limit" not in names:
            continue
        concrete = path.replace("{id}", id_of(example[kind]))
        for name in names:
            if name not in ("expand", "cursor"):
                is_agents = (name, path.split("/")[-1]) == ("status", "agents")
                value = "OFFLINE" if is_agents else values.get(name, "x")
                asked = required_query(operation) | {name: value}
                assert api.get(concrete, asked).status == 200, (path, name)


def test_every_operation_has_a_name_of_its_own(document: Json):
    names = [
        operation["operationId"]
        for operations in document["paths"].values()
        for method, operation in operations.items()
        if method in METHODS
    ]

    assert len(names) == len(set(names)) > 60
