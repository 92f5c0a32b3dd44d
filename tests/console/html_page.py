"""A page of the console as a person without a script sees it: its text, its links and its forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = frozenset({"meta", "input", "link", "br", "hr", "img", "path", "circle", "rect", "line", "polyline"})


@dataclass
class HtmlForm:
    """A form: where it is sent, its fields with the values that they have, and its buttons."""

    action: str
    method: str
    id: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    buttons: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """Return the value of a field."""
        return dict(self.fields)[name]


class HtmlPage(HTMLParser):
    """A parsed page. A tag that is not closed, or closed twice, fails the test."""

    def __init__(self, text: str, path: str = "") -> None:
        super().__init__()
        self.path = path
        self.forms: list[HtmlForm] = []
        self.links: list[tuple[str, str]] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.headings: list[str] = []
        self.title = ""
        self._open: list[tuple[str, dict[str, str]]] = []
        self._late: list[tuple[str, str, str]] = []
        self._link: list[str] | None = None
        self._button: list[str] | None = None
        self._textarea: list[str] | None = None
        self._select: dict[str, str] | None = None
        self._chosen: str | None = None
        self.feed(text)
        self.close()
        assert not self._open, f"not closed: {self._open}"
        for form, name, value in self._late:
            self.form_with_id(form).fields.append((name, value))

    @property
    def text(self) -> str:
        """What the page says, with single blanks."""
        return " ".join(self.words)

    def form_with_id(self, id: str) -> HtmlForm:
        return next(each for each in self.forms if each.id == id)

    def form(self, button: str) -> HtmlForm:
        """Return the first form that has a button with that text."""
        for each in self.forms:
            if any(text == button for text, _ in each.buttons):
                return each
        known = [text for each in self.forms for text, _ in each.buttons]
        raise AssertionError(f"no button {button!r} on {self.path}, only {known}")

    def link(self, text: str) -> str:
        """Return where the first link with that text leads."""
        for each, href in self.links:
            if each == text:
                return href
        raise AssertionError(f"no link {text!r} on {self.path}, only {[each for each, _ in self.links]}")

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        found = {name: value or "" for name, value in attrs}
        assert len(found) == len(attrs), f"an attribute of {tag} is there twice: {attrs}"
        self.elements.append((tag, found))
        if tag not in VOID:
            self._open.append((tag, found))
        match tag:
            case "form":
                action = found.get("action") or self.path
                self.forms.append(HtmlForm(action, found.get("method", "get"), found.get("id", "")))
            case "a":
                self._link = []
            case "button":
                self._button = []
            case "input":
                self._add_input(found)
            case "textarea":
                self._textarea = []
            case "select":
                self._select, self._chosen = found, None
            case "option":
                if self._chosen is None or "selected" in found:
                    self._chosen = found.get("value", "")

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        opened, found = self._open.pop()
        assert opened == tag, f"{tag} closes {opened} on {self.path}"
        if tag == "a" and self._link is not None:
            self.links.append((" ".join("".join(self._link).split()), found.get("href", "")))
            self._link = None
        elif tag == "button" and self._button is not None:
            text = " ".join("".join(self._button).split())
            if (form := self._form_of(found)) is not None:
                form.buttons.append((text, found))
            self._button = None
        elif tag == "textarea" and self._textarea is not None:
            # A browser leaves out a line break right behind the tag.
            self._add(found, "".join(self._textarea).removeprefix("\n"))
            self._textarea = None
        elif tag == "select" and self._select is not None:
            if "disabled" not in self._select and self._chosen is not None:
                self._add(self._select, self._chosen)
            self._select = None

    def handle_data(self, data: str) -> None:
        inside = self._open[-1][0] if self._open else ""
        if inside == "title":
            self.title += data
        elif inside not in ("style", "script"):
            self.words += data.split()
        if inside in ("h1", "h2", "h3"):
            self.headings.append(" ".join(data.split()))
        for each in (self._link, self._button, self._textarea):
            if each is not None:
                each.append(data)

    def _add_input(self, found: dict[str, str]) -> None:
        kind = found.get("type", "text")
        if "name" not in found or "disabled" in found or kind == "submit":
            return
        if kind in ("checkbox", "radio") and "checked" not in found:
            if (form := self._form_of(found)) is not None:
                form.names.add(found["name"])
            return
        self._add(found, found.get("value", "on" if kind == "checkbox" else ""))

    def _add(self, found: dict[str, str], value: str) -> None:
        if "name" not in found:
            return
        if "form" in found:
            self._late.append((found["form"], found["name"], value))
        elif (form := self._form_of(found)) is not None:
            form.fields.append((found["name"], value))
            form.attributes[found["name"]] = found

    def _form_of(self, found: dict[str, str]) -> HtmlForm | None:
        if "form" in found:
            return next((each for each in self.forms if each.id == found["form"]), None)
        return self.forms[-1] if any(tag == "form" for tag, _ in self._open) else None
