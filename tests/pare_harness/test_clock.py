import pytest

from pare_harness.clock import DEFAULT_START, TimeManager, format_time, parse_time


def test_time_stands_still_until_it_is_told_to_move() -> None:
    clock = TimeManager(100)
    assert (clock.time(), clock.time_passed()) == (100, 0)
    clock.add_offset(5)
    clock.advance_to(200)
    assert (clock.time(), clock.time_passed()) == (200, 100)


def test_time_never_runs_backwards() -> None:
    clock = TimeManager(100)
    clock.advance_to(50)
    assert clock.time() == 100
    with pytest.raises(ValueError, match="seconds=-1; expected a number that is not negative"):
        clock.add_offset(-1)


def test_reset_starts_anew() -> None:
    clock = TimeManager(100)
    clock.add_offset(5)
    clock.reset(7)
    assert (clock.time(), clock.time_passed()) == (7, 0)


def test_times_are_written_and_read_in_utc() -> None:
    assert DEFAULT_START == 1_735_689_600  # date -u -d 2025-01-01 +%s
    assert format_time(DEFAULT_START + 3661) == "2025-01-01 01:01:01"
    assert parse_time("2025-01-01 01:01:01") == DEFAULT_START + 3661


@pytest.mark.parametrize(
    "text",
    [
        "2025-01-01",
        "2025-13-01 00:00:00",
        "",
        None,
        "2025-01-01T00:00:00",
        "2025-01-01 00:00:00.5",
        "2025-01-01 00:00:00+00:00",
        "20250101 000000",
    ],
)
def test_another_format_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=r"due=.*; expected a UTC time like '2025-01-31 09:30:00'"):
        parse_time(text, "due")
