"""Browsers and systems by what they say of themselves."""

import pytest

from flask_stormpath.logins.user_agents import LONGEST, browser_of, system_of

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
IPAD = "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
CHROMEBOOK = "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "browser", "system"),
    [
        (f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36", "Chrome", "Windows"),
        (f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge", "Windows"),
        (f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36 OPR/120.0.0.0", "Opera", "Windows"),
        (f"{MAC} Version/18.0 Safari/605.1.15", "Safari", "macOS"),
        (f"{IPHONE} Version/18.0 Mobile/15E148 Safari/604.1", "Safari", "iPhone"),
        (f"{IPHONE} CriOS/140.0.0.0 Mobile/15E148 Safari/604.1", "Chrome", "iPhone"),
        (f"{IPAD} FxiOS/140.0 Mobile/15E148 Safari/605.1.15", "Firefox", "iPad"),
        (f"{ANDROID} Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome", "Android"),
        (
            f"{ANDROID} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            "Samsung Internet",
            "Android",
        ),
        (f"{CHROMEBOOK} Chrome/140.0.0.0 Safari/537.36", "Chrome", "ChromeOS"),
        (
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox",
            "Linux",
        ),
        ("curl/8.5.0", "curl", None),
        ("python-requests/2.32.5", "Python", None),
        ("", None, None),
        ("x" * LONGEST + " Firefox/140.0 Linux", None, None),
    ],
)
def test_a_browser_is_known_by_its_name(user_agent: str, browser: str | None, system: str | None):
    assert (browser_of(user_agent), system_of(user_agent)) == (browser, system)
