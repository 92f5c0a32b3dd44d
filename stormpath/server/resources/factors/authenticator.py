"""What an authenticator app needs to know of a factor: its key, as a URL and as an image."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final
from urllib.parse import quote

#: The longest URL that is drawn. Cameras read no larger image well, and drawing one takes a time that grows
#: with it: a usual one takes two milliseconds.
MAX_DRAWN: Final = 600

_PIXELS: Final = 4


def key_uri(secret: str, row: Mapping[str, Any]) -> str:
    """Return the URL of a factor's key, for authenticator apps.

    Source: https://github.com/google/google-authenticator/wiki/Key-Uri-Format; the label is the accountName
    alone, also where there is an issuer (rest-auth 8.2).
    """
    uri = f"otpauth://totp/{quote(row['account_name'], safe='')}?secret={secret}"
    return f"{uri}&issuer={quote(row['issuer'], safe='')}" if row["issuer"] else uri


def qr_image(secret: str, row: Mapping[str, Any]) -> str | None:
    """Return a PNG of the URL as a QR code, in Base64; ``None`` where it would be too large for a camera."""
    uri = key_uri(secret, row)
    if len(uri) > MAX_DRAWN:
        return None
    # Imported here: only those need it who have a factor that is not verified yet.
    import segno

    image = BytesIO()
    # One of the eight masks, any of which can be read: to try them all takes four times as long.
    segno.make_qr(uri, mask=0, boost_error=False).save(image, kind="png", scale=_PIXELS)
    return base64.b64encode(image.getvalue()).decode()
