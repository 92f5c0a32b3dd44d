"""LoginAttempt: a name and a password that are posted to an application (rest-auth 2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from stormpath.server.schema import Choice, Endpoint, Link, Text
from stormpath.server.schema.errors import Code

BASIC: Final = "basic"

#: The one store to search, if a request names it: by href, or an organization by its nameKey.
ACCOUNT_STORE: Final = Link(
    "accountStore",
    to=("directory", "group", "organization"),
    creatable=True,
    named="organization",
    about="Search this store only: an href, or the nameKey of an organization.",
)

#: The same in a workflow, where 2016 means that the account does not exist (rest-core 6.12, 6.13).
WORKFLOW_STORE: Final = replace(ACCOUNT_STORE, unknown=Code.LINK_NOT_PERMITTED)

ENDPOINT: Final = Endpoint(
    "loginAttempts",
    body=(
        Choice("type", choices=(BASIC,), required=True, about="Always basic."),
        Text(
            "value",
            required=True,
            max_length=4096,
            sortable=False,
            about="Base64 of login:password in UTF-8.",
        ),
        ACCOUNT_STORE,
    ),
    returns=(Link("account", to=("account",), about="The account that logged in."),),
    about="Log in: POST a name and a password.",
)
