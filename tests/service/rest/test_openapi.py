"""The description of the API (OpenAPI 3.1) as a document.

Answers are compared with it in test_openapi_conformance.py.
"""

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from service.calls import Api, Json

METHODS = {"get", "post", "delete"}


@pytest.fixture
def document(api: Api) -> Json:
    return api.get("/openapi.json").ok


def test_the_document_is_valid_openapi(document: Json):
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_the_document_names_this_service(document: Json, api: Api):
    assert document["servers"] == [{"url": api.base_url}]


def test_secrets_and_internal_attributes_are_not_described_where_they_do_not_belong(document: Json):
    schemas = document["components"]["schemas"]

    assert "password" in schemas["AccountCreate"]["properties"]
    assert "password" not in schemas["Account"]["properties"]
    assert "protected" not in schemas["ApplicationCreate"]["properties"]
    assert set(schemas["AccountCreate"]["required"]) == {"email", "password"}


def test_every_operation_has_a_name_of_its_own(document: Json):
    names = [
        operation["operationId"]
        for operations in document["paths"].values()
        for method, operation in operations.items()
        if method in METHODS
    ]

    assert len(names) == len(set(names)) > 140
