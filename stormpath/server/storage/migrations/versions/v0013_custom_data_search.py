"""PostgreSQL gets functions for custom data: the folding of Python, and a key that orders numbers."""

from __future__ import annotations

import json
from typing import Final

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Unicode's case folding (CaseFolding.txt, C and F) of the letters that are in lower case and yet are folded.
# The final sigma and the sharp s are not among them: they are frequent. Cherokee is folded to its capitals.
_LETTERS: Final = (
    "\u00b5\u017f\u0345\u03d0\u03d1\u03d5\u03d6\u03f0\u03f1\u03f5\u1c80\u1c81\u1c82\u1c83\u1c84\u1c85"
    "\u1c86\u1c87\u1c88\u1e9b\u1fbe" + "".join(map(chr, (*range(0x13F8, 0x13FE), *range(0xAB70, 0xABC0))))
)
_FOLDED: Final = (
    "\u03bc\u0073\u03b9\u03b2\u03b8\u03c6\u03c0\u03ba\u03c1\u03b5\u0432\u0434\u043e\u0441\u0442\u0442"
    "\u044a\u0463\ua64b\u1e61\u03b9" + "".join(map(chr, (*range(0x13F0, 0x13F6), *range(0x13A0, 0x13F0))))
)
# Each letter is followed by the two or three that it becomes.
_LIGATURES: Final = (
    "\u0149\u02bcn,\u01f0j\u030c,\u0390\u03b9\u0308\u0301,\u03b0\u03c5\u0308\u0301,\u0587\u0565\u0582,"
    "\u1e96h\u0331,\u1e97t\u0308,\u1e98w\u030a,\u1e99y\u030a,\u1e9aa\u02be,\u1f50\u03c5\u0313,"
    "\u1f52\u03c5\u0313\u0300,\u1f54\u03c5\u0313\u0301,\u1f56\u03c5\u0313\u0342,\u1f80\u1f00\u03b9,"
    "\u1f81\u1f01\u03b9,\u1f82\u1f02\u03b9,\u1f83\u1f03\u03b9,\u1f84\u1f04\u03b9,\u1f85\u1f05\u03b9,"
    "\u1f86\u1f06\u03b9,\u1f87\u1f07\u03b9,\u1f90\u1f20\u03b9,\u1f91\u1f21\u03b9,\u1f92\u1f22\u03b9,"
    "\u1f93\u1f23\u03b9,\u1f94\u1f24\u03b9,\u1f95\u1f25\u03b9,\u1f96\u1f26\u03b9,\u1f97\u1f27\u03b9,"
    "\u1fa0\u1f60\u03b9,\u1fa1\u1f61\u03b9,\u1fa2\u1f62\u03b9,\u1fa3\u1f63\u03b9,\u1fa4\u1f64\u03b9,"
    "\u1fa5\u1f65\u03b9,\u1fa6\u1f66\u03b9,\u1fa7\u1f67\u03b9,\u1fb2\u1f70\u03b9,\u1fb3\u03b1\u03b9,"
    "\u1fb4\u03ac\u03b9,\u1fb6\u03b1\u0342,\u1fb7\u03b1\u0342\u03b9,\u1fc2\u1f74\u03b9,"
    "\u1fc3\u03b7\u03b9,\u1fc4\u03ae\u03b9,\u1fc6\u03b7\u0342,\u1fc7\u03b7\u0342\u03b9,"
    "\u1fd2\u03b9\u0308\u0300,\u1fd3\u03b9\u0308\u0301,\u1fd6\u03b9\u0342,\u1fd7\u03b9\u0308\u0342,"
    "\u1fe2\u03c5\u0308\u0300,\u1fe3\u03c5\u0308\u0301,\u1fe4\u03c1\u0313,\u1fe6\u03c5\u0342,"
    "\u1fe7\u03c5\u0308\u0342,\u1ff2\u1f7c\u03b9,\u1ff3\u03c9\u03b9,\u1ff4\u03ce\u03b9,"
    "\u1ff6\u03c9\u0342,\u1ff7\u03c9\u0342\u03b9,\ufb00ff,\ufb01fi,\ufb02fl,\ufb03ffi,\ufb04ffl,"
    "\ufb05st,\ufb06st,\ufb13\u0574\u0576,\ufb14\u0574\u0565,\ufb15\u0574\u056b,\ufb16\u057e\u0576,"
    "\ufb17\u0574\u056d"
)

_BY_LIGATURE: Final = {each[0]: each[1:] for each in _LIGATURES.split(",")}

# COST 1: with the usual 100, the planner compiles statements first, which takes longer than a search.

# What Python has as schema.query.fold_custom_data. The letters that change are looked for first: most texts
# have none of them.
CUSTOM_DATA_FOLDED: Final = f"""
CREATE FUNCTION custom_data_folded(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1 AS $$
DECLARE
    folded text;
    ligature text;
BEGIN
    IF octet_length(value) = length(value) THEN
        RETURN lower(value COLLATE "C");
    END IF;
    folded := replace(replace(lower(value COLLATE "und-x-icu"), '\u03c2', '\u03c3'), '\u00df', 'ss');
    IF folded ~ '[{_LETTERS}]' THEN
        folded := translate(folded, '{_LETTERS}', '{_FOLDED}');
    END IF;
    LOOP
        ligature := substring(folded FROM '[{"".join(_BY_LIGATURE)}]');
        EXIT WHEN ligature IS NULL;
        folded := replace(folded, ligature, '{json.dumps(_BY_LIGATURE)}'::jsonb ->> ligature);
    END LOOP;
    IF length(value) <= 255 THEN
        RETURN normalize(folded, NFC);
    END IF;
    RETURN folded;
END
$$
"""

# What Python has as storage.custom_values.number_key.
CUSTOM_DATA_NUMBER_KEY: Final = """
CREATE FUNCTION custom_data_number_key(value numeric) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1 AS $$
DECLARE
    plain text := abs(value)::text;
    whole text := ltrim(split_part(plain, '.', 1), '0');
    fraction text := split_part(plain, '.', 2);
    digits text := rtrim(ltrim(whole || fraction, '0'), '0');
    exponent int := CASE
        WHEN whole <> '' THEN length(whole)
        ELSE length(ltrim(fraction, '0')) - length(fraction)
    END;
BEGIN
    IF value > 0 THEN
        RETURN '2' || (exponent + 50000) || digits;
    ELSIF value < 0 THEN
        RETURN '0' || (50000 - exponent) || translate(digits, '0123456789', '9876543210') || '~';
    END IF;
    RETURN '1';
END
$$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(CUSTOM_DATA_FOLDED)
        op.execute(CUSTOM_DATA_NUMBER_KEY)
