"""Registrations: directories that verify addresses, new accounts, their links and e-mails."""

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from service.calls import Answer, Api, Json
from stormpath.server.app import Service
from stormpath.server.domain.one_time_tokens import DECOY
from support.outbox import StoredEmail, emails

VERIFICATION, SUCCESS, WELCOME = "verification", "verificationSuccess", "welcome"
ADDRESS_CHANGED = "addressChanged"
SWITCHES = (VERIFICATION, SUCCESS, WELCOME)
TOKENS = "/accounts/emailVerificationTokens"

Place = Callable[[Api], tuple[Json, Json]]

#: The states of a pending account, of one that was verified, and of one without verification.
PENDING = ("UNVERIFIED", "UNVERIFIED", True)
VERIFIED = ("ENABLED", "VERIFIED", False)
QUIET = ("ENABLED", "UNVERIFIED", False)


def switch(api: Api, directory: Json, *on: str) -> None:
    """Switch on e-mails of these kinds in the directory, and switch off the others."""
    states = {f"{each}EmailStatus": "ENABLED" if each in on else "DISABLED" for each in SWITCHES}
    assert api.post(directory["accountCreationPolicy"]["href"], states).status == 200


def register(api: Api, place: Json, name: str = "ada", /, workflow: str = "", **attributes: Any) -> Answer:
    """Try to create an account; ``workflow`` is the value of ``registrationWorkflowEnabled``."""
    body = {"email": f"{name}@example.com", "username": name, "password": "Changeme1!", **attributes}
    query = {"registrationWorkflowEnabled": workflow} if workflow else {}
    return api.post(place["accounts"]["href"], body, **query)


def now(api: Api, account: Json) -> Json:
    """Return the account as it is now."""
    return api.get(account["href"]).ok


def state(account: Json) -> tuple[str, str, bool]:
    """Return both statuses of an account, and whether it shows a verification link."""
    return (
        account["status"],
        account["emailVerificationStatus"],
        account["emailVerificationToken"] is not None,
    )


def token_of(account: Json) -> str:
    """Return the token that an account shows."""
    return str(account["emailVerificationToken"]["href"].rpartition("/")[2])


def created_once(api: Api, place: Json, key: str, name: str = "once") -> Answer:
    """Create an account with an idempotency key."""
    body = json.dumps({"email": f"{name}@example.com", "password": "Changeme1!"}).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    return api.request("POST", place["accounts"]["href"], body, headers=headers)


def spend(api: Api, account: Json) -> Answer:
    """Spend the token that the account shows, whether that is still good or not."""
    return api.post(account["emailVerificationToken"]["href"])


def sent(api: Api) -> list[StoredEmail]:
    """Return the e-mails in the outbox of the caller's tenant."""
    assert isinstance(api.wsgi, Service)
    return emails(api.wsgi, api.tenant_id)


def sent_kinds(api: Api) -> list[str]:
    """Return the kinds of the e-mails in the outbox of the caller's tenant."""
    return [each.kind for each in sent(api)]


def good_tokens(service: Service, account: Json) -> int:
    """Return how many tokens of an account can still be spent."""
    table = service.database.tables.workflow_tokens
    of_account = (table.c.account_id == account["href"].rpartition("/")[2]) & (table.c.purpose != DECOY)
    statement = sa.select(sa.func.count()).where(of_account, table.c.spent_at.is_(None))
    with service.database.engine.connect() as connection:
        return int(connection.execute(statement).scalar_one())


def through_a_directory(api: Api) -> tuple[Json, Json]:
    directory = api.directory()
    return directory, directory


def through_an_application(api: Api) -> tuple[Json, Json]:
    return api.application_with_directory()


def through_an_organization(api: Api) -> tuple[Json, Json]:
    return api.organization_with_directory()


def through_the_organization_of_an_application(api: Api) -> tuple[Json, Json]:
    organization, directory = api.organization_with_directory()
    application = api.application()
    api.mapping(application, organization, isDefaultAccountStore=True)
    return application, directory


def through_the_group_of_an_application(api: Api) -> tuple[Json, Json]:
    application, directory = api.application(), api.directory()
    api.mapping(application, api.group(directory), isDefaultAccountStore=True)
    return application, directory


#: Ways to register: each returns the resource to post to, and the directory of the account.
PLACES: list[Place] = [
    through_a_directory,
    through_an_application,
    through_an_organization,
    through_the_organization_of_an_application,
    through_the_group_of_an_application,
]
