"""A day at both desks in a real browser: what an MCO's care manager and a care team come to do.

`docs/tasks.md` says which test does which task; what other files of this folder do is not repeated.
"""

from __future__ import annotations

import csv
import io
import json
import urllib.request
from datetime import timedelta

import asyncssh
import pytest
from stage import PASSWORD, TELLER
from test_looking import cut, serious

from hub.asked import Actor
from hub.channels.sftp_server import SftpSettings, serve
from hub.channels.sftp_tenants import Limits
from hub.demo import world
from hub.hours import day_of
from hub.requests.nouns import Opening
from hub.store.requests import watches
from hub.web.credentials import NewAccount, Office, admit_sftp_key, issue_key, open_account

pytestmark = pytest.mark.browser

NARROW = {"viewport": {"width": 360, "height": 780}, "device_scale_factor": 1}
LAUREL = ("mco-laurel", "plans_2026-10.csv")
DELGADO = ("mco-keystone", "delgado_care_plan.xml")
MARIA = Actor("act_maria", "mco-keystone", "Maria Voss, care manager", ("mco",))


def sample(mco, name):
    """Return the bytes of a shipped sample."""
    return world.sample(world.Sending(mco, name, "", "")).read_bytes()


def office(hub):
    """Return what opens accounts and issues keys."""
    return Office(hub.desk, hub.people, hub.credentials, hub.clock)


def plan_of(page, family):
    """Open a member's plan from the practice's worklist, wherever it stands."""
    for view in ("/worklist", "/worklist?view=answered"):
        page.goto(view)
        if page.get_by_role("link", name=family).count():
            page.get_by_role("link", name=family).first.click()
            page.wait_for_url("**/deliveries/*")
            return
    pytest.fail(f"no plan of {family} in the worklist")


@pytest.fixture(scope="module")
def lena(stage):
    """Let Laurel's care manager sign in."""
    new = NewAccount("mco-laurel", "lena", "Lena Fritz RN", ("mco",), PASSWORD)
    stage.run(lambda hub: open_account(office(hub), TELLER, new))


@pytest.fixture
def dropped(stage, lena, tmp_path):
    """Drop a file with a bad row by SFTP into Laurel's inbox; return its name."""
    assert lena is None
    name, content = "plans_2026-11.csv", sample(*LAUREL).replace(b"five days a week", b"daily")
    assert content != sample(*LAUREL)

    async def job(hub):
        key = asyncssh.generate_private_key("ssh-ed25519")
        await admit_sftp_key(office(hub), TELLER, LAUREL[0], "laurel", key.get_fingerprint())
        limits = Limits(spool=tmp_path)
        server = await serve(hub.inbox, SftpSettings(tmp_path / "key", port=0, limits=limits))
        try:
            where = {"port": server.port, "username": "laurel", "client_keys": [key]}
            async with (
                asyncssh.connect("127.0.0.1", known_hosts=None, config=None, **where) as one,
                one.start_sftp_client() as sftp,
                sftp.open(f"inbox/{name}", "wb") as file,
            ):
                await file.write(content)
        finally:
            await server.close()

    stage.run(job)
    return name


def test_a_file_dropped_by_sftp(stage, dropped, as_person, picture):
    """What was dropped by SFTP stands in the list at once; once read, its bad row says what to do.

    The page holds what was lost by row, what was read of it, and where each plan went.
    """
    page = as_person("lena")
    page.goto("/mco/submissions")
    row = page.get_by_role("row").filter(has_text=dropped)
    before = row.inner_text()
    stage.settle()
    page.reload()
    row.get_by_role("link", name=dropped).click()
    picture(page, "mco-desk-dropped")
    findings = page.get_by_role("region", name="Findings").inner_text()
    plans = page.get_by_role("region", name="Plans")

    assert "SFTP" in before
    assert findings.index("Row 17 was left out") < findings.index("Column AA")
    assert "Mapped to the plan" in page.get_by_role("region", name="Coverage").inner_text()
    assert 2 == plans.locator("tbody tr").count()
    assert [] == serious(page) + cut(page)


def test_posted_by_a_system(stage, as_person, picture):
    """What a system posts is shown with its practice, and soon with who took it and their words."""

    async def key(hub):
        return (await issue_key(office(hub), TELLER, DELGADO[0], "plm", world.SCOPES["mco"])).secret

    content = sample(*DELGADO).replace(b"A1c below 8 % by spring", b"A1c below 7 % by spring")
    headers = {"authorization": f"Bearer {stage.run(key)}", "content-type": "application/xml"}
    asked = urllib.request.Request(f"{stage.url}/v1/submissions", content, headers)  # noqa: S310  # our own stage
    with urllib.request.urlopen(asked) as answer:  # noqa: S310  # the same
        told = json.loads(answer.read())
    stage.settle()
    page = as_person("maria")
    page.goto(f"/mco/submissions/{told['submission']}")
    sent = page.get_by_role("region", name="Deliveries")
    before = sent.inner_text()
    practice = as_person("nadia")
    plan_of(practice, "Delgado")
    practice.get_by_label("We dispute it").check()
    practice.get_by_label("What is wrong").select_option("criteria_not_met")
    practice.get_by_label("In words").fill("One ED visit in six months, not three.")
    practice.get_by_role("button", name="Send the answer").click()
    practice.wait_for_url("**done=answered")
    page.reload()
    picture(page, "mco-desk-posted")
    after = sent.inner_text()

    assert "waiting to be taken" in before
    assert "Riverbend" in before
    assert "One ED visit in six months, not three." in after
    assert "Nadia Brandt" in after


def test_the_source(stage, as_person, tmp_path, picture):
    """What changed comes first, then the plan, then where it was read and the very bytes."""
    page = as_person("maria")
    (row,) = stage.sql(
        "select p.id from plan p join member m on m.id = p.member where m.family = 'Okafor'"
    )
    page.goto(f"/plans/{row['id']}")
    source = page.get_by_role("region", name="Where it was read")
    source.locator("summary").first.click()
    picture(page, "mco-desk-source")
    places = source.locator("code.id:visible").count()
    with page.expect_download() as coming:
        source.get_by_role("link", name="Download the document").click()
    coming.value.save_as(tmp_path / "back")

    assert places
    assert (tmp_path / "back").read_bytes() == sample(DELGADO[0], "okafor_care_plan.pdf")
    assert coming.value.suggested_filename.startswith("sub_")
    assert [] == serious(page) + cut(page)


def test_a_request_that_is_late(stage, as_person, picture):
    """A plan asked of a practice and not given stands late on both sides, and is asked again."""
    (row,) = stage.sql("select id from member where family = 'Okafor'")

    async def ask(hub):
        opening = Opening("plan", row["id"], MARIA.name, "reassessment", urgency="soon")
        return await hub.requests.open(MARIA, opening)

    request = stage.run(ask)
    stage.sql(
        "update request set due_at = now() - interval '2 days' where id = %s returning id", request
    )
    stage.sql(
        "update watch set due = now() - interval '1 hour' where delivery = %s returning clock",
        request,
    )
    stage.run(
        lambda hub: watches.tick(hub.database, hub.clock.now() + timedelta(seconds=1), hub.usual)
    )
    practice = as_person("nadia")
    practice.goto("/worklist")
    practice.get_by_role("link", name="1 late").click()
    picture(practice, "pcmh-desk-late-request")
    late = practice.locator("tr.late").inner_text()
    page = as_person("maria")
    page.goto("/mco")
    page.get_by_role("link", name="of your requests unanswered").click()
    page.get_by_role("link", name="Okafor").click()
    page.get_by_role("button", name="Remind").click()
    page.get_by_role("status").wait_for()
    picture(page, "mco-desk-reminded")
    nudges = stage.sql("select kind from nudge where delivery = %s", request)

    assert "Okafor" in late
    assert "Reminded" in page.locator("main").inner_text()
    assert len(nudges) > 1


def test_downloads(as_person, tmp_path):
    """Deliveries and findings come as CSV with the rows the pages show."""
    page = as_person("maria")
    got = {}
    for path, link in (
        ("/mco/deliveries", "Download as CSV"),
        ("/mco/submissions", "Download with every finding"),
    ):
        page.goto(path)
        with page.expect_download() as coming:
            page.get_by_role("link", name=link).click()
        coming.value.save_as(tmp_path / "list.csv")
        got[path] = list(csv.DictReader(io.StringIO((tmp_path / "list.csv").read_text("utf-8"))))

    assert {"Delgado", "Okafor"} <= {row["family"] for row in got["/mco/deliveries"]}
    unread = [row for row in got["/mco/submissions"] if row["state"] == "quarantined"]
    assert all(row["message"] and row["code"] for row in unread)
    assert unread


def test_a_row_says_what_who_and_when(as_person, picture):
    """Each row says what is asked and by when, who looks after it, and which plan it is."""
    page = as_person("nadia")
    page.goto("/worklist")
    picture(page, "pcmh-desk-worklist")
    rows = page.locator("tbody tr")
    told = [rows.nth(i).inner_text().lower() for i in range(rows.count())]

    assert told
    assert all("by " in row or "no date given" in row or "nothing asked" in row for row in told)
    assert all("with nobody by name yet" in row or "with nadia" in row for row in told)
    assert all("version" in row for row in told)


def test_the_plan_as_pdf(as_person, tmp_path):
    """The released plan is downloaded as the PDF the practice takes."""
    page = as_person("nadia")
    plan_of(page, "Okafor")
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download the released document (PDF").click()
    coming.value.save_as(tmp_path / "plan.pdf")

    assert (tmp_path / "plan.pdf").read_bytes().startswith(b"%PDF-")
    assert "okafor" not in coming.value.suggested_filename.lower()


def test_many_at_once(stage, as_person, picture):
    """A file of answers is told line by line, and the plan is taken by the person who sent it."""
    page = as_person("nadia")
    plan_of(page, "Okafor")
    delivery = page.url.rpartition("/")[2]
    page.goto("/returns")
    day = stage.run(_today)
    lines = f"{delivery},acknowledged,{day},\nABCDE-FGHJ2-34567,accepted,{day},\n"
    page.get_by_label("CSV file").set_input_files(
        {"name": "answers.csv", "mimeType": "text/csv", "buffer": lines.encode()}
    )
    page.get_by_role("button", name="Send").click()
    told = page.get_by_role("region", name="What became of each line")
    told.wait_for()
    picture(page, "pcmh-desk-returns")

    assert ["recorded", "not taken"] == told.locator(".chip").all_inner_texts()
    kept = stage.sql("select acknowledged_by from delivery where id = %s", delivery)
    assert "Nadia Brandt RN" == kept[0]["acknowledged_by"]
    assert [] == serious(page)


async def _today(hub):
    return day_of(hub.clock.now()).isoformat()


PLAN = "select p.id from plan p join member m on m.id = p.member where m.family = 'Okafor'"
NARROW_PAGES = {
    "maria": (
        *("/mco", "/mco/submissions", "SUBMISSION", "PLAN", "/mco/deliveries", "/mco/connections"),
        *("/requests", "/requests/new", "/documents", "/copies", "/confirm", "/phone", "/account"),
    ),
    "nadia": (
        *("/worklist", "/worklist?view=answered", "DELIVERY", "/requests", "/documents"),
        *("/returns", "/copies", "/recalls", "/connections", "/emergency", "/contacts"),
    ),
}
FOUND = {
    "SUBMISSION": (
        "/mco/submissions/{}",
        "select id from submission where state = 'quarantined' and mco = 'mco-keystone'",
    ),
    "PLAN": ("/plans/{}", PLAN),
    "DELIVERY": ("/deliveries/{}", f"select id from delivery where plan in ({PLAN})"),  # noqa: S608  # the constant above
}


@pytest.mark.parametrize("login", NARROW_PAGES)
def test_on_a_narrow_phone(stage, as_person, picture, login):
    """Every page of both desks fits 360 pixels, each sheet too, and axe finds nothing serious."""
    page = as_person(login, **NARROW)
    wrong = {}
    for path in NARROW_PAGES[login]:
        shape, statement = FOUND.get(path, (path, ""))
        page.goto(shape.format(stage.sql(statement)[0]["id"]) if statement else path)
        picture(page, f"narrow-{login}-{path.strip('/').replace('/', '-').split('?')[0]}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        found = serious(page) + cut(page)
        wrong |= {} if (wide, found) == (360, []) else {path: (wide, found)}

    assert {} == wrong
