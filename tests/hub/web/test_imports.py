"""Files of consents: the dry run says row by row what would be, and all is kept or nothing."""

import base64
import json

import pytest
from world import MCO, OTHER_MCO, PCMH, officer

HEAD = "member_id,kind,from,to,purposes,categories,signed_on,signed_by,method,ends,statements\n"
SAID = "patient_name;right_to_revoke;redisclosure"
GOOD = f"K1,specific,{MCO},{PCMH},TREAT,sud,2026-10-30,the member,electronic,2027-10-30,{SAID}\n"


async def sent(client, content, **asked):
    """Send a file of consents."""
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    return await client.post(f"/v1/consents/imports?{query}", content=content)


def verdicts(answer):
    """Return each row's verdict."""
    return [row["verdict"] for row in answer.json()["rows"]]


async def test_the_dry_run(town):
    """Each kind of row gets its own verdict, and nothing is kept."""
    await town.member()
    rows = [
        GOOD,
        GOOD,  # the same once more
        GOOD.replace("2027-10-30", ""),
        GOOD.replace("specific", "refusal").replace("the member", "She"),
        GOOD.replace("K1", "K9"),
        GOOD.replace("2026-10-30", "30 October"),
        GOOD.replace("TREAT", "SELLING"),
    ]
    async with town.client(MCO) as client:
        answer = await sent(client, HEAD + "".join(rows), dry_run="true")
    assert 200 == answer.status_code
    assert [
        *("good", "duplicate", "deficient", "conflict"),
        *("unknown_member", "refused", "refused"),
    ] == verdicts(answer)
    told = answer.json()["rows"]
    assert ["42 CFR 2.31(a)(7)"] == [
        f["clause"] for f in told[2]["faults"] if f["weight"] == "deficient"
    ]
    assert "`signed_on`" in told[5]["problem"]
    assert [] == await town.sql("select id from consent union all select id from consent_batch")


async def test_all_or_nothing(town):
    """One row that can't be kept keeps the whole file out, unless it is left out knowingly."""
    await town.member()
    file = HEAD + GOOD + GOOD.replace("K1", "K9")
    async with town.client(MCO) as client:
        whole = await sent(client, file)
        kept_before = await town.sql("select id from consent")
        rest = await sent(client, file, leave_out="true")
    assert (422, "rows_refused", []) == (whole.status_code, whole.json()["code"], kept_before)
    assert ["good", "unknown_member"] == verdicts(whole)
    assert 201 == rest.status_code
    assert 1 == len(await town.sql("select id from consent"))


async def test_the_same_file_again(town):
    """The same bytes again are answered with the first file, and nothing is kept twice."""
    await town.member()
    async with town.client(MCO) as client:
        first, again = [await sent(client, HEAD + GOOD) for _ in range(2)]
    assert (201, 200, True) == (first.status_code, again.status_code, again.json()["again"])
    assert first.json()["batch"] == again.json()["batch"]
    assert 1 == len(await town.sql("select id from consent"))


async def test_a_second_person(staffed):
    """What a file granted carries nothing until somebody else approved it, and then all of it."""
    await staffed.member()
    one, other = await officer(staffed), await officer(staffed, "second")
    made = await sent(one, HEAD + GOOD, mco=MCO)
    batch = f"/v1/consents/imports/{made.json()['batch']}"
    consent = f"/v1/consents/{made.json()['rows'][0]['consent']}"
    waits = [f["weight"] for f in (await one.get(consent)).json()["faults"]]
    answers = [await who.post(f"{batch}/approval") for who in (one, other, other)]
    after = [f["weight"] for f in (await one.get(consent)).json()["faults"]]
    assert (["waits"], []) == (waits, after)
    assert [409, 200, 409] == [a.status_code for a in answers]
    assert 1 == answers[1].json()["approved"]
    history = (await one.get(f"{consent}/history")).json()["versions"]
    assert ["consent.granted", "consent.approved"] == [v["event"] for v in history]


async def test_a_refusal_binds_at_once(staffed):
    """An imported refusal needs no second person: it stops what it names right away."""
    await staffed.member()
    client = await officer(staffed)
    made = await sent(client, HEAD + GOOD.replace("specific", "refusal"), mco=MCO)
    consent = (await client.get(f"/v1/consents/{made.json()['rows'][0]['consent']}")).json()
    assert ([], None) == (consent["faults"], consent["lapse"])


async def test_isolation(town):
    """A sender imports for its own members only and sees only its own files."""
    await town.member()
    async with town.client(MCO) as client, town.client(OTHER_MCO) as other:
        made = (await sent(client, HEAD + GOOD)).json()["batch"]
        answers = [
            await sent(other, HEAD + GOOD, mco=MCO),
            await other.get(f"/v1/consents/imports/{made}"),
        ]
        theirs = await sent(other, HEAD + GOOD, dry_run="true")
        mine = await client.get(f"/v1/consents/imports/{made}")
    assert [404, 404] == [a.status_code for a in answers]
    assert (["unknown_member"], 200) == (verdicts(theirs), mine.status_code)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"a,b\n1,2\n", "columns"),
        (b"\xff\xfe\x00", "unreadable"),
        (b'{"resourceType": "Patient"}', "no_consents"),
        (b'{"resourceType"', "unreadable"),
        (HEAD.encode() + b'K1,"unclosed\n', "unreadable"),
    ],
)
async def test_files_that_are_none(town, content, code):
    """What is no file of consents is refused whole and says why."""
    async with town.client(MCO) as client:
        answer = await sent(client, content)
    assert code == answer.json()["code"]


def resource(**changed):
    """Return a FHIR consent of member K1 with a scan."""
    scan = base64.b64encode(b"%PDF-1.7 signed").decode()
    who = {"identifier": {"value": "K1"}}
    role = {"coding": [{"code": "IRCP"}]}
    actor = {"role": role, "reference": {"reference": f"Organization/{PCMH}"}}
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "patient": who,
        "dateTime": "2026-10-30",
        "sourceAttachment": {"contentType": "application/pdf", "data": scan},
        "provision": {"type": "permit", "actor": [actor], "purpose": [{"code": "TREAT"}]},
        **changed,
    }


async def test_fhir_files(town):
    """FHIR comes as a Bundle or a resource a line; a broken line leaves its neighbours alone."""
    await town.member()
    other = resource(dateTime="2026-10-29")
    bundle = {"resourceType": "Bundle", "entry": [{"resource": one} for one in (resource(), other)]}
    lines = "\n".join([json.dumps(resource()), "{broken", json.dumps(resource(status="draft"))])
    async with town.client(MCO) as client:
        first = await sent(client, json.dumps(bundle), dry_run="true")
        second = await sent(client, lines, leave_out="true")
    assert ["deficient", "deficient"] == verdicts(first)
    assert ["deficient", "refused", "refused"] == verdicts(second)
    assert [n["code"] for n in second.json()["rows"][2]["notes"]] == ["status"]
    (row,) = await town.sql("select scan, scan_type, scan_size from consent")
    assert ("application/pdf", 15) == (row["scan_type"], row["scan_size"])
    assert b"%PDF-1.7 signed" == town.world.vault.kept[row["scan"]]
