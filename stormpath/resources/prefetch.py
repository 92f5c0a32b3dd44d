"""Calls in the background, for the next page of a listing."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class BackgroundCall(Generic[T]):
    """Starts a call at once in a thread of its own. Calling this object waits for the result and returns it.

    It returns the result once, or raises the exception of the call. An object that is never called is
    harmless: the thread ends with the call, and neither dropping the object nor the end of the interpreter
    waits for it. Without the thread (it could not be started, or a fork left it behind) the call is made when
    the result is needed.
    """

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._result: list[T] = []
        self._error: BaseException | None = None
        self._thread: Thread | None = Thread(target=self._run, name="stormpath-prefetch", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:
            self._thread = None

    def __call__(self) -> T:
        """Wait for the call; return its result or raise its exception."""
        if self._thread is not None:
            self._thread.join()
        error, self._error = self._error, None
        if error is not None:
            try:
                raise error
            finally:
                # The traceback holds this frame; if that held the error, both, and a page, would stay alive.
                del error
        return self._result.pop() if self._result else self._call()

    def _run(self) -> None:
        try:
            self._result.append(self._call())
        except BaseException as error:
            self._error = error
