"""API key secrets, encrypted for whoever asks (rest-core 5.17, rest-auth 4.2)."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from service.calls import Api, Json, link

pytestmark = pytest.mark.either_database

SALT = "AAECAwQFBgcICQoLDA0ODw"
ENCRYPTED = {"encryptSecret": "true", "encryptionKeySalt": SALT}


def decrypted(api: Api, text: str, size: int = 128, iterations: int = 1024) -> str:
    """Return what a client makes of an encrypted secret, step by step as documented."""
    key = hashlib.pbkdf2_hmac("sha1", api.secret.encode(), bytes(range(16)), iterations, size // 8)
    raw = base64.b64decode(text, validate=True)
    decryptor = Cipher(algorithms.AES(key), modes.CBC(raw[:16])).decryptor()
    padded = decryptor.update(raw[16:]) + decryptor.finalize()
    return padded[: -padded[-1]].decode()


@pytest.fixture
def account(api: Api) -> Json:
    return api.account(api.directory())


@pytest.fixture
def key(api: Api, account: Json) -> Json:
    return api.api_key(account)


class TestWhere:
    def test_a_key(self, api: Api, key: Json):
        shown = api.get(key["href"], ENCRYPTED).ok

        assert decrypted(api, shown["secret"]) == key["secret"]
        assert shown | {"secret": key["secret"]} == key

    def test_a_list(self, api: Api, account: Json):
        made = {each["id"]: each["secret"] for each in (api.api_key(account) for _ in range(3))}

        listed = api.every(account["apiKeys"]["href"], ENCRYPTED, limit=2)

        assert {each["id"]: decrypted(api, each["secret"]) for each in listed} == made

    def test_the_list_of_an_application(self, api: Api):
        application, directory = api.application_with_directory()
        key = api.api_key(api.account(directory))

        (found,) = api.get(application["apiKeys"]["href"], {"id": key["id"], **ENCRYPTED}).items

        assert decrypted(api, found["secret"]) == key["secret"]

    def test_a_creation(self, api: Api, account: Json):
        made = api.post(account["apiKeys"]["href"], None, **ENCRYPTED).made

        assert decrypted(api, made["secret"]) == api.get(made["href"])["secret"]

    def test_an_update(self, api: Api, key: Json):
        changed = api.post(key["href"], {"name": "x"}, **ENCRYPTED).ok

        assert decrypted(api, changed["secret"]) == key["secret"]

    def test_keys_inside_an_account_and_on_their_next_page(self, api: Api, account: Json):
        made = {each["id"]: each["secret"] for each in (api.api_key(account) for _ in range(3))}

        page = api.get(account["href"], {"expand": "apiKeys(limit:2)", **ENCRYPTED})["apiKeys"]
        following = api.get(page["next"]["href"]).items

        shown = [*page["items"], *following]
        assert {each["id"]: decrypted(api, each["secret"]) for each in shown} == made

    def test_keys_inside_the_accounts_of_a_list(self, api: Api, account: Json, key: Json):
        (listed,) = api.get("/accounts", {"username": "ada", "expand": "apiKeys", **ENCRYPTED}).items

        assert decrypted(api, listed["apiKeys"]["items"][0]["secret"]) == key["secret"]

    def test_the_signing_key_of_a_web_config(self, api: Api):
        application = api.application()

        shown = api.get(application["webConfig"]["href"], {"expand": "signingApiKey", **ENCRYPTED}).ok

        assert decrypted(api, shown["signingApiKey"]["secret"]) == api.secret

    def test_where_no_key_is_shown_the_parameters_mean_nothing(self, api: Api, account: Json):
        assert api.get(account["href"], ENCRYPTED).refusal == (400, 2105)
        assert api.get(account["href"], {"expand": "directory", **ENCRYPTED}).refusal == (400, 2105)


class TestHow:
    @pytest.mark.parametrize("size", [128, 192, 256])
    @pytest.mark.parametrize("iterations", [1, 65536])
    def test_sizes_and_rounds(self, api: Api, key: Json, size: int, iterations: int):
        asked = {"encryptionKeySize": size, "encryptionKeyIterations": iterations}

        shown = api.get(key["href"], ENCRYPTED | asked).ok

        assert decrypted(api, shown["secret"], size, iterations) == key["secret"]

    def test_off_the_other_parameters_are_ignored(self, api: Api, key: Json):
        wrong = {"encryptionKeySalt": "*", "encryptionKeySize": "x", "encryptionKeyIterations": "-1"}

        assert api.get(key["href"], wrong).ok == key
        assert api.get(key["href"], wrong | {"encryptSecret": "FALSE"}).ok == key

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ({"encryptSecret": "true"}, 2000),
            ({"encryptSecret": "yes"}, 2103),
            (ENCRYPTED | {"encryptionKeySalt": "*"}, 2103),
            (ENCRYPTED | {"encryptionKeySalt": "="}, 2103),
            (ENCRYPTED | {"encryptionKeySize": "64"}, 2103),
            (ENCRYPTED | {"encryptionKeySize": "x"}, 2103),
            (ENCRYPTED | {"encryptionKeyIterations": "0"}, 2103),
            (ENCRYPTED | {"encryptionKeyIterations": "65537"}, 2103),
            (ENCRYPTED | {"encryptionKeyIterations": "1.5"}, 2103),
        ],
    )
    def test_what_cannot_be_used_is_refused_before_anything_is_made(
        self, api: Api, account: Json, query: Json, code: int
    ):
        href = account["apiKeys"]["href"]

        assert api.get(href, query).refusal == (400, code)
        assert api.post(href, {}, **query).refusal == (400, code)
        assert api.get(href).ok["size"] == 0

    def test_it_differs_each_time_and_has_no_entity_tag(self, api: Api, key: Json):
        first, second = api.get(key["href"], ENCRYPTED), api.get(key["href"], ENCRYPTED)

        assert first["secret"] != second["secret"]
        assert "etag" not in first.headers

    def test_it_is_the_caller_s_secret_that_opens_it(self, api: Api, key: Json):
        (owner,) = api.get("/accounts", username="administrator").items
        other_key = api.api_key(owner)
        other = Api(api.wsgi, api.base_url, api.tenant_id, other_key["id"], other_key["secret"])

        shown = other.get(key["href"], ENCRYPTED).ok

        assert decrypted(other, shown["secret"]) == key["secret"]
        assert link(shown) == link(key)
