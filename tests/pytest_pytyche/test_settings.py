import pytest

from pytest_pytyche.option_tables import GROUPS
from pytest_pytyche.options import NODE_ID, unknown
from pytest_pytyche.settings import parse_cost, parse_seeds


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("3", (0, 1, 2)), ("1", (0,)), ("0,1,2", (0, 1, 2)), ("5,", (5,)), ("0,", (0,)), (" 7 , 2 ", (7, 2))],
)
def test_seeds_are_a_count_or_a_list(text: str, seeds: tuple[int, ...]) -> None:
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", ",", "a", "1,,2", "-1,", "1.5", "²,", str(2**63) + ",", "1 2"])
def test_any_other_seed_text_is_refused_with_examples(text: str) -> None:
    with pytest.raises(pytest.UsageError, match=r"^--seeds='.*'; expected a count such as 3 or seeds such as 0,1,2"):
        parse_seeds(text, "--seeds")


def test_the_largest_seed_is_accepted() -> None:
    assert parse_seeds(f"{2**63 - 1},") == (2**63 - 1,)


def test_zero_is_the_seed() -> None:
    assert parse_seeds("0") == parse_seeds("0,") == (0,)


def test_more_seeds_than_anybody_means_and_a_seed_twice_are_refused() -> None:
    with pytest.raises(pytest.UsageError, match="'10001' is a count of 10001 seeds; expected at most 10000"):
        parse_seeds("10001")
    with pytest.raises(pytest.UsageError, match="'3,1,3' names a seed twice"):
        parse_seeds("3,1,3")


def test_an_unknown_name_is_answered_with_the_choices_and_the_closest() -> None:
    assert (
        str(unknown("--x", "appel", ["apple", "pear"]))
        == "--x='appel'; expected one of ['apple', 'pear']; did you mean 'apple'?"
    )
    assert str(unknown("--x", "zzz", ["apple"])) == "--x='zzz'; expected one of ['apple']"


@pytest.mark.parametrize(
    ("argument", "nodeid"),
    [
        ("pytyche::truth[a-s0]", "pytyche::truth[a-s0]"),
        ("pytyche:mine::estimate[a-s0-module:factory]", "pytyche:mine::estimate[a-s0-module:factory]"),
        ("../../pytyche::truth", "pytyche::truth"),
        ("tests/test_pytyche.py::test_a", None),
        ("pytyche", None),
        ("pytyche/test_a.py::test_a", None),
        ("pytyche::", None),
    ],
)
def test_node_ids_of_built_in_checks_are_told_from_paths(argument: str, nodeid: str | None) -> None:
    found = NODE_ID.fullmatch(argument)
    assert (found and found[1]) == nodeid


def test_every_option_has_its_own_flag_and_key() -> None:
    options = [option for _, _, group in GROUPS for option in group]
    assert len({option.flag for option in options}) == len({option.key for option in options}) == len(options)


@pytest.mark.parametrize(("text", "cost"), [("", None), ("0", 0.0), ("-1.5", -1.5), ("1e-3", 0.001)])
def test_a_treatment_cost_is_a_number_or_is_not_asked_for(text: str, cost: float | None) -> None:
    assert parse_cost(text) == cost


@pytest.mark.parametrize("text", ["free", "nan", "inf", "1,5"])
def test_a_cost_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(pytest.UsageError, match=f"--cost='{text}'; expected a number such as 0 or 0.5"):
        parse_cost(text, "--cost")
