import pytest

from pare_harness.apps.names import similar, similarity


@pytest.mark.parametrize(
    ("query", "name", "expected"),
    [
        ("Ann Lee", "ann lee", 1.0),
        ("Lee Ann", "Ann Lee", 1.0),
        ("Jon Smith", "John Smith", 18 / 19),
        ("john", "John Smith", 0.9),
        ("jon", "John Smith", 0.9 * 6 / 7),
        ("", "Ann Lee", 0.0),
    ],
)
def test_similarity_is_the_share_of_common_characters(query: str, name: str, expected: float) -> None:
    assert similarity(query, name) == pytest.approx(expected)


def test_the_most_similar_names_come_first() -> None:
    assert similar("john", ["Bob", "John Smith", "Jon", "John", "Johnny"]) == ["John", "John Smith", "Jon", "Johnny"]


def test_a_name_below_the_threshold_is_left_out() -> None:
    assert similar("jon", ["John Smith"]) == []
    assert similar("jon", ["John Smith"], threshold=0.75) == ["John Smith"]
