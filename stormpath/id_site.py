"""ID Site: logins on pages of the service.

`Application.build_id_site_redirect_url` returns the address that a browser is sent to, and
`Application.handle_stormpath_callback` the outcome when it comes back: a `StormpathCallbackResult`. An
`IDSite` is the configuration of the pages.
"""

from stormpath.nonce import Nonce
from stormpath.resources.application import StormpathCallbackResult
from stormpath.resources.id_site import IDSite, IDSiteList

__all__ = ["IDSite", "IDSiteList", "Nonce", "StormpathCallbackResult"]
