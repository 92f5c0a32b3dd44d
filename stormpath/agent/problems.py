"""What a run has seen that a person should know: values that entries lack, and values that are of no use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from stormpath.agent.entries import MAX_LENGTH

MAX_EXAMPLES: Final = 3

_MAX_SENTENCE: Final = 1000


@dataclass(slots=True)
class _Count:
    entries: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, dn: str) -> None:
        self.entries += 1
        if len(self.examples) < MAX_EXAMPLES:
            self.examples.append(dn[:MAX_LENGTH])


class Problems:
    """Counts the entries of a run and what they lack, in bounded memory, with a few examples."""

    def __init__(self) -> None:
        self._read = {"account": 0, "group": 0}
        self._counts: dict[tuple[str, str, str], _Count] = {}

    def read(self, kind: str) -> None:
        """Count an account or a group that was read."""
        self._read[kind] += 1

    def missing(self, kind: str, attribute: str, dn: str) -> None:
        """Count an entry without a usable value of an attribute."""
        self._add("attribute_missing", kind, attribute, dn)

    def member_invalid(self, attribute: str, dn: str) -> None:
        """Count a member of a group that names no entry."""
        self._add("member_invalid", "group", attribute, dn)

    def _add(self, problem: str, kind: str, attribute: str, dn: str) -> None:
        self._counts.setdefault((problem, kind, attribute), _Count()).add(dn)

    def report(self, tracker: str, seconds: float) -> dict[str, Any]:
        """Return the report of a run as the wire has it, with ``notes`` for a person."""
        return {
            "accounts": self._read["account"],
            "groups": self._read["group"],
            "problems": [
                {
                    "problem": problem,
                    "kind": kind,
                    "attribute": attribute,
                    "entries": count.entries,
                    "of": self._read[kind],
                    "examples": list(count.examples),
                }
                for (problem, kind, attribute), count in self._counts.items()
            ],
            "tracker": tracker,
            "seconds": round(seconds, 3),
            "notes": self.notes(),
        }

    def notes(self) -> list[str]:
        """Return a sentence for each kind of problem: "attribute mail is missing on 2 of 30 accounts"."""
        return [
            self._note(problem, kind, attribute, count)[:_MAX_SENTENCE]
            for (problem, kind, attribute), count in self._counts.items()
        ]

    def _note(self, problem: str, kind: str, attribute: str, count: _Count) -> str:
        if problem == "member_invalid":
            return (
                f"{count.entries} values of {attribute} name no entry, in groups such as {count.examples[0]}."
            )
        of = self._read[kind]
        on = f"{count.entries} of {of} {kind}s, such as {count.examples[0]}"
        return f"Attribute {attribute} is missing on {on}."
