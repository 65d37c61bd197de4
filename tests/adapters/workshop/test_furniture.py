"""What a first profile proposes as furniture: nothing that may be a value."""

from __future__ import annotations

import pytest

from adapters.workshop.bound import Proposal
from adapters.workshop.formwork import furniture


def proposed(line: str, common: list[str]) -> list[str]:
    found = Proposal("pdf", extra={"drop": [line]})
    return furniture(found, {"lines": [line], "loud": [line]}, [line], common)


@pytest.mark.parametrize(
    "line", ["E. DRUGS (checked 04/02/2026)", "Record 12345", "Pain since 2011"]
)
def test_figures_are_no_furniture(line: str) -> None:
    """A line with a date or a number is never proposed, not even where all samples print it."""
    assert proposed(line, [line]) == []


@pytest.mark.parametrize(
    "line", ["Page 1 of 3", "SECTION 4. GOALS", "Form 204 (Rev. 03/25)", "Goals"]
)
def test_what_a_form_counts_is_furniture(line: str) -> None:
    """Page numbers, numbers of sections and the form's own edition are the empty form's."""
    assert proposed(line, [line]) == [line]


def test_a_line_that_differs_is_no_furniture() -> None:
    """A heading over a table that another sample does not print may be a value."""
    assert proposed("Stroke with weakness", ["Goals"]) == []
    assert proposed("Stroke with weakness", []) == []
