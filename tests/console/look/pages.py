"""Pages of the console to look at: one of each kind, of a tenant that has something of everything."""

import re
from collections.abc import Iterable

from console.visitor import Visitor
from service.calls import Api, path_of
from service.provider_bodies import mirror

_ID = re.compile(r"(?<=/)[0-9A-Za-z]{20,26}(?=/|$)")


def furnish(api: Api) -> list[str]:
    """Make something of everything; return the paths from which all of it is found."""
    application, directory = api.application_with_directory()
    account, group = api.account(directory, givenName="Ada", surname="Lovelace"), api.group(directory)
    api.membership(account, group)
    api.api_key(account, name="batch")
    organization = api.organization()
    mirror(api, "ldap")
    return ["/", *(path_of(each) for each in (application, directory, account, group, organization))]


def one_of_each_kind(admin: Visitor, paths: Iterable[str]) -> list[str]:
    """Return the paths of all pages that are linked, one for each form of address."""
    todo, kinds, found = list(paths), set[str](), list[str]()
    while todo:
        path = todo.pop(0)
        kind = _ID.sub("{id}", path)
        if kind in kinds:
            continue
        kinds.add(kind)
        page = admin.open(path)
        shown = _ID.sub("{id}", page.path.partition("?")[0])
        if not page.headers["content-type"].startswith("text/html") or (shown != kind and shown in kinds):
            continue
        assert page.status == 200, (path, page.text)
        kinds.add(shown)
        found.append(path)
        todo += [
            href.partition("?")[0].partition("#")[0]
            for _, href in page.html.links
            if href.startswith("/") and not href.startswith(("/static", "/rest/", "/export"))
        ]
    return [*found, f"/rest{found[1]}"]
