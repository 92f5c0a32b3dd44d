"""The API keys of an account: listed, created with a download of the secret, deactivated, deleted.

The functions take the path of the account in the API, and ``home``, the path of the page that lists its keys.
``head`` has the values of that page's frame (``menus.head_of``). ``PAGES`` are those of the own account;
``pages_for`` makes those of another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from stormpath.server.console.notices import Notice
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views import own_menu
from stormpath.server.schema import DISABLED, ENABLED
from stormpath.server.schema.errors import not_found

Json = dict[str, Any]

#: Keys on one page.
PAGE: Final = 25

#: The file from which clients read their key, and the names of id and secret in it: the SDK has the same.
FILE: Final = "apiKey.properties"
NAMES: Final = ("apiKey.id", "apiKey.secret")

_PROPERTIES: Final = "text/x-java-properties; charset=utf-8"


def show(
    request: ConsoleRequest,
    account: str,
    home: str,
    head: Mapping[str, Any],
    template: str = "api_keys/page.html",
) -> None:
    """Show the keys of an account. One request to the API."""
    request.render(template, {**head, **panel(request, account, home)})


def panel(request: ConsoleRequest, account: str, home: str) -> Json:
    """Return the values of the include ``api_keys/panel.html``: the keys, without their secrets."""
    offset = request.query.get("offset", "0")
    query = {"limit": PAGE, "offset": offset, "orderBy": "createdAt desc"}
    body = request.api.get(f"{account}/apiKeys", query)
    keys = [{**_without_secret(each), "id": each["id"]} for each in body["items"]]
    following = int(body["offset"]) + len(keys)
    return {
        "keys": keys,
        "key_count": int(body["size"]),
        "keys_home": home,
        "more_keys": request.url(home, {"offset": following}) if following < int(body["size"]) else "",
    }


def ask(request: ConsoleRequest, account: str, home: str, head: Mapping[str, Any], problem: str = "") -> None:
    """Ask before a key is created; for the password, where it was not given a short time ago."""
    owner = request.api.get(account)
    values = {"keys_home": home, "owner": owner["fullName"] or owner["username"], "problem": problem}
    request.render(
        "api_keys/create.html",
        {**head, **values, "needs_proof": not request.is_proved},
        status=400 if problem else 200,
    )


def create(request: ConsoleRequest, account: str, home: str, head: Mapping[str, Any]) -> None:
    """Create a key, and answer with the file that has its secret. It is shown at no other time."""
    if not request.prove():
        ask(request, account, home, head, gettext("The password is wrong."))
        return
    made = request.api.post(f"{account}/apiKeys", {"name": request.form.get("name", "").strip() or None})
    pairs = zip(NAMES, (made["id"], made["secret"]), strict=True)
    request.send("".join(f"{name} = {value}\n" for name, value in pairs).encode(), _PROPERTIES, FILE)


def set_status(request: ConsoleRequest, account: str, home: str) -> None:
    """Deactivate the key that the form names, or activate it again."""
    key, status = request.form.get("key", ""), request.form.get("status", "")
    _key(request, account, key)
    request.api.post(f"/apiKeys/{key}", {"status": status})
    text = {
        ENABLED: gettext("%(id)s is active.", id=key),
        DISABLED: gettext(
            "%(id)s is deactivated: requests with it fail until it is activated again.", id=key
        ),
    }
    request.redirect(home, text.get(status, gettext("Saved.")))


def ask_delete(
    request: ConsoleRequest, account: str, home: str, head: Mapping[str, Any], problem: str = ""
) -> None:
    """Ask before the key of the address is deleted."""
    key = _key(request, account, request.params["key"])
    request.render(
        "api_keys/delete.html",
        {**head, "keys_home": home, "key": key, "problem": problem},
        status=400 if problem else 200,
    )


def delete(request: ConsoleRequest, account: str, home: str, head: Mapping[str, Any]) -> None:
    """Delete the key of the address, when the tick is there."""
    if request.form.get("understood") != "true":
        ask_delete(request, account, home, head, gettext("Please tick the box first."))
        return
    key = _key(request, account, request.params["key"])
    request.api.delete(f"/apiKeys/{key['id']}")
    request.redirect(home, Notice(gettext("%(id)s is deleted.", id=key["id"])))


def pages_for(
    path: str,
    account: Callable[[ConsoleRequest], str],
    head: Callable[[ConsoleRequest], Mapping[str, Any]],
    section: str = "",
) -> tuple[Page, ...]:
    """Return the pages of an account's keys.

    ``path`` is that of the list, in which ``{id}`` may stand; ``account`` returns the path of the account in
    the API, and ``head`` the values of the frame.
    """

    def home(request: ConsoleRequest) -> str:
        return path.replace("{id}", request.params.get("id", ""))

    def listed(request: ConsoleRequest) -> None:
        show(request, account(request), home(request), head(request))

    def status(request: ConsoleRequest) -> None:
        set_status(request, account(request), home(request))

    def new(request: ConsoleRequest) -> None:
        ask(request, account(request), home(request), head(request))

    def created(request: ConsoleRequest) -> None:
        create(request, account(request), home(request), head(request))

    def deletion(request: ConsoleRequest) -> None:
        ask_delete(request, account(request), home(request), head(request))

    def deleted(request: ConsoleRequest) -> None:
        delete(request, account(request), home(request), head(request))

    return (
        Page(path, listed, status, section=section),
        Page(f"{path}/new", new, created, section=section),
        Page(f"{path}/{{key}}/delete", deletion, deleted, section=section),
    )


def _key(request: ConsoleRequest, account: str, id: str) -> Json:
    """Return a key of that account alone."""
    found = request.api.get(f"{account}/apiKeys", {"id": id, "limit": 1})["items"] if id else []
    if not found or found[0]["id"] != id:
        raise not_found()
    return _without_secret(found[0])


def _without_secret(key: Mapping[str, Any]) -> Json:
    return {name: value for name, value in key.items() if name != "secret"}


def _own_head(request: ConsoleRequest) -> Json:
    return own_menu.head(request, gettext("My Api Keys"))


PAGES: Final = pages_for("/me/apiKeys", own_menu.account, _own_head)
