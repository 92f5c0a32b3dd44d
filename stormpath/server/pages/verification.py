"""The page that confirms an e-mail address.

It has a button because programs open links, too: what looks through mail for dangers must not spend a token.
"""

from __future__ import annotations

from typing import Final

import falcon

from stormpath.server.mail.default_templates import VERIFICATION_PAGE
from stormpath.server.pages import forms
from stormpath.server.pages.contract import LinkedTokens
from stormpath.server.pages.layout import DONE, heading, show
from stormpath.server.pages.markup import html

_ASK: Final = """{heading}
<p>Press the button to confirm that this e-mail address is yours.</p>
<form method="post" action="{path}">
<input type="hidden" name="sptoken" value="{token}">
<button>Confirm this address</button>
</form>"""

_DONE: Final = """{sign}
{heading}
<p role="status">Your e-mail address is confirmed.</p>
<p>You can close this page and log in.</p>"""


class VerificationPage:
    """Asks for one click, and verifies with it."""

    path: Final = VERIFICATION_PAGE

    def __init__(self, tokens: LinkedTokens) -> None:
        self._tokens = tokens

    def ask(self, req: falcon.Request, resp: falcon.Response) -> None:
        """GET: spends nothing."""
        token = forms.token_in_query(req)
        opened = self._tokens.find(token)
        title = "Confirm your address"
        top = heading(title, opened.application)
        show(resp, title, html(_ASK, heading=top, path=self.path, token=token))

    def submit(self, req: falcon.Request, resp: falcon.Response) -> None:
        """POST: the button was pressed."""
        token = forms.fields(req).get(forms.TOKEN, "")
        opened = self._tokens.find(token)
        self._tokens.spend(token, {})
        title = "Thank you"
        show(resp, title, html(_DONE, sign=DONE, heading=heading(title, opened.application)))
