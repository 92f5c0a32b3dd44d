"""What the pages about access cost: few statements, whatever there is."""

import pytest

from console.visitor import Visitor
from stormpath.server.app import Service
from support.statements import statements

PATHS = (
    "/me",
    "/me/security",
    "/me/password",
    "/me/apiKeys",
    "/me/apiKeys/new",
    "/me/sessions",
    "/admins",
    "/invitations",
    "/tenant",
)


@pytest.mark.usefixtures("colleague")
def test_every_page_takes_fewer_than_25_statements(admin: Visitor, service: Service):
    counts = {}
    for path in PATHS:
        with statements(service) as sent:
            assert admin.open(path).status == 200
        counts[path] = len(sent)

    assert max(counts.values()) < 25, counts
