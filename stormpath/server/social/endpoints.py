"""The endpoints of social providers: settings of the service, whose defaults are the public ones."""

from __future__ import annotations

from dataclasses import fields
from typing import Final

from stormpath.server.domain.context import RequestContext
from stormpath.server.settings import SETTINGS, Settings

GOOGLE_TOKEN: Final = "google_token_url"  # noqa: S105  # The name of a setting, as those below.
GOOGLE_TOKENINFO: Final = "google_tokeninfo_url"
GOOGLE_USERINFO: Final = "google_userinfo_url"
FACEBOOK_GRAPH: Final = "facebook_graph_url"
GITHUB_API: Final = "github_api_url"
LINKEDIN_TOKEN: Final = "linkedin_token_url"  # noqa: S105
LINKEDIN_INTROSPECTION: Final = "linkedin_introspection_url"
LINKEDIN_USERINFO: Final = "linkedin_userinfo_url"
TWITTER_VERIFY: Final = "twitter_verify_url"

#: The public endpoints, by the names of their settings.
PUBLIC: Final = {each.name: str(each.default) for each in fields(Settings) if SETTINGS[each.name].is_endpoint}


def configured(settings: Settings) -> dict[str, str]:
    """Return the endpoints of a service, for the context of its requests."""
    return {name: getattr(settings, name) for name in PUBLIC}


def endpoint(context: RequestContext, name: str, path: str = "") -> str:
    """Return the URL of an endpoint, or of a path below it (``/user``)."""
    url = context.provider_urls.get(name) or PUBLIC[name]
    return f"{url.rstrip('/')}{path}" if path else url
