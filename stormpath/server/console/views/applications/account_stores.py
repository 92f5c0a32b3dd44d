"""The account stores of an application or an organization: their order, default locations, and removal."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from stormpath.server.console.declared import code, menus
from stormpath.server.console.declared.kinds import protection_of
from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.notices import Notice
from stormpath.server.console.page import Page
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext, ngettext
from stormpath.server.console.views.applications import priorities, stores
from stormpath.server.console.views.applications.store_table import (
    NONE,
    StoreRow,
    StoreTable,
    row_of,
)
from stormpath.server.console.views.applications.stores import Owner
from stormpath.server.schema.errors import ApiError, not_found

#: The rows on a page.
PAGE: Final = 50

#: By the field of the form: the flag of mappings, the owner's link to the one that has it, and its label.
_LOCATIONS: Final = {
    "accounts": ("isDefaultAccountStore", "defaultAccountStoreMapping", "New Account Location"),
    "groups": ("isDefaultGroupStore", "defaultGroupStoreMapping", "New Group Location"),
}

Changes = dict[str, dict[str, Any]]


def show(kind: str, request: ConsoleRequest) -> None:
    """Show the account stores in the order of their priority."""
    owner = stores.owner_at(request, kind)
    _render(request, owner, _table(request, owner))


def lead(kind: str, request: ConsoleRequest) -> None:
    """Lead from another name of the page to it."""
    owner = stores.owner_at(request, kind)
    request.redirect(path_of(request, owner))


def path_of(request: ConsoleRequest, owner: Owner) -> str:
    """Return the path of the page of an owner's account stores."""
    return f"{request.api.path_of(owner.href)}/accountStores"


def save(kind: str, request: ConsoleRequest) -> None:
    """Save the order and the locations that differ from those that were shown; or move a row."""
    owner = stores.owner_at(request, kind)
    table, form = _table(request, owner), request.form
    typed = table.as_typed(form)
    if form.get("action", "").partition(":")[0] in ("up", "down"):
        _render(request, owner, typed, is_changed=True, shown=form.get("shown"))
        return
    shown = form.get("shown", "").split(",")
    is_ordered = [id for id in typed.ids if id in shown] != [id for id in shown if id in table.ids]
    is_ordered |= bool(table.beyond(form))
    is_stale = shown != table.ids
    problems = [*typed.problems, *_gone(table, typed)]
    if is_ordered and is_stale:
        problems.append(
            gettext(
                "Another person has changed the account stores. Please look at the order again, and save it."
            )
        )
    if problems:
        _render(request, owner, typed, problems=problems, status=400)
        return
    changes = _location_changes(owner, typed, request)
    order = _order_changes(table, typed, request) if is_ordered else []
    if "as_code" in form:
        _render(
            request,
            owner,
            typed,
            as_code=_code(request, owner, [*changes.items(), *order]),
            shown=form.get("shown"),
        )
        return
    _apply(request, owner, [*changes.items(), *order], typed.ids, is_ordered)


def _gone(table: StoreTable, typed: StoreTable) -> list[str]:
    """Return a problem where a location was chosen that is no row (any more)."""
    chosen = ((typed.accounts, table.accounts), (typed.groups, table.groups))
    if all(each in (NONE, present, *table.ids) for each, present in chosen):
        return []
    return [gettext("The store that was chosen as a location is no longer there.")]


def _location_changes(owner: Owner, typed: StoreTable, request: ConsoleRequest) -> Changes:
    """Return the changes of flags, by the ids of mappings: of the locations that were chosen anew."""
    found: Changes = {}
    for name, (flag, link, _) in _LOCATIONS.items():
        chosen, present = getattr(typed, name), _linked(owner, link)
        if name not in request.form or chosen in (present, request.form.get(f"was_{name}", present)):
            continue
        if chosen != NONE:
            found.setdefault(chosen, {})[flag] = True
        else:
            found.setdefault(present, {})[flag] = False
    return found


def _order_changes(
    table: StoreTable, typed: StoreTable, request: ConsoleRequest
) -> list[tuple[str, dict[str, Any]]]:
    found = priorities.moves(table.ids, typed.ids, table.first - 1)
    beyond = table.beyond(request.form)
    moves = [each for each in found if each.id not in beyond]
    moves += [priorities.Move(id, index) for id, index in beyond.items()]
    return [(each.id, {"listIndex": each.index}) for each in moves]


def _apply(
    request: ConsoleRequest,
    owner: Owner,
    changes: list[tuple[str, dict[str, Any]]],
    wanted: list[str],
    is_ordered: bool,
) -> None:
    plural = request.console.resources[owner.mapping].plural
    for number, (id, change) in enumerate(changes):
        try:
            request.api.post(f"/{plural}/{id}", change)
        except ApiError as error:
            stores.reraise_failure(error)
            text = sentence(error.text_for_people)
            if number:
                text = gettext(
                    "%(done)s of %(all)s changes are saved. %(problem)s",
                    done=number,
                    all=len(changes),
                    problem=text,
                )
            present = stores.owner_at(request, owner.kind)
            typed = _table(request, present).as_typed(request.form)
            _render(request, present, typed, problems=[text], status=error.status)
            return
    notice = Notice(gettext("Saved."))
    if is_ordered and set(wanted) == set(now := _table(request, owner).ids) and now != wanted:
        # The moves of two people mix: each is complete, and their order may be that of neither.
        text = gettext("Another person changed the order at the same time. This is what it is now.")
        notice = Notice(text, "bad")
    offset = request.query.get("offset", "")
    place = f"?offset={offset}" if offset.isdecimal() and offset.isascii() else ""
    request.redirect(f"{path_of(request, owner)}{place}", notice)


def _code(request: ConsoleRequest, owner: Owner, changes: list[tuple[str, dict[str, Any]]]) -> code.Code:
    resource = request.console.resources[owner.mapping]
    base = request.console.settings.base_url
    every = [code.update(resource, resource.href(base, id), change) for id, change in changes]
    nothing = gettext("Nothing is changed.")
    return code.Code(
        "\n\n".join(each.python for each in every) or f"# {nothing}",
        "\n\n".join(each.curl for each in every) or f"# {nothing}",
    )


def _table(request: ConsoleRequest, owner: Owner) -> StoreTable:
    """Read the rows of a page. One request, and one statement for each kind of store."""
    query = {"limit": PAGE, "offset": request.query.get("offset") or None}
    page = request.api.get(owner.body["accountStoreMappings"]["href"], query)
    keys = {each["href"]: stores.key_of_href(request, each["accountStore"]["href"]) for each in page["items"]}
    found = stores.find(request, keys.values())
    first = int(page["offset"]) + 1
    rows = [
        _row(request, owner, each, found[key], first + number)
        for number, each in enumerate(page["items"])
        if (key := keys[each["href"]]) in found
    ]
    accounts, groups = (_linked(owner, link) for _, link, _ in _LOCATIONS.values())
    return StoreTable(rows, accounts, groups, int(page["size"]), first, stored=[each.id for each in rows])


def _row(
    request: ConsoleRequest, owner: Owner, mapping: Mapping[str, Any], store: stores.Store, number: int
) -> StoreRow:
    path = request.api.path_of(mapping["href"])
    is_fixed = protection_of(owner.kind, owner.body) and protection_of(store.facts.kind, {"name": store.name})
    fixed = gettext("It lets the administrators in.") if is_fixed else ""
    return row_of(
        path.rpartition("/")[2], store, number, "" if fixed else request.url(f"{path}/delete"), fixed
    )


def _linked(owner: Owner, link: str) -> str:
    value = owner.body.get(link)
    return str(value["href"]).rpartition("/")[2] if value else NONE


def _render(
    request: ConsoleRequest,
    owner: Owner,
    table: StoreTable,
    *,
    problems: list[str] | None = None,
    as_code: code.Code | None = None,
    is_changed: bool = False,
    shown: str | None = None,
    status: int = 200,
) -> None:
    resource = request.console.resources[owner.kind]
    path = path_of(request, owner)
    request.render(
        "applications/account_stores.html",
        {
            **menus.head_of(request, resource, dict(owner.body)),
            "owner": owner,
            "table": table,
            "was_accounts": request.form.get("was_accounts", table.accounts),
            "was_groups": request.form.get("was_groups", table.groups),
            "problem_list": problems or [],
            "as_code": as_code,
            "is_changed": is_changed,
            # The order when the form is shown first: what another person does to it is noticed.
            "shown": ",".join(table.stored) if shown is None else shown,
            "add": request.url(f"{path}/new"),
            "add_label": owner.adding,
            "before": request.url(path, {"offset": max(0, table.first - 1 - PAGE)})
            if table.first > 1
            else "",
            "after": request.url(path, {"offset": table.first - 1 + PAGE})
            if table.first - 1 + PAGE < table.size
            else "",
        },
        status=status,
    )


def ask_removal(kind: str, request: ConsoleRequest) -> None:
    """Ask before a store is removed: say who cannot log in any more."""
    _render_removal(request, *_mapped(request, kind))


def remove(kind: str, request: ConsoleRequest) -> None:
    """Remove a store."""
    owner, mapping, store = _mapped(request, kind)
    if request.form.get("understood") != "true":
        _render_removal(request, owner, mapping, store, gettext("Please tick the box first."), 400)
        return
    try:
        request.api.delete(mapping["href"])
    except ApiError as error:
        stores.reraise_failure(error)
        _render_removal(request, owner, mapping, store, sentence(error.text_for_people), error.status)
        return
    text = gettext("%(store)s is removed from %(owner)s.", store=store.name, owner=owner.name)
    request.redirect(path_of(request, owner), text)


def _mapped(request: ConsoleRequest, kind: str) -> tuple[Owner, dict[str, Any], stores.Store]:
    plural = request.console.resources[stores.MAPPINGS[kind]].plural
    mapping = request.api.get(f"/{plural}/{request.params['id']}", {"expand": kind})
    key = stores.key_of_href(request, mapping["accountStore"]["href"])
    found = stores.find(request, [key])
    if key not in found:
        raise not_found()
    return Owner(kind, mapping[kind]), mapping, found[key]


def _render_removal(
    request: ConsoleRequest,
    owner: Owner,
    mapping: Mapping[str, Any],
    store: stores.Store,
    problem: str = "",
    status: int = 200,
) -> None:
    resource = request.console.resources[owner.kind]
    request.render(
        "applications/remove_store.html",
        {
            **menus.head_of(request, resource, dict(owner.body)),
            "store": store,
            "people": _people(request, mapping["accountStore"]["href"], store),
            "is_accounts": _linked(owner, "defaultAccountStoreMapping") == mapping["href"].rpartition("/")[2],
            "is_groups": _linked(owner, "defaultGroupStoreMapping") == mapping["href"].rpartition("/")[2],
            "problem": problem,
            "cancel": request.url(path_of(request, owner)),
            "as_code": code.deletion(request.console.resources[owner.mapping], mapping["href"]),
        },
        status=status,
    )


def _people(request: ConsoleRequest, href: str, store: stores.Store) -> str:
    """Return how many people a store has, where that is counted; the accounts of an organization are not."""
    counted = {"directory": "accounts", "group": "accountMemberships"}.get(store.facts.kind)
    if counted is None:
        return gettext("all its accounts")
    size = int(request.api.get(f"{href}/{counted}", {"limit": 1})["size"])
    return ngettext("%(number)s account", "%(number)s accounts", size)


def _pages(kind: str, plural: str, mappings: str) -> list[Page]:
    shown, saved, led = (partial(each, kind) for each in (show, save, lead))
    path, section = f"/{plural}/{{id}}", plural
    return [
        Page(f"{path}/accountStores", shown, saved, section=section),
        Page(f"{path}/loginSources", led, section=section),
        Page(f"{path}/accountStoreMappings", led, saved, section=section),
        Page(
            f"/{mappings}/{{id}}/delete", partial(ask_removal, kind), partial(remove, kind), section=section
        ),
    ]


PAGES: Final = (
    *_pages("application", "applications", "accountStoreMappings"),
    *_pages("organization", "organizations", "organizationAccountStoreMappings"),
)
