"""A parser of the service's own pages, and requests as their forms send them."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from service.calls import Answer, Api, Json, id_of

VERIFICATION = "http://localhost:8080/emailVerificationTokens"
RESET = "http://localhost:8080/passwordReset"
PAGES = [VERIFICATION, RESET]

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class ParsedPage(HTMLParser):
    """A page as a browser reads it: its elements with their attributes, and its text."""

    # Elements without an end tag.
    VOID = frozenset({"meta", "input", "circle", "path"})

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.elements: list[tuple[str, Json]] = []
        self.texts: dict[str, str] = {}
        self._open: list[str] = []
        self._words: list[str] = []
        self.feed(answer.raw.decode())
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        assert len(attrs) == len(dict(attrs)), f"an attribute of {tag} is there twice"
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]] = self.texts.get(self._open[-1], "") + data
            if self._open[-1] not in ("title", "style", "script"):
                self._words += data.split()

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]

    @property
    def main(self) -> str:
        """The visible text, without the title."""
        return " ".join(self._words)

    def all(self, tag: str) -> list[Json]:
        return [attributes for each, attributes in self.elements if each == tag]

    def input(self, **attributes: str) -> Json:
        """Return the only input that has these attributes."""
        (found,) = [each for each in self.all("input") if attributes.items() <= each.items()]
        return found


def open_page(api: Api, page: str, token: str = "", *, method: str = "GET") -> Answer:
    """Open a link as its recipient does: with the token and without an API key."""
    return api.request(method, page, query=urlencode({"sptoken": token}), credentials={})


def submit(api: Api, page: str, **fields: str) -> Answer:
    """Send a form."""
    return api.request("POST", page, urlencode(fields).encode(), headers=FORM, credentials={})


def submit_password(api: Api, token: str, password: str, confirmation: str | None = None) -> Answer:
    confirmation = password if confirmation is None else confirmation
    return submit(api, RESET, sptoken=token, password=password, confirmation=confirmation)


def with_verification(api: Api, directory: Json) -> Json:
    """Switch on the verification of addresses in a directory, and return it."""
    policy = f"/accountCreationPolicies/{id_of(directory)}"
    api.post(policy, {"verificationEmailStatus": "ENABLED"}).ok  # Fails unless granted.
    return directory


def unverified_account(api: Api, name: str = "ada", application: str = "Atlas") -> tuple[Json, str]:
    """Return an account that registered with an application and has to verify its address, and its token."""
    place, directory = api.application_with_directory(application)
    with_verification(api, directory)
    account = api.account(place, name)
    return account, account["emailVerificationToken"]["href"].rpartition("/")[2]


def reset_token(api: Api, application: Json, email: str = "ada@example.com") -> str:
    href = api.post(application["passwordResetTokens"]["href"], {"email": email}).ok["href"]
    return str(href.rpartition("/")[2])


def application_with_reset_token(api: Api, name: str = "ada", application: str = "Atlas") -> tuple[Json, str]:
    """Return an application with an account that asked for a new password, and the token of the link."""
    place, directory = api.application_with_directory(application)
    api.account(directory, name)
    return place, reset_token(api, place, f"{name}@example.com")
