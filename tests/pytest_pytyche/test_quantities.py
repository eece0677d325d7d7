import pytest

from pytest_pytyche.quantities import bytes_of, duration_text, seconds_of, size_text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90.0), ("10m", 600.0), ("1h30m", 5400.0), ("2.5", 2.5), ("1h1s", 3601.0), ("0.1s", 0.1)],
)
def test_durations(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "0s", "-1s", "10 m", "1d", "m", "1m2", "nan"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"'{text}'; expected a duration such as 90s, 10m or 1h30m"):
        seconds_of(text)


@pytest.mark.parametrize(("text", "amount"), [("500MB", 500_000_000), ("1.5GB", 1_500_000_000), ("2kB", 2_000)])
def test_amounts(text: str, amount: int) -> None:
    assert bytes_of(text) == amount


@pytest.mark.parametrize("text", ["500", "1 GB", "1gb", "0MB", "MB"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"'{text}'; expected an amount such as 500MB or 2GB"):
        bytes_of(text)


@pytest.mark.parametrize(("seconds", "text"), [(0.5, "0.5s"), (59.0, "59s"), (600.0, "10m"), (5401.0, "1h30m1s")])
def test_durations_are_shown_as_they_are_typed(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (2 * 10**9, "2 GB")]
)
def test_sizes_are_shown(amount: int, text: str) -> None:
    assert size_text(amount) == text
