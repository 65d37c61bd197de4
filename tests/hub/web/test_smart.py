"""SMART Backend Services: a signed assertion becomes a short token; a forged one does not."""

import asyncio

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from world import BOSS, HUB_URL, MCO, START

from hub.asked import Issued
from hub.errors import Refused
from hub.ids import new_id
from hub.web.credentials import admit_sftp_key, register_client

RSA = RSAKey.generate_key(2048, {"kid": "r"})
EC = ECKey.generate_key("P-384", {"kid": "e"})
STRANGE = ECKey.generate_key("P-384", {"kid": "e"})
SECRET = OctKey.import_key(EC.as_dict(private=False)["x"] * 2, {"kid": "e"})
PUBLIC = KeySet([RSA, EC]).as_dict(private=False)
AUD = f"{HUB_URL}/oauth/token"
NOW = int(START.timestamp())
FINGERPRINT = "SHA256:" + "A" * 43


@pytest.fixture
async def ready(town):
    """Register a client of one MCO with two scopes."""
    await town.smart_client(MCO, "keystone-sys", PUBLIC, "submissions.read", "submissions.write")
    return town


def assertion(key=EC, alg="ES384", header=None, **claims):
    given = {
        "iss": "keystone-sys",
        "sub": "keystone-sys",
        "aud": AUD,
        "exp": NOW + 300,
        "jti": new_id("jti"),
        **claims,
    }
    given = {name: value for name, value in given.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": key.kid, **(header or {})}, given, key, [alg])


async def ask(town, token, scope="submissions.read", **changed):
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": token,
        "scope": scope,
        **changed,
    }
    async with town.client() as client:
        return await client.post(
            "/oauth/token", data={n: v for n, v in form.items() if v is not None}
        )


@pytest.mark.parametrize(("key", "alg"), [(EC, "ES384"), (RSA, "RS384")])
async def test_token(ready, key, alg):
    """A proven client gets a token for 300 s that its scopes open and others don't."""
    answer = await ask(ready, assertion(key, alg))
    body = answer.json()
    assert ("bearer", 300, "submissions.read", "no-store") == (
        body["token_type"],
        body["expires_in"],
        body["scope"],
        answer.headers["cache-control"],
    )
    async with ready.client(authorization=f"Bearer {body['access_token']}") as client:
        may = await client.get("/v1/submissions")
        may_not = await client.post("/v1/submissions", content=b"x")
        ready.clock.turn(seconds=300)
        late = await client.get("/v1/submissions")
    assert [200, 403, 401] == [a.status_code for a in (may, may_not, late)]


FORGED = {
    "another key": lambda: assertion(STRANGE),
    "unknown kid": lambda: assertion(ECKey.generate_key("P-384", {"kid": "z"})),
    "wrong algorithm": lambda: assertion(RSA, "RS256"),
    "public key as secret": lambda: assertion(SECRET, "HS384"),
    "no algorithm": lambda: "eyJhbGciOiJub25lIn0." + assertion().split(".")[1] + ".",
    "audience": lambda: assertion(aud="https://elsewhere.example/oauth/token"),
    "several audiences": lambda: assertion(aud=[AUD, "https://elsewhere.example"]),
    "no audience": lambda: assertion(aud=None),
    "subject": lambda: assertion(sub="laurel-sys"),
    "issuer": lambda: assertion(iss="laurel-sys"),
    "no expiry": lambda: assertion(exp=None),
    "expired": lambda: assertion(exp=NOW - 31),
    "too long": lambda: assertion(exp=NOW + 331),
    "expiry of words": lambda: assertion(exp="soon"),
    "expiry out of time": lambda: assertion(exp=1e30),
    "not yet": lambda: assertion(nbf=NOW + 60),
    "issued later": lambda: assertion(iat=NOW + 60),
    "no jti": lambda: assertion(jti=None),
    "jti of a number": lambda: assertion(jti=7),
    "jti without end": lambda: assertion(jti="x" * 256),
    "jti with a null": lambda: assertion(jti="a\0b"),
    "client with a null": lambda: assertion(iss="a\0b", sub="a\0b"),
    "not a token": lambda: "x",
    "not JSON": lambda: "a.b.c",
    "a list": lambda: "e30.W10.e30",
    "too large": lambda: "e30." + "A" * 20_000 + ".e30",
}


@pytest.mark.parametrize("name", FORGED)
async def test_forged(ready, name):
    """An assertion with anything wrong gets `invalid_client` and nothing else."""
    answer = await ask(ready, FORGED[name]())
    assert (401, {"error": "invalid_client"}) == (answer.status_code, answer.json())


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": None}, "unsupported_grant_type"),
        ({"client_assertion_type": "x"}, "invalid_client"),
        ({"client_assertion": None}, "invalid_client"),
        ({"client_id": "laurel-sys"}, "invalid_client"),
        ({"scope": "rosters.write"}, "invalid_scope"),
        ({"scope": "submissions.read nonsense"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": ["submissions.read", "submissions.write"]}, "invalid_request"),
    ],
)
async def test_wrong_request(ready, changed, error):
    """A request that asks wrongly gets the OAuth word for it."""
    answer = await ask(ready, assertion(), **changed)
    assert error == answer.json()["error"]


async def test_not_a_form(ready):
    """A body that is no form is an invalid request."""
    async with ready.client() as client:
        answer = await client.post("/oauth/token", json={"grant_type": "client_credentials"})
    assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])


async def test_replayed(ready):
    """An assertion works once, also when it comes ten times at once."""
    token = assertion()
    answers = await asyncio.gather(*(ask(ready, token) for _ in range(10)))
    assert 1 == sum(a.status_code == 200 for a in answers)


async def test_a_jti_is_remembered_as_long_as_it_counts(ready):
    """The same assertion is refused until it has expired, and then for that reason."""
    token = assertion()
    await ask(ready, token)
    ready.clock.turn(seconds=329)
    answer = await ask(ready, token)
    rows = await ready.sql("select detail from event where kind = 'access.refused'")
    assert (401, ["jti_used"]) == (answer.status_code, [r["detail"]["code"] for r in rows])


async def test_revoked_client(ready):
    """A revoked client gets no token, and those it has stop working."""
    token = (await ask(ready, assertion())).json()["access_token"]
    await ready.world.credentials.revoke(BOSS, MCO, "keystone-sys", START)
    async with ready.client(authorization=f"Bearer {token}") as client:
        answer = await client.get("/v1/submissions")
    assert (401, 401) == ((await ask(ready, assertion())).status_code, answer.status_code)


async def test_configuration(town):
    """The discovery document names the endpoint and what it takes."""
    async with town.client() as client:
        found = (await client.get("/.well-known/smart-configuration")).json()
    assert (AUD, ["private_key_jwt"], ["RS384", "ES384"]) == (
        found["token_endpoint"],
        found["token_endpoint_auth_methods_supported"],
        found["token_endpoint_auth_signing_alg_values_supported"],
    )


BAD_SETS = {
    "private": KeySet([EC]).as_dict(private=True),
    "weak": {"keys": [{"kty": "RSA", "n": "_" * 170, "e": "AQAB"}]},
    "curve": KeySet([ECKey.generate_key("P-256")]).as_dict(private=False),
    "secret": KeySet([OctKey.generate_key(256)]).as_dict(private=True),
    "empty": {"keys": []},
    "odd": {"keys": [{"kty": "EC"}]},
    "no set": [],
}


@pytest.mark.filterwarnings("ignore:Key size")
@pytest.mark.parametrize("name", BAD_SETS)
async def test_bad_keys(town, name):
    """Only sets of strong public keys are registered."""
    with pytest.raises(Refused) as caught:
        await town.smart_client(MCO, "sys", BAD_SETS[name], "audit.read")
    assert "jwks" == caught.value.code


async def test_a_client_id_is_taken(town):
    """Another organisation can't take over a client by registering its id again."""
    await town.smart_client(MCO, "sys", PUBLIC, "audit.read")
    with pytest.raises(Refused) as caught:
        await town.smart_client("mco-laurel", "sys", PUBLIC, "audit.read")
    assert 409 == caught.value.status


@pytest.mark.parametrize("bad", ["a b", "", "x" * 64, "../x"])
async def test_odd_names(town, bad):
    """Client ids and SFTP users have plain names."""
    with pytest.raises(Refused):
        await register_client(town.office, BOSS, Issued(bad, MCO, "n", ("audit.read",)), "{}")
    with pytest.raises(Refused):
        await admit_sftp_key(town.office, BOSS, MCO, bad, FINGERPRINT)


async def test_sftp_keys(town):
    """A key lets its user in until it is revoked, and no other organisation gets that user."""
    credentials = town.world.credentials
    await admit_sftp_key(town.office, BOSS, MCO, "keystone", FINGERPRINT)
    before = await credentials.sftp_organisation("keystone", FINGERPRINT)
    with pytest.raises(Refused):
        await admit_sftp_key(town.office, BOSS, "mco-laurel", "keystone", "SHA256:" + "B" * 43)
    await credentials.revoke(BOSS, MCO, f"keystone {FINGERPRINT}", START)
    after = await credentials.sftp_organisation("keystone", FINGERPRINT)
    await admit_sftp_key(town.office, BOSS, MCO, "keystone", FINGERPRINT)
    again = await credentials.sftp_organisation("keystone", FINGERPRINT)
    assert (MCO, None, MCO) == (before, after, again)
