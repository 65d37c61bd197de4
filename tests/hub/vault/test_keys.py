"""Keys are made once, kept private, rotated without loss, and KMS is asked as little as can be.

KMS itself is played by `Kms`, a small in-process client with boto3's answers.
"""

from __future__ import annotations

import os
import stat
import threading

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import Misconfigured, Trouble
from hub.vault.keys import LocalKeyFile
from hub.vault.kms import AwsKms
from hub.vault.opening import open_keys

KEY = os.urandom(32)


class Kms:
    """A KMS of one key that counts its calls and can be told to fail."""

    def __init__(self):
        self.gcm = AESGCM(os.urandom(32))
        self.calls = []
        self.failing = None

    def generate_data_key(self, *, KeyId, KeySpec, EncryptionContext):  # noqa: N803  # boto3's names
        """Make a data key."""
        self._called("generate", KeySpec)
        plain, nonce = os.urandom(32), os.urandom(12)
        bound = repr((KeyId, EncryptionContext)).encode()
        blob = nonce + self.gcm.encrypt(nonce, plain, bound)
        return {"Plaintext": plain, "CiphertextBlob": blob}

    def decrypt(self, *, KeyId, CiphertextBlob, EncryptionContext):  # noqa: N803  # boto3's names
        """Return the data key in a blob."""
        self._called("decrypt", KeyId)
        bound = repr((KeyId, EncryptionContext)).encode()
        return {"Plaintext": self.gcm.decrypt(CiphertextBlob[:12], CiphertextBlob[12:], bound)}

    def _called(self, *words):
        self.calls.append(words)
        if self.failing:
            raise self.failing


def refusal(code, status=400):
    answer = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Decrypt")


def test_a_wrapped_key_unwraps(tmp_path):
    """What the key file wrapped, it unwraps."""
    keys = LocalKeyFile(tmp_path / "vault.keys")

    assert KEY == keys.unwrap(*keys.wrap(KEY))


def test_the_key_file_is_its_owners_alone(tmp_path):
    """The file has mode 0600."""
    LocalKeyFile(tmp_path / "vault.keys")

    assert 0o600 == stat.S_IMODE((tmp_path / "vault.keys").stat().st_mode)


def test_the_key_file_is_made_once(tmp_path):
    """A second start reads the first one's key."""
    wrapped = LocalKeyFile(tmp_path / "vault.keys").wrap(KEY)

    assert KEY == LocalKeyFile(tmp_path / "vault.keys").unwrap(*wrapped)


def test_racing_starts_share_one_key(tmp_path):
    """Whoever loses the race to make the file uses the winner's."""
    files = []
    racers = [
        threading.Thread(target=lambda: files.append(LocalKeyFile(tmp_path / "vault.keys")))
        for _ in range(8)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()

    assert 1 == len({keys.wrap(KEY)[0] for keys in files})


def test_a_rotated_key_still_opens_old_objects(tmp_path):
    """After rotation new wrappings name the new key, and old ones still unwrap."""
    keys = LocalKeyFile(tmp_path / "vault.keys")
    old_id, old = keys.wrap(KEY)
    new_id = keys.rotate()
    again = LocalKeyFile(tmp_path / "vault.keys")

    assert (KEY, new_id) == (again.unwrap(old_id, old), again.wrap(KEY)[0])


def test_an_unknown_key_is_named(tmp_path):
    """An object wrapped by a key that is gone says which key to restore."""
    with pytest.raises(Trouble, match="`local-gone`"):
        LocalKeyFile(tmp_path / "vault.keys").unwrap("local-gone", b"")


@pytest.mark.parametrize("wrapped", [b"", b"short", bytes(40)])
def test_a_damaged_wrapping_is_refused(tmp_path, wrapped):
    """A wrapping that was changed never gives a key."""
    keys = LocalKeyFile(tmp_path / "vault.keys")

    with pytest.raises(Trouble, match="can't be unwrapped"):
        keys.unwrap(keys.wrap(KEY)[0], wrapped)


@pytest.mark.parametrize("content", ["", "{}", '{"current": "a", "keys": {"a": "AAAA"}}', "[]"])
def test_a_broken_key_file_is_refused(tmp_path, content):
    """A file without whole keys is `Misconfigured`, and never replaced."""
    file = tmp_path / "vault.keys"
    file.write_text(content)
    file.chmod(0o600)

    with pytest.raises(Misconfigured, match="restore it"):
        LocalKeyFile(file)


def test_an_open_key_file_is_refused(tmp_path):
    """A key file that others may read is not used."""
    LocalKeyFile(tmp_path / "vault.keys")
    (tmp_path / "vault.keys").chmod(0o640)

    with pytest.raises(Misconfigured, match="0600"):
        LocalKeyFile(tmp_path / "vault.keys")


def test_kms_is_not_asked_per_object():
    """A hundred wrappings cost one call to KMS."""
    client = Kms()
    keys = AwsKms("key-1", client)
    for _ in range(100):
        keys.wrap(KEY)

    assert [("generate", "AES_256")] == client.calls


def test_kms_unwraps_in_another_process():
    """A wrapping opens by KMS alone, and asks it once per working key."""
    client = Kms()
    first = AwsKms("key-1", client)
    wrapped = [first.wrap(KEY) for _ in range(5)]
    client.calls.clear()
    second = AwsKms("key-1", client)
    found = {second.unwrap(*each) for each in wrapped}

    assert ({KEY}, [("decrypt", "key-1")]) == (found, client.calls)


def test_a_working_key_is_renewed():
    """After its number of objects the working key is replaced."""
    client = Kms()
    keys = AwsKms("key-1", client)
    for _ in range(10_001):
        keys.wrap(KEY)

    assert 2 == len(client.calls)


@pytest.mark.parametrize("wrapped", [b"", b"\x00", b"\xff\xff", b"\x00\x03abc"])
def test_a_damaged_kms_wrapping_is_refused(wrapped):
    """A wrapping that was cut or changed never gives a key."""
    client = Kms()
    client.decrypt = lambda **_: {"Plaintext": KEY}

    with pytest.raises(Trouble, match="can't be unwrapped"):
        AwsKms("key-1", client).unwrap("key-1", wrapped)


@pytest.mark.parametrize(
    ("failing", "kind", "code"),
    [
        (refusal("ThrottlingException"), "transient", "kms_ThrottlingException"),
        (refusal("KMSInternalException", 500), "transient", "kms_KMSInternalException"),
        (refusal("Whatever", 503), "transient", "kms_Whatever"),
        (refusal("AccessDeniedException"), "permanent", "kms_AccessDeniedException"),
        (refusal("words from outside\n"), "permanent", "kms_Unknown"),
        (
            EndpointConnectionError(endpoint_url="http://kms"),
            "transient",
            "kms_EndpointConnectionError",
        ),
    ],
)
def test_what_kms_answers_is_classed(failing, kind, code):
    """Throttling and outages are retried, refusals are not, and no outside words get in."""
    client = Kms()
    client.failing = failing

    with pytest.raises(Trouble) as caught:
        AwsKms("key-1", client).wrap(KEY)
    assert (kind, code) == (caught.value.kind, caught.value.code)


@pytest.mark.parametrize("provider", ["", "aws-kms", "aws-kms:", "vault:x"])
def test_an_unknown_provider_is_refused(tmp_path, provider):
    """Anything but `local` and `aws-kms:KEY-ID` is `Misconfigured`."""
    with pytest.raises(Misconfigured, match="ICP_HUB_KEY_PROVIDER"):
        open_keys(provider, tmp_path)
