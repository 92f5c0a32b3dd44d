"""A real call for each error of the e-mail flows: tokens, and the e-mails that contain them."""

from __future__ import annotations

from service.calls import Answer, Api, Json, link
from service.errors_by_resource import Call, disable
from stormpath.server.settings import Settings

MOST = Settings("sqlite://").mails_per_account

VERIFY = "/accounts/emailVerificationTokens"


def verifying(api: Api) -> tuple[Json, Json]:
    """Return an application, and its directory whose new accounts have to verify their addresses."""
    application, directory = api.application_with_directory()
    policy = directory["accountCreationPolicy"]["href"]
    assert api.post(policy, {"verificationEmailStatus": "ENABLED"}).status == 200
    return application, directory


def reset(api: Api, application: Json, email: str = "ada@example.com", store: Json | None = None) -> Answer:
    """Ask for a token that sets the account's password."""
    body = {"email": email} | ({"accountStore": link(store)} if store else {})
    return api.post(application["passwordResetTokens"]["href"], body)


def resend(api: Api, application: Json, login: str = "ada", store: Json | None = None) -> Answer:
    """Ask for the verification e-mail of an account."""
    body = {"login": login} | ({"accountStore": link(store)} if store else {})
    return api.post(application["verificationEmails"]["href"], body)


def once_too_often(ask: Call, first: int) -> Call:
    """Return a call beyond the hourly e-mail limit of an account; ``first`` is called before it."""

    def call(api: Api) -> Answer:
        for _ in range(MOST - first):
            assert ask(api).status in (200, 202)
        refused = ask(api)
        assert 0 < int(refused.headers["retry-after"]) <= 60 * 60
        return refused

    return call


def reset_again(api: Api) -> Answer:
    """Request one more token, for the existing account and application."""
    found = api.get("/applications", name="Atlas").items
    if found:
        return reset(api, found[0])
    application, directory = api.application_with_directory()
    api.account(directory)
    return reset(api, application)


def resend_again(api: Api) -> Answer:
    """Request the e-mail once more, for the existing account and application."""
    found = api.get("/applications", name="Atlas").items
    if found:
        return resend(api, found[0])
    application, directory = verifying(api)
    api.account(directory)
    return resend(api, application)


def reset_token(api: Api, **attributes: str) -> str:
    """Return the href of a token that sets the password of a new account."""
    application, directory = api.application_with_directory()
    api.account(directory, **attributes)
    return str(reset(api, application).ok["href"])


def verification_token(api: Api) -> str:
    """Return the href of a token that verifies the address of a new account."""
    return str(api.account(verifying(api)[1])["emailVerificationToken"]["href"])


def spent_twice(api: Api, href: str, body: Json | None = None) -> Answer:
    assert api.post(href, body).status == 200
    return api.post(href, body)


def set_password(api: Api, password: str) -> Answer:
    return api.post(reset_token(api), {"password": password})


def in_disabled_application(api: Api) -> Answer:
    application, directory = api.application_with_directory()
    api.account(directory)
    assert disable(api, application).status == 200
    return reset(api, application)


def in_another_application(api: Api) -> Answer:
    token = reset_token(api).rpartition("/")[2]
    return api.get(f"{api.application('Other')['passwordResetTokens']['href']}/{token}")


def of_a_mirror(api: Api) -> Answer:
    """Request a token for an address that only a mirror directory has."""
    application = api.application()
    mirror = api.directory("Copy", provider={"providerId": "google", "clientId": "c", "clientSecret": "s"})
    api.mapping(application, mirror)
    return reset(api, application)


def without_workflow(api: Api) -> Answer:
    application, directory = api.application_with_directory()
    api.account(directory)
    return resend(api, application)


PRODUCED: dict[tuple[str, int], Call] = {
    ("passwordResetToken", 404): lambda api: spent_twice(api, reset_token(api), {"password": "Newpass1!"}),
    ("passwordResetToken of another application", 404): in_another_application,
    ("passwordResetToken", 400): lambda api: set_password(api, "nodigitshere"),
    ("passwordResetToken", 2000): lambda api: api.post(reset_token(api), {}),
    ("passwordResetToken", 2007): lambda api: set_password(api, "Short1"),
    ("passwordResetToken", 2008): lambda api: set_password(api, "Long1" * 21),
    ("passwordResetToken", 1100): lambda api: api.delete(reset_token(api)),
    ("passwordResetTokens", 429): once_too_often(reset_again, 0),
    ("passwordResetTokens", 1100): lambda api: api.get(api.application()["passwordResetTokens"]["href"]),
    ("passwordResetTokens", 2016): lambda api: reset(api, api.application_with_directory()[0]),
    ("passwordResetTokens of a mirror", 2016): of_a_mirror,
    ("passwordResetTokens", 2014): lambda api: reset(
        api, api.application_with_directory()[0], store=api.application("Other")
    ),
    ("passwordResetTokens without stores", 2016): lambda api: reset(api, api.application()),
    ("passwordResetTokens", 5114): lambda api: reset(
        api, api.application_with_directory()[0], store=api.directory("Others")
    ),
    ("passwordResetTokens", 5115): in_disabled_application,
    # The first e-mail is that of the new account itself.
    ("verificationEmails", 429): once_too_often(resend_again, 1),
    ("verificationEmails", 1100): lambda api: api.get(api.application()["verificationEmails"]["href"]),
    ("verificationEmails", 2016): lambda api: resend(api, verifying(api)[0], "nobody"),
    ("verificationEmails", 2014): lambda api: resend(api, verifying(api)[0], store=api.application("Other")),
    ("verificationEmails", 5114): lambda api: resend(api, verifying(api)[0], store=api.directory("Others")),
    ("verificationEmails", 6101): without_workflow,
    ("emailVerificationToken", 404): lambda api: spent_twice(api, verification_token(api)),
    ("emailVerificationToken", 1100): lambda api: api.get(verification_token(api)),
    ("emailVerificationToken", 2015): lambda api: api.post(verification_token(api), {"account": "x"}),
}
