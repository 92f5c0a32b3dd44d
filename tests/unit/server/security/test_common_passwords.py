"""The list of common passwords: exact, small, read when it is first needed."""

import random
import string
import subprocess
import sys
import time
from pathlib import Path

from stormpath.server.schema.query import fold
from stormpath.server.security import common_passwords
from stormpath.server.security.common_passwords import is_common

LIST = Path(common_passwords.__file__).with_name("common_passwords.txt.gz")
LINES = common_passwords._list().split(b"\n")[1:-1]


def test_the_list_is_folded_sorted_and_complete():
    assert len(LINES) == 96_518  # 100,000, of which some differ in the case of letters only.
    assert sorted(set(LINES)) == LINES
    assert all(fold(each.decode()).encode() == each for each in LINES)
    # Once in the list of ten million, each of these has a well-known rank there.
    assert {b"123456", b"password", b"qwerty123", b"password1", b"letmein"} <= set(LINES)


def test_every_password_on_the_list_is_found():
    assert all(is_common(each.decode()) for each in LINES[::7])
    assert all(is_common(each.decode()) for each in (*LINES[:50], *LINES[-50:]))


def test_the_case_of_letters_does_not_matter():
    assert all(is_common(each) for each in ("Password1", "PASSWORD1", "pAssWord1", "Qwerty123"))


def test_no_other_password_is_found():
    """The list is exact: there are no false positives, as a filter of digests would have some."""
    listed = {each.decode() for each in LINES}
    letters = random.Random(7)  # noqa: S311  # The test is the same each time.
    others = {"", "\n", "\0", "~" * 300, "\udcff", "漢字", "password1\n", "password1\npassword"}
    # As short as the listed ones: all that is nearby is tried, too.
    others |= {"".join(letters.choices(string.ascii_lowercase, k=5)) for _ in range(5000)}
    others |= {each + "~" for each in random.Random(8).sample(sorted(listed), 5000)}  # noqa: S311
    found = {each for each in others if is_common(each)}

    assert found == others & listed
    assert len(others - listed) > 9000


def test_it_costs_little_in_space_and_time():
    assert LIST.stat().st_size < 300 * 1024
    began = time.perf_counter()
    for each in LINES[::100]:
        is_common(each.decode())
    took = (time.perf_counter() - began) / len(LINES[::100])

    assert took < 0.001  # 10 microseconds, and much more where the machine is busy.


def test_nothing_is_read_by_an_import():
    program = (
        "import stormpath.server.app\n"
        "from stormpath.server.security import common_passwords as them\n"
        "assert them._list.cache_info().currsize == 0\n"
        "assert them.is_common('Password1')\n"
        "assert them._list.cache_info().currsize == 1\n"
    )

    subprocess.run([sys.executable, "-c", program], check=True)
