"""Business hours: which instants count, over nights, weekends, holidays and zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.hours import USUAL, Hours, after, opening, parsed

HOME = ZoneInfo("America/New_York")


def at(text: str) -> datetime:
    """Return an instant of New York's wall clock."""
    return datetime.fromisoformat(text).replace(tzinfo=HOME)


@pytest.mark.parametrize(
    ("since", "days", "due"),
    [
        ("2026-11-20T16:00", 2, "2026-11-24T16:00"),  # over a weekend
        ("2026-11-21T12:00", 2, "2026-11-25T08:00"),  # a Saturday counts from Monday's opening
        ("2026-11-18T22:00", 1, "2026-11-20T08:00"),  # at night: from the next opening
        ("2026-11-18T05:00", 1, "2026-11-19T08:00"),  # before the opening of a business day
        ("2026-11-25T10:00", 1, "2026-11-27T10:00"),  # over Thanksgiving
        ("2026-12-31T10:00", 10, "2027-01-15T10:00"),  # over New Year's Day and two weekends
        ("2026-03-06T10:00", 1, "2026-03-09T10:00"),  # the same wall clock over the change of time
        ("2026-11-18T17:00", 0, "2026-11-19T08:00"),  # the closing itself is outside
    ],
)
def test_after(since, days, due):
    """A number of business days after an instant is that day, by the organisation's wall clock."""
    assert after(USUAL, at(since), days) == at(due)


def test_own_days():
    """An organisation's own days, hours, zone, holidays and days off decide."""
    clinic = Hours(
        zone="America/Chicago",
        opens=time(10),
        closes=time(19),
        days=("tue", "sat"),
        closed=(date(2026, 11, 24),),
        holidays="",
    )
    due = after(clinic, at("2026-11-21T12:00"), 1)
    assert due == datetime(2026, 11, 28, 11, tzinfo=ZoneInfo("America/Chicago"))


def test_state_holiday():
    """A state's own holiday counts where the organisation names the state."""
    friday = at("2026-11-27T09:00")
    assert after(Hours(holidays="US"), friday, 0) == friday
    assert after(Hours(holidays="US-PA"), friday, 0) == at("2026-11-30T08:00")


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # hypothesis wants bounds without a zone
    st.integers(0, 20),
)
def test_laws(since, days):
    """What is due is never before it began, is in business hours, and more days are later."""
    due = after(USUAL, since, days)
    assert due >= since
    assert opening(USUAL, due) == due
    assert due.astimezone(HOME).weekday() < 5
    assert after(USUAL, since, days + 1) >= due + timedelta(hours=20)


@pytest.mark.parametrize(
    "wrong",
    [
        '{"zone": "Mars/Olympus"}',
        '{"days": []}',
        '{"opens": "18:00:00"}',
        '{"holidays": "XX"}',
        '{"days": ["someday"]}',
    ],
)
def test_wrong_hours(wrong):
    """Hours by which nobody would ever be there are refused."""
    with pytest.raises(ValueError, match=r"hours|enum"):
        parsed(wrong)
