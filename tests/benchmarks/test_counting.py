"""Counting instructions: what perf and callgrind say is read right, and starting is left out."""

import pytest

from benchmarks import counting


def test_perf_output() -> None:
    """The count of perf is taken, and `<not supported>` is no count."""
    assert counting.perf_total("1515,,instructions:u,99,100.00,,\n") == 1515.0
    assert counting.perf_total("<not supported>,,instructions:u,0,100.00,,\n") is None
    assert counting.perf_total("") is None


def test_callgrind_output() -> None:
    """The events collected are taken, whatever else valgrind says."""
    told = "==7== Events    : Ir\n==7== Collected : 864682111\n==7== I   refs:  864,682,111\n"
    assert counting.callgrind_total(told) == 864682111.0
    assert counting.callgrind_total("valgrind: no such file\n") is None


def test_starting_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call's count is the difference of two runs, by the calls between them."""
    monkeypatch.setattr(counting, "tool", lambda: "perf")
    monkeypatch.setattr(counting, "_compile", lambda _: None)
    monkeypatch.setattr(counting, "_total", lambda _, argv: 5_000.0 + 30.0 * int(argv[-1]))
    assert counting.counted(["read_ccda"]) == {"read_ccda": 30.0}


def test_first_run_that_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few calls that cost more than many, as when bytecode was written, give no figure."""
    monkeypatch.setattr(counting, "tool", lambda: "perf")
    monkeypatch.setattr(counting, "_compile", lambda _: None)
    monkeypatch.setattr(counting, "_total", lambda _, argv: 9e9 if argv[-1] == "2" else 1e9)
    assert counting.counted(["read_ccda"]) == {"read_ccda": None}


def test_without_a_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing counts there is no figure, rather than a wrong one."""
    monkeypatch.setattr(counting, "tool", lambda: None)
    assert counting.counted(["read_ccda"]) == {"read_ccda": None}


def test_unlike_a_failed_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that failed gives no figure."""
    monkeypatch.setattr(counting, "tool", lambda: "perf")
    monkeypatch.setattr(counting, "_compile", lambda _: None)
    monkeypatch.setattr(counting, "_total", lambda _, argv: None if argv[-1] == "2" else 9.0)
    assert counting.counted(["read_ccda"]) == {"read_ccda": None}
