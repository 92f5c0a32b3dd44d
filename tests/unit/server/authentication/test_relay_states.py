"""Default relay states, which name an organization with a login (rest-auth 6.3)."""

from typing import Any

import jwt
import pytest

from stormpath.server.authentication import relay_states
from stormpath.server.domain.context import RequestContext
from stormpath.server.schema import Resource, Text
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.security.encryption import SecretBox

APPLICATION = {"id": "A", "authorized_callback_uris": []}
ORGANIZATION = Resource("organization", "organizations", (Text("nameKey"),))


class Stored:
    """Storage with one application and one organization, which is not mapped to it."""

    def __init__(self, *, status: str = "ENABLED") -> None:
        self.rows: dict[tuple[str, str], dict[str, Any]] = {
            ("organization", "acme"): {"id": "O", "status": status}
        }

    def __enter__(self) -> "Stored":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read(self, tenant_id: str) -> "Stored":
        return self

    def get(self, resource: str, id: str) -> dict[str, Any] | None:
        return APPLICATION if (resource, id) == ("application", "A") else None

    def find(self, resource: str, **columns: Any) -> dict[str, Any] | None:
        *_, value = columns.values()
        return self.rows.get((resource, value))


def created(stored: Stored, name_key: str, *, known: bool = True) -> dict[str, Any]:
    resources = {"organization": ORGANIZATION} if known else {}
    box: Any = SecretBox(bytes(32))
    storage: Any = stored
    passwords: Any = None
    context = RequestContext("T", storage, passwords, box, lambda: 1, resources)
    token = relay_states.create(context, {"id": "A"}, {"organization": {"nameKey": name_key}})
    claims: dict[str, Any] = jwt.decode(
        token["default_relay_state"], box.key_for(relay_states.PURPOSE), ["HS256"]
    )
    return claims


def test_it_names_an_organization_that_need_not_be_mapped() -> None:
    assert created(Stored(), "ACME")["onk"] == "ACME"


@pytest.mark.parametrize(
    ("stored", "name_key", "known", "code"),
    [
        (Stored(), "other", True, Code.ORGANIZATION_UNKNOWN),
        (Stored(), "acme", False, Code.ORGANIZATION_UNKNOWN),
        (Stored(status="DISABLED"), "acme", True, Code.ORGANIZATION_DISABLED),
    ],
)
def test_an_organization_without_a_login_is_an_error(
    stored: Stored, name_key: str, known: bool, code: Code
) -> None:
    with pytest.raises(ApiError) as caught:
        created(stored, name_key, known=known)

    assert caught.value.code == code
