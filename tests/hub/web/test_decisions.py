"""Decisions by API: the answer of the very rules that release, its reasons, and nobody else's."""

import pytest
from test_registry import SIGNED, granted
from world import MCO, PCMH, officer

PART2 = [{"category": "sud", "part2_origin": "yes"}]


async def asked(client, **given):
    """Ask what would go to the practice for treatment."""
    body = {"recipient": {"organisation": PCMH}, "matters": PART2, **given}
    return await client.post("/v1/decisions", json=body)


async def adult(town):
    """Add a grown-up member."""
    member = await town.member()
    await town.sql("update member set birth_date = '1980-05-01' where id = %s", member)
    return member


async def test_without_a_consent(staffed):
    """Part 2 content without a consent stays, by a rule with its clause and sentence."""
    member = await adult(staffed)
    answer = (await asked(await officer(staffed), member=member)).json()
    (matter,) = answer["matters"]
    assert ("deny", False, ["consent:sud"]) == (
        answer["outcome"],
        matter["goes"],
        answer["held_for"],
    )
    assert all(one["clause"] and one["says"] for one in matter["reasons"])
    assert "42 CFR" in str(matter["reasons"])


async def test_with_a_consent(staffed):
    """With the consent it goes, the consent is named, and so is the notice that must travel."""
    member = await adult(staffed)
    async with staffed.client(MCO) as client:
        made = await granted(client, member)
    answer = (await asked(await officer(staffed), member=member)).json()
    assert ("permit", [made["consent"]]) == (answer["outcome"], answer["consents"])
    assert "part2_2.32_statement1" in answer["notices"]


async def test_a_draft(staffed):
    """A form that isn't recorded is weighed as if it were, and stays unrecorded."""
    member = await adult(staffed)
    answer = (await asked(await officer(staffed), member=member, draft=SIGNED)).json()
    assert ("permit", True) == (answer["outcome"], answer["draft"])
    assert [] == await staffed.sql("select id from consent")


@pytest.mark.parametrize("purpose", ["LEGAL", "BTG"])
async def test_another_purpose(staffed, purpose):
    """A consent for treatment says nothing for another purpose."""
    member = await adult(staffed)
    async with staffed.client(MCO) as client:
        await granted(client, member)
    answer = (await asked(await officer(staffed), member=member, purpose=purpose)).json()
    assert "deny" == answer["outcome"]


async def test_a_plan(staffed):
    """A plan is asked about by its own labels, with how many of its elements would stay."""
    ids = await staffed.delivered()
    client = await officer(staffed)
    answer = (await asked(client, plan=ids["pln"], matters=[])).json()
    assert answer["elements"]["all"] > 0
    assert ids["mem"] == answer["member"]


async def test_every_category(staffed):
    """A question that names no content is about every category."""
    member = await adult(staffed)
    answer = (await asked(await officer(staffed), member=member, matters=[])).json()
    told = {one["category"]: one["goes"] for one in answer["matters"]}
    assert (True, False, False) == (told["general"], told["hiv"], told["sud_counselling_note"])


async def test_it_is_recorded(staffed):
    """Each question leaves an event with its answer; nothing is released."""
    member = await adult(staffed)
    await asked(await officer(staffed), member=member)
    (row,) = await staffed.sql("select noun, detail from event where kind = 'decision.explained'")
    assert (member, "deny") == (row["noun"], row["detail"]["outcome"])
    assert [] == await staffed.sql("select id from release")


@pytest.mark.parametrize("whose", [MCO, PCMH, "hub"])
async def test_no_system_asks(town, whose):
    """No credential of a system may ask: the answer tells what consents there are."""
    async with town.client(whose) as client:
        answer = await asked(client, member="mem_x")
    assert 403 == answer.status_code


@pytest.mark.parametrize("role", ["operations", "integration"])
async def test_no_other_staff_asks(staffed, role):
    """The hub's other staff may not ask."""
    client = await officer(staffed, role, role)
    assert 403 == (await asked(client, member="mem_x")).status_code


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, 422),
        ({"member": "mem_x", "plan": "pln_x"}, 422),
        ({"member": "mem_x"}, 404),
        ({"plan": "pln_x"}, 404),
        ({"key": {"mco": MCO, "member_id": "K7"}}, 404),
        ({"key": {"mco": MCO, "member_id": "K1"}, "purpose": "SELLING"}, 422),
        ({"key": {"mco": MCO, "member_id": "K1"}, "recipient": {"organisation": "who"}}, 422),
        (
            {
                "key": {"mco": MCO, "member_id": "K1"},
                "recipient": {"organisation": PCMH, "person": "con-pcmh-orchard"},
            },
            422,
        ),
    ],
)
async def test_wrong_questions(staffed, given, status):
    """A question about nobody, nothing or two things says what is wrong with it."""
    await adult(staffed)
    answer = await asked(await officer(staffed), **given)
    assert status == answer.status_code
    assert answer.json()["detail"]
