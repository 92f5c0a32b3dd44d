"""Asking for new passwords, as tests do."""

from service.calls import Answer, Api, Json


def ask(api: Api, application: Json, email: str = "ada@example.com", **members: object) -> Answer:
    """Ask for a reset of a password."""
    return api.post(application["passwordResetTokens"]["href"], {"email": email, **members})


def token_of(href: str) -> str:
    return href.rpartition("/")[2]
