"""Numbers of a workbook as its cells show them."""

import pytest

from adapters.formats.tabular.displaying import displayed

SHOWN = [
    ("123", "000000000", "000000123"),
    ("123456789", "000-00-0000", "123-45-6789"),
    ("7", '"K"000000000', "K000000007"),
    ("4125551212", "[<=9999999]###-####;\\(###\\) ###-####", "(412) 555-1212"),
    ("5551212", "[<=9999999]###-####;\\(###\\) ###-####", "555-1212"),
    ("1200.5", '"$"#,##0.00', "$1,200.50"),
    ("1234567", "#,##0", "1,234,567"),
    ("0.5", "0%", "50%"),
    ("12.3", "0.##", "12.3"),
    ("0", "#,##0", "0"),
    ("-5", "0", "-5"),
    ("-5", "0;(0)", "(5)"),
    ("2200000001", "General", "2200000001"),
    ("123456789.0", "General", "123456789"),
    ("0.30000000000000004", "General", "0.3"),
    ("1.23E9", "0.00E+00", "1230000000"),
    ("1234567890123456789", "General", "1234567890123456789"),
    ("1.2345678901234568E+16", "General", "1.23456789012346E+16"),
    ("46085", "m/d/yyyy", "2026-03-04"),
    ("46085", "[$-409]mmmm d, yyyy;@", "2026-03-04"),
    ("46085", "mmm-yy", "2026-03"),
    ("46085", "yyyy", "2026"),
    ("46085.5", "m/d/yyyy h:mm", "2026-03-04T12:00"),
    ("46085.5", "yyyy-mm-dd hh:mm:ss", "2026-03-04T12:00:00"),
    ("0.375", "h:mm", "09:00"),
    ("1", "m/d/yyyy", "1900-01-01"),
    ("60", "m/d/yyyy", None),
    ("-1", "m/d/yyyy", None),
    ("words", "0", None),
    ("nan", "0", None),
    ("1e300", "0.00", "1e300"),
]


@pytest.mark.parametrize(("raw", "code", "shown"), SHOWN)
def test_displayed(raw, code, shown):
    """A number is given as its format shows it, a date as ISO 8601 at the precision shown."""
    assert shown == displayed(raw, code, since_1904=False)


def test_since_1904():
    """A workbook whose days begin in 1904 gives the date its author saw."""
    assert displayed("44623", "m/d/yyyy", since_1904=True) == "2026-03-04"
