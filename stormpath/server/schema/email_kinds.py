"""The kinds of e-mail that a directory sends (rest-core 5.18)."""

from __future__ import annotations

from typing import Final

# Each has one template in every directory.
VERIFICATION: Final = "verification"
VERIFICATION_SUCCESS: Final = "verificationSuccess"
WELCOME: Final = "welcome"
RESET: Final = "reset"
RESET_SUCCESS: Final = "resetSuccess"

# Its text is the service's own: clients list five templates (rest-core 6.14), and this is none of them.
ADDRESS_CHANGED: Final = "addressChanged"

# Of the Admin Console, and its own as well.
INVITATION: Final = "administratorInvitation"
TENANT_NAMES: Final = "tenantNames"
TENANT_REGISTRATION: Final = "tenantRegistration"
TENANT_CREATED: Final = "tenantCreated"
# Any of the five as it was typed, to the administrator who typed it.
TEST: Final = "test"
