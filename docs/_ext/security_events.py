"""The Sphinx directives ``.. security-events::`` and ``.. security-event-examples::``."""

from __future__ import annotations

import logging
import textwrap
from collections.abc import Iterable
from typing import Final

from declared_table import DeclaredTable, Row
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from stormpath.server.logs.security import Event

EXAMPLES: Final[dict[Event, str]] = dict.fromkeys(Event, "event=x outcome=x tenant=x account=x")
