"""The kinds of e-mail that a directory sends; each has one template (rest-core 5.18)."""

from __future__ import annotations

from typing import Final

VERIFICATION: Final = "verification"
VERIFICATION_SUCCESS: Final = "verificationSuccess"
WELCOME: Final = "welcome"
RESET: Final = "reset"
RESET_SUCCESS: Final = "resetSuccess"
