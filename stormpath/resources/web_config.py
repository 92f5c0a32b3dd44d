"""Web configurations: the client-facing API of an application, for browsers and phones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stormpath.resources.attributes import Attribute, Flag, Status, Text
from stormpath.resources.fixed_attrs import FixedAttrsDict
from stormpath.resources.links import Link
from stormpath.resources.mixins import DictMixin, SaveMixin, StatusMixin
from stormpath.resources.resource import Resource

if TYPE_CHECKING:
    from stormpath.resources.api_key import ApiKey
    from stormpath.resources.application import Application
    from stormpath.resources.tenant import Tenant


class EnableAttrDict(FixedAttrsDict):
    """Whether one part of the API is enabled; None where the directory's e-mail workflow decides."""

    enabled = Attribute[bool | None](writable=True)


class MeExpansionDict(FixedAttrsDict):
    """The linked resources that an account is shown of itself besides its own attributes."""

    api_keys = Flag(writable=True)
    applications = Flag(writable=True)
    custom_data = Flag(writable=True)
    directory = Flag(writable=True)
    group_memberships = Flag(writable=True)
    groups = Flag(writable=True)
    provider_data = Flag(writable=True)
    tenant = Flag(writable=True)


class MeDict(FixedAttrsDict):
    """Whether an account may read itself, and what it is shown."""

    enabled = Flag(writable=True)
    expand: Link[MeExpansionDict] = Link(MeExpansionDict, writable=True)


class WebConfig(SaveMixin, StatusMixin, DictMixin, Resource):
    """The enabled parts of an application's client-facing API, and its host name.

    The parts can be edited (``config.login.enabled = False``) or set as dictionaries, and are sent by
    ``save()``.
    """

    status = Status("ENABLED", "DISABLED")
    dns_label = Text(writable=True)
    domain_name = Text()
    login: Link[EnableAttrDict] = Link(EnableAttrDict, writable=True)
    register: Link[EnableAttrDict] = Link(EnableAttrDict, writable=True)
    oauth2: Link[EnableAttrDict] = Link(EnableAttrDict, writable=True)
    verify_email: Link[EnableAttrDict] = Link(EnableAttrDict, writable=True)
    forgot_password: Link[EnableAttrDict] = Link(EnableAttrDict, writable=True)
    change_password: Link[EnableAttrDict] = Link(EnableAttrDict, writable=True)
    me: Link[MeDict] = Link(MeDict, writable=True)
    signing_api_key: Link[ApiKey] = Link("ApiKey", writable=True)
    application: Link[Application] = Link("Application")
    tenant: Link[Tenant] = Link("Tenant")
