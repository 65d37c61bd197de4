"""What several formats share: the words that name 42 CFR Part 2, and the words of a web page."""

import pytest

from adapters.formats.hypertext import text_of
from adapters.formats.sensitivity import names_part2

NAMED = (
    "42 CFR Part 2",
    "42 C.F.R. part 2",
    "42CFRPart2",
    "42 CFR, Part 2",
    "42 CFR § 2.32",
    "42 CFR 2.31(a)",
    "42 cfr sec. 2.32",
    "federal rules (42 CFR) prohibit any further disclosure",
    "part 2 of title 42 of the Code of Federal Regulations",
    "Title 42 of the Code of Federal Regulations, Part 2",
    "42 Code of Federal Regulations (CFR) Part 2",
)
NOT_NAMED = (
    "42 CFR 438.208(c) asks for a care plan",
    "42 CFR Part 438",
    "42 CFR § 482.24",
    "42 C.F.R. parts 160 and 164",
    "45 CFR Part 2",
    "born 1942, part 2 of the form",
    "Title 42, chapter IV",
    "",
)


@pytest.mark.parametrize("text", NAMED)
def test_named(text):
    """Words that name 42 CFR Part 2 are a notice, however they are written."""
    assert names_part2(f"Notice: {text} applies.")


@pytest.mark.parametrize("text", NOT_NAMED)
def test_not_named(text):
    """Other parts of title 42, among them those on managed care itself, are no notice."""
    assert not names_part2(f"Note: {text} applies.")


def test_web_page():
    """Blocks end lines, inline marks part no word, scripts and styles say nothing."""
    page = "<title>x</title><style>p{}</style><p>Wa<b>lk</b> daily</p><script>1</script><td>a<td>b"
    assert text_of(page).split() == ["Walk", "daily", "a", "b"]
    assert "Walk daily\n" in text_of(page)
