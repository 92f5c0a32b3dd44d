"""Requests for password resets."""

from service.calls import Answer, Api, Json


def ask(api: Api, application: Json, email: str = "ada@example.com", **members: object) -> Answer:
    """Request a password reset."""
    return api.post(application["passwordResetTokens"]["href"], {"email": email, **members})


def token_of(href: str) -> str:
    return href.rpartition("/")[2]
