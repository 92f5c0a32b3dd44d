"""A call that is carried out in the background while its caller is still busy with something else."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class BackgroundCall(Generic[T]):
    """Begins a call at once, in a thread of its own; calling this waits for its outcome and gives it, once.

    What the call raised is raised where the outcome is asked for. Nobody has to ask: the thread ends with
    the call, and neither who drops this nor the end of the interpreter waits for it. Where there is no such
    thread (none could be started, or it was left behind by a fork) the call is made when it is asked for.
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
        """Wait for the call to end; return or raise what it did."""
        if self._thread is not None:
            self._thread.join()
        error, self._error = self._error, None
        if error is not None:
            try:
                raise error
            finally:
                # The traceback holds this frame: one that held the error would keep both, and a page, alive.
                del error
        return self._result.pop() if self._result else self._call()

    def _run(self) -> None:
        try:
            self._result.append(self._call())
        except BaseException as error:
            self._error = error
