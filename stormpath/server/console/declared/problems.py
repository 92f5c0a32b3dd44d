"""An error of the API on a form: beside the field that it is about, or on top."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from stormpath.server.console.declared.fields import Field
from stormpath.server.schema.errors import ApiError, Code


@dataclass(frozen=True, slots=True)
class Problems:
    """What is wrong with a form: sentences by the names of fields, and sentences about all of it."""

    by_field: dict[str, str] = field(default_factory=dict)
    general: list[str] = field(default_factory=list)

    @property
    def first(self) -> str:
        """The first sentence."""
        return next(iter([*self.general, *self.by_field.values()]), "")


def problems_of(error: ApiError, fields: Iterable[Field]) -> Problems:
    """Return where the error of a form belongs. Errors of the service itself are raised again."""
    if error.status >= 500 and error.code != Code.UNAVAILABLE:
        raise error
    text = sentence(error.text_for_people)
    names = [each.name for each in _every(fields)]
    # The whole name first: members of two objects may be called the same.
    for of in (str, _last):
        found = {name: _place(error.message, of(name)) for name in names}
        mentioned = [name for name in names if found[name] >= 0]
        if mentioned:
            # What a message is about comes first in it: "maxLength must be at least minLength".
            return Problems({min(mentioned, key=lambda name: found[name]): text})
    return Problems(general=[text])


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _place(message: str, name: str) -> int:
    """Return where a name stands in a message as a word, or -1."""
    found = re.search(rf"(?<!\w){re.escape(name)}(?![\w])(?!\.\w)", message)
    return -1 if found is None else found.start()


def sentence(text: str) -> str:
    """Return a message with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def _every(fields: Iterable[Field]) -> Iterator[Field]:
    for each in fields:
        if each.members:
            yield from _every(each.members)
        else:
            yield each
