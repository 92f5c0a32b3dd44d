"""The environment that tests run in: nothing of the developer's own configuration reaches them."""

import os

SETTINGS = {
    # 32 fixed bytes: what one test process encrypts, a server it starts can read.
    "STORMPATH_SECRET_KEY": "dGhpcyBrZXkgcHJvdGVjdHMgb25seSB0ZXN0IGRhdGE=",
    # Argon2id at its real price would make most of the suite's time. The service takes this in tests alone.
    "STORMPATH_PASSWORD_HASHING": "insecure-for-tests",
}


def isolate(home: str) -> None:
    """Drop every ``STORMPATH_`` variable, set the tests' own, and let ``~`` be an empty folder."""
    for name in [each for each in os.environ if each.startswith("STORMPATH_")]:
        del os.environ[name]
    os.environ.update(SETTINGS, HOME=home)
