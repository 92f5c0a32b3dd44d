"""A SAML directory: what its identity provider needs, relay states, and whether its settings can work."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from stormpath.server.console.declared.problems import sentence
from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.console.views.directories import certificates, frame, types
from stormpath.server.console.views.directories.frame import Frame
from stormpath.server.rest.hrefs import is_id
from stormpath.server.schema.errors import ApiError

Json = dict[str, Any]

#: How many applications are offered.
_MOST_APPLICATIONS: Final = 100

_RELAY_FIELDS: Final = ("callbackUri", "organization", "state")


class Check(NamedTuple):
    """One thing that was looked at; ``state`` is ``good``, ``bad`` or ``plain``."""

    state: str
    text: str


def show(request: ConsoleRequest) -> None:
    """Show what the identity provider is given."""
    found = _read(request)
    metadata = request.api.get(f"/samlServiceProviderMetadatas/{request.params['id']}")
    certificate = request.api.path_of(metadata["x509SigningCert"]["href"])
    data, _ = request.api.document(certificate)
    request.render(
        "directories/saml.html",
        {
            **found.head,
            "metadata": metadata,
            "consumer": metadata["assertionConsumerServicePostEndpoint"]["href"],
            "certificate_url": request.url(certificate),
            "certificates": certificates.of_der(data, request.current.context.now_ms()),
        },
    )


def ask_relay_state(request: ConsoleRequest) -> None:
    """Ask for which application and page the relay state is."""
    _show_relay_state(request, _read(request))


def make_relay_state(request: ConsoleRequest) -> None:
    """Show a relay state."""
    found = _read(request)
    form, body = request.form, {}
    application = form.get("application", "")
    if not is_id(application):
        problem = gettext("Please choose an application.")
        _show_relay_state(request, found, problem=problem, status=400)
        return
    for name in _RELAY_FIELDS:
        if text := form.get(name, "").strip():
            body[name] = {"nameKey": text} if name == "organization" else text
    try:
        made = request.api.post(f"/samlServiceProviders/{application}/defaultRelayStates", body)
    except ApiError as error:
        if error.status >= 500:
            raise
        problem = sentence(error.text_for_people)
        _show_relay_state(request, found, problem=problem, status=error.status)
        return
    _show_relay_state(request, found, made=made["defaultRelayState"])


def test(request: ConsoleRequest) -> None:
    """Look at the settings, and at those of an application where one is chosen."""
    found = _read(request)
    mappings = request.api.get(f"/attributeStatementMappingRules/{request.params['id']}")
    checks = [*_of_provider(request, found), *_of_mappings(mappings)]
    applications = _applications(request, found)
    chosen = request.query.get("application", "")
    for each in applications:
        if each["href"].endswith(f"/{chosen}"):
            checks += _of_application(each)
    if not applications:
        checks.append(Check("bad", gettext("No application has this directory as an account store.")))
    request.render(
        "directories/saml_test.html",
        {**found.head, "checks": checks, "applications": _choices(applications), "chosen": chosen},
    )


def _read(request: ConsoleRequest) -> Frame:
    found = frame.of_request(request)
    frame.require(types.is_saml(found.body))
    return found


def _applications(request: ConsoleRequest, found: Frame) -> list[Json]:
    answer = request.api.get(f"{found.path}/applications", {"limit": _MOST_APPLICATIONS, "orderBy": "name"})
    return list(answer["items"])


def _choices(applications: list[Json]) -> list[tuple[str, str]]:
    return [(each["href"].rpartition("/")[2], each["name"]) for each in applications]


def _show_relay_state(
    request: ConsoleRequest, found: Frame, *, made: str = "", problem: str = "", status: int = 200
) -> None:
    typed = {each: request.form.get(each, "") for each in ("application", *_RELAY_FIELDS)}
    request.render(
        "directories/relay_state.html",
        {
            **found.head,
            "applications": _choices(_applications(request, found)),
            "typed": typed,
            "made": made,
            "problem": problem,
        },
        status=status,
    )


def _of_provider(request: ConsoleRequest, found: Frame) -> list[Check]:
    provider = found.provider
    checks = []
    if found.body["status"] == "ENABLED":
        checks.append(Check("good", gettext("The directory is enabled.")))
    else:
        checks.append(Check("bad", gettext("The directory is disabled: it lets no one in.")))
    for name in ("ssoLoginUrl", "ssoLogoutUrl"):
        url = provider[name]
        if url.lower().startswith("https://"):
            checks.append(Check("good", gettext("%(url)s is reached over TLS.", url=url)))
        else:
            checks.append(Check("bad", gettext("%(url)s has no TLS: others can read along.", url=url)))
    for each in certificates.in_pem(provider["encodedX509SigningCert"], request.current.context.now_ms()):
        day = each.ends[:10]
        if each.state == "valid":
            checks.append(Check("good", gettext("The signing certificate is valid until %(day)s.", day=day)))
        elif each.state == "soon":
            text = gettext("The signing certificate expires soon, on %(day)s.", day=day)
            checks.append(Check("plain", text))
        elif each.state == "expired":
            checks.append(Check("bad", gettext("The signing certificate expired on %(day)s.", day=day)))
        else:
            day = each.begins[:10]
            checks.append(Check("bad", gettext("The signing certificate is valid from %(day)s on.", day=day)))
    if provider["requestSignatureAlgorithm"] == "RSA-SHA1":
        text = gettext("Requests are signed with SHA-1, which is not safe any more: choose RSA-SHA256.")
        checks.append(Check("plain", text))
    return checks


def _of_mappings(mappings: Json) -> list[Check]:
    targets = {name for each in mappings["items"] for name in each["accountAttributes"]}
    if "email" in targets:
        return [Check("good", gettext("An attribute of the assertion is the e-mail address."))]
    return [Check("plain", gettext("No attribute of the assertion is mapped to the e-mail address."))]


def _of_application(application: Json) -> list[Check]:
    name, checks = application["name"], []
    if application["status"] == "ENABLED":
        checks.append(Check("good", gettext("The application %(name)s is enabled.", name=name)))
    else:
        checks.append(Check("bad", gettext("The application %(name)s is disabled.", name=name)))
    if application["authorizedCallbackUris"]:
        text = gettext("The application %(name)s has authorized callback URIs.", name=name)
        checks.append(Check("good", text))
    else:
        text = gettext("The application %(name)s has no authorized callback URI to come back to.", name=name)
        checks.append(Check("bad", text))
    return checks
