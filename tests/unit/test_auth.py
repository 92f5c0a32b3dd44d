"""The sources of credentials, and the authentication of requests."""

import base64
import errno
import os
import traceback
from pathlib import Path
from typing import Any, NoReturn

import pytest
from requests import PreparedRequest, Request
from requests.auth import AuthBase, HTTPBasicAuth

from stormpath import auth as auth_module
from stormpath import key_files, sauthc1
from stormpath.auth import Auth, BasicSigner, Sauthc1Signer

SECRET = "sEcReT/+="


def write_key_file(path: Path, key_id: str, secret: str = SECRET) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"apiKey.id = {key_id}\napiKey.secret = {secret}\n", encoding="utf-8")
    return path


def prepared(
    method: str = "GET", url: str = "http://localhost:8080/v1/x?b=1&a=2", **parts: Any
) -> PreparedRequest:
    return Request(method, url, **parts).prepare()


class TestTheOrderOfSources:
    def test_each_source_overrides_the_ones_below_it(
        self, tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given: list[tuple[str, dict[str, Any]]] = [
            ("file", {"api_key_file": write_key_file(tmp_path / "a", "file")}),
            ("location", {"api_key_file_location": str(write_key_file(tmp_path / "b", "location"))}),
            ("mapping", {"api_key": {"id": "mapping", "secret": SECRET}}),
            ("old mapping", {"api_key": {"api_key_id": "old mapping", "api_key_secret": SECRET}}),
            ("keywords", {"id": "keywords", "secret": SECRET}),
            ("old keywords", {"api_key_id": "old keywords", "api_key_secret": SECRET}),
        ]
        monkeypatch.setenv("STORMPATH_API_KEY_FILE", str(write_key_file(tmp_path / "c", "environment file")))
        write_key_file(own_home / ".stormpath/apiKey.properties", "home")
        monkeypatch.setenv("STORMPATH_API_KEY_ID", "environment")
        monkeypatch.setenv("STORMPATH_API_KEY_SECRET", SECRET)
        monkeypatch.setenv("STORMPATH_CLIENT_APIKEY_ID", "newer environment")
        monkeypatch.setenv("STORMPATH_CLIENT_APIKEY_SECRET", SECRET)

        found = []
        for position in range(len(given)):
            found.append(
                Auth(**{k: v for _, source in reversed(given[position:]) for k, v in source.items()}).id
            )
        found.append(Auth().id)
        for variables in (
            ("API_KEY_FILE",),
            ("API_KEY_ID", "API_KEY_SECRET"),
            ("CLIENT_APIKEY_ID", "CLIENT_APIKEY_SECRET"),
        ):
            for each in variables:
                monkeypatch.delenv(f"STORMPATH_{each}")
            found.append(Auth().id)

        assert found == [
            *(name for name, _ in given),
            *("environment file", "environment", "newer environment", "home"),
        ]

    @pytest.mark.parametrize(
        ("incomplete", "named"),
        [
            ({"api_key_file": "/nowhere/apiKey.properties"}, "/nowhere/apiKey.properties"),
            ({"api_key_file_location": "/nowhere/key", "id": "ID", "secret": SECRET}, "/nowhere/key"),
            ({"api_key_file_location": ""}, "API key file"),
            ({"api_key": {}}, "api_key"),
            ({"api_key": {"id": "other"}}, "api_key"),
            ({"api_key": {"id": "other", "api_key_secret": "x"}}, "api_key"),
            ({"api_key": {"id": " ", "secret": "x"}}, r"api_key\['id'\] is empty"),
            ({"api_key": {"id": None, "secret": None}}, "api_key"),
            ({"id": "other"}, "id is given without secret"),
            ({"secret": "x"}, "secret is given without id"),
            ({"id": "", "secret": "x"}, "id is empty"),
            ({"id": "", "secret": ""}, "id is empty"),
            ({"id": "ID", "secret": b"x"}, "secret must be text"),
            ({"api_key_secret": "x"}, "api_key_secret is given without api_key_id"),
        ],
    )
    def test_a_named_source_that_is_incomplete_is_an_error_that_names_it(
        self, incomplete: dict[str, Any], named: str, own_home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("STORMPATH_API_KEY_ID", "environment")
        monkeypatch.setenv("STORMPATH_API_KEY_SECRET", SECRET)
        write_key_file(own_home / ".stormpath/apiKey.properties", "home")

        with pytest.raises(ValueError, match=named):
            Auth(**incomplete)

    @pytest.mark.parametrize(
        ("variables", "named"),
        [
            ({"STORMPATH_API_KEY_FILE": "/nowhere/key"}, "/nowhere/key.*STORMPATH_API_KEY_FILE"),
            (
                {"STORMPATH_API_KEY_ID": "ID"},
                "STORMPATH_API_KEY_ID is given without STORMPATH_API_KEY_SECRET",
            ),
            ({"STORMPATH_API_KEY_SECRET": "x"}, "without STORMPATH_API_KEY_ID"),
            (
                {"STORMPATH_API_KEY_ID": "\n", "STORMPATH_API_KEY_SECRET": "x"},
                "STORMPATH_API_KEY_ID is empty",
            ),
            ({"STORMPATH_CLIENT_APIKEY_ID": "ID"}, "without STORMPATH_CLIENT_APIKEY_SECRET"),
        ],
    )
    def test_so_is_an_incomplete_source_of_the_environment(
        self, variables: dict[str, str], named: str, own_home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_key_file(own_home / ".stormpath/apiKey.properties", "home")
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

        with pytest.raises(ValueError, match=named):
            Auth()

    def test_variables_that_are_set_to_nothing_count_as_unset(
        self, own_home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_key_file(own_home / ".stormpath/apiKey.properties", "home")
        for name in ("FILE", "ID", "SECRET"):
            monkeypatch.setenv(f"STORMPATH_API_KEY_{name}", "")

        assert Auth().id == "home"

    @pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {}\t", "\ufeff{} \n\n"])
    def test_line_ends_and_blanks_around_a_key_are_ignored_at_every_source(
        self, around: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key_id, secret = around.format("ID"), around.format(SECRET)
        file = write_key_file(tmp_path / "key", key_id.strip("\r\n"), secret)
        sources: list[dict[str, Any]] = [
            {"id": key_id, "secret": secret},
            {"api_key_id": key_id, "api_key_secret": secret},
            {"api_key": {"id": key_id, "secret": secret}},
            {"api_key_file": file},
            {},
        ]
        monkeypatch.setenv("STORMPATH_API_KEY_ID", key_id)
        monkeypatch.setenv("STORMPATH_API_KEY_SECRET", secret)

        for each in sources:
            auth = Auth(**each)
            assert (auth.id, auth.secret) == ("ID", SECRET)

    def test_a_secret_of_several_lines_is_refused_without_being_shown(self) -> None:
        with pytest.raises(ValueError, match="secret has more than one line") as refused:
            Auth(id="ID", secret=f"{SECRET}\nmore")

        assert SECRET not in str(refused.value)

    def test_without_any_source_a_value_error_is_raised(self) -> None:
        with pytest.raises(ValueError, match="No valid authentication sources found"):
            Auth()

    def test_an_unknown_keyword_is_refused(self) -> None:
        with pytest.raises(TypeError):
            Auth(id="a", secret="b", password="c")  # type: ignore[call-arg]  # that is the point


class TestThePropertiesFile:
    def test_a_line_is_split_at_its_first_equals_sign(self, tmp_path: Path) -> None:
        file = tmp_path / "key"
        file.write_text("# apiKey.id = no\n! x\nnothing\n  apiKey.id=ID  \napiKey.secret =a=b==\n\n")

        auth = Auth(api_key_file=file)

        assert (auth.id, auth.secret) == ("ID", "a=b==")

    def test_its_property_names_can_be_chosen(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file = tmp_path / "key"
        file.write_text("my.id = ID\nmy.secret = x")
        monkeypatch.setenv("STORMPATH_API_KEY_FILE", str(file))

        auth = Auth(api_key_id_property_name="my.id", api_key_secret_property_name="my.secret")

        assert auth.id == "ID"

    def test_the_home_directory_may_be_written_as_a_tilde(self, own_home: Path) -> None:
        write_key_file(own_home / "keys/one", "ID")

        assert Auth(api_key_file_location="~/keys/one").id == "ID"

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
    def test_it_may_have_a_byte_order_mark_and_line_ends_of_any_system(
        self, encoding: str, end: str, tmp_path: Path
    ) -> None:
        lines = ["apiKey.id = ID", "# ä", f"apiKey.secret = {SECRET}", ""]
        (tmp_path / "key").write_bytes(end.join(lines).encode(encoding))

        auth = Auth(api_key_file=tmp_path / "key")

        assert (auth.id, auth.secret) == ("ID", SECRET)

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "no apiKey.id and no apiKey.secret"),
            (b"apiKey.id = a", "no apiKey.secret"),
            (b"apiKey.id =\napiKey.secret = sEcReT", "no apiKey.id"),
            (b"apiKey.id = \xff\napiKey.secret = sEcReT", "not UTF-8"),
            ("apiKey.id = a\napiKey.secret = sEcReT".encode("utf-16"), "not UTF-8"),
            (b"apiKey.id = a\napiKey.secret = sEcReT" + b" " * 70_000, "longer than 64 KiB"),
        ],
    )
    def test_a_named_file_that_cannot_be_used_is_refused_with_its_name_and_without_its_content(
        self, content: bytes, reason: str, tmp_path: Path
    ) -> None:
        (tmp_path / "key").write_bytes(content)

        with pytest.raises(ValueError, match=reason) as refused:
            Auth(api_key_file=tmp_path / "key")

        assert str(tmp_path / "key") in str(refused.value)
        assert "sEcReT" not in "".join(traceback.format_exception(refused.value))

    @pytest.mark.parametrize("name", ["missing", "folder", "a/b", "locked", "nul\0"])
    def test_a_named_file_that_cannot_be_read_is_refused_by_name(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "folder").mkdir()
        (tmp_path / "a").touch()
        if name == "locked":

            def refuse(*_: Any) -> NoReturn:
                raise PermissionError(errno.EACCES, "Permission denied")

            # The superuser, as whom tests may run, can read every file.
            monkeypatch.setattr(key_files, "open", refuse, raising=False)

        with pytest.raises(ValueError, match="cannot be read") as refused:
            Auth(api_key_file_location=str(tmp_path / name))

        assert repr(str(tmp_path / name)) in str(refused.value)

    @pytest.mark.parametrize("content", [b"", b"apiKey.id = a", b"\xff"])
    def test_the_file_in_the_home_folder_is_not_named_and_its_error_only_explains(
        self, content: bytes, own_home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_key_file(own_home / ".stormpath/apiKey.properties", "home").write_bytes(content)

        with pytest.raises(ValueError, match=r"No valid authentication sources found: ~/\.stormpath"):
            Auth()

        monkeypatch.setenv("STORMPATH_API_KEY_ID", "environment")
        monkeypatch.setenv("STORMPATH_API_KEY_SECRET", SECRET)
        assert Auth().id == "environment"

    def test_without_a_known_home_no_folder_named_tilde_is_read(
        self, homeless: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        write_key_file(tmp_path / "~/.stormpath/apiKey.properties", "planted")

        for arguments in ({}, {"api_key_file": "~/.stormpath/apiKey.properties"}):
            with pytest.raises(ValueError, match="set HOME"):
                Auth(**arguments)  # type: ignore[arg-type]  # mypy infers dict[str, str]
        assert Auth(id="ID", secret=SECRET).id == "ID"


class TestTheScheme:
    @pytest.mark.parametrize(
        ("options", "kind"),
        [
            ({}, Sauthc1Signer),
            ({"scheme": "SAuthc1"}, Sauthc1Signer),
            ({"scheme": "Sauthc1"}, Sauthc1Signer),
            ({"scheme": "basic"}, HTTPBasicAuth),
            ({"scheme": "BASIC"}, HTTPBasicAuth),
            ({"method": "basic"}, HTTPBasicAuth),
            ({"method": "digest"}, Sauthc1Signer),
        ],
    )
    def test_the_scheme_selects_the_handler(self, options: dict[str, Any], kind: type[AuthBase]) -> None:
        auth = Auth(id="ID", secret=SECRET, **options)

        assert isinstance(auth.scheme, kind)
        assert auth.scheme is auth.signer
        assert auth() is auth.scheme

    def test_the_environment_may_name_the_scheme(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STORMPATH_CLIENT_AUTHENTICATIONSCHEME", "BASIC")

        assert isinstance(Auth(id="ID", secret=SECRET).scheme, HTTPBasicAuth)
        assert isinstance(Auth(id="ID", secret=SECRET, scheme="SAuthc1").scheme, Sauthc1Signer)

    def test_an_unknown_scheme_is_refused_on_first_use(self) -> None:
        auth = Auth(id="ID", secret=SECRET, scheme="kerberos")

        with pytest.raises(ValueError, match="kerberos"):
            _ = auth.scheme

    def test_both_handlers_exist_for_every_scheme(self) -> None:
        auth = Auth(id="ID", secret=SECRET)

        assert isinstance(auth.basic, HTTPBasicAuth)
        assert isinstance(auth.digest, Sauthc1Signer)


class TestBasic:
    def test_credentials_are_encoded_as_utf8(self) -> None:
        request = BasicSigner("ID", "pä$$:李")(prepared())

        scheme, _, encoded = request.headers["Authorization"].partition(" ")
        assert (scheme, base64.b64decode(encoded).decode()) == ("Basic", "ID:pä$$:李")


class TestSauthc1:
    NOW = 1487147445.0

    def verify(self, request: PreparedRequest, secret: str = SECRET) -> sauthc1.Sauthc1Header:
        headers = {name.lower(): value for name, value in request.headers.items()}
        header = sauthc1.parse(headers["authorization"])
        path, _, query = request.path_url.partition("?")
        body = request.body or b""
        assert isinstance(body, bytes)
        sauthc1.verify(header, secret, request.method or "", path, query, headers, body, now=self.NOW)
        return header

    def signer(self) -> Sauthc1Signer:
        return Sauthc1Signer("ID", SECRET, clock=lambda: self.NOW)

    def test_a_signed_request_verifies(self) -> None:
        request = self.signer()(prepared())

        assert self.verify(request).key_id == "ID"
        assert request.headers["Host"] == "localhost:8080"
        assert request.headers["X-Stormpath-Date"] == "20170215T083045Z"

    @pytest.mark.parametrize("body", ['{"name": "Zoë 李"}', '{"name": "Zoë 李"}'.encode(), b"\xff\x00"])
    def test_text_and_bytes_are_signed_as_they_are_sent(self, body: str | bytes) -> None:
        request = self.signer()(prepared("POST", data=body))

        self.verify(request)
        assert request.headers["Content-Length"] == str(len(request.body or b""))

    def test_a_form_is_signed(self) -> None:
        self.verify(self.signer()(prepared("POST", data={"grant_type": "password", "username": "é"})))

    def test_only_headers_that_proxies_keep_are_signed(self) -> None:
        sent = {"Accept": "a", "Accept-Encoding": "b", "Content-Type": "c", "User-Agent": "d", "X-Team": "e"}

        read = self.verify(self.signer()(prepared(headers=sent)))
        write = self.verify(
            self.signer()(prepared("POST", data=b"{}", headers={**sent, "Idempotency-Key": "f"}))
        )

        assert read.signed_headers == ("host", "x-stormpath-date")
        assert write.signed_headers == ("content-type", "host", "idempotency-key", "x-stormpath-date")

    def test_signing_again_uses_a_new_nonce(self) -> None:
        request = prepared("POST", data=b"{}")

        first = self.verify(self.signer()(request))
        second = self.verify(self.signer()(request))

        assert first.nonce != second.nonce

    def test_a_stream_is_refused(self) -> None:
        with pytest.raises(TypeError, match="stream"):
            self.signer()(prepared("POST", data=iter([b"a"])))


def test_no_repr_shows_the_secret() -> None:
    auth = Auth(id="ID", secret=SECRET)

    for each in (auth, auth.basic, auth.digest, Auth(id="ID", secret=SECRET, scheme="basic").scheme):
        assert "ID" in repr(each)
        assert SECRET not in repr(each)


def test_the_documented_constants_exist() -> None:
    assert auth_module.HOST_HEADER == "Host"
    assert auth_module.AUTHORIZATION_HEADER == "Authorization"
    assert auth_module.STORMPATH_DATE_HEADER == "X-Stormpath-Date"
    assert auth_module.ID_TERMINATOR == "sauthc1_request"
    assert auth_module.ALGORITHM == "HMAC-SHA-256"
    assert auth_module.AUTHENTICATION_SCHEME == "SAuthc1"
    assert auth_module.SAUTHC1_ID == "sauthc1Id"
    assert auth_module.SAUTHC1_SIGNED_HEADERS == "sauthc1SignedHeaders"
    assert auth_module.SAUTHC1_SIGNATURE == "sauthc1Signature"
    assert auth_module.DATE_FORMAT == "%Y%m%d"
    assert auth_module.TIMESTAMP_FORMAT == "%Y%m%dT%H%M%SZ"
    assert auth_module.NL == "\n"
    assert auth_module.environ is os.environ
