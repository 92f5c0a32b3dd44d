"""The attribute mappings of a provider: rows that can be added and removed."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.request import ConsoleRequest, Form
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.directories import frame, types
from stormpath.server.console.views.directories.frame import Frame
from stormpath.server.schema.errors import ApiError

Json = dict[str, Any]

#: The link to the rules that a provider has, and the empty rows below the filled ones.
_LINKS: Final = ("userInfoMappingRules", "attributeStatementMappingRules")
_EMPTY_ROWS: Final = 1

#: The most rows of one form.
_MOST: Final = 200


class Row(NamedTuple):
    """One rule as it is typed: the names of account attributes are parted by commas."""

    name: str = ""
    name_format: str = ""
    attributes: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not any(each.strip() for each in self)


def show(request: ConsoleRequest) -> None:
    """Show the rules."""
    found = _read(request)
    stored = request.api.get(_path(request, found))
    _show(request, found, [_row(each) for each in stored["items"]])


def change(request: ConsoleRequest) -> None:
    """Save the rows; or add an empty one, or remove one, and save nothing yet."""
    found = _read(request)
    rows = _typed(request.form)
    if (removed := request.form.get("remove", "")).isdecimal():
        number = int(removed[:4])
        _show(request, found, [each for place, each in enumerate(rows) if place != number])
        return
    if "add" in request.form:
        _show(request, found, rows, empty=_EMPTY_ROWS + 1)
        return
    items = [_item(each, has_format=_has_format(found)) for each in rows if not each.is_empty]
    try:
        request.api.post(_path(request, found), {"items": items})
    except ApiError as error:
        if error.status >= 500:
            raise
        _show(request, found, rows, problem=sentence(error.text_for_people), status=error.status)
        return
    request.redirect(request.path, gettext("Saved."))


def _read(request: ConsoleRequest) -> Frame:
    found = frame.of_request(request)
    frame.require(types.is_login_provider(found.body))
    return found


def _path(request: ConsoleRequest, found: Frame) -> str:
    href = next(found.provider[each]["href"] for each in _LINKS if each in found.provider)
    return request.api.path_of(href)


def _has_format(found: Frame) -> bool:
    return types.is_saml(found.body)


def _row(item: Json) -> Row:
    return Row(item.get("name") or "", item.get("nameFormat") or "", ", ".join(item["accountAttributes"]))


def _typed(form: Form) -> list[Row]:
    names, attributes = form.every("name")[:_MOST], form.every("attributes")[:_MOST]
    formats = form.every("nameFormat")[:_MOST] or [""] * len(names)
    rows = [Row(*each) for each in zip(names, formats, attributes, strict=False)]
    while rows and rows[-1].is_empty:
        rows.pop()
    return rows


def _item(row: Row, *, has_format: bool) -> Json:
    found: Json = {"name": row.name.strip() or None} if has_format else {"name": row.name.strip()}
    if has_format:
        found["nameFormat"] = row.name_format.strip() or None
    return {
        **found,
        "accountAttributes": [text for each in row.attributes.split(",") if (text := each.strip())],
    }


def _show(
    request: ConsoleRequest,
    found: Frame,
    rows: list[Row],
    *,
    empty: int = _EMPTY_ROWS,
    problem: str = "",
    status: int = 200,
) -> None:
    request.render(
        "directories/mappings.html",
        {
            **found.head,
            "rows": [*rows, *[Row()] * empty],
            "has_format": _has_format(found),
            "problem": problem,
        },
        status=status,
    )
