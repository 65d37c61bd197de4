"""Every page in a real browser: nothing serious for axe, nothing the policy refuses, pictures."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

PAGES = {
    "maria": (
        *("mco", "/mco", "/mco/submissions", "/mco/deliveries", "/mco/connections"),
        *("SUBMISSION", "PLAN", "/phone"),
    ),
    "nadia": (
        *("pcmh", "/worklist", "DELIVERY", "DECISION", "/account", "/emergency", "/recalls"),
        *("/returns", "SENSITIVE"),
    ),
    "petra": (
        *("privacy", "/privacy", "/privacy/members", "MEMBER", "RECORD", "/privacy/approvals"),
        *("/privacy/releases", "RELEASE", "WHOLE", "/privacy/worklists", "/privacy/emergencies"),
        *("/privacy/incidents", "PREVIEW", "ACCOUNTING", "REVOKE", "REPORT", "INCIDENT"),
        *("CONSENT", "/privacy/imports", "LABELS"),
    ),
    "ivan": ("integration", "/integration", "/integration/senders", "READ", "/confirm", "/phone"),
    "olga": ("operations", "/operations", "/operations/rosters", "UNMATCHED"),
}
FOUND = {
    "SUBMISSION": (
        "/mco/submissions/{}",
        "select id from submission where name = 'okafor_care_plan.pdf'",
    ),
    "PLAN": (
        "/plans/{}",
        "select id from plan where mco = 'mco-keystone' and state = 'released' limit 1",
    ),
    "DELIVERY": (
        "/deliveries/{}",
        "select d.id from delivery d join member m on m.id = d.member where m.family = 'Delgado'",
    ),
    "DECISION": (
        "/deliveries/{}/decision",
        "select d.id from delivery d join member m on m.id = d.member where m.family = 'Delgado'",
    ),
    "WHOLE": (
        "/privacy/releases/{}/decision",
        "select id from release order by withheld desc limit 1",
    ),
    "MEMBER": ("/privacy/members/{}", "select id from member where family = 'Kowalski'"),
    "RECORD": ("/privacy/members/{}/record", "select id from member where family = 'Hale'"),
    "RELEASE": ("/privacy/releases/{}", "select id from release order by withheld desc limit 1"),
    "PREVIEW": (
        "/privacy/members/{}/preview",
        "select id from member where family = 'Kowalski'",
    ),
    "ACCOUNTING": (
        "/privacy/members/{}/accounting",
        "select id from member where family = 'Reyes'",
    ),
    "REVOKE": (
        "/privacy/members/{}",
        "select member || '/revoke/' || id as id from consent order by recorded_at limit 1",
    ),
    "REPORT": (
        "/privacy/members/{}",
        "select member || '/incident?delivery=' || id as id from delivery where sent_at < now()",
    ),
    "INCIDENT": ("/privacy/incidents/{}", "select id from incident order by seq limit 1"),
    "CONSENT": ("/privacy/consents/{}", "select id from consent order by recorded_at limit 1"),
    "LABELS": (
        "/plans/{}/labels",
        "select p.id from plan p join member m on m.id = p.member where m.family = 'Kowalski'",
    ),
    "SENSITIVE": (
        "/deliveries/{}/sensitive",
        "select d.id from delivery d join member m on m.id = d.member where m.family = 'Delgado'",
    ),
    "READ": (
        "/integration/submissions/{}",
        "select id from submission where state = 'quarantined'",
    ),
    "UNMATCHED": ("/operations/plans/{}", "select id from plan where state = 'unmatched'"),
}
CASES = [(login, path) for login, (_, *paths) in PAGES.items() for path in paths]


def address(stage, path):
    """Return the address of a page, with the id of what the stage holds."""
    if path not in FOUND:
        return path
    shape, statement = FOUND[path]
    return shape.format(stage.sql(statement)[0]["id"])


def named(login, path):
    """Return a picture's name."""
    words = path.lower().strip("/").replace("/", "-")
    role = PAGES[login][0]
    return words if words.startswith(role) else f"{role}-{words}"


def serious(page):
    """Return what axe finds serious or critical, with the elements."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    return [
        (one["id"], [node["html"][:120] for node in one["nodes"]][:3])
        for one in axe.run(page).response["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


def cut(page):
    """Return the sheets of a page that hold something wider than themselves."""
    wider = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"
    return [words[:80] for words in page.locator(".sheet").evaluate_all(wider)]


@pytest.mark.parametrize(("login", "path"), CASES)
def test_every_page(stage, as_person, picture, login, path):
    """A page has no serious accessibility issue, light or dark; its policy holds, all is seen."""
    page = as_person(login)
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(address(stage, path))
    picture(page, named(login, path))
    light = serious(page) + cut(page)
    page.emulate_media(color_scheme="dark")
    if path in {"/worklist", "/privacy"}:
        picture(page, f"{named(login, path)}-dark")
    assert ([], [], []) == (light, serious(page), said)


@pytest.mark.parametrize(
    ("login", "path"),
    [
        *(
            ("nadia", "/worklist"),
            ("nadia", "DELIVERY"),
            ("nadia", "/returns"),
            ("maria", "/mco"),
            ("maria", "/mco/connections"),
            ("olga", "/operations"),
        ),
        *(("petra", path) for path in ("/privacy", "MEMBER", "PREVIEW", "ACCOUNTING", "INCIDENT")),
        *(("petra", path) for path in ("/privacy/worklists", "/privacy/emergencies", "RECORD")),
        *(("petra", "REVOKE"), ("petra", "/privacy/incidents"), ("nadia", "/emergency")),
    ],
)
def test_on_a_phone(stage, as_person, picture, login, path):
    """A page fits a phone: nothing is wider than the screen, and axe finds nothing serious."""
    page = as_person(login, viewport={"width": 390, "height": 844}, device_scale_factor=1)
    page.goto(address(stage, path))
    picture(page, f"phone-{named(login, path)}")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert (390, []) == (wide, serious(page))


def test_sign_in_page(stage, chromium, picture):
    """The sign-in page has no serious issue either."""
    context = chromium.new_context(base_url=stage.url, viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.goto("/")
    picture(page, "sign-in")
    found = serious(page)
    context.close()
    assert [] == found


def test_without_scripts(as_person):
    """A page without JavaScript says its times in UTC, with the zone."""
    page = as_person("nadia", java_script_enabled=False)
    page.goto("/worklist")
    assert "UTC" in page.locator("time").first.inner_text()


def test_times_in_the_readers_zone(as_person):
    """With scripts the same times are in the reader's own zone."""
    page = as_person("nadia")
    page.goto("/worklist")
    assert (
        "ES" in page.locator("time").first.inner_text()
        or "ED" in page.locator("time").first.inner_text()
    )


def test_the_checker_checks(as_person):
    """An image without words and a pale line are found, so that finding nothing means something."""
    page = as_person("nadia")
    page.goto("/worklist")
    page.locator("main").evaluate("""main => {
        main.append(document.createElement("img"));
        const pale = main.appendChild(document.createElement("p"));
        pale.textContent = "hardly to be read"; pale.style.color = "#ccc";
    }""")
    assert ["color-contrast", "image-alt"] == sorted(name for name, _ in serious(page))
