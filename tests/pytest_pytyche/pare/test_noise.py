import re

import pytest

from pare_harness.scenarios.noise import EnvEventsConfig, ToolAugmentationConfig
from pytest_pytyche.pare.noise import KEYS, Noise, parse_noise


def test_nothing_is_no_noise() -> None:
    assert parse_noise("") == parse_noise(" , ") == Noise(None, None)


def test_tools_fail_and_change_their_names_and_descriptions() -> None:
    assert parse_noise("tools=0.1").tools == ToolAugmentationConfig(0.1, True, True)
    assert parse_noise("tools=0.1,names=off").tools == ToolAugmentationConfig(0.1, False, True)


def test_names_alone_let_no_call_fail() -> None:
    assert parse_noise("names=on,descriptions=off") == Noise(ToolAugmentationConfig(0.0, True, False), None)


def test_events_come_by_the_minute_and_have_a_seed() -> None:
    assert parse_noise("seed=3, events = 10") == Noise(None, EnvEventsConfig(10, env_events_seed=3))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tool=0.1", f"key 'tool'; expected one of {list(KEYS)}, such as tools=0.1,events=10"),
        ("0.1", "key '0.1'; expected one of"),
        ("tools=1.5", "tools='1.5'; expected a probability, 0 to 1"),
        ("tools=nan", "tools='nan'; expected a probability, 0 to 1"),
        ("tools", "tools=''; expected a probability, 0 to 1"),
        ("names=yes", "names='yes'; expected on or off"),
        ("events=-1", "events='-1'; expected a whole number of events a minute"),
        ("events=1.5", "events='1.5'; expected a whole number of events a minute"),
        ("events=1,seed=x", "seed='x'; expected a whole number"),
        ("events=1,events=2", "events is given twice"),
        ("seed=3", "seed=3 is the seed of unplanned events; expected events=N too"),
    ],
)
def test_any_other_text_is_refused_with_what_is_expected(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_noise(text)
