"""Macros and escapes in the texts of e-mails (rest-core 6.15)."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stormpath.server.mail import macros

VALUES = {
    "account.givenName": "Ada",
    "account.customData.the-key_1": "kept",
    "empty": "",
    "tricky": "${account.givenName} $!{empty} \\n \\u0041",
    "url": "https://example.com?sptoken=abc",
}
ANY = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"))


def body(text: str) -> str:
    return macros.in_body(text, VALUES.get, 10_000)


def header(text: str) -> str:
    return macros.in_header(text, VALUES.get, 10_000)


in_both = pytest.mark.parametrize("resolved", [body, header])


@in_both
class TestMacros:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Hello ${account.givenName}!", "Hello Ada!"),
            ("Hello $!{account.givenName}!", "Hello Ada!"),
            ("${account.givenName}${account.givenName}", "AdaAda"),
            ("${account.customData.the-key_1}", "kept"),
            ("<${empty}$!{empty}>", "<>"),
            ("$${account.givenName}", "$Ada"),
            ("${${account.givenName}}", "${Ada}"),
        ],
    )
    def test_macros_are_replaced_by_values(self, resolved, text: str, expected: str):
        assert resolved(text) == expected

    @pytest.mark.parametrize("name", ["unknown", "account", "account.givenname", "account.givenName.x"])
    def test_macros_without_a_value_stay_as_they_are_unless_they_are_quiet(self, resolved, name: str):
        assert resolved(f"<${{{name}}}$!{{{name}}}>") == f"<${{{name}}}>"

    @pytest.mark.parametrize(
        "text",
        [
            *("$", "${", "$!{", "${}", "$!{}", "${account.givenName", "$account.givenName", "{url}"),
            *("${ url }", "$!!{url}", "$ {url}", "$! {url}", "#{url}", "${url|upper}", "${url()}", "%{url}"),
            *("#set($x = 1)", "{{url}}", "{0.__class__}", "%(url)s", "${url[0]}", "${'url'}", "${url:-x}"),
        ],
    )
    def test_other_syntax_is_no_macro(self, resolved, text: str):
        assert resolved(text) == text

    def test_macros_in_a_value_are_text(self, resolved):
        assert resolved("<${tricky}>") == f"<{VALUES['tricky']}>"

    def test_macros_that_only_a_value_completes_are_text(self, resolved):
        assert resolved("$${empty}{url} ${${empty}url}") == "${url} ${url}"


class TestEscapes:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (r"a\nb\tc\rd", "a\nb\tc\rd"),
            (r"\"\'\\", "\"'\\"),
            (r"caf\u00e9 \u00E9", "café é"),
            (r"\ud83d\ude00\uD83D\uDE00", "😀😀"),
            (r"\\n \\\n", "\\n \\\n"),
            (r"\\u0041", r"\u0041"),
            (r"\${url}", "\\https://example.com?sptoken=abc"),
            (r"\q \u12 \U0041 \x41 \101 \b \f", r"\q \u12 \U0041 \x41 \101 \b \f"),
            ("\\", "\\"),
        ],
    )
    def test_escapes_in_bodies_stand_for_characters(self, text: str, expected: str):
        assert body(text) == expected

    def test_escapes_in_headers_are_text(self):
        assert header(r"a\nb\u0041\\") == r"a\nb\u0041\\"

    def test_escapes_do_not_make_macros(self):
        assert body(r"\u0024{url} $\u007burl}") == "${url} ${url}"

    @pytest.mark.parametrize(
        "text", [r"\ud83d", r"\ude00\ud83d", r"\ud83dx\ude00", "\ud800", r"\u0000", "\0"]
    )
    def test_escapes_never_make_characters_that_mail_cannot_carry(self, text: str):
        body(text).encode()

        assert "\N{REPLACEMENT CHARACTER}" in body(text)
        assert "\0" not in body(text)


#: Characters that turn the direction of reading, for the rest of the line too.
TURNING = [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))]


class TestHeaders:
    @pytest.mark.parametrize(
        "breaking",
        [
            *("\r\n", "\n", "\r", "\0", "\t", "\x0b", "\x0c", "\x1c", "\x1b", "\x7f"),
            *("\x85", "\u2028", "\u2029", "\ud800"),
            *TURNING,
        ],
    )
    def test_headers_stay_on_one_line(self, breaking: str):
        text = macros.in_header(f"a{breaking}b ${{c}}{breaking}", {"c": f"c{breaking}d"}.get, 100)

        assert text == "a b c d"

    @given(
        st.text(
            alphabet=st.characters(
                exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="".join(TURNING)
            )
        )
    )
    @example("\u05d0\u200f!")
    def test_headers_keep_all_other_characters(self, text: str):
        assert macros.one_line(text) == text.strip()


@given(ANY.filter(lambda text: "$" not in text and "\\" not in text))
def test_a_text_without_macros_and_escapes_stays_as_it_is(text: str):
    assert body(text) == text


@given(ANY, ANY)
def test_values_are_written_exactly_where_their_macros_stand(before: str, value: str):
    before = before.replace("$", "").replace("\\", "")

    assert macros.in_body(before + "${v}", {"v": value}.get, 10_000) == before + value


@given(
    st.lists(
        st.sampled_from(["${", "$!{", "$", "{", "}", "a", ".", "a.b}", "\\", "\\u", "00", "n", "\\ud83d"])
    )
)
def test_values_are_asked_for_by_the_names_of_macros_only(parts: list[str]):
    asked: list[str] = []
    text = "".join(parts)

    macros.in_body(text, asked.append, 10_000)  # type: ignore[func-returns-value, arg-type]  # None: no value

    assert set(asked) <= macros.names(text)
    assert all(f"{{{name}}}" in text for name in asked)


@pytest.mark.parametrize(
    "unit",
    [
        "$",
        "${",
        "$!{",
        "${a",
        "${a.",
        "\\",
        "\\u",
        "\\ud83d",
        "$!{a}",
        "${a}",
        "$!",
        "\\\\",
        "a",
        "${" + "a" * 99,
    ],
)
def test_resolving_takes_time_linear_in_the_text(unit: str):
    text = (unit * 300_000)[:300_000]
    start = time.process_time()

    macros.in_body(text, dict[str, str]().get, 1_000_000)

    # It takes a tenth of a second at most; quadratic time would be minutes.
    assert time.process_time() - start < 5


def test_an_email_has_an_end_however_often_a_large_value_is_named():
    assert macros.in_body("${v}" * 20_000, {"v": "x" * 1_000_000}.get, 5000) == "x" * 5000


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("a", 1),
        ("b.c", 2),
        ("b.d.e", 3),
        ("b.f.g", 4),
        ("b", {"c": 2, "d": {"e": 3}, "f.g": 4}),
        *(("x", None), ("a.x", None), ("b.x.y", None), ("", None), (".", None), ("b.", None), ("l.0", None)),
    ],
)
def test_a_dotted_path_leads_into_objects(path: str, value: object):
    document = {"a": 1, "b": {"c": 2, "d": {"e": 3}, "f.g": 4}, "l": [1]}

    assert macros.value_at(document, path) == value
