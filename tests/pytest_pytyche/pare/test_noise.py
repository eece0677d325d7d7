import re

import pytest

from pare_harness.scenarios.noise import EnvEventsConfig, ToolAugmentationConfig
from pytest_pytyche.pare.noise import KEYS, Level, Noise, at_level, parse_noise, parse_sweep


def test_nothing_is_no_noise() -> None:
    assert parse_noise("") == parse_noise(" , ") == Noise(None, None)


def test_tools_fail_and_change_their_names_and_descriptions() -> None:
    assert parse_noise("tools=0.1").tools == ToolAugmentationConfig(0.1, True, True)
    assert parse_noise("tools=0.1,names=off").tools == ToolAugmentationConfig(0.1, False, True)


def test_names_alone_let_no_call_fail() -> None:
    assert parse_noise("names=on,descriptions=off") == Noise(ToolAugmentationConfig(0.0, True, False), None)


def test_events_come_by_the_minute_and_have_a_seed() -> None:
    assert parse_noise("events-seed=3, events = 10") == Noise(None, EnvEventsConfig(10, env_events_seed=3))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tool=0.1", f"key 'tool'; expected one of {list(KEYS)}, such as tools=0.1,events=10"),
        ("0.1", "key '0.1'; expected one of"),
        ("tools=1.5", "tools='1.5'; expected a probability, 0 to 1"),
        ("tools=nan", "tools='nan'; expected a probability, 0 to 1"),
        ("tools", "tools=''; expected a probability, 0 to 1"),
        ("names=yes", "names='yes'; expected on, off or a share of the tools, 0 to 1"),
        ("names=1.5", "names='1.5'; expected on, off or a share of the tools, 0 to 1"),
        ("events=-1", "events='-1'; expected a whole number of events a minute"),
        ("events=1.5", "events='1.5'; expected a whole number of events a minute"),
        ("events=1,events-seed=x", "events-seed='x'; expected a whole number"),
        ("events=1,seed=3", "key 'seed'; expected one of"),
        ("events=1,events=2", "events is given twice"),
        ("events-seed=3", "events-seed without events is the seed of nothing; expected both"),
        ("tools=0.1,events-seed=3", "events-seed without events is the seed of nothing; expected both"),
        ("events=3,names-seed=3", "names-seed without names is the seed of nothing; expected both"),
    ],
)
def test_any_other_text_is_refused_with_what_is_expected(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_noise(text)


def test_a_share_of_the_tools_may_change_drawn_from_a_seed_of_its_own() -> None:
    tools = parse_noise("tools=0.1,tools-seed=4,names=0.5,names-seed=2,descriptions=off").tools
    assert tools == ToolAugmentationConfig(0.1, True, False, tool_name_share=0.5, tool_failure_seed=4, tool_name_seed=2)


def test_a_sweep_is_one_key_with_its_levels_in_order() -> None:
    assert parse_sweep(" tools = 0.3, 0,0.1 ") == (Level("tools", 0), Level("tools", 0.1), Level("tools", 0.3))
    assert [level.text for level in parse_sweep("events=0,10")] == ["events=0", "events=10"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "seed=1,2",
            "key 'seed'; expected one of ['tools', 'names', 'descriptions', 'events'], such as tools=0,0.1,0.3",
        ),
        ("tools", "tools=''; expected a probability, 0 to 1"),
        ("tools=0,2", "tools='2'; expected a probability, 0 to 1"),
        ("tools=0,0.0", "tools=0 is given twice"),
        ("names=off,on", "names='off'; expected a share of the tools, 0 to 1"),
        ("events=0.5", "events='0.5'; expected a whole number of events a minute"),
    ],
)
def test_any_other_sweep_is_refused_with_what_is_expected(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_sweep(text)


def test_a_level_changes_its_own_key_and_disturbs_nothing_else() -> None:
    assert at_level(Noise(None, None), Level("tools", 0.3)) == Noise(ToolAugmentationConfig(0.3, False, False), None)
    events = EnvEventsConfig(5, env_events_seed=3)
    assert at_level(Noise(None, events), Level("events", 0)).events == EnvEventsConfig(0, env_events_seed=3)
    named = at_level(parse_noise("tools=0.2"), Level("names", 0.5)).tools
    assert named == ToolAugmentationConfig(0.2, True, True, tool_name_share=0.5)
