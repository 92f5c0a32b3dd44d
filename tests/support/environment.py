"""The environment that tests run in: nothing of the developer's own configuration reaches them."""

import os

SETTINGS = {
    # 32 fixed bytes: a server that a test process starts can decrypt what that process encrypts.
    "STORMPATH_SECRET_KEY": "dGhpcyBrZXkgcHJvdGVjdHMgb25seSB0ZXN0IGRhdGE=",
    # Argon2id at its real cost would dominate the suite's time. The service accepts this in tests only.
    "STORMPATH_PASSWORD_HASHING": "insecure-for-tests",
}


def isolate(home: str) -> None:
    """Drop every ``STORMPATH_`` variable, set the tests' own, and let ``~`` be an empty folder."""
    for name in [each for each in os.environ if each.startswith("STORMPATH_")]:
        del os.environ[name]
    os.environ.update(SETTINGS, HOME=home)
