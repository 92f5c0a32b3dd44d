"""The ``CROSS JOIN`` of SQLite, which reads the left side first.

https://sqlite.org/optoverview.html#manual_control_of_query_plans_using_cross_join
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles


class CrossJoin(sa.Join):
    """A join whose left side SQLite reads first. It keeps no statistics by which it could choose."""

    inherit_cache = True


@compiles(CrossJoin)
def _cross_join(element: CrossJoin, compiler: Any, **options: Any) -> str:
    options["asfrom"] = True
    left, right = (compiler.process(each, **options) for each in (element.left, element.right))
    condition = compiler.process(element.onclause, from_linter=options.get("from_linter"))
    return f"{left} CROSS JOIN {right} ON {condition}"
