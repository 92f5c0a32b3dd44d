"""The vocabulary in which the service is described.

One :class:`Resource` names the attributes, links and collections of one kind of thing. Routing, validation,
rendering, search, ordering, expansion, the OpenAPI document and the tables' columns are derived from it, so a
fact about an attribute stands in one line of one file. Special behaviour of a resource is a rule, not a flag.
"""

from stormpath.server.schema.attributes import (
    Attribute as Attribute,
)
from stormpath.server.schema.attributes import (
    Choice as Choice,
)
from stormpath.server.schema.attributes import (
    Column as Column,
)
from stormpath.server.schema.attributes import (
    ColumnKind as ColumnKind,
)
from stormpath.server.schema.attributes import (
    Computed as Computed,
)
from stormpath.server.schema.attributes import (
    Duration as Duration,
)
from stormpath.server.schema.attributes import (
    Flag as Flag,
)
from stormpath.server.schema.attributes import (
    Hidden as Hidden,
)
from stormpath.server.schema.attributes import (
    HiddenSecret as HiddenSecret,
)
from stormpath.server.schema.attributes import (
    HostName as HostName,
)
from stormpath.server.schema.attributes import (
    Id as Id,
)
from stormpath.server.schema.attributes import (
    InheritedText as InheritedText,
)
from stormpath.server.schema.attributes import (
    Number as Number,
)
from stormpath.server.schema.attributes import (
    PageUrl as PageUrl,
)
from stormpath.server.schema.attributes import (
    Password as Password,
)
from stormpath.server.schema.attributes import (
    Secret as Secret,
)
from stormpath.server.schema.attributes import (
    Text as Text,
)
from stormpath.server.schema.attributes import (
    TextList as TextList,
)
from stormpath.server.schema.attributes import (
    Timestamp as Timestamp,
)
from stormpath.server.schema.attributes import (
    check_encoding as check_encoding,
)
from stormpath.server.schema.attributes import (
    required as required,
)
from stormpath.server.schema.attributes import (
    snake_case as snake_case,
)
from stormpath.server.schema.attributes import (
    unknown_attribute as unknown_attribute,
)
from stormpath.server.schema.attributes import (
    wrong_type as wrong_type,
)
from stormpath.server.schema.endpoints import (
    Endpoint as Endpoint,
)
from stormpath.server.schema.endpoints import (
    OneTimeTokens as OneTimeTokens,
)
from stormpath.server.schema.endpoints import (
    TokenLink as TokenLink,
)
from stormpath.server.schema.links import (
    Address as Address,
)
from stormpath.server.schema.links import (
    Collection as Collection,
)
from stormpath.server.schema.links import (
    CustomData as CustomData,
)
from stormpath.server.schema.links import (
    HiddenLookup as HiddenLookup,
)
from stormpath.server.schema.links import (
    Link as Link,
)
from stormpath.server.schema.links import (
    Lookup as Lookup,
)
from stormpath.server.schema.objects import (
    Object as Object,
)
from stormpath.server.schema.objects import (
    ObjectList as ObjectList,
)
from stormpath.server.schema.resource import (
    DISABLED as DISABLED,
)
from stormpath.server.schema.resource import (
    ENABLED as ENABLED,
)
from stormpath.server.schema.resource import (
    STATUS as STATUS,
)
from stormpath.server.schema.resource import (
    TENANT_LINK as TENANT_LINK,
)
from stormpath.server.schema.resource import (
    Document as Document,
)
from stormpath.server.schema.resource import (
    Option as Option,
)
from stormpath.server.schema.resource import (
    Resource as Resource,
)
