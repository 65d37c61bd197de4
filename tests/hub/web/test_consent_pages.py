"""A consent on its page, files of consents, and labels, over HTTP as people use them."""

import pytest
from test_pages import CONSENT, paged, recorded, sent, signed_in  # noqa: F401  # paged is a fixture
from world import MCO, OTHER_PCMH, PASSWORD, PCMH

from hub.asked import Actor

pytestmark = pytest.mark.usefixtures("paged")
SEER = Actor("act_seer", "hub", "Sia", ("privacy",))
HERE = {"sec-fetch-site": "same-origin"}
SCAN = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
HEADING = (
    "member_id,kind,from,to,purposes,categories,signed_on,signed_by,method,witness,ends,statements"
)


async def kept(town, **changed):
    """Record a consent by its form; return (record, client)."""
    member, answer, client = await recorded(town, **changed)
    (made,) = await town.world.registry.of_member(member)
    assert answer.headers["location"] == f"/privacy/consents/{made.id}?done=granted"
    return made, client


async def events(town, noun):
    """Return the kinds of a noun's events, oldest first."""
    rows = await town.sql("select kind from event where noun = %s order by id", noun)
    return [row["kind"] for row in rows]


async def test_everything_a_form_asks(paged):  # noqa: F811  # the fixture
    """Person, intermediary, proof and start day are recorded as they were typed."""
    made, _ = await kept(
        paged,
        persons=[f"con-{PCMH}"],
        intermediary="hub",
        authority="guardian",
        proven="yes",
        proof="court order",
        starts="2026-11-05",
    )
    assert made.recipients.persons == {f"con-{PCMH}"}
    assert (made.intermediary, made.proof) == ("hub", "court order")
    assert made.starts.isoformat() == "2026-11-05"


async def test_an_intermediary_needs_participants(paged):  # noqa: F811  # the fixture
    """A form that names an intermediary and nobody behind it lacks 2.31(a)(4)(ii)."""
    member, answer, _ = await recorded(paged, intermediary="hub", recipients=[])
    assert () == await paged.world.registry.of_member(member)
    assert "2.31(a)(4)(ii)" in answer.text


async def test_impossible_is_never_recorded(paged):  # noqa: F811  # the fixture
    """A form that ends before it begins is refused, though one asks for it as it is."""
    changed = {"ends": "on", "ends_on": "2026-10-01", "as_it_is": "yes"}
    member, answer, _ = await recorded(paged, **changed)
    assert () == await paged.world.registry.of_member(member)
    assert (422, True) == (answer.status_code, "ends before it begins" in answer.text)


async def test_the_page_of_a_consent(paged):  # noqa: F811  # the fixture
    """Its page tells what is still to do with the clause, its history by name, and its copies."""
    made, client = await kept(paged, authority="guardian", proven="yes")
    page = (await client.get(f"/privacy/consents/{made.id}")).text
    assert "42 CFR 2.31(a)(8) proof of authority" in page
    assert "Person privacy" in page
    assert f"/v1/consents/{made.id}/copy?format=pdf" in page
    assert "consent.viewed" in await events(paged, made.id)


async def test_the_copy_is_a_link(paged):  # noqa: F811  # the fixture
    """The member's copy is had from the page by a plain link, in the officer's session."""
    made, client = await kept(paged)
    copy = await client.get(f"/v1/consents/{made.id}/copy?format=pdf&language=es")
    assert copy.content.startswith(b"%PDF")


async def test_a_scan(paged):  # noqa: F811  # the fixture
    """The scan is attached once, kept byte for byte; what is no scan is refused in words."""
    made, client = await kept(paged)
    path = f"/privacy/scans/{made.id}"
    wrong = await client.post(path, files={"file": ("a.pdf", b"no scan")}, headers=HERE)
    done = await client.post(path, files={"file": ("a.pdf", SCAN)}, headers=HERE)
    again = await client.post(path, files={"file": ("a.pdf", SCAN)}, headers=HERE)
    elsewhere = await client.post(path, files={"file": ("a.pdf", SCAN)})
    back = await client.get(f"/v1/consents/{made.id}/scan")
    assert [415, 303, 409, 403] == [one.status_code for one in (wrong, done, again, elsewhere)]
    assert back.content == SCAN


async def test_the_event_occurred(paged):  # noqa: F811  # the fixture
    """The event is recorded with its day, not after today, once; then the consent is over."""
    made, client = await kept(paged, ends="event", ends_event="discharge")
    path = f"/privacy/consents/{made.id}/event"
    late = await sent(client, path, on="2099-01-01")
    done = await sent(client, path, on="2026-11-02")
    page = await client.get(f"/privacy/consents/{made.id}")
    again = await sent(client, path, on="2026-11-02")
    assert [422, 303, 409] == [one.status_code for one in (late, done, again)]
    assert "The event it ends with occurred" in page.text


async def test_a_newer_form(paged):  # noqa: F811  # the fixture
    """A newer form starts with what the old one said, and takes its place."""
    made, client = await kept(paged)
    path = f"/privacy/members/{made.member}/record"
    first = await client.get(f"{path}?instead={made.id}")
    answer = await sent(client, path, **{**CONSENT, "categories": ["general"], "instead": made.id})
    old, new = sorted(
        await paged.world.registry.of_member(made.member), key=lambda one: one.supersedes
    )
    assert "Record what replaces a consent" in first.text
    assert (303, old.id, new.id) == (answer.status_code, new.supersedes, old.superseded_by)


async def test_somebody_elses_consent_is_not_replaced(paged):  # noqa: F811  # the fixture
    """A consent of another member is none to replace here."""
    made, client = await kept(paged)
    member = await paged.member(MCO, "another")
    path = f"/privacy/members/{member}/record"
    answer = await client.get(f"{path}?instead={made.id}")
    kept_ = await sent(client, path, **{**CONSENT, "instead": made.id})
    assert [404, 404] == [answer.status_code, kept_.status_code]


async def test_a_file_of_consents(paged):  # noqa: F811  # the fixture
    """Tried out first, nothing is kept; kept, it waits for somebody else, who approves it."""
    await paged.member(MCO, "K-9")
    row = f"K-9,tpo,{MCO},{PCMH},TREAT,general,2026-11-01,Q. Zzy,paper,,none,"
    says = "patient_name;right_to_revoke;redisclosure;refusal_consequences"
    file = {
        "file": ("c.csv", f"{HEADING}\n{row}{says}\nK-0,{row[4:]}{says}\n".encode(), "text/csv")
    }
    client = await signed_in(paged, "privacy")
    given = {"mco": MCO, "leave_out": "yes"}
    tried = await client.post(
        "/privacy/imports", data={**given, "go": "try"}, files=file, headers=HERE
    )
    before = await paged.sql("select id from consent")
    done = await client.post(
        "/privacy/imports", data={**given, "go": "keep"}, files=file, headers=HERE
    )
    (batch,) = await paged.sql("select id from consent_batch")
    path = f"/privacy/imports/{batch['id']}/approval"
    own = await sent(client, path)
    await paged.person("hub", "petra", ("privacy",))
    other = paged.client()
    await other.post("/sign-in", data={"login": "petra", "password": PASSWORD})
    approved = await sent(other, path)

    assert (200, [], 200) == (tried.status_code, before, done.status_code)
    assert "unknown member" in tried.text
    assert "Zzy" not in tried.text
    assert [409, 303] == [own.status_code, approved.status_code]


async def test_a_file_needs_its_sender(paged):  # noqa: F811  # the fixture
    """A file without its sender, or an empty one, is refused in words."""
    client = await signed_in(paged, "privacy")
    file = {"file": ("c.csv", HEADING.encode())}
    nobody = await client.post("/privacy/imports", data={"go": "try"}, files=file, headers=HERE)
    empty = await client.post(
        "/privacy/imports", data={"mco": MCO}, files={"file": ("c.csv", b"")}, headers=HERE
    )
    assert [422, 422] == [nobody.status_code, empty.status_code]


async def changed_label(town, login, direction, **given):
    """Change the first goal's label from the page; return the answer."""
    ids = given.pop("ids")
    client = await signed_in(town, login)
    shown = await town.world.labels.of_plan(given.pop("seen_by"), ids["pln"])
    one = next(each for each in shown if each.element.startswith("/goals/"))
    given = {"element": one.element, "digest": one.digest, "category": "hiv", **given}
    return await sent(client, f"/plans/{ids['pln']}/labels", direction=direction, **given)


async def test_labels_on_a_page(paged):  # noqa: F811  # the fixture
    """The sender raises, only the officer lowers, and the page says what a label stands on."""
    ids = await paged.delivered()
    raised = await changed_label(paged, "mco", "raise", ids=ids, seen_by=SEER)
    page = await (await signed_in(paged, "mco")).get(f"/plans/{ids['pln']}/labels")
    theirs = await changed_label(paged, "mco", "lower", ids=ids, seen_by=SEER, reason="no")
    bare = await changed_label(paged, "privacy", "lower", ids=ids, seen_by=SEER)
    done = await changed_label(paged, "privacy", "lower", ids=ids, seen_by=SEER, reason="no")

    assert [303, 403, 422, 303] == [one.status_code for one in (raised, theirs, bare, done)]
    assert "a person raised it: hiv" in page.text


async def test_a_practice_raises(paged):  # noqa: F811  # the fixture
    """A practice says that a part it was given is sensitive, by page and API, and lowers none."""
    ids = await paged.delivered()
    client = await signed_in(paged, "pcmh")
    path = f"/deliveries/{ids['del']}/sensitive"
    form = await client.get(path)
    done = await sent(client, path, element="/goals/0", category="sexual_health")
    wrong = await sent(client, path, element="/member", category="hiv")
    async with paged.client(PCMH) as machine:
        given = {"element": "/goals/0", "categories": ["hiv"]}
        api = await machine.post(f"/v1/deliveries/{ids['del']}/labels", json=given)
    rows = await paged.sql(
        "select pointer, direction, categories, mco from label_change order by id"
    )

    assert [200, 303, 422, 200] == [one.status_code for one in (form, done, wrong, api)]
    assert "sexual_health" not in form.text.partition("<main")[0]
    assert [["sexual_health"], ["hiv"]] == [row["categories"] for row in rows]
    assert {("/goals/0", "raise", MCO)} == {
        (row["pointer"], row["direction"], row["mco"]) for row in rows
    }


async def test_another_practice_raises_nothing(paged):  # noqa: F811  # the fixture
    """A delivery to somebody else is no delivery, and one taken back is none any more."""
    ids = await paged.delivered()
    given = {"element": "/goals/0", "categories": ["hiv"]}
    async with paged.client(OTHER_PCMH) as machine:
        foreign = await machine.post(f"/v1/deliveries/{ids['del']}/labels", json=given)
    await paged.sql("update delivery set state = 'returned' where id = %s", ids["del"])
    async with paged.client(PCMH) as machine:
        gone = await machine.post(f"/v1/deliveries/{ids['del']}/labels", json=given)
    assert [404, 404] == [foreign.status_code, gone.status_code]
