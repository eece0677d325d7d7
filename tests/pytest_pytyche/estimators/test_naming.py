import pytest

from pytest_pytyche.estimators.lin import Lin
from pytest_pytyche.estimators.naming import EstimatorNotFound, require_parameters, split_name
from pytest_pytyche.options import split_commas


@pytest.mark.parametrize(
    ("text", "name", "parameters"),
    [
        ("lin", "lin", {}),
        ("module:factory", "module:factory", {}),
        ("bcf(num_mcmc=200)", "bcf", {"num_mcmc": 200}),
        ("bcf( num_mcmc=200, ratio = -0.5 )", "bcf", {"num_mcmc": 200, "ratio": -0.5}),
        ("m:f(text='a, (b)', flags=[True, None])", "m:f", {"text": "a, (b)", "flags": [True, None]}),
        ('bcf(forest={"num_trees": 20})', "bcf", {"forest": {"num_trees": 20}}),
        ("bcf()", "bcf", {}),
    ],
)
def test_a_name_may_state_parameters_as_literals(text: str, name: str, parameters: dict[str, object]) -> None:
    assert split_name(text) == (name, parameters)


@pytest.mark.parametrize(
    "text", ["bcf(", "bcf(200)", "bcf(n=many)", "bcf(n=1) + 2", "bcf(**{'n': 1})", "bcf(n=1, n=2)"]
)
def test_anything_else_in_the_parentheses_is_refused_on_one_line(text: str) -> None:
    with pytest.raises(EstimatorNotFound) as caught:
        split_name(text)
    assert str(caught.value) == (
        f"estimator={text!r}; expected parameters such as 'bcf(number=200, flag=True, text=\"word\")'"
    )


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("a,b", ["a", "b"]),
        ("a(x=1,y=2),b", ["a(x=1,y=2)", "b"]),
        ("a(x=(1,2),y={'z':3,'w':(4,5)}),b(q=1)", ["a(x=(1,2),y={'z':3,'w':(4,5)})", "b(q=1)"]),
        ("", [""]),
    ],
)
def test_commas_between_parentheses_do_not_part_names(text: str, pieces: list[str]) -> None:
    assert split_commas(text) == pieces


def test_an_unknown_parameter_is_refused_with_the_choices() -> None:
    with pytest.raises(EstimatorNotFound) as caught:
        require_parameters("lin", Lin, {"nam": 3})
    assert str(caught.value) == (
        "estimator 'lin': unknown parameter nam=3; expected one of ['name']; did you mean 'name'?"
    )


def test_a_factory_that_takes_whatever_comes_is_left_to_refuse_it() -> None:
    def anything(**parameters: object) -> None:
        """Takes everything."""

    require_parameters("anything", anything, {"whatever": 1})
