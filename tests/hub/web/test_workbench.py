"""The workbench over HTTP: whose a sample is, how long it is kept, what is refused."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from types import SimpleNamespace

import pytest
from test_pages import FOLK, sent, signed_in, token
from world import MCO, build

from hub.ports import Binding
from hub.sandbox.reader import SandboxReader
from hub.store.filling import PostgresFilling
from hub.web.pages import console, workbench
from hub.web.workbench.counting import Count, Counts
from hub.web.workbench.samples import EACH

SAMPLES = Path(__file__).parents[3] / "templates/demo/samples"
CSV = (SAMPLES / "mco-laurel/plans_2026-10.csv").read_bytes()
PROFILE = (Path(__file__).parents[3] / "adapters/mcos/laurel_csv.yaml").read_text("utf-8")
PDF = (SAMPLES / "mco-keystone/okafor_care_plan.pdf").read_bytes()
BOUND = tuple(
    Binding(f"adapters.mcos.{name}:ADAPTER")
    for name in ("laurel_csv", "keystone_pdf", "laurel_hl7v2")
)
OURS = {"sec-fetch-site": "same-origin"}


@pytest.fixture
async def shop(database):
    """Build a town with the console, real readers in the sandbox, and people who sign in."""
    town = await build(database, console())
    reader = SandboxReader()

    async def bindings(_mco):
        return BOUND

    world = dataclasses.replace(
        town.world,
        reader=reader,
        bindings=bindings,
        filling=PostgresFilling(database, town.world.vault),
    )
    town.app.state.world = world
    town.world = world
    for login in ("integration", "mco"):
        organisation, role = FOLK[login]
        await town.person(organisation, login, (role,))
    await town.person("hub", "other", ("integration",))
    yield town
    await reader.close()


async def put(client, content=CSV, sender=MCO, name="Zzyzx Q 1961.csv"):
    """Put a sample on the bench and return the answer."""
    form = {"csrf": await token(client), "sender": sender}
    return await client.post("/workbench", data=form, files={"file": (name, content)}, headers=OURS)


async def on_bench(client, **given):
    """Put a sample on the bench and return its address."""
    return (await put(client, **given)).headers["location"]


async def test_a_sample_is_shown(shop):
    """A sample is read in the sandbox and shown with its fields and their places."""
    client = await signed_in(shop, "integration")
    shown = (await client.get(await on_bench(client))).text
    assert ["LHCC-2026-0513", "row 2, column PLAN_ID", "laurel-csv@1"] == [
        word
        for word in ("LHCC-2026-0513", "row 2, column PLAN_ID", "laurel-csv@1")
        if word in shown
    ]


async def test_the_address_says_nothing(shop):
    """Neither the name of the file nor a word of it stands in an address."""
    client = await signed_in(shop, "integration")
    at = await on_bench(client)
    assert (True, False) == (at.startswith("/workbench/wb_"), "Zzyzx" in at)


async def test_nothing_is_kept(shop):
    """A sample leaves nothing in the vault, and in the ledger only that one was read."""
    client = await signed_in(shop, "integration")
    before = dict(shop.world.vault.kept)
    await on_bench(client)
    rows = await shop.sql("select detail::text as told from event where kind = 'sample.read'")
    assert (before, 1, False) == (
        shop.world.vault.kept,
        len(rows),
        any(word in rows[0]["told"] for word in ("Zzyzx", "Nguyen", "sha")),
    )


@pytest.mark.parametrize("way", ["", "/pages/1"])
async def test_another_session_does_not_see_it(shop, way):
    """A sample is not there for anybody else, nor for its owner's next session."""
    client = await signed_in(shop, "integration")
    at = await on_bench(client, content=PDF)
    others = [await signed_in(shop, login) for login in ("other", "integration")]
    told = [(await one.get(f"{at}{way}")).status_code for one in (client, *others)]
    assert [200, 404, 404] == told


async def test_half_an_hour(shop):
    """A sample that nobody looks at for half an hour is forgotten, in plain words."""
    client = await signed_in(shop, "integration")
    at = await on_bench(client)
    shop.clock.turn(minutes=25)
    seen = (await client.get(at)).status_code
    shop.clock.turn(minutes=29)
    again = (await client.get(at)).status_code
    shop.clock.turn(minutes=29)
    await client.get("/workbench")
    shop.clock.turn(minutes=2)
    gone = await client.get(at)
    assert (200, 200, 404, True) == (seen, again, gone.status_code, "no longer here" in gone.text)


async def test_forget(shop):
    """A forgotten sample is gone at once."""
    client = await signed_in(shop, "integration")
    at = await on_bench(client)
    await sent(client, f"{at}/forget")
    assert 404 == (await client.get(at)).status_code


async def test_the_oldest_gives_way(shop):
    """Nobody keeps more samples than a few: the oldest gives way."""
    client = await signed_in(shop, "integration")
    every = [await on_bench(client) for _ in range(EACH + 1)]
    assert [404] + [200] * EACH == [(await client.get(at)).status_code for at in every]


@pytest.mark.parametrize(
    ("content", "sender", "status"),
    [(b"", MCO, 400), (b"x" * 2_001, MCO, 413), (CSV, "mco-nobody", 422)],
)
async def test_what_is_refused(shop, content, sender, status, monkeypatch):
    """An empty or too large sample and an unknown sender are refused on the page."""
    monkeypatch.setattr(workbench, "LARGEST", 2_000)
    content = CSV[:100] if content is CSV else content
    client = await signed_in(shop, "integration")
    answer = await put(client, content, sender)
    assert (status, True) == (answer.status_code, "Not done" in answer.text)


async def test_a_page_is_a_picture(shop):
    """A page of a PDF is a PNG that no cache keeps."""
    client = await signed_in(shop, "integration")
    at = await on_bench(client, content=PDF)
    answer = await client.get(f"{at}/pages/2")
    told = (answer.headers["content-type"], answer.headers["cache-control"], answer.content[1:4])
    assert ("image/png", "no-store", b"PNG") == told
    assert 404 == (await client.get(f"{at}/pages/3")).status_code


async def test_read_again(shop):
    """A tried profile shows what it changes; going back shows the bound one's reading again."""
    client = await signed_in(shop, "integration")
    at = await on_bench(client)
    text = PROFILE.replace("  birth_date:", "  #birth_date:", 1)
    await sent(client, at, profile=text)
    tried = (await client.get(at)).text
    await sent(client, f"{at}/reset")
    told = ("/member/birth_date</code>" in tried, "tried profile" in (await client.get(at)).text)
    assert (True, False) == told


async def test_slips_are_told(shop):
    """A profile that can't be loaded is told by line, and the plan stays as it was read."""
    client = await signed_in(shop, "integration")
    at = await on_bench(client)
    await sent(client, at, profile="surprise: 1\n" + PROFILE)
    shown = (await client.get(at)).text
    assert (True, True) == ('data-line="1"' in shown, "LHCC-2026-0513" in shown)


async def test_download(shop):
    """Keeping a profile is downloading it, exactly as it was edited."""
    client = await signed_in(shop, "integration")
    at = await on_bench(client)
    answer = await sent(client, f"{at}/download", profile="profile: x\r\n# mine\r\n")
    told = (answer.text, answer.headers["content-disposition"])
    assert ("profile: x\n# mine\n", 'attachment; filename="profile.yaml"') == told


async def test_words_are_escaped(shop):
    """Markup in a sample or its name is shown, never obeyed."""
    client = await signed_in(shop, "integration")
    at = await on_bench(client, content=b"<b onload=x>hi</b>\n", sender="", name="<img src=x>.txt")
    shown = (await client.get(at)).text
    assert (False, False) == ("<b onload" in shown, "<img src=x" in shown)


async def test_variability(shop):
    """The page shows documents, shares and findings by sender and reader, and no member."""
    await shop.delivered()
    client = await signed_in(shop, "integration")
    shown = (await client.get("/variability")).text
    assert (True, False) == ("75.0 %" in shown, "Zzy" in shown)


async def test_adapters(shop):
    """Every bound adapter tells its name, version and format."""
    client = await signed_in(shop, "integration")
    shown = (await client.get("/adapters")).text
    assert ["laurel-csv@1", "keystone-pdf@1", "tabular"] == [
        word for word in ("laurel-csv@1", "keystone-pdf@1", "tabular") if word in shown
    ]


async def test_fields_are_counted(shop):
    """A count names the fields that stored plans fill, and nothing they hold."""
    await shop.delivered()
    count = Count(shop.clock.now())
    async for reader, whole, names in shop.world.filling.fields(MCO, 5):
        count.whole = whole
        count.add(reader or "none", names)
    assert (1, 1, True) == (count.done, count.whole, "member/name/family" in count.fields)


async def test_counting_is_recorded(shop):
    """Beginning a count is an event of the ledger with the sender and who asked."""
    await shop.delivered()
    client = await signed_in(shop, "integration")
    await sent(client, f"/variability/{MCO}")
    rows = await shop.sql("select noun from event where kind = 'fields.counted'")
    assert [{"noun": MCO}] == rows


async def broken(_mco, _most):
    """Give one plan's fields, then fail."""
    yield "a@1", 2, frozenset({"header/kind"})
    raise RuntimeError


async def test_a_broken_count_says_so():
    """A count that fails ends as broken, and never as running for good."""
    counts = Counts()
    counts.start(SimpleNamespace(fields=broken), "mco-x", None)
    await asyncio.wait(counts._tasks)  # noqa: SLF001  # the test waits for what a page never does
    count = counts.of("mco-x")
    assert (False, True, 1) == (count.running, count.broken, count.done)
