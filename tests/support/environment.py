"""The environment that tests run in: nothing of the developer's own configuration reaches them."""

import os
import shutil
import tempfile

SETTINGS = {
    # 32 fixed bytes: a server that a test process starts can decrypt what that process encrypts.
    "STORMPATH_SECRET_KEY": "dGhpcyBrZXkgcHJvdGVjdHMgb25seSB0ZXN0IGRhdGE=",
    # Argon2id at its real cost would dominate the suite's time. The service accepts this in tests only.
    "STORMPATH_PASSWORD_HASHING": "insecure-for-tests",
}

#: A file system in memory, where Linux has one; and what the suite needs at most, with room to spare.
MEMORY = "/dev/shm"  # noqa: S108  # what is made in it has a random name
MEMORY_BYTES = 4 * 1024**3


def keep_in_memory() -> None:
    """Let temporary folders lie in memory where there is room: no test's data has to survive a power cut.

    Where ``TMPDIR`` names a folder, they lie there.
    """
    if "TMPDIR" in os.environ or not os.path.isdir(MEMORY):
        return
    # Tests start programs that they have written, or installed, there.
    is_usable = os.access(MEMORY, os.W_OK) and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    if is_usable and shutil.disk_usage(MEMORY).free > MEMORY_BYTES:
        os.environ["TMPDIR"] = tempfile.tempdir = MEMORY


def isolate(home: str) -> None:
    """Drop all variables of ours and of libpq, set the tests' own, and let ``~`` be an empty folder."""
    for name in [each for each in os.environ if each.startswith(("STORMPATH_", "PG"))]:
        del os.environ[name]
    os.environ.update(SETTINGS, HOME=home)
