"""The table of named transforms, each with what it takes, gives and refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.profiles import TRANSFORMS, known, transform

GIVES = [
    ("family", "Ray, Ann", "Ray"),
    ("given", "Ann Ray, Jr", "Ann"),
    ("began", "5/1/2026 - Start Date", "5/1/2026"),
    ("ended", "6/1/2026 - End Date", "6/1/2026"),
    ("first", "309090 (SCD)", "309090"),
    ("bracketed", "Walk (Ann / daily)", "Ann / daily"),
    ("bracketed:[]", "CPT [Ann (RN), weekly]", "Ann (RN), weekly"),
    ("unbracketed:[]", "CPT [Ann, weekly]", "CPT"),
    ("until:; ", "a; b; c", "a"),
    ("until:; ", "a", "a"),
    ("last:; ", "a; b; c", "c"),
    ("last:; ", "a", "a"),
    ("ended", "Disulfiram 250 mg (DC 9/30/26)", "9/30/26"),
    ("ended", "Zinc, discontinued on 9/30/2026", "9/30/2026"),
    ("unbracketed", "Walk (Ann / daily)", "Walk"),
    ("after:,", "Ray, Ann", "Ann"),
    ("before:,", "Ray, Ann", "Ray"),
    ("after_last:,", "a, b, c", "c"),
    ("before_last:,", "a, b, c", "a, b"),
    ("until: - ", "Aspirin - stopped", "Aspirin"),
    ("until: - ", "Aspirin", "Aspirin"),
    ("line:2", "1 Elm Street\n\n2 Oak Street", "2 Oak Street"),
    ("before_figure", "Vitamin B12 1,000 mcg daily", "Vitamin B12"),
    ("from_figure", "Vitamin B12 1,000 mcg daily", "1,000 mcg daily"),
    ("from_figure", "Digoxin 0.125 mg", "0.125 mg"),
    ("unquoted", "\u201cI want my own keys.\u201d", "I want my own keys."),
    ("unquoted", '"Yes" and "no"', '"Yes" and "no"'),
    ("date:MDY", "3/4/2026", "2026-03-04"),
    ("date:MDY", "03-04-2026", "2026-03-04"),
    ("date:MDY", "03/2026", "2026-03"),
    ("date:MDY", "2026", "2026"),
    ("date:DMY", "4.3.2026", "2026-03-04"),
    ("date:YMD", "2026/3/4", "2026-03-04"),
    ("date:YMD", "2026/3", "2026-03"),
    ("date:ISO", "2026-03-04 09:30", "2026-03-04T09:30"),
    ("date:ISO", "2026-03", "2026-03"),
    ("date:%d-%b-%Y", "14-Mar-1968", "1968-03-14"),
    ("date:%Y%m%d", "20260304", "2026-03-04"),
    ("date:%Y%m%d%H%M", "202603040930", "2026-03-04T09:30"),
    ("date:%b %Y", "Jan 2026", "2026-01"),
    ("date:%B %Y", "August 2026", "2026-08"),
    ("digits", "(555) 0112", "5550112"),
    ("icd10", "e1165", "E11.65"),
    ("icd10", "I10", "I10"),
    ("loinc", " 8310-5", "8310-5"),
    ("rxnorm", "309090", "309090"),
    ("snomed", "38341003", "38341003"),
    ("icd10", "F11.20", "F11.20"),
    ("lower", "Ab", "ab"),
    ("money", "$1,200", "1200.00"),
    ("money", "640.5", "640.50"),
    ("xcn", "17^Ray^Ann^Q^^^MD", "Ann Q Ray, MD"),
    ("xcn", "^van Ray&van^Ann", "Ann van Ray"),
    ("xpn", "Ray^Ann^Q^Jr^Dr", "Dr Ann Q Ray Jr"),
    ("npi", "1003000126", "1003000126"),
    ("npi", " 1234567893 ", "1234567893"),
    ("phone", "+1 (555) 010-0112", "+1 (555) 010-0112"),
    ("split:;", "a; b ;;c", "a\nb\nc"),
    ("split:, ", "a, b", "a\nb"),
    ("strip", "  x ", "x"),
    ("unguarded", "'+1-555-0100", "+1-555-0100"),
    ("unguarded", "''=1", "'=1"),
    ("unguarded", "'tis so", "'tis so"),
    ("upper", "ab", "AB"),
    ("yes_no", "Y", "true"),
    ("yes_no", "0", "false"),
]
REFUSES = [
    ("after:,", "Ann Ray"),
    ("before:,", "Ann Ray"),
    ("before_last:,", "Ann Ray"),
    ("after_last:,", "Ann Ray,"),
    ("until:,", ", Ann"),
    ("line:2", "Ann Ray"),
    ("before_figure", "12 mg of it"),
    ("from_figure", "Vitamin B12"),
    ("ended", "still taken"),
    ("date:MDY", "13/13/2026"),
    ("date:MDY", "3/4/26"),
    ("date:MDY", "30 days"),
    ("date:MDY", "2/30/2026"),
    ("date:ISO", "2026-02-30"),
    ("date:ISO", "20260304"),
    ("date:%d-%b-%Y", "14/03/1968"),
    ("icd10", "diabetes"),
    ("money", "about 10"),
    ("money", "1e3"),
    ("money", "NaN"),
    ("xcn", "17^^^^^^MD"),
    ("xpn", "^^^^^MD"),
    ("npi", "1234567890"),
    ("npi", "1.23E+09"),
    ("npi", "3003000126"),
    ("phone", "555-0112"),
    ("yes_no", "maybe"),
]


@pytest.mark.parametrize(("name", "value", "expected"), GIVES)
def test_gives(name, value, expected):
    """A transform gives exactly this."""
    assert expected == transform(name, value)


@pytest.mark.parametrize(("name", "value"), REFUSES)
def test_refuses(name, value):
    """A transform refuses what it can't be sure of, and its message does not repeat the value."""
    with pytest.raises(ValueError, match=r"[a-z]") as caught:
        transform(name, value)

    assert value not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["", "eval", "date", "date:", "date:%y%m%d", "date:XYZ", "split", "upper:1"]
)
def test_unknown(name):
    """A name outside the table, or with a wrong argument, is not known."""
    assert not known(name)


def test_table_is_tested():
    """Every transform of the table stands in this test's own table."""
    assert set(TRANSFORMS) == {name.partition(":")[0] for name, _, _ in GIVES}


@given(st.sampled_from(sorted({name for name, _, _ in GIVES})), st.text(max_size=40))
def test_any_text(name, text):
    """Whatever the text, a transform gives text or a `ValueError`."""
    try:
        result = transform(name, text)
    except ValueError:
        return

    assert isinstance(result, str)


@pytest.mark.parametrize(
    ("name", "value", "gives"),
    [
        ("family", "Ray, Ann", "Ray"),
        ("given", "Ray, Ann", "Ann"),
        ("family", "Ann Ray", "Ray"),
        ("given", "Ann Ray, Jr", "Ann"),
        ("family:last", "Joaqu\u00edn R. Amaro-Keating", "Amaro-Keating"),
        ("given:last", "Joaqu\u00edn R. Amaro-Keating", "Joaqu\u00edn R."),
        ("family:last", "Ray, Mary Ann", "Ray"),
        ("given:last", "Mary Ann Ray, MD", "Mary Ann"),
        ("bracketed", "Visits (MNT) (A. Brandt, RD / monthly)", "A. Brandt, RD / monthly"),
        ("bracketed", "Walk (Me (or Ann) / daily).", "Me (or Ann) / daily"),
        ("unbracketed", "Visits (MNT) (A. Brandt, RD / monthly)", "Visits (MNT)"),
        ("unbracketed", "Walk (Me) daily", "Walk (Me) daily"),
        ("began", "12/31/2006 \u2013 Start Date, 6/1/2007 \u2013 End Date", "12/31/2006"),
        ("began", "Start Date: 6/22/2015, End Date 6/30/2015", "6/22/2015"),
        ("began", "For 10 days, starting from 6/22/2015", "6/22/2015"),
        ("began", "02/2024", "02/2024"),
        ("ended", "12/31/2006 \u2013 Start Date, 6/1/2007 \u2013 End Date", "6/1/2007"),
        ("ended", "Start Date: 6/22/2015, End Date 6/30/2015", "6/30/2015"),
        ("first", "309090 (SCD)", "309090"),
    ],
)
def test_proposed_ones(name, value, gives):
    """What proposals use: names of two words, a start or an end among words, a first word."""
    assert transform(name, value) == gives


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("family", "Mary Ann Ray"),
        ("given", "Ray"),
        ("family:last", "Ray"),
        ("given:last", "Mary Ann Ray Jr."),
        ("family:first", "Ann Ray"),
        ("bracketed", "Walk (Me) daily"),
        ("bracketed", "Walk Me)"),
        ("unbracketed", "(Me / daily)"),
        ("began", "6/1/2007 and 6/1/2008"),
        ("began", "6/1/2007 \u2013 End Date"),
        ("ended", "6/1/2007 \u2013 Start Date, for 10 days"),
        ("first", " "),
        ("loinc", "8310"),
        ("rxnorm", "309090 (SCD)"),
        ("snomed", "0384"),
    ],
)
def test_not_guessed(name, value):
    """A name of three words, two dates that no word tells apart, an end alone are refused."""
    with pytest.raises(ValueError, match=r"\w"):
        transform(name, value)
