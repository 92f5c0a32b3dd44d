"""The page on which an account's owner chooses a new password, from a link in an e-mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import falcon

from stormpath.server.mail.default_templates import RESET_PAGE
from stormpath.server.pages import forms
from stormpath.server.pages.contract import LinkedTokens, TokenDetails
from stormpath.server.pages.layout import DONE, heading, show
from stormpath.server.pages.markup import NOTHING, Html, html
from stormpath.server.schema.errors import ApiError

_TITLE: Final = "Choose a new password"

# The address is also for password managers, which store the new password under it.
_FORM: Final = """{heading}
<form method="post" action="{path}" accept-charset="utf-8">
<input type="hidden" name="sptoken" value="{token}">
<label for="email">E-mail address</label>
<input id="email" type="email" autocomplete="username" value="{email}" readonly>
{password}
{confirmation}
<label class="show" hidden><input id="show" type="checkbox"> Show the password</label>
<button>Set the new password</button>
</form>"""

_FIELD: Final = """<label for="{name}">{label}</label>
{problem}<input id="{name}" name="{name}" type="password" autocomplete="new-password"
 autocapitalize="none" spellcheck="false" required{invalid}>"""

_PROBLEM: Final = '<p class="error" id="problem" role="alert">{text}</p>\n'
_INVALID: Final = Html(' aria-invalid="true" aria-describedby="problem" autofocus')

_DONE: Final = """{sign}
{heading}
<p role="status">Your password has been changed.</p>
<p>You can close this page and log in with the new one.</p>"""

# Hidden again before it is sent: browsers store the input of plain text fields for autocompletion.
_SCRIPT: Final = Html("""
const box = document.getElementById("show");
const reveal = () => {
  for (const field of document.querySelectorAll("[autocomplete=new-password]"))
    field.type = box.checked ? "text" : "password";
};
box.parentElement.hidden = false;
box.addEventListener("change", reveal);
box.form.addEventListener("submit", () => { box.checked = false; reveal(); });
""")


@dataclass(frozen=True, slots=True)
class _Problem:
    """An error of the form: the field, and the text to show."""

    field: str
    text: str


_DIFFERENT: Final = _Problem("confirmation", "The two passwords differ. Please type them again.")


class PasswordResetPage:
    """Shows a form for a new password, and sets it by the rules of the API."""

    path: Final = RESET_PAGE

    def __init__(self, tokens: LinkedTokens) -> None:
        self._tokens = tokens

    def ask(self, req: falcon.Request, resp: falcon.Response) -> None:
        """GET: shows the form, without spending the token."""
        token = forms.token_in_query(req)
        self._show_form(resp, self._tokens.find(token), token)

    def submit(self, req: falcon.Request, resp: falcon.Response) -> None:
        """POST: the form was sent. A form with an error does not spend the token."""
        sent = forms.fields(req)
        token, password = sent.get(forms.TOKEN, ""), sent.get("password", "")
        opened = self._tokens.find(token)
        if password != sent.get("confirmation", ""):
            problem: _Problem | None = _DIFFERENT
        else:
            problem = self._set(token, password)
        if problem is None:
            title = "All done"
            show(resp, title, html(_DONE, sign=DONE, heading=heading(title, opened.application)))
        else:
            resp.status = falcon.HTTP_400
            self._show_form(resp, opened, token, problem)

    def _set(self, token: str, password: str) -> _Problem | None:
        try:
            self._tokens.spend(token, {"password": password})
        except ApiError as error:
            if error.code.status != 400:
                raise
            return _Problem("password", _text(error))
        return None

    def _show_form(
        self, resp: falcon.Response, opened: TokenDetails, token: str, problem: _Problem | None = None
    ) -> None:
        content = html(
            _FORM,
            heading=heading(_TITLE, opened.application),
            path=self.path,
            token=token,
            email=opened.email or "",
            password=_field("password", "New password", problem),
            confirmation=_field("confirmation", "New password once more", problem),
        )
        # Screen readers read the title first.
        show(resp, f"Error: {_TITLE}" if problem else _TITLE, content, _SCRIPT)


def _text(error: ApiError) -> str:
    """Return what is wrong with a password, as a sentence."""
    text = error.text_for_people
    return text[:1].upper() + text[1:]


def _field(name: str, label: str, problem: _Problem | None) -> Html:
    if problem is None or problem.field != name:
        return html(_FIELD, name=name, label=label, problem=NOTHING, invalid=NOTHING)
    return html(_FIELD, name=name, label=label, problem=html(_PROBLEM, text=problem.text), invalid=_INVALID)
