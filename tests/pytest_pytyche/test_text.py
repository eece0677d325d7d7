import pytest

from pytest_pytyche.text import aligned, shown, stored


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        ("plain – text", "plain – text"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("a\x00b\x9bc\x7fd", "a�b�c�d"),
        ("pay \u202eevil", "pay �evil"),
        ("lone \ud800 surrogate", "lone � surrogate"),
        ("two\n  lines\r\n", "two lines"),
    ],
)
def test_nothing_steers_the_terminal_or_turns_the_direction(text: str, fit: str) -> None:
    assert shown(text) == fit


def test_a_long_text_says_how_long_it_was() -> None:
    text = shown("x" * 10_000_000)
    assert len(text) == 300
    assert text.endswith("x… (10,000,000 characters)")


def test_stored_texts_keep_their_lines() -> None:
    assert stored("a\nb\tc") == "a\nb\tc"


def test_columns_are_aligned() -> None:
    assert list(aligned([("name", "n"), ("a", "10")])) == ["name   n", "a     10"]
