"""URLs of other systems: which are read, how they are written, where redirects lead."""

import pytest

from stormpath.server.domain.outbound import FetchError
from stormpath.server.outbound.urls import LONGEST, parse


@pytest.mark.parametrize(
    ("text", "origin", "target", "host_header"),
    [
        ("https://id.example.com", "https://id.example.com:443", "/", "id.example.com"),
        ("HTTPS://Id.Example.COM:443/a?b=c#d", "https://id.example.com:443", "/a?b=c", "id.example.com"),
        ("http://id.example.com:8080?b", "http://id.example.com:8080", "/?b", "id.example.com:8080"),
        ("http://id.example.com./", "http://id.example.com:80", "/", "id.example.com"),
        ("https://bücher.example/", "https://xn--bcher-kva.example:443", "/", "xn--bcher-kva.example"),
        ("https://[2606:4700:0::1111]:8/", "https://[2606:4700::1111]:8", "/", "[2606:4700::1111]:8"),
        ("http://8.8.8.8:/x%0a", "http://8.8.8.8:80", "/x%0a", "8.8.8.8"),
        ("http://a_b.internal/", "http://a_b.internal:80", "/", "a_b.internal"),
        ("http://localhost/", "http://localhost:80", "/", "localhost"),
    ],
)
def test_a_url_has_one_spelling(text: str, origin: str, target: str, host_header: str):
    url = parse(text)

    assert (url.origin, url.target, url.host_header) == (origin, target, host_header)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "/path",
            "id.example.com",
            "http:",
            "http:/a",
            "http:a",
            "http:///a",
            "http://",
            "https://:443/",
        ),
        *("ftp://a/", "file:///etc/passwd", "gopher://a/", "unix:///run/x", "HTTP+unix://a/"),
        *("http://user@a/", "http://user:word@a/", "http://@a/", "http://a%40b/"),
        *("http://a:0/", "http://a:65536/", "http://a:-1/", "http://a:x/", "http://a:8\uff10/"),
        *("http://a /", " http://a/", "http://a/\r\nX: y", "http://a/\t", "http://a\x00/", "http://a/\x7f"),
        *("http://a\\@b/", "http:\\\\a/", "http://a/ü", "http://a/?ü", "http://a/\u2028"),
        *("http://a..b/", "http://.a/", "http://a../", "http://a.-/", "http://a,b/", "http://a*b/"),
        *(f"http://{'a' * 64}/", f"http://{'a.' * 127}a/", f"http://{'ü' * 260}/"),
        *("http://[::1/", "http://[::1].a/", "http://a[::1]/", "http://[1.1.1.1]/", "http://[fe80::1%25lo]/"),
        *("http://[v1.a]/", "http://[]/", f"http://a/{'b' * LONGEST}"),
    ],
)
def test_what_is_no_plain_url_is_refused(text: str):
    with pytest.raises(FetchError):
        parse(text)


@pytest.mark.parametrize(
    "host",
    [
        *(
            "2130706433",
            "017700000001",
            "0x7f000001",
            "0X7F000001",
            "0x7f.1",
            "127.1",
            "127.0.1",
            "0177.0.0.1",
        ),
        *(
            "127.0.0.01",
            "1.2.3.4.5",
            "256.1.1.1",
            "2130706433.",
            "a.1",
            "a.0x1",
            "a.0x",
            "²130706433",
            "127。1",
        ),
    ],
)
def test_an_address_in_another_spelling_is_refused(host: str):
    with pytest.raises(FetchError, match="usual form"):
        parse(f"http://{host}/")


@pytest.mark.parametrize("host", ["\uff11\uff12\uff17.0.0.1", "127。0。0。1", "127.0.0.1."])
def test_an_address_in_letters_of_another_width_is_that_address(host: str):
    assert parse(f"http://{host}/").host == "127.0.0.1"


def test_no_error_has_a_part_of_the_url():
    for text in ("http://hunter2@a/", "ftp://hunter2/", "http://a/hunter2 ", "http://a..b/?hunter2"):
        with pytest.raises(FetchError) as caught:
            parse(text)
        assert "hunter2" not in str(caught.value)


def test_path_and_query_are_not_in_a_repr():
    assert "hunter2" not in repr(parse("https://a/hunter2?hunter2"))


@pytest.mark.parametrize(
    ("location", "origin", "target"),
    [
        ("/b?c", "https://a.example:443", "/b?c"),
        ("b", "https://a.example:443", "/x/b"),
        ("?c", "https://a.example:443", "/x/y?c"),
        ("//b.example/z", "https://b.example:443", "/z"),
        ("https://b.example:8443/", "https://b.example:8443", "/"),
        ("https://A.example:443/", "https://a.example:443", "/"),
    ],
)
def test_a_redirect_is_relative_to_its_url(location: str, origin: str, target: str):
    found = parse("https://a.example/x/y?q").leads_to(location)

    assert (found.origin, found.target) == (origin, target)


@pytest.mark.parametrize(
    "location",
    [
        "",
        "/a b",
        "/a\r\nb",
        "http://a.example/",
        "javascript:x",
        "https://u@a/",
        "https://[/",
        "/" * LONGEST + "a",
    ],
)
def test_a_redirect_to_what_is_no_plain_url_is_refused(location: str):
    with pytest.raises(FetchError):
        parse("https://a.example/").leads_to(location)
