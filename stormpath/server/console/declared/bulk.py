"""What is done to many rows of a list at once: in steps, with progress, and a report of what failed.

Each form that is sent does one step, so none takes long, and a person can stop between two. With a script the
page sends the next one by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from stormpath.server.console import labels
from stormpath.server.console.declared import bulk_state, deletion, lists
from stormpath.server.console.declared.bulk_state import State
from stormpath.server.console.declared.kinds import kind_of, title_of
from stormpath.server.console.declared.places import Place, place_of
from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.request import ConsoleRequest, own_path
from stormpath.server.console.texts import gettext, ngettext
from stormpath.server.schema import DISABLED, Resource
from stormpath.server.schema.errors import ApiError, Code, not_found
from stormpath.server.schema.timestamps import timestamp

Json = dict[str, Any]

#: The most rows that are ticked on one page.
MOST: Final = 100

#: Rows of one step. A deletion may take long: much may go with it.
STEP: Final = 25
STEP_OF_DELETIONS: Final = 10

#: Of so many ticked rows, what goes with them is counted; that takes some statements for each.
COUNTED: Final = 3

#: The most names on the page that asks.
_NAMED: Final = 10

DELETE: Final = "delete"
UNDO: Final = "undo"


def run(item: Resource, show: Callable[..., None], request: ConsoleRequest) -> None:
    """Answer a form of a list: begin an action on its rows, go on with one, or undo it.

    ``show`` shows the list again, where no row is ticked.
    """
    place, form = place_of(request, request.path), request.form
    if place is None:
        raise not_found()
    if "state" in form:
        state = bulk_state.opened(request, form["state"], place.path)
        _step(request, place, state)
        return
    action, is_every = form.get("action", ""), form.get("every") == "true"
    if not is_every and not form.every("id"):
        show(request, report={"text": gettext("Tick the rows first."), "failed": []})
        return
    _check_action(item, action)
    begun = _begun(request, place, action, is_every=is_every)
    if action == DELETE or ((is_every or action == DISABLED) and "confirmed" not in form):
        _confirm(request, place, begun)
        return
    _step(request, place, begun)


def _check_action(item: Resource, action: str) -> None:
    status = item.by_name.get("status")
    can_set = status is not None and status.updatable and action in dict(lists.statuses_of(item))
    if not can_set and not (action == DELETE and "DELETE" in item.verbs):
        raise ApiError(Code.BAD_REQUEST, "Choose one of the bulk actions of this list.")


def _begun(request: ConsoleRequest, place: Place, action: str, *, is_every: bool) -> State:
    now, back = request.current.context.now_ms(), own_path(request.form.get("back", ""), place.path)
    if not is_every:
        ids = dict.fromkeys(request.form.every("id")[:MOST])
        # The owner first: a path into another tenant is not found, whatever is ticked.
        request.api.get(place.api_path, {"limit": 1})
        return State(
            action, place.path, now, len(ids), [(each, _status_of(action)) for each in ids], back=back
        )
    query = lists.asked_filters(request, place.item)
    # What is created from now on was not meant.
    query["createdAt"] = f"[,{timestamp(now)}]"
    size = int(request.api.get(place.api_path, {**query, "limit": 1})["size"])
    return State(action, place.path, now, size, query=query, back=back)


def _status_of(action: str) -> str:
    return "" if action == DELETE else action


def _confirm(request: ConsoleRequest, place: Place, state: State) -> None:
    """Ask once more; a deletion is begun by a tick and the password."""
    form, is_deletion, problem = request.form, state.action == DELETE, ""
    if is_deletion and "confirmed" in form:
        if form.get("understood") != "true":
            problem = gettext("Please tick the box first.")
        elif not request.prove():
            problem = gettext("The password is wrong.")
        else:
            _step(request, place, state)
            return
    request.render(
        "bulk/confirm.html",
        {
            **_frame(request, place, state),
            "ids": [id for id, _ in state.targets],
            "is_every": state.query is not None,
            "action": state.action,
            "filters": {name: each for name, each in (state.query or {}).items() if name in lists.FILTERS},
            "names": _names(request, place, state),
            "goes_with": deletion.goes_with(place.item) if is_deletion else [],
            "lost": _lost(request, place, state) if is_deletion else [],
            "needs_proof": is_deletion and not request.is_proved,
            "is_deletion": is_deletion,
            "problem": problem,
        },
        status=400 if problem else 200,
    )


def _names(request: ConsoleRequest, place: Place, state: State) -> list[str]:
    """Return what the first of the rows are called."""
    if state.query is not None:
        items = request.api.get(place.api_path, {**state.query, "limit": _NAMED})["items"]
        return [title_of(place.item.name, each) for each in items]
    found = []
    for id, _ in state.targets[:_NAMED]:
        try:
            found.append(title_of(place.item.name, request.api.get(_path(place, id))))
        except ApiError as error:
            if error.status >= 500:
                raise
    return found


def _lost(request: ConsoleRequest, place: Place, state: State) -> list[tuple[int, str]]:
    """Return how much goes with a few ticked rows."""
    if state.query is not None or len(state.targets) > COUNTED:
        return []
    sizes: dict[str, int] = {}
    for id, _ in state.targets:
        try:
            body = request.api.get(_path(place, id))
        except ApiError as error:
            if error.status >= 500:
                raise
            continue
        for size, name in deletion.lost_with(request, place.item, body):
            sizes[name] = sizes.get(name, 0) + size
    return [(size, name) for name, size in sizes.items()]


def _step(request: ConsoleRequest, place: Place, state: State) -> None:
    """Do one step, and show how far it is; nothing more where the person has stopped it."""
    if "stop" in request.form:
        state.is_finished = True
    elif state.query is not None and not state.is_finished:
        _rows_of_query(request, place, state)
    elif not state.is_finished:
        _ticked_rows(request, place, state)
    request.render("bulk/progress.html", _frame(request, place, state))


def _ticked_rows(request: ConsoleRequest, place: Place, state: State) -> None:
    step = _step_of(state)
    now, state.targets = state.targets[:step], state.targets[step:]
    for id, status in now:
        try:
            body = request.api.get(_path(place, id))
        except ApiError as error:
            _note(state, id, id, error)
        else:
            _do(request, place, state, body, status)
    state.is_finished = not state.targets


def _rows_of_query(request: ConsoleRequest, place: Place, state: State) -> None:
    asked = {**(state.query or {}), "limit": _step_of(state), "cursor": state.cursor or None}
    page = request.api.get(place.api_path, asked)
    for body in page["items"]:
        _do(request, place, state, body, _status_of(state.action))
    # A cursor is a place in the order of ids: rows that leave the filter or the table move no other.
    following = page.get("next")
    state.cursor = "" if following is None else dict(parse_qsl(urlsplit(following["href"]).query))["cursor"]
    state.is_finished = not state.cursor


def _do(request: ConsoleRequest, place: Place, state: State, body: Json, status: str) -> None:
    """Do the action to one row, by its JSON."""
    path = request.api.path_of(body["href"])
    id, title = path.rpartition("/")[2], title_of(place.item.name, body)
    if place.item.name == "account" and id == request.administrator["id"]:
        state.fail(id, title, gettext("This is your own account."))
        return
    if state.expected and body["status"] != state.expected:
        state.fail(id, title, gettext("It was changed meanwhile, and stays as it is."))
        return
    try:
        if not status:
            request.api.delete(path)
        elif body["status"] != status:
            request.api.post(path, {"status": status})
            if not state.expected:
                state.remember(id, body["status"])
    except ApiError as error:
        _note(state, id, title, error)
    else:
        state.done += 1


def _note(state: State, id: str, title: str, error: ApiError) -> None:
    # A service that is busy has refused one row; another kind of 5xx is a fault, with a page of its own.
    if error.status >= 500 and error.code != Code.UNAVAILABLE:
        raise error
    state.fail(id, title, sentence(error.text_for_people))


def _step_of(state: State) -> int:
    return STEP_OF_DELETIONS if state.action == DELETE else STEP


def _path(place: Place, id: str) -> str:
    return place.item.path.replace("{id}", id)


def _frame(request: ConsoleRequest, place: Place, state: State) -> Json:
    """Return what the pages of an action show."""
    number = ngettext("%(number)s entry", "%(number)s entries", state.total)
    action = gettext("Undo") if state.action == UNDO else labels.word(state.action.upper())
    if state.action == DELETE:
        action = gettext("Delete")
    undo = state.undo if state.is_finished else None
    return {
        "state": state,
        "sealed": bulk_state.sealed(request, state),
        "undo": bulk_state.sealed(request, undo) if undo is not None else "",
        "undo_is_complete": state.is_all_remembered,
        "heading": gettext("%(action)s: %(number)s", action=action, number=number),
        "path": place.path,
        "back": own_path(state.back, place.path),
        "item": place.item,
        "section": kind_of(place.item.name).section,
        "pages": {each.id: request.url(_path(place, each.id)) for each in state.failures},
    }
