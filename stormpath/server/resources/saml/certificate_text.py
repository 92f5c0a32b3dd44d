"""A certificate that callers give as text: an attribute, checked by reading it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stormpath.server.schema import Text
from stormpath.server.schema.errors import (
    ApiError,
    Code,
)
from stormpath.server.security import certificates


@dataclass(frozen=True, kw_only=True)
class CertificateText(Text):
    """An X.509 certificate in PEM. One that cannot be read is in a bad format."""

    max_length: int = 32_768
    sortable: bool = False

    def check(self, value: Any) -> Any:
        text = super().check(value)
        if not certificates.is_readable(text):
            raise ApiError(
                Code.BAD_FORMAT,
                f"{self.name} is not a certificate.",
                f"{self.name} must be an X.509 certificate in PEM, with its line breaks.",
            )
        return text
