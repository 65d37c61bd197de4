"""Labels over one another beside a cell that holds the values of all."""

from __future__ import annotations

from adapters.formats.pdf.labels import Hit
from adapters.formats.pdf.lines import line_of
from adapters.formats.pdf.ruling import attached, drawn_on, mended
from adapters.formats.pdf.stacked import level_with, runs_of, spans_of
from adapters.formats.pdf.words import Word

LEFT, RIGHT = (0.0, 0.0, 50.0, 90.0), (50.0, 0.0, 200.0, 90.0)


def line(text: str, x: float, y: float, cell):
    """Return a line of words of ten points, ten points wide each."""
    words = [
        Word(1, word, x + 12 * at, y - 5, x + 12 * at + 10, y + 5, 1.0)
        for at, word in enumerate(text.split())
    ]
    return line_of(words, cell)


def hit(of) -> Hit:
    """Return the hit of a label that is a whole line."""
    return Hit("name", of, 0, len(of.words))


def test_stacked() -> None:
    """Each of two labels in one cell has the value level with it, to the next label's line."""
    born, sex = line("Born", 2, 10, LEFT), line("Sex", 2, 40, LEFT)
    values = [line("5/1/1970", 55, 10, RIGHT), line("Female", 55, 40, RIGHT)]
    hits = [hit(born), hit(sex)]
    every = [born, sex, *values]

    spans = spans_of(hits, every)

    assert [level_with(one, spans[id(one)], every) for one in hits] == [[one] for one in values]


def test_another_value_aside() -> None:
    """A value far to the right in the same cell is none of the label's."""
    born, sex = line("Born", 2, 10, LEFT), line("Sex", 2, 40, LEFT)
    value, other = line("5/1/1970", 55, 10, RIGHT), line("Male", 150, 10, RIGHT)
    hits = [hit(born), hit(sex)]

    spans = spans_of(hits, [born, sex, value, other])

    assert level_with(hits[0], spans[id(hits[0])], [born, sex, value, other]) == [value]


def test_label_alone() -> None:
    """A label alone in its cell beside a cell as high as its own is no stack."""
    born, value = line("Born", 2, 10, LEFT), line("5/1/1970", 55, 10, RIGHT)

    assert spans_of([hit(born)], [born, value]) == {}


def test_taller_cell_beside() -> None:
    """Labels in cells of their own have the values level with them in the tall cell beside."""
    above, below = (0.0, 0.0, 50.0, 20.0), (0.0, 20.0, 50.0, 40.0)
    born, sex = line("Born", 2, 10, above), line("Sex", 2, 30, below)
    tall = (50.0, 0.0, 200.0, 40.0)
    values = [line("5/1/1970", 55, 10, tall), line("Female", 55, 30, tall)]
    hits = [hit(born), hit(sex)]
    every = [born, sex, *values]

    spans = spans_of(hits, every)

    assert [level_with(one, spans[id(one)], every) for one in hits] == [[one] for one in values]


def test_runs() -> None:
    """Lines of one cell come in runs, the whole cell first, never over two cells."""
    one, two, three = (line(word, 2, y, LEFT) for word, y in (("A", 10), ("B", 20), ("C", 30)))
    other = line("D", 55, 10, RIGHT)

    assert list(runs_of([one, two, three, other])) == [[one, two, three], [one, two], [two, three]]


def test_pieces_joined() -> None:
    """Pieces of one line are joined over a short gap, and not over a long one."""
    pieces = [(10.0, 0.0, 20.0), (10.2, 25.0, 40.0), (10.0, 90.0, 99.0)]

    assert sorted((a, b) for _, a, b in mended(pieces)) == [(0.0, 40.0), (90.0, 99.0)]


def test_drawn_on() -> None:
    """A line is drawn on to the next crossing line where enough of it is seen, else it ends."""
    across = [(0.0, 0.0, 50.0), (20.0, 0.0, 50.0), (40.0, 0.0, 50.0)]
    seen = drawn_on([(10.0, 0.0, 21.0)], across, lambda *_: 0.5)
    unseen = drawn_on([(10.0, 0.0, 21.0)], across, lambda *_: 0.1)

    assert ([one[2] for one in seen], [one[2] for one in unseen]) == ([41.0], [21.0])


def test_underline_bounds_nothing() -> None:
    """A level line that meets one upright line or none is an underline and is let go."""
    upright = [(0.0, 0.0, 50.0), (30.0, 0.0, 50.0)]

    assert attached([(10.0, 5.0, 20.0), (20.0, -2.0, 45.0)], upright) == [(20.0, -1.0, 31.0)]
