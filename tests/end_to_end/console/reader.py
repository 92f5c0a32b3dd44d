"""A person who follows the product guide in a real browser, by what is visible: words, labels, rows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from support.browser import Page

SECONDS: Final = 20

#: Not the way above the name of a page, which says the same words as its button.
LINKS: Final = "a:not(.breadcrumb a), button, summary"
LABELS: Final = "label"

#: Returns the visible elements of a kind with a text: those that say nothing else, or else those that say it
#: among other words. ``within`` is a kind of part of the page (a row, a section) and a text that it has.
_FIND: Final = """
((kinds, text, within) => {
  const clean = (words) => words.replace(/\\s+/g, " ").replace(/ \\*$/, "").trim();
  const said = (node) => node.nodeType === 3 ? node.data
    : node.nodeType !== 1 || node.matches(".hidden, script, option") ? " "
    : [...node.childNodes].map(said).join("");
  const seen = (each) => !each.closest(".hidden") && each.checkVisibility({ visibilityProperty: true });
  const has = (each) => ` ${clean(said(each)).replace(/[^\\p{L}\\p{N}+@.-]+/gu, " ").trim()} `
    .includes(` ${text.replace(/[^\\p{L}\\p{N}+@.-]+/gu, " ").trim()} `);
  const parts = within
    ? [...document.querySelectorAll(within[0])].filter((each) => seen(each) && said(each).includes(within[1]))
    : [document];
  // Of parts inside each other, the smallest.
  const smallest = parts.filter((each) => !parts.some((other) => other !== each && each.contains(other)));
  const all = smallest.flatMap((each) => [...each.querySelectorAll(kinds)]).filter(seen);
  const exact = all.filter((each) => clean(said(each)) === text);
  return exact.length ? exact : all.filter(has);
})
"""

#: Scrolls to an element, and returns the middle of it, and what is there.
_MIDDLE: Final = """
((found) => {
  if (!found) return null;
  found.scrollIntoView({ block: "center", behavior: "instant" });
  const [box] = found.getClientRects();
  const x = box.x + box.width / 2, y = box.y + box.height / 2;
  const top = document.elementFromPoint(x, y);
  const isFree = top &&
    (found.contains(top) || top.contains(found) || top.closest("label")?.control === found);
  return { x, y, covered: isFree ? "" : top?.outerHTML ?? "nothing" };
})
"""

Within = tuple[str, str]


@dataclass
class Reader:
    """``origin`` is where the console is; what is downloaded lies in ``downloads``.

    ``login`` is the address of the administrator who is logged in.
    """

    page: Page
    origin: str
    downloads: Path
    login: str = ""

    def open(self, path: str) -> None:
        """Type an address below the console's root, or a whole one."""
        self._leading_to_a_page(lambda: self.page.call("Page.navigate", url=_joined(self.origin, path)))

    def click(self, *texts: str, within: Within | None = None) -> None:
        """Click on the link or button with each text in turn, and wait for the page that it leads to."""
        for each in texts:
            self._leading_to_a_page(partial(self.press, each, within=within))

    def part(self, text: str) -> None:
        """Click on a part of a resource, in the menu at its left."""
        self.click(text, within=(".side", ""))

    def press(self, text: str, within: Within | None = None) -> None:
        """Click on what leads to no other page: a menu, a part to be shown, a download."""
        self._click_on(_first(LINKS, text, within), f"nothing to click on that says {text!r}")

    def fill(self, values: dict[str, str], within: Within | None = None) -> None:
        """Fill in fields by their labels; of a choice, by the text of the option."""
        for label, value in values.items():
            control = f"{_first(LABELS, label, within)}?.control"
            if self.page.evaluate(f"{control}?.tagName") == "SELECT":
                self._choose_option(control, value)
                continue
            self._click_on(control, f"no field labelled {label!r}")
            self.page.evaluate("document.activeElement.select()")
            self.page.press("Delete", 46)
            self.page.insert(value)

    def tick(self, *labels: str, within: Within | None = None) -> None:
        """Tick boxes, or choose what is behind a label."""
        for each in labels:
            label = _first(LABELS, each, within)
            if not self.page.evaluate(f"{label}?.control?.checked"):
                self._click_on(f"{label}?.control", f"no box labelled {each!r}")
            assert self.page.evaluate(f"{label}.control.checked"), each

    def tick_row(self, text: str) -> None:
        """Tick the box of a row."""
        self._click_on(f"{_row(text)}?.querySelector('[type=checkbox]')", f"no row with {text!r} to tick")

    def choose(self, column: str, text: str) -> None:
        """Choose a row in a column of radio buttons."""
        place = f"[...document.querySelectorAll('th')].findIndex((each) => each.innerText === {_js(column)})"
        self._click_on(
            f"{_row(text)}?.cells[{place}]?.querySelector('input')", f"no {column} in the row of {text!r}"
        )

    def drag(self, text: str, onto: str) -> None:
        """Drag a row by the mouse onto another."""
        for each in (text, onto):
            self.page.evaluate(f"{_row(each)}.scrollIntoView({{block: 'nearest', behavior: 'instant'}})")
        row, other = (f"[data-order] tr:nth-child({self.rows.index(each) + 1})" for each in (text, onto))
        self.page.drag(f"{row} td:nth-child(5)", f"{other} td:nth-child(5)")

    @property
    def rows(self) -> list[str]:
        """The names in the rows of a table that has an order."""
        names = (
            "[...document.querySelectorAll('[data-order] tr')].map((row) => row.cells[3].innerText.trim())"
        )
        return [str(each) for each in self.page.evaluate(names)]

    def value_of(self, fact: str) -> str:
        """Return what the page says beside a word, such as ``REST URL``."""
        found = self.page.evaluate(f"{_first('dt', fact)}?.nextElementSibling.querySelector('a').innerText")
        assert found, f"the page says no {fact!r}:\n{self.page.text}"
        return str(found)

    def sees(self, *texts: str) -> None:
        """Wait until the page says all of these."""
        for each in texts:
            self.wait_for(f"document.body.innerText.includes({_js(each)})", each)

    def wait_for(self, condition: str, what: str = "") -> None:
        """Wait until a condition of the page holds."""
        deadline = time.monotonic() + SECONDS
        while not self._holds(condition):
            if time.monotonic() > deadline:
                raise AssertionError(f"{what or condition} did not come:\n{self.page.text}")
            time.sleep(0.01)

    def tab_to(self, text: str, steps: int = 60) -> None:
        """Press Tab until what has the focus is labelled with a text, or says it."""
        for _ in range(steps):
            self.page.press("Tab", 9)
            if self.focus == text:
                return
        raise AssertionError(f"Tab did not lead to {text!r}, at last to {self.focus!r}")

    @property
    def focus(self) -> str:
        """The label of what has the focus, or what it says."""
        return str(
            self.page.evaluate(
                "((e) => (e.getAttribute('aria-label') || e.labels?.[0]?.innerText || e.innerText || '')"
                ".replace('*', '').trim())(document.activeElement)"
            )
        )

    def enter(self) -> None:
        """Press Enter, and wait for the page that it leads to."""
        self._leading_to_a_page(lambda: self.page.press("Enter", 13))

    def downloaded(self, name: str) -> Path:
        """Wait for a file."""
        path = self.downloads / name
        deadline = time.monotonic() + SECONDS
        while not path.exists() or not path.stat().st_size:
            assert time.monotonic() < deadline, f"no {name}, but {list(self.downloads.iterdir())}"
            time.sleep(0.01)
        return path

    def assert_content(self) -> None:
        """Nothing was requested from another host, and the browser has no complaint."""
        complaints = self.page.complaints
        assert not complaints, complaints
        own = (f"{self.origin}/", "about:", "data:")
        others = {url for _, url in self.page.requests if not url.startswith(own)}
        assert not others, others

    def _click_on(self, element: str, missing: str) -> None:
        where = self.page.evaluate(f"{_MIDDLE}({element})")
        assert where, f"{missing}:\n{self.page.text}"
        assert not where["covered"], f"covered: {missing}: {where['covered'][:200]}"
        for kind in ("mousePressed", "mouseReleased"):
            self.page.call(
                "Input.dispatchMouseEvent", type=kind, x=where["x"], y=where["y"], button="left", clickCount=1
            )

    def _choose_option(self, control: str, text: str) -> None:
        done = self.page.evaluate(
            f"((list) => {{ const option = [...list.options].find((each) => each.text === {_js(text)});"
            "if (!option) return false; list.value = option.value;"
            "list.dispatchEvent(new Event('input', {bubbles: true}));"
            f"list.dispatchEvent(new Event('change', {{bubbles: true}})); return true; }})({control})"
        )
        assert done, f"no choice {text!r}"

    def _leading_to_a_page(self, act: Callable[[], Any]) -> None:
        # Events of an earlier load may be told late; a mark is gone with its document.
        self.page.evaluate("window.isLeft = true")
        act()
        self.wait_for("!window.isLeft && document.readyState === 'complete'", "another page")

    def _holds(self, condition: str) -> bool:
        try:
            return bool(self.page.evaluate(condition))
        except AssertionError:  # Between two documents there is none.
            return False


def _first(kinds: str, text: str, within: Within | None = None) -> str:
    return f"{_FIND}({_js(kinds)}, {_js(text)}, {_js(within)})[0]"


def _row(text: str) -> str:
    return f"[...document.querySelectorAll('tbody tr')].find((row) => row.innerText.includes({_js(text)}))"


def _js(value: Any) -> str:
    return json.dumps(value)


def _joined(origin: str, path: str) -> str:
    return path if urlsplit(path).scheme else f"{origin}{path}"
