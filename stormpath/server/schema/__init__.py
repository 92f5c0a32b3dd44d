"""The declarations from which the service is built: resources, their attributes, queries, error codes.

A :class:`Resource` names the attributes, links and collections of one kind of resource. Routing, validation,
rendering, search, ordering, expansion, the OpenAPI document and the tables' columns are derived from it, so
an attribute is declared in one line of one file. Special behaviour of a resource is a rule, not a flag.
"""

from stormpath.server.schema.attributes import (
    Attribute,
    Choice,
    Column,
    ColumnKind,
    Computed,
    Duration,
    Flag,
    Hidden,
    Id,
    Number,
    OfId,
    Text,
    TextList,
    Timestamp,
    check_encoding,
    required,
    snake_case,
    unknown_attribute,
    wrong_type,
)
from stormpath.server.schema.endpoints import Endpoint, OneTimeTokens, TokenLink
from stormpath.server.schema.links import Address, Collection, CustomData, HiddenLookup, Link, Lookup
from stormpath.server.schema.lists import CheckedList, DomainPatterns, Origins
from stormpath.server.schema.objects import Object, ObjectList
from stormpath.server.schema.resource import (
    DISABLED,
    ENABLED,
    LOCKED,
    STATUS,
    TENANT_LINK,
    Document,
    Option,
    Resource,
)
from stormpath.server.schema.texts import HiddenSecret, HostName, InheritedText, PageUrl, Password, Secret

__all__ = [
    "DISABLED",
    "ENABLED",
    "LOCKED",
    "STATUS",
    "TENANT_LINK",
    "Address",
    "Attribute",
    "CheckedList",
    "Choice",
    "Collection",
    "Column",
    "ColumnKind",
    "Computed",
    "CustomData",
    "Document",
    "DomainPatterns",
    "Duration",
    "Endpoint",
    "Flag",
    "Hidden",
    "HiddenLookup",
    "HiddenSecret",
    "HostName",
    "Id",
    "InheritedText",
    "Link",
    "Lookup",
    "Number",
    "Object",
    "ObjectList",
    "OfId",
    "OneTimeTokens",
    "Option",
    "Origins",
    "PageUrl",
    "Password",
    "Resource",
    "Secret",
    "Text",
    "TextList",
    "Timestamp",
    "TokenLink",
    "check_encoding",
    "required",
    "snake_case",
    "unknown_attribute",
    "wrong_type",
]
