"""A profile that says everything keeps the contract of every reader, also of spoilt messages."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters import testing
from adapters.formats.hl7v2 import Hl7v2Reader, habits_of
from adapters.profiles import load
from hub.canonical import Document

README = (Path(testing.__file__).parent / "README.md").read_text(encoding="utf-8")
PROFILE = README.split("```yml\n")[1].split("```")[0]
SAMPLE = README.split("```hl7\n")[1].split("```")[0].replace("\n", "\r").encode()
HOUSE = Hl7v2Reader(habits_of(load(PROFILE)))
WORDS = "OBX|9|TX|N^Note^L||Seen at home||||||F"
HEAD, LINES = SAMPLE.decode().split("\r")[:2], SAMPLE.decode().split("\r")[3:-1]
ODD = [
    "NTE|1|C|and on",
    "NTE|1|L|TGT: soon ST: ~ WHO:",
    "NTE|1|C|",
    "OBX|1|CE|P^Problem^L|1|A^One^L~B^Two^L||||||F",
    "OBX|2|TX|G^Goal^L|1.1|||||||F",
    "OBX|2|TX|G^Goal^L|9.9.9|~||||||F",
    'ZRX|1|""|x',
    "ZTM|||^^^^",
    "ZCN|x|ROI-PCP|N|soon",
    "ZCN||||",
    "ZSG||20261399",
    "OBX|2|RP|F^File^L||x.pdf||||||F",
]


class TestReadme(testing.Suite):
    """The README's own profile and message."""

    adapter = HOUSE
    samples = (Document(SAMPLE),)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from([*LINES, *ODD]), min_size=1, max_size=14))
def test_any_order_keeps_everything(segments):
    """Whatever stands above or below what, every field is in the plan, its residue or the count."""
    document = Document("\r".join([*HEAD, WORDS, *segments, ""]).encode())
    assert testing.complaints(HOUSE, document) == []


@pytest.mark.parametrize("key", ["sub_ids", "continues", "fields", "rows", "consents", "segments"])
def test_the_readme_shows(key):
    """Each key that this test is about stands in the profile it reads by."""
    assert f"{key}:" in PROFILE
