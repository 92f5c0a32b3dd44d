"""API key secrets, encrypted for the caller (rest-core 5.17, rest-auth 4.2)."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from service.calls import Api, Json, link

SALT = "AAECAwQFBgcICQoLDA0ODw"
ENCRYPTED = {"encryptSecret": "true", "encryptionKeySalt": SALT}


def decrypted(api: Api, text: str, size: int = 128, iterations: int = 1024) -> str:
    """Decrypt a secret as a client does, step by step as documented."""
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


class TestPlacesOfASecret:
    def test_the_secret_of_a_key_is_encrypted(self, api: Api, key: Json):
        shown = api.get(key["href"], ENCRYPTED).ok

        assert decrypted(api, shown["secret"]) == key["secret"]
        assert shown | {"secret": key["secret"]} == key

    def test_the_secrets_in_a_list_are_encrypted(self, api: Api, account: Json):
        made = {each["id"]: each["secret"] for each in (api.api_key(account) for _ in range(3))}

        listed = api.every(account["apiKeys"]["href"], ENCRYPTED, limit=2)

        assert {each["id"]: decrypted(api, each["secret"]) for each in listed} == made

    def test_the_secrets_in_the_list_of_an_application_are_encrypted(self, api: Api):
        application, directory = api.application_with_directory()
        key = api.api_key(api.account(directory))

        (found,) = api.get(application["apiKeys"]["href"], {"id": key["id"], **ENCRYPTED}).items

        assert decrypted(api, found["secret"]) == key["secret"]

    def test_the_secret_in_the_answer_to_a_creation_is_encrypted(self, api: Api, account: Json):
        made = api.post(account["apiKeys"]["href"], None, **ENCRYPTED).made

        assert decrypted(api, made["secret"]) == api.get(made["href"])["secret"]

    def test_the_secret_in_the_answer_to_an_update_is_encrypted(self, api: Api, key: Json):
        changed = api.post(key["href"], {"name": "x"}, **ENCRYPTED).ok

        assert decrypted(api, changed["secret"]) == key["secret"]

    def test_secrets_of_keys_expanded_in_an_account_are_encrypted_on_every_page(
        self, api: Api, account: Json
    ):
        made = {each["id"]: each["secret"] for each in (api.api_key(account) for _ in range(3))}

        page = api.get(account["href"], {"expand": "apiKeys(limit:2)", **ENCRYPTED})["apiKeys"]
        following = api.get(page["next"]["href"]).items

        shown = [*page["items"], *following]
        assert {each["id"]: decrypted(api, each["secret"]) for each in shown} == made

    def test_secrets_of_keys_expanded_in_a_list_of_accounts_are_encrypted(
        self, api: Api, account: Json, key: Json
    ):
        (listed,) = api.get("/accounts", {"username": "ada", "expand": "apiKeys", **ENCRYPTED}).items

        assert decrypted(api, listed["apiKeys"]["items"][0]["secret"]) == key["secret"]

    def test_the_secret_of_an_expanded_signing_key_is_encrypted(self, api: Api):
        application = api.application()

        shown = api.get(application["webConfig"]["href"], {"expand": "signingApiKey", **ENCRYPTED}).ok

        assert decrypted(api, shown["signingApiKey"]["secret"]) == api.secret

    def test_the_parameters_are_ignored_where_no_key_is_shown(self, api: Api, account: Json):
        wrong = ENCRYPTED | {"encryptionKeySize": "x"}

        assert api.get(account["href"], wrong).ok == account
        assert api.get(account["href"], {"expand": "directory", **wrong}).ok["username"] == "ada"
        assert api.get("/accounts", wrong).error == (400, 2105)


class TestParameters:
    @pytest.mark.parametrize("size", [128, 192, 256])
    @pytest.mark.parametrize("iterations", [1, 65536])
    def test_each_documented_key_size_and_iteration_count_is_used(
        self, api: Api, key: Json, size: int, iterations: int
    ):
        asked = {"encryptionKeySize": size, "encryptionKeyIterations": iterations}

        shown = api.get(key["href"], ENCRYPTED | asked).ok

        assert decrypted(api, shown["secret"], size, iterations) == key["secret"]

    def test_the_other_parameters_are_ignored_without_encrypt_secret(self, api: Api, key: Json):
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
    def test_unusable_parameters_are_refused_before_anything_is_created(
        self, api: Api, account: Json, query: Json, code: int
    ):
        href = account["apiKeys"]["href"]

        assert api.get(href, query).error == (400, code)
        assert api.post(href, {}, **query).error == (400, code)
        assert api.get(href).ok["size"] == 0

    def test_each_encryption_differs_and_has_no_entity_tag(self, api: Api, key: Json):
        first, second = api.get(key["href"], ENCRYPTED), api.get(key["href"], ENCRYPTED)

        assert first["secret"] != second["secret"]
        assert "etag" not in first.headers

    def test_the_secret_of_the_caller_decrypts(self, api: Api, key: Json):
        (owner,) = api.get("/accounts", username="administrator").items
        other_key = api.api_key(owner)
        other = Api(api.wsgi, api.base_url, api.tenant_id, other_key["id"], other_key["secret"])

        shown = other.get(key["href"], ENCRYPTED).ok

        assert decrypted(other, shown["secret"]) == key["secret"]
        assert link(shown) == link(key)
