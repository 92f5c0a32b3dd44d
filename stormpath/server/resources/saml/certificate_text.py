"""An attribute that holds a certificate as text, checked by parsing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stormpath.server.schema import Text
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.security import certificates


@dataclass(frozen=True, kw_only=True)
class CertificateText(Text):
    """An X.509 certificate in PEM, stored in lines of 64 characters. One that cannot be parsed is refused."""

    max_length: int = 32_768
    sortable: bool = False

    def check(self, value: Any) -> Any:
        text = super().check(value)
        normal = certificates.normalized(text)
        if normal is None:
            raise ApiError(
                Code.BAD_FORMAT,
                f"{self.name} is not a certificate.",
                f"{self.name} must be an X.509 certificate in PEM, from BEGIN to END CERTIFICATE.",
            )
        return normal
