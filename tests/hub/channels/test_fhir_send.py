"""The FHIR channel against a scripted server: what is posted, what answers mean, whose token.

The server here is a stub; what a real one makes of the same is in test_fhir_others.py.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from fhir.resources.R4B.bundle import Bundle
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from plans import COVER, DELGADO, MARKED

from hub.channels.addresses import Guard
from hub.channels.fhir_bodies import transaction
from hub.channels.fhir_outcomes import issue_of
from hub.channels.fhir_send import FhirSend, lacking
from hub.channels.requesting import ANSWER_BYTES, Requester
from hub.errors import Trouble
from hub.ports import Endpoint, Parcel, Proof
from hub.render.fhir import to_fhir
from tests.receivers import Answer, HookSink

JSON = {"content-type": "application/fhir+json"}
RELEASED = to_fhir(DELGADO, COVER)
ENTRIES = len(json.loads(RELEASED.content)["entry"])
EC = ECKey.generate_key("P-384", {"kid": "hub-1"})
RSA = RSAKey.generate_key(2048)


class Turned:
    """A wall clock one can turn."""

    def __init__(self):
        self.at = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def now(self):
        """Return the instant it was turned to."""
        return self.at


def parcel(rendered=RELEASED):
    digest = hashlib.sha256(rendered.content).hexdigest()
    return Parcel("del_1", rendered.content, rendered.media_type, rendered.file_name, digest)


def said(body, status=200, **headers):
    return Answer(status, {**JSON, **headers}, body=json.dumps(body).encode())


def taken(number=ENTRIES, status="201 Created"):
    entries = [{"response": {"status": status}}] * number
    return said({"resourceType": "Bundle", "type": "transaction-response", "entry": entries})


def outcome(code, status, **headers):
    issue = {"severity": "error", "code": code, "diagnostics": "Rosa Delgado is not known"}
    return said({"resourceType": "OperationOutcome", "issue": [issue]}, status, **headers)


def endpoint(sink, secrets=None, **options):
    address = sink.url.removesuffix("/hook") + "/fhir/r4/"
    return Endpoint(
        "end-1", "pcmh-1", "fhir", address, "fhir", {"probe": "no", **options}, secrets or {}
    )


@pytest.fixture
def clock():
    return Turned()


@pytest.fixture
async def channel(clock):
    made = FhirSend(Requester(Guard(allow_http_private=True), seconds=1.0), clock)
    yield made
    await made.close()


@pytest.fixture
async def sink():
    async with HookSink() as running:
        yield running


async def trouble(channel, sink, **options):
    with pytest.raises(Trouble) as raised:
        await channel.send(parcel(), endpoint(sink, **options))
    return raised.value


async def test_transaction(channel, sink):
    """The release is posted at the base as one valid transaction of the very resources."""
    sink.script = [taken()]
    proof = await channel.send(parcel(), endpoint(sink))
    (got,) = sink.taken
    posted = json.loads(got.body)
    assert Bundle.model_validate(posted).type == "transaction"
    kinds = [one["resource"]["resourceType"] for one in json.loads(RELEASED.content)["entry"]]
    assert (Proof("confirmed", "fhir_200"), "/fhir/r4", kinds, "return=minimal") == (
        proof,
        got.path,
        [one["resource"]["resourceType"] for one in posted["entry"]],
        got.headers["prefer"],
    )


async def test_the_same_bytes_every_time(channel, sink):
    """A second attempt posts the same bytes, so that a server may tell it by them too."""
    sink.script = [Answer(deed="cut"), taken()]
    assert (await trouble(channel, sink)).kind == "ambiguous"
    await channel.send(parcel(), endpoint(sink))
    first, second = sink.taken
    assert first.body == second.body


def test_every_entry_is_conditional():
    """No entry would make a second resource when the delivery comes again."""
    for write in ("update", "create"):
        for entry in transaction(parcel(), {"write": write})["entry"]:
            request, kind = entry["request"], entry["resource"]["resourceType"]
            found = request.get("ifNoneExist") or request["url"].partition("?")[2]
            assert found.startswith(("identifier=", "_tag=")), kind
            assert ("id" in entry["resource"]) is False


def test_a_new_version_meets_the_old_one():
    """What a version before wrote is found by its newer version, and updated."""
    newer = to_fhir(DELGADO, replace(COVER, release_id="rel_2", version=2))
    urls = []
    for number, rendered in enumerate((RELEASED, newer)):
        given = replace(parcel(rendered), delivery=f"del_{number}")
        urls.append({one["request"]["url"] for one in transaction(given, {})["entry"]})
    assert urls[0] & urls[1] == urls[0]


def test_labels_travel():
    """Every resource carries the release's security labels: a server keeps none of a Bundle's."""
    rendered = to_fhir(DELGADO, MARKED)
    labels = json.loads(rendered.content)["meta"]["security"]
    assert len(labels) > 1
    for entry in transaction(parcel(rendered), {})["entry"]:
        assert all(one in entry["resource"]["meta"]["security"] for one in labels)


def test_their_patient():
    """The member is matched under the practice's system alone, and never written over."""

    def entry(**options):
        made = transaction(parcel(), options)["entry"]
        return next(one for one in made if one["resource"]["resourceType"] == "Patient")

    plain, matched = entry(), entry(patient_system="urn:emr:member", patient_kind="medicaid")
    assert ("POST", "POST") == (plain["request"]["method"], matched["request"]["method"])
    assert "identifier=urn%3Aicp%3Aelement%7C" in plain["request"]["ifNoneExist"]
    medicaid = next(i.value for i in DELGADO.member.identifiers if i.kind == "medicaid")
    assert f"identifier=urn%3Aemr%3Amember%7C{medicaid}" == matched["request"]["ifNoneExist"]


async def test_no_member_data_in_addresses(channel, sink):
    """Nothing about the member stands in a request's address or headers."""
    sink.script = [taken()]
    await channel.send(parcel(), endpoint(sink, patient_system="urn:emr:member"))
    (got,) = sink.taken
    shown = got.path + str(got.headers)
    assert not any(word in shown for word in ("Delgado", "Rosa", "K100200301"))


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (outcome("conflict", 409), "transient", "fhir_409_conflict"),
        (outcome("lock-error", 422), "transient", "fhir_422_lock_error"),
        (outcome("throttled", 429), "transient", "fhir_429_throttled"),
        (outcome("transient", 503), "transient", "fhir_503_transient"),
        (outcome("exception", 500), "transient", "fhir_500_exception"),
        (outcome("multiple-matches", 412), "permanent", "fhir_412_multiple_matches"),
        (outcome("invariant", 400), "permanent", "fhir_400_invariant"),
        (outcome("a secret word", 422), "permanent", "fhir_422"),
        (outcome("forbidden", 403), "permanent", "fhir_403_forbidden"),
        (Answer(422, body=b"<html>Rosa</html>"), "permanent", "fhir_422"),
        (Answer(302, {"location": "http://elsewhere"}), "permanent", "fhir_302"),
        (Answer(200, body=b"<html>please sign in</html>"), "ambiguous", "fhir_wrong_answer"),
        (said({"resourceType": "Bundle", "type": "batch-response"}), "ambiguous", None),
        (taken(status="422 no"), "permanent", "fhir_entry_422"),
        (taken(status="?"), "permanent", "fhir_entry_0"),
        (taken(ENTRIES - 1), "ambiguous", "fhir_entries_missing"),
        (Answer(deed="hang"), "ambiguous", "no_answer"),
        (Answer(deed="cut"), "ambiguous", "cut_after_body"),
        (Answer(deed="garbage"), "ambiguous", "cut_after_body"),
        (Answer(200, deed="trickle"), "ambiguous", "fhir_wrong_answer"),
        (Answer(200, deed="flood"), "ambiguous", "fhir_answer_too_large"),
        (Answer(deed="cut_before_body"), "ambiguous", "cut_after_body"),
    ],
    ids=str,
)
async def test_answers(channel, sink, answer, kind, code):
    """Each answer is one kind of trouble under a code of ours; no word of the server's is kept."""
    sink.script = [answer]
    told = await trouble(channel, sink)
    if answer.deed == "cut_before_body":  # nothing says how much had left
        assert told.kind in {"ambiguous", "transient"}
        return
    assert (kind, code or told.code) == (told.kind, told.code)
    assert "Rosa" not in f"{told} {told.code}"


async def test_retry_after(channel, sink):
    """When the server says how long to wait, that is kept."""
    sink.script = [outcome("throttled", 429, **{"retry-after": "90"})]
    assert 90.0 == (await trouble(channel, sink)).retry_after


async def test_nobody_there(channel):
    """A server that isn't there took nothing: it is tried again."""
    with pytest.raises(Trouble) as raised:
        await channel.send(parcel(), Endpoint("e", "p", "fhir", "http://127.0.0.1:1/fhir", "fhir"))
    assert ("transient", "not_reached") == (raised.value.kind, raised.value.code)


async def test_own_network_is_refused(clock):
    """An address inside our own network is never called, nor one that is not https."""
    channel = FhirSend(Requester(Guard()), clock)
    for url in ("https://127.0.0.1/fhir", "https://169.254.169.254/fhir", "http://example.org"):
        with pytest.raises(Trouble) as raised:
            await channel.send(parcel(), Endpoint("e", "p", "fhir", url, "fhir"))
        assert ("permanent", "address_forbidden") == (raised.value.kind, raised.value.code)
    await channel.close()


async def test_a_token_endpoint_inside_is_refused(clock, sink):
    """A server can't send the hub to its own insides by the token endpoint it names."""
    guard = Guard(allow_http_private=True)
    channel = FhirSend(Requester(guard, seconds=1.0), clock)
    sink.script = [said({"token_endpoint": "http://169.254.169.254/token"})]
    secrets = {"private_key": EC.as_pem(private=True).decode()}
    with pytest.raises(Trouble) as raised:
        await channel.send(parcel(), endpoint(sink, secrets, auth="smart", client_id="hub"))
    assert ("permanent", "address_forbidden") == (raised.value.kind, raised.value.code)
    await channel.close()


async def test_bearer(channel, sink):
    """A fixed token is sent as it is; one that is missing is the operator's to give."""
    sink.script = [taken()]
    await channel.send(parcel(), endpoint(sink, {"token": "t-1"}, auth="bearer"))
    assert "Bearer t-1" == sink.taken[0].headers["authorization"]
    assert "secret_missing" == (await trouble(channel, sink, auth="bearer")).code


@pytest.mark.parametrize(("key", "alg"), [(EC, "ES384"), (RSA, "RS384")], ids=["ec", "rsa"])
async def test_smart(channel, sink, clock, key, alg):
    """The hub proves itself by a signed assertion; one token serves until near its end."""
    token = said({"access_token": "t-9", "token_type": "bearer", "expires_in": 300})
    where = sink.url.removesuffix("/hook") + "/token"
    sink.script = [said({"token_endpoint": where}), token, taken(), taken(), token, taken()]
    asked = endpoint(
        sink, {"private_key": key.as_pem(private=True).decode()}, auth="smart", client_id="hub"
    )
    await channel.send(parcel(), asked)
    await channel.send(parcel(), asked)
    clock.at += timedelta(seconds=280)
    sink.script.insert(0, said({"token_endpoint": where}))
    await channel.send(parcel(), asked)
    paths = [one.path.rpartition("/")[2] for one in sink.taken]
    assert [
        "smart-configuration",
        "token",
        "r4",
        "r4",
        "smart-configuration",
        "token",
        "r4",
    ] == paths
    form = parse_qs(sink.taken[1].body.decode())
    claims = jwt.decode(form["client_assertion"][0], key, algorithms=[alg]).claims
    assert ("hub", "hub", where) == (claims["iss"], claims["sub"], claims["aud"])
    assert claims["exp"] - claims["iat"] <= 300
    assert "Bearer t-9" == sink.taken[2].headers["authorization"]


async def test_a_refused_token_is_renewed_once(channel, sink):
    """A token the server no longer takes is renewed and the same bytes posted again, once."""

    def token(value):
        return said({"access_token": value, "expires_in": 300})

    login = outcome("login", 401)
    sink.script = [token("old"), login, token("new"), taken(), login, token("newer"), login]
    where = sink.url.removesuffix("/hook") + "/token"
    secrets = {"private_key": json.dumps(EC.as_dict(private=True))}
    given = endpoint(sink, secrets, auth="smart", client_id="hub", token_url=where)
    await channel.send(parcel(), given)
    posts = [one for one in sink.taken if one.path != "/token"]
    assert ["Bearer old", "Bearer new"] == [one.headers["authorization"] for one in posts]
    assert posts[0].body == posts[1].body
    with pytest.raises(Trouble) as raised:
        await channel.send(parcel(), given)
    assert ("permanent", "fhir_401_login") == (raised.value.kind, raised.value.code)


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (Answer(400, body=b'{"error":"invalid_client"}'), "permanent", "token_400"),
        (Answer(503), "transient", "token_503"),
        (Answer(200, body=b"{}"), "permanent", "token_200"),
        (Answer(deed="hang"), "transient", "token_no_answer"),
    ],
    ids=str,
)
async def test_no_token(channel, sink, answer, kind, code):
    """Without a token nothing of the plan has left, so its failures are never in doubt."""
    sink.script = [answer]
    where = sink.url.removesuffix("/hook") + "/token"
    secrets = {"private_key": EC.as_pem(private=True).decode()}
    given = endpoint(sink, secrets, auth="smart", client_id="hub", token_url=where)
    with pytest.raises(Trouble) as raised:
        await channel.send(parcel(), given)
    assert (kind, code) == (raised.value.kind, raised.value.code)
    assert all(b"Delgado" not in one.body for one in sink.taken)


@pytest.mark.parametrize(
    ("options", "secrets", "code"),
    [
        ({"auth": "basic"}, {}, "bad_option"),
        ({"body": "other"}, {}, "bad_option"),
        ({"write": "overwrite"}, {}, "bad_option"),
        ({"auth": "smart", "token_url": "http://localhost/"}, {"private_key": "x"}, None),
    ],
)
async def test_wrong_options(channel, sink, options, secrets, code):
    """A wrong option or key is the operator's, and nothing is sent."""
    with pytest.raises(Trouble) as raised:
        await channel.send(parcel(), endpoint(sink, secrets, **options))
    assert ("permanent", code or "bad_private_key") == (raised.value.kind, raised.value.code)
    assert sink.taken == []


async def test_what_is_no_fhir(channel, sink):
    """A release of another format can't be a transaction."""
    other = replace(parcel(), content=b"%PDF", media_type="application/pdf")
    with pytest.raises(Trouble) as raised:
        await channel.send(other, endpoint(sink))
    assert ("permanent", "not_fhir") == (raised.value.kind, raised.value.code)


@pytest.mark.parametrize("body", ["document", "inline"])
async def test_document(channel, sink, body):
    """Any format goes as a DocumentReference whose content is exactly the released bytes."""
    sink.script = [taken(2 if body == "document" else 1)]
    other = replace(parcel(), content=b"%PDF caf\xc3\xa9", media_type="application/pdf")
    await channel.send(other, endpoint(sink, body=body))
    posted = json.loads(sink.taken[0].body)
    assert Bundle.model_validate(posted)
    reference = posted["entry"][-1]["resource"]
    attachment = reference["content"][0]["attachment"]
    held = posted["entry"][0]["resource"]["data"] if body == "document" else attachment["data"]
    assert ("del_1", "application/pdf", b"%PDF caf\xc3\xa9".hex()) == (
        reference["masterIdentifier"]["value"],
        attachment["contentType"],
        base64.b64decode(held).hex(),
    )
    if body == "document":
        assert posted["entry"][0]["request"]["url"] == attachment["url"]


async def test_the_server_is_asked_first(channel, sink):
    """A server that says it knows no transaction gets nothing; once an hour it is asked again."""
    rest = {"mode": "server", "interaction": [{"code": "batch"}]}
    statement = {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [rest]}
    sink.script = [said(statement)]
    for _ in range(2):
        assert "fhir_no_transaction" == (await trouble(channel, sink, probe="yes")).code
    assert ["/fhir/r4/metadata"] == [one.path for one in sink.taken]


async def test_a_silent_statement_is_no_obstacle(channel, sink):
    """A server that can't be asked, or says nothing of itself, is simply tried."""
    sink.script = [Answer(404), taken(), taken()]
    for _ in range(2):
        await channel.send(parcel(), endpoint(sink, probe="yes"))
    assert ["metadata", "r4", "r4"] == [one.path.rpartition("/")[2] for one in sink.taken]


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        ({"type": "Goal", "conditionalUpdate": False}, "fhir_no_conditionalupdate"),
        ({"type": "Goal", "conditionalUpdate": True}, ""),
        ({"type": "Goal"}, ""),
        ({"type": "Patient"}, "fhir_no_goal"),
    ],
)
def test_lacking(resource, code):
    """What a statement denies is lacking; what it leaves unsaid is not."""
    statement = {"fhirVersion": "4.0.1", "rest": [{"resource": [resource]}]}
    assert code == lacking(statement, frozenset({"Goal.conditionalUpdate"}))
    assert "fhir_not_r4" == lacking({"fhirVersion": "5.0.0"}, frozenset())


@pytest.mark.parametrize("body", [b"", b"[]", b"[" * 100_000, b'{"issue": 4}', b'{"issue":[4]}'])
def test_odd_outcomes(body):
    """Whatever stands in place of an OperationOutcome, it has no code."""
    assert "" == issue_of(body)


def test_the_cap_holds():
    """The most that is read of an answer is bounded."""
    assert ANSWER_BYTES <= 8_000_000
