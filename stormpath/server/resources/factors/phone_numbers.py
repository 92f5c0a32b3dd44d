"""Phone numbers: read in the ways people write them, kept in E.164."""

from __future__ import annotations

from typing import Final

from stormpath.server.schema.errors import ApiError, Code, shown

#: The longest text that is read as a number: 15 digits, with what people put between and before them.
LONGEST: Final = 40


def e164(text: str, region: str) -> str:
    """Return a number as ``+12675555555``; raise an error for a text that is no number which can exist.

    ``region`` is the country (ISO 3166) of a number that names none. An extension is an error: no message
    reaches it.
    """
    # Imported here: half a megabyte of patterns, which only those need who have phones.
    import phonenumbers

    if len(text) > LONGEST:
        raise _invalid(text, region)
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise _invalid(text, region) from None
    if number.extension or not phonenumbers.is_valid_number(number):
        raise _invalid(text, region)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_region(region: str) -> bool:
    """Tell whether there are phone numbers of that country."""
    import phonenumbers

    return region in phonenumbers.SUPPORTED_REGIONS


def _invalid(text: str, region: str) -> ApiError:
    return ApiError(
        Code.PHONE_NUMBER_INVALID,
        "The phone number is invalid.",
        f"{shown(text)} is not a phone number: write it as +12675555555, or as it is dialled in {region}.",
    )
