"""A real browser: Chromium without a window, driven through the DevTools protocol.

The protocol goes over two pipes (``--remote-debugging-pipe``): JSON objects, each ended by a NUL character.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from support.postgresql import ServerMissing

SECONDS = 30
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")

OPTIONS = [
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    # Tests reach no network beyond this machine, and use no configured proxy.
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]

# Chromium ends when its pipe does, even if the test process is killed. The shell outlives both. Chromium's
# helper processes end a moment later, and may write into the folder while it is removed, or make it again.
AND_TIDY_UP = """
folder="$1"
shift
"$@"
for attempt in 1 2 3 4 5 6 7 8; do
    rm -rf "$folder"
    sleep 0.1
    [ -e "$folder" ] || break
    sleep "$attempt"
done
"""

Json = dict[str, Any]


def program() -> str:
    """Return the path of the browser."""
    for each in PROGRAMS:
        if found := shutil.which(each):
            return found
    raise ServerMissing("chromium is not installed; `make test` installs it")


class Browser:
    """A browser with a profile of its own. It runs from its creation to the end of its block."""

    def __init__(self) -> None:
        path = program()
        self.folder = tempfile.mkdtemp(prefix="stormpath-browser-")
        their_input, self._commands = os.pipe()
        self._answers, their_output = os.pipe()
        options = [*OPTIONS, f"--user-data-dir={self.folder}"]
        if os.geteuid() == 0:
            options.append("--no-sandbox")  # Chromium has no sandbox for root.
        self._pid = os.posix_spawn(
            "/bin/sh",
            ["/bin/sh", "-c", AND_TIDY_UP, "browser", self.folder, path, *options, "about:blank"],
            {**os.environ, "HOME": self.folder},
            file_actions=_on_descriptors(their_input, their_output, f"{self.folder}/log"),
            setsid=True,  # Ctrl-C is for pytest, which then closes the pipe.
        )
        os.close(their_input)
        os.close(their_output)
        self._received = b""
        self._number = 0
        self.events: list[Json] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        os.close(self._commands)
        os.close(self._answers)
        deadline = time.monotonic() + SECONDS
        while os.waitpid(self._pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                os.killpg(self._pid, signal.SIGKILL)
                raise AssertionError(f"The browser did not leave:\n{self._log()}")
            time.sleep(0.01)

    @contextmanager
    def page(self) -> Iterator[Page]:
        """Open a tab that shares no cookies or passwords with others."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        made = self.call("Target.createTarget", url="about:blank", browserContextId=context)
        attached = self.call("Target.attachToTarget", targetId=made["targetId"], flatten=True)
        try:
            yield Page(self, attached["sessionId"])
        finally:
            self.call("Target.disposeBrowserContext", browserContextId=context)

    def call(self, method: str, session: str | None = None, **parameters: Any) -> Json:
        """Send a command and return its result; events during it go to ``events``."""
        self._number += 1
        command: Json = {"id": self._number, "method": method, "params": parameters}
        if session is not None:
            command["sessionId"] = session
        os.write(self._commands, json.dumps(command).encode() + b"\0")
        answer = self.until(lambda message: message.get("id") == command["id"])
        assert "result" in answer, f"{method}: {answer.get('error')}"
        result: Json = answer["result"]
        return result

    def until(self, is_wanted: Callable[[Json], bool]) -> Json:
        """Read messages until the expected one arrives, and return it."""
        deadline = time.monotonic() + SECONDS
        while True:
            message = self._next(deadline)
            if "method" in message:
                self.events.append(message)
            if is_wanted(message):
                return message

    def _next(self, deadline: float) -> Json:
        while b"\0" not in self._received:
            ready, _, _ = select.select([self._answers], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"The browser is silent:\n{self._log()}"
            more = os.read(self._answers, 1 << 20)
            assert more, f"The browser has ended:\n{self._log()}"
            self._received += more
        first, _, self._received = self._received.partition(b"\0")
        message: Json = json.loads(first)
        return message

    def _log(self) -> str:
        return Path(self.folder, "log").read_text(errors="replace")


class Page:
    """A tab. Selectors are CSS; clicks and keys are dispatched like real ones."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        self._seen = len(browser.events)
        for domain in ("Page", "Runtime", "Log", "Network", "DOM", "Audits"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Json:
        """Send a command of the DevTools protocol."""
        return self._browser.call(method, self._session, **parameters)

    def open(self, url: str) -> None:
        """Open a URL, and wait until its page is loaded."""
        with self.navigation():
            self.call("Page.navigate", url=url)

    @contextmanager
    def navigation(self, event: str = "Page.loadEventFired") -> Iterator[None]:
        """Wait, after the block, until the page that it leads to is loaded, or another event comes."""
        before = len(self._events(event))
        yield
        if len(self._events(event)) == before:
            self._browser.until(
                lambda message: message.get("method") == event and message.get("sessionId") == self._session
            )

    def click(self, selector: str) -> None:
        """Press and release the mouse in the middle of an element, which has to be on the screen."""
        self.call("DOM.scrollIntoViewIfNeeded", nodeId=self._node(selector))
        x, y = self._middle(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def drag(self, selector: str, target: str) -> None:
        """Drag an element by the mouse onto the middle of another. Both have to be on the screen."""
        x, y = self._middle(selector)
        to_x, to_y = self._middle(target)
        mouse = "Input.dispatchMouseEvent"
        self.call("Input.setInterceptDrags", enabled=True)
        with self.navigation("Input.dragIntercepted"):
            self.call(mouse, type="mousePressed", x=x, y=y, button="left", buttons=1, clickCount=1)
            for step in (5, 10, 15):
                self.call(mouse, type="mouseMoved", x=x + step, y=y + step, button="left", buttons=1)
        data = self._events("Input.dragIntercepted")[-1]["params"]["data"]
        for kind in ("dragEnter", "dragOver", "drop"):
            self.call("Input.dispatchDragEvent", type=kind, x=to_x, y=to_y, data=data)
        self.call(mouse, type="mouseReleased", x=to_x, y=to_y, button="left", clickCount=1)
        self.call("Input.setInterceptDrags", enabled=False)

    def _middle(self, selector: str) -> tuple[float, float]:
        box = self.evaluate(
            f"(r => [r.x, r.y, r.width, r.height])({_find(selector)}.getBoundingClientRect())"
        )
        return box[0] + box[2] / 2, box[1] + box[3] / 2

    def type(self, selector: str, text: str) -> None:
        """Click into a field and type."""
        self.click(selector)
        self.keys(text)

    def keys(self, text: str) -> None:
        """Type into the element with the focus."""
        for each in text:
            self.call("Input.dispatchKeyEvent", type="keyDown", text=each)
            self.call("Input.dispatchKeyEvent", type="keyUp")

    def insert(self, text: str) -> None:
        """Put a text into the element with the focus at once, as from the clipboard."""
        self.call("Input.insertText", text=text)

    def press(self, key: str, code: int) -> None:
        """Press a key that is no letter, by its name and its number (``Tab``, 9)."""
        text = {"text": "\r"} if key == "Enter" else {}
        named = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", **named, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression of JavaScript; that of a promise is waited for."""
        how = {"returnByValue": True, "awaitPromise": True}
        answer = self.call("Runtime.evaluate", expression=expression, **how)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    @property
    def text(self) -> str:
        """The visible text of the page."""
        return str(self.evaluate("document.body.innerText"))

    @property
    def status(self) -> int:
        """The HTTP status of the page."""
        documents = [
            each["params"]["response"]["status"]
            for each in self._events("Network.responseReceived")
            if each["params"]["type"] == "Document"
        ]
        return int(documents[-1])

    @property
    def requests(self) -> list[tuple[str, str]]:
        """The method and URL of all requests that the page's own policy did not block."""
        failed = (each["params"] for each in self._events("Network.loadingFailed"))
        blocked = {each["requestId"] for each in failed if each.get("blockedReason")}
        asked = (each["params"] for each in self._events("Network.requestWillBeSent"))
        sent = [each["request"] for each in asked if each["requestId"] not in blocked]
        return [(each["method"], each["url"]) for each in sent]

    @property
    def complaints(self) -> list[str]:
        """The messages of the console: errors, warnings, and recommendations of the browser about the page.

        The status of an answer, such as 404, is not among them, nor what a page lets the browser forget.
        """
        entries = [each["params"]["entry"] for each in self._events("Log.entryAdded")]
        entries = [each for each in entries if not each["text"].startswith("Clear-Site-Data header on ")]
        return [
            *(each["text"] for each in entries if each["source"] != "network"),
            *(json.dumps(each["params"]) for each in self._events("Runtime.exceptionThrown")),
            *(json.dumps(each["params"]) for each in self._events("Runtime.consoleAPICalled")),
            *(json.dumps(each["params"]["issue"]) for each in self._events("Audits.issueAdded")),
        ]

    def resize(self, width: int, height: int) -> None:
        """Give the tab another size, in CSS pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def prefer(self, scheme: str) -> None:
        """Let the person prefer ``light`` or ``dark``."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def back(self) -> None:
        """Press the back button, and wait until the page is shown.

        It may come from the browser's memory, and then loads nothing.
        """
        history = self.call("Page.getNavigationHistory")
        entry = history["entries"][history["currentIndex"] - 1]
        with self.navigation("Page.frameNavigated"):
            loads = self.navigation()
            loads.__enter__()
            self.call("Page.navigateToHistoryEntry", entryId=entry["id"])
        shown = self._events("Page.frameNavigated")[-1]["params"]
        if shown["type"] != "BackForwardCacheRestore":
            loads.__exit__(None, None, None)

    def start_afresh(self) -> None:
        """Forget cookies, events and emulation: a new tab costs more than all of that."""
        self.open("about:blank")
        self.clear_cookies()
        self.call("Emulation.clearDeviceMetricsOverride")
        self.call("Emulation.setEmulatedMedia", features=[])
        self.call("Emulation.setScriptExecutionDisabled", value=False)
        self._seen = len(self._browser.events)

    def clear_cookies(self) -> None:
        """Forget all cookies of the tab."""
        for _ in range(100):
            cookies = self.call("Network.getAllCookies")["cookies"]
            if not cookies:
                return
            for each in cookies:
                where = {name: each[name] for name in ("name", "domain", "path")}
                self.call("Network.deleteCookies", **where)
        raise AssertionError(f"There are still cookies: {[each['name'] for each in cookies]}")

    def screenshot(self) -> bytes:
        """Return a picture of what the tab shows, as a PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    def _events(self, method: str) -> list[Json]:
        events = self._browser.events[self._seen :]
        return [
            each for each in events if each["method"] == method and each.get("sessionId") == self._session
        ]

    def _node(self, selector: str) -> int:
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        found = int(self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"])
        assert found, f"There is no {selector} on the page:\n{self.text}"
        return found


def _find(selector: str) -> str:
    return f"document.querySelector({json.dumps(selector)})"


def _on_descriptors(commands: int, answers: int, log: str) -> list[Any]:
    """Return what makes the pipes Chromium's descriptors 3 and 4, where it looks for them.

    First to high numbers: one of them may be 3 or 4 already, and the other's place.
    """
    return [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
        (os.POSIX_SPAWN_DUP2, commands, 1003),
        (os.POSIX_SPAWN_DUP2, answers, 1004),
        (os.POSIX_SPAWN_DUP2, 1003, 3),
        (os.POSIX_SPAWN_DUP2, 1004, 4),
        (os.POSIX_SPAWN_CLOSE, 1003),
        (os.POSIX_SPAWN_CLOSE, 1004),
    ]
