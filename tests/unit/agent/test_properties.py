"""The properties file of an agent."""

import pytest

from stormpath.agent.properties import PropertiesError, read_properties, warn_of_readable

LINES = ("agent.id = 5kQ", "agent.key = s3cret-key", "agent.serviceUrl = https://id.example.com/v1/")


@pytest.fixture
def write(tmp_path):
    def written(*lines):
        path = tmp_path / "agent.properties"
        path.write_text("\n".join(lines))
        path.chmod(0o600)
        return path

    return written


def test_a_file_says_who_the_agent_is_and_where_the_service(write):
    found = read_properties(write("# A comment", *LINES), {})

    assert (found.id, found.key, found.service_url) == ("5kQ", "s3cret-key", "https://id.example.com/v1")
    assert (found.tls, found.ca_file, found.service_ca_file) == ("ldaps", None, None)


def test_the_key_is_not_shown(write):
    assert "s3cret" not in repr(read_properties(write(*LINES), {}))


def test_the_environment_goes_before_the_file(write):
    variables = {
        "STORMPATH_AGENT_ID": "other",
        "STORMPATH_AGENT_KEY": "key2\n",
        "STORMPATH_AGENT_SERVICEURL": "http://127.0.0.1:8080/v1",
    }

    found = read_properties(write(*LINES), variables)

    assert (found.id, found.key, found.service_url) == ("other", "key2", "http://127.0.0.1:8080/v1")


def test_files_of_certificates_are_found_beside_the_properties(write, tmp_path):
    (tmp_path / "ca.pem").write_text("certificates")

    found = read_properties(write(*LINES, "agent.caFile = ca.pem", "agent.tls = StartTLS"), {})

    assert (found.ca_file, found.tls) == (str(tmp_path / "ca.pem"), "starttls")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (LINES[1:], "no agent.id"),
        ((LINES[0], LINES[2]), "no agent.key"),
        ((*LINES[:2], "agent.serviceUrl = http://id.example.com/v1"), "unencrypted"),
        ((*LINES[:2], "agent.serviceUrl = ftp://id.example.com/v1"), "https://"),
        ((*LINES[:2], "agent.serviceUrl = https://me:pass-word@id.example.com/v1"), "password"),
        ((*LINES, "agent.tls = tls1.3"), "ldaps or starttls"),
        ((*LINES, "agent.caFile = missing.pem"), "missing.pem"),
        ((LINES[0], "agent.key = s3cret key", LINES[2]), "agent.key"),
        ((LINES[0], f"agent.key = {'s3cret' * 100}", LINES[2]), "agent.key"),
    ],
)
def test_what_is_missing_or_wrong_is_named_without_the_key(write, lines, said):
    with pytest.raises(PropertiesError) as caught:
        read_properties(write(*lines), {})

    assert said in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "pass-word" not in str(caught.value)


def test_a_missing_file_says_where_to_get_one(tmp_path):
    with pytest.raises(PropertiesError, match=r"nothing\.properties cannot be used: .+ Download"):
        read_properties(tmp_path / "nothing.properties", {})


def test_a_file_that_others_may_read_is_warned_of(write, caplog):
    path = write(*LINES)
    warn_of_readable(path)
    assert not caplog.records

    path.chmod(0o644)
    warn_of_readable(path)

    assert f"chmod 600 {path}" in caplog.text
