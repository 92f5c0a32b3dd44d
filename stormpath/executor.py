"""The base class of executors: retries, redirects, results and errors of requests."""

import time
from collections.abc import Callable, Iterable
from json import dumps
from sys import intern
from typing import Any, NoReturn
from urllib.parse import urljoin
from uuid import uuid4

from requests.exceptions import RequestException

from stormpath.aliases import respell
from stormpath.base_url import HOW_TO_START, BaseUrl, without_secrets
from stormpath.error import Error
from stormpath.retry import (
    IDEMPOTENCY_KEY,
    TOO_MANY_REQUESTS,
    RetryPolicy,
    has_idempotency_key,
    reason_of,
    retry_after_ms,
)
from stormpath.wire import END_USER_HEADER, Headers, Params, Response, file_from, wire_headers

MAX_REDIRECTS = 5
ALIASES_SETTING = "base_url_aliases (or STORMPATH_CLIENT_BASEURLALIASES)"

CLOSED = "This client is closed: it sends no more requests. Make a new one."


class Executor:
    """Sends requests below one base URL and returns their answers as dictionaries.

    A subclass sends one request in ``_send``. Hrefs below one of the ``base_url_aliases`` are requested below
    ``base_url``, and spelled so in answers. Safe to share between threads.
    """

    DEFAULT_MAX_RETRIES = 4
    MAX_BACKOFF_IN_MILLISECONDS = 20_000

    #: Returns the address of the end user for whom a POST is sent now, or ``None``. Other requests compare no
    #: secret.
    end_user: Callable[[], str | None] | None = None

    def __init__(
        self,
        base_url: str,
        get_delay: Callable[[int], float] | None = None,
        retry: RetryPolicy | None = None,
        sleep: Callable[[float], None] | None = None,
        base_url_aliases: Iterable[str] = (),
    ) -> None:
        self._base = BaseUrl(base_url, base_url_aliases)
        self.base_url = self._base.url
        # Why no request is sent, if none is.
        self._refusal = HOW_TO_START if self._base.is_closed else None
        self.retry = retry or RetryPolicy(self.DEFAULT_MAX_RETRIES, self.MAX_BACKOFF_IN_MILLISECONDS)
        self.get_delay = get_delay or self.retry.wait_ms
        self._sleep = sleep

    def get(self, url: str, params: Params = None) -> Any:
        """GET a resource."""
        return self.request("GET", url, params=params)

    def post(self, url: str, data: Any, params: Params = None, headers: Headers = None) -> Any:
        """POST ``data`` as JSON; ``ValueError`` for values that JSON does not have, such as NaN."""
        return self.request("POST", url, data=dumps(data, allow_nan=False), params=params, headers=headers)

    def delete(self, url: str) -> Any:
        """DELETE a resource."""
        return self.request("DELETE", url)

    def request(
        self,
        method: str,
        url: str,
        data: Any = None,
        params: Params = None,
        headers: Headers = None,
        retry_count: int = 0,
    ) -> Any:
        """Send a request, follow redirects, and return the body as a dictionary.

        ``url`` may be relative to the base URL; for one outside, `Error` is raised and nothing is sent.
        ``data`` is sent unchanged if it is text or bytes, as a form if it is a mapping. A JSON object gets
        the key ``sp_http_status``; an empty body is ``{}``; a body that is neither object nor array is
        ``{"content": bytes, "filename": name or None}``. A POST has an ``Idempotency-Key``, a random one
        unless the caller sets it: the service carries out requests of one key once, so it can be sent again.
        Raises `Error` for an error response (status 400 and above), and when the service cannot be reached.
        """
        method = method.upper()
        url = self._inside_base(url)
        if method == "POST" and not has_idempotency_key(headers):
            headers = {**(headers or {}), IDEMPOTENCY_KEY: uuid4().hex}
        if method == "POST" and self.end_user is not None and (address := self.end_user()) is not None:
            headers = {**(headers or {}), END_USER_HEADER: address}
        response = self._exchange(method, url, data, params, wire_headers(data, headers), retry_count)
        if response.status_code >= 300:
            response = self._follow(response, url, params, headers if method == "GET" else None)
        if response.status_code >= 400:
            self.raise_error(response)
        body = self.return_response(response)
        if self._base.aliases:
            respell(body, self._base)
        return body

    def close(self) -> None:
        """Release the executor's resources; a later request raises `Error`. May be called again."""
        self._refusal = CLOSED

    def __repr__(self) -> str:
        return f"{type(self).__name__}({without_secrets(self.base_url)!r})"

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._refusal is CLOSED

    def _send(self, method: str, url: str, data: Any, params: Params, headers: Headers) -> Response:
        raise NotImplementedError

    def _inside_base(self, url: str) -> str:
        if self._refusal is not None:
            raise Error(self._refusal)
        absolute = self._base.absolute(url)
        if absolute is None:
            base = without_secrets(self.base_url)
            raise Error(
                f"{without_secrets(url)} lies outside the base URL {base}: nothing was sent there. If it is "
                f"another address of the same service, name its base URL in {ALIASES_SETTING}"
            )
        return absolute

    def _exchange(
        self, method: str, url: str, data: Any, params: Params, headers: Headers, tries: int = 0
    ) -> Response:
        """Send a request, again if the retry policy says so, and return the last answer."""
        while True:
            outcome, response = self._try_once(method, url, data, params, headers)
            # Headers are read only after a failure: for every successful answer that would cost five
            # microseconds.
            if not (
                self.should_retry(tries, outcome)
                and not (outcome == TOO_MANY_REQUESTS and self._is_for_end_user())
                and self.retry.is_safe_to_repeat(method, outcome, headers)
                and self.retry.is_worth_the_wait(asked := _retry_after_ms(response))
            ):
                return response if response is not None else self._fail(outcome)
            self._pause(tries, asked)
            tries += 1

    def _try_once(
        self, method: str, url: str, data: Any, params: Params, headers: Headers
    ) -> tuple[Any, Response | None]:
        try:
            response = self._send(method, url, data, params, headers)
        except RequestException as failure:
            return failure, None
        except Error:
            raise
        except Exception as failure:
            raise Error(f"The request could not be sent: {failure}") from failure
        return response.status_code, response

    def _fail(self, failure: Exception) -> NoReturn:
        raise Error(f"{without_secrets(self.base_url)} cannot be reached: {reason_of(failure)}") from failure

    def is_throttling_or_unexpected_error(self, status: Any) -> bool:
        """Return whether an outcome (an HTTP status or an exception) may be different later."""
        return self.retry.is_worth_retrying(status)

    def should_retry(self, retries: int, status: Any) -> bool:
        """Return whether to try again after this outcome and ``retries`` retries."""
        return self.is_throttling_or_unexpected_error(status) and retries < self.retry.retries

    def pause_exponentially(self, retries: int) -> None:
        """Sleep for the delay of ``get_delay`` after this number of retries, 20 seconds at most."""
        self._sleep_ms(self.get_delay(retries))

    def _is_for_end_user(self) -> bool:
        """Whether a person waits for the answer: one whose guesses are throttled must not hold a thread."""
        return self.end_user is not None and self.end_user() is not None

    def _pause(self, retries: int, asked: float | None) -> None:
        if asked is None:
            self.pause_exponentially(retries)
        else:
            self._sleep_ms(asked)

    def _sleep_ms(self, milliseconds: float) -> None:
        (self._sleep or time.sleep)(min(milliseconds, self.retry.longest_wait_ms) / 1000)

    def _follow(self, response: Response, url: str, params: Params, headers: Headers) -> Response:
        """GET the target of a redirect, whatever the first method was; it must be below the base URL."""
        for _ in range(MAX_REDIRECTS):
            location = _redirect_target(response)
            if location is None:
                return response
            url = self._inside_base(urljoin(url, location))
            response = self._exchange("GET", url, None, None if "?" in url else params, headers)
        if _redirect_target(response) is not None:
            raise Error(f"{without_secrets(url)} redirects more than {MAX_REDIRECTS} times")
        return response

    def raise_error(self, response: Response) -> NoReturn:
        """Raise the `Error` of an answer with status 400 or above."""
        try:
            body = response.json()
        except ValueError:
            body = None
        error = Error(body, http_status=response.status_code)
        request_id = response.headers.get("Stormpath-Request-Id")
        if error.request_id is None and isinstance(request_id, str):
            error.request_id = request_id
        if (wait := _retry_after_ms(response)) is not None:
            error.retry_after_seconds = wait / 1000
        raise error

    def return_response(self, response: Response) -> Any:
        """Return the body of a successful answer, as `request` describes it."""
        content = response.content
        if not (content if isinstance(content, bytes) else response.text):
            return {}
        try:
            body = response.json()
        except ValueError:
            return file_from(response)
        if isinstance(body, dict):
            # Interned, so that answers share the names: they are a fifth of the memory of an account.
            body = dict(zip(map(intern, body), body.values(), strict=True))
            body["sp_http_status"] = response.status_code
            return body
        return body if isinstance(body, list) else file_from(response)


def _retry_after_ms(response: Response | None) -> float | None:
    header = None if response is None else response.headers.get("Retry-After")
    return retry_after_ms(header, time.time()) if isinstance(header, str) else None


def _redirect_target(response: Response) -> str | None:
    return response.headers.get("Location") if response.status_code in (301, 302) else None
