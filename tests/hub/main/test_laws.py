"""The policy a hub runs under: its settings, packs and policy file, or a start that is refused."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from consent import Policy
from consent.states import SHIPPED
from hub.cli import app
from hub.errors import Misconfigured
from hub.main.laws import entries_of, policy_of
from hub.settings import Settings

PACK = (Path(__file__).parents[2] / "consent" / "packs" / "franklin.toml").read_text("utf-8")
POLICY = """version = "v1"
[[switch]]
name = "emergency_hours"
value = 12
owner = "officer"
reason = "board"
"""


@pytest.fixture
def packs(tmp_path):
    """Give a folder with one more law pack in it, and a file that is none."""
    folder = tmp_path / "packs"
    folder.mkdir()
    (folder / "franklin.toml").write_text(PACK, "utf-8")
    (folder / "notes.txt").write_text("no pack", "utf-8")
    return folder


@pytest.fixture
def written(tmp_path):
    """Give a policy file."""
    path = tmp_path / "policy.toml"
    path.write_text(POLICY, "utf-8")
    return path


def test_nothing_set():
    """A hub with no setting of its own runs under the default policy."""
    assert policy_of(Settings()) == Policy()
    assert entries_of(Settings()) == ()


def test_everything_set(packs, written):
    """State, packs, switches and the policy file all reach the policy."""
    given = Settings(
        state=" fr ",
        law_packs=str(packs),
        consent_policy=str(written),
        consent_on="PA-03",
        consent_off="P2-09  PA",
    )
    policy = policy_of(given)
    assert ("FR", {"PA-03"}, {"P2-09", "PA"}) == (policy.home_state, policy.on, policy.off)
    assert [one.id for one in policy.packs] == [*(one.id for one in SHIPPED), "FR"]
    assert (12, "icp-consent/2+v1") == (policy.emergency_hours, policy.version)
    assert [("emergency_hours", "officer")] == [(o.what, o.owner) for o in entries_of(given)]


@pytest.mark.parametrize("wrong", ["P2-01", "HR-99", "FR-02"])
def test_switches_that_are_none(wrong):
    """A switch of a rule that always holds, of none, or of a pack not loaded stops the start."""
    for given in (Settings(consent_off=wrong), Settings(consent_on=wrong)):
        with pytest.raises(Misconfigured, match="ICP_HUB_CONSENT_ON, ICP_HUB_CONSENT_OFF"):
            policy_of(given)


def test_a_pack_can_be_switched(packs):
    """A rule of a pack that is loaded may be switched off."""
    assert policy_of(Settings(law_packs=str(packs), consent_off="FR-02")).off == {"FR-02"}


def test_no_folder(tmp_path):
    """A folder of packs that isn't there stops the start and names the setting."""
    with pytest.raises(Misconfigured, match="`ICP_HUB_LAW_PACKS`: is no folder"):
        policy_of(Settings(law_packs=str(tmp_path / "none")))


@pytest.mark.parametrize("text", ["id =", PACK.replace('kind = "', 'kind = "x')])
def test_a_broken_pack(packs, text):
    """A pack that can't be read stops the start and names the file."""
    (packs / "broken.toml").write_text(text, "utf-8")
    with pytest.raises(Misconfigured, match=r"`ICP_HUB_LAW_PACKS`: broken\.toml: "):
        policy_of(Settings(law_packs=str(packs)))


@pytest.mark.parametrize("text", ["version =", POLICY.replace("12", "-1"), "", "\udcff"])
def test_a_broken_policy(written, text):
    """A policy file that can't be read stops the start and names the file."""
    written.write_bytes(text.encode("utf-8", "surrogateescape"))
    for asked in (policy_of, entries_of):
        with pytest.raises(Misconfigured, match=r"`ICP_HUB_CONSENT_POLICY`: policy\.toml: "):
            asked(Settings(consent_policy=str(written)))


def test_no_policy_file(tmp_path):
    """A policy file that isn't there stops the start, and no path of the machine is told."""
    with pytest.raises(Misconfigured, match="can't be read") as told:
        policy_of(Settings(consent_policy=str(tmp_path / "none.toml")))
    assert str(tmp_path) not in str(told.value)


def test_an_exemption_of_a_pack_in_the_folder(packs, written):
    """An exemption is held against the rules of every pack at hand, the folder's too."""
    lifts = (
        '[[rule]]\nid = "FR-09"\ncitation = "Franklin Code 1"\nsays = "An exception."\n'
        'kind = "exception"\ncategories = ["std"]\nlifts = "FR-02"\nparagraphs = ["1(a)"]\n'
    )
    entry = (
        '[[exemption]]\nid = "x"\nrule = "FR-02"\nparagraph = "1(a)"\norganisations = ["p"]\n'
        'purposes = ["TREAT"]\nstarts = 2026-01-01\nends = 2026-01-31\nowner = "o"\nreason = "r"\n'
    )
    written.write_text(POLICY + entry, "utf-8")
    with pytest.raises(Misconfigured, match="rule is one that a law's exception lifts"):
        policy_of(Settings(consent_policy=str(written)))
    (packs / "franklin.toml").write_text(f"{PACK}\n{lifts}", "utf-8")
    found = policy_of(Settings(consent_policy=str(written), law_packs=str(packs))).exemptions
    assert [("FR-02", date(2026, 1, 31))] == [(one.rule, one.ends) for one in found]


def test_the_table_shows_the_policy(packs, written):
    """`icp-hub consent table` prints the hub's own packs and policy, with owner and reason."""
    given = {"ICP_HUB_LAW_PACKS": str(packs), "ICP_HUB_CONSENT_POLICY": str(written)}
    shown = CliRunner().invoke(app, ["consent", "table"], env=given)
    assert shown.exit_code == 0
    assert "| emergency_hours | 12 | officer | board |" in shown.output
    assert "| FR-02 |" in shown.output
    assert "FR 2025-1 from 2025-01-01" in shown.output
