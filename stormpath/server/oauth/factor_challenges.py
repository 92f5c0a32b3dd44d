"""The grant of a second factor: a challenge and its code are exchanged for tokens (rest-auth 3.3, 8.5)."""

from __future__ import annotations

from typing import Final

from stormpath.server.authentication import login_events
from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.events import LoginSucceeded
from stormpath.server.domain.storage import Row
from stormpath.server.factors import verification
from stormpath.server.oauth import checks, hrefs
from stormpath.server.oauth.issue import Grantee, TokenResponse, issue
from stormpath.server.resources.factors.challenge import CodeText
from stormpath.server.schema import Text
from stormpath.server.schema.errors import ApiError, Code, no_match, not_found, shown

CHALLENGE: Final = Text(
    "challenge",
    required=True,
    max_length=2048,
    sortable=False,
    about="The href of a challenge that is not answered yet.",
)
CODE: Final = CodeText("code", required=True, about="The code that the person has typed.")


class UnknownChallenge(ApiError):
    """There is no such challenge: for OAuth, the grant is wrong and not the request."""

    def __init__(self) -> None:
        error = no_match("The challenge property value")
        super().__init__(error.code, error.message)


def exchange(context: RequestContext, application: Row, values: Values) -> TokenResponse:
    """Return tokens for the account of a challenge, which the code answers: it is good for one exchange.

    Raises ``ApiError`` 13104 for a wrong code, those of ``verification.answer`` for a challenge that takes
    none, 10010 and 10016 for an account that gets no tokens here: its code is not used up then.
    """
    facts = {"application_id": application["id"]}
    try:
        tokens = _exchange(context, application, values, facts)
    except ApiError as error:
        if not error.is_logged:
            login_events.report_refusal(context, error, facts)
        raise
    context.report(LoginSucceeded(context.tenant_id, **facts))
    return tokens


def _exchange(
    context: RequestContext, application: Row, values: Values, facts: dict[str, str]
) -> TokenResponse:
    challenge_id = _id_in(context, values["challenge"])
    with context.read() as unit:
        challenge = unit.get("challenge", challenge_id)
        if challenge is None:
            raise UnknownChallenge
        account_id = facts["account_id"] = challenge["account_id"]
        account = unit.get("account", account_id)
        if account is None:
            raise not_found()
        checks.check_application(application["status"])
        is_reached = unit.issued_tokens.is_let_in(application["id"], account_id)
        checks.check_account(account["status"], is_reached=is_reached)
    if not verification.answer(context, challenge, values["code"]):
        raise ApiError(
            Code.CODE_WRONG,
            "The code is wrong.",
            "The code does not answer the challenge: it is wrong, or it was used before.",
        )
    # A password that is changed while the code is compared ends what was checked under the old one.
    return issue(
        context, application, Grantee(account_id, password_of=(account_id, account["password_modified_at"]))
    )


def _id_in(context: RequestContext, text: str) -> str:
    found = hrefs.id_in(context, text.strip(), "challenge")
    if found is None:
        raise ApiError(
            Code.INVALID,
            "challenge is invalid.",
            f"challenge must be the href of a challenge; {shown(text)} is not.",
        )
    return found
