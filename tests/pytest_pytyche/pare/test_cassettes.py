from pathlib import Path
from typing import Any

from pare_harness.agents.recording import CassetteUse
from pytest_pytyche.pare.cassettes import summary, use_record

HERE = Path.cwd()


def use(name: str, replayed: int = 3, recorded: int = 0, stale: int = 0) -> dict[str, Any]:
    return use_record(CassetteUse(HERE / "cassettes" / name, replayed, recorded, stale))


def test_calls_are_summed_over_runs() -> None:
    lines = list(summary([use("a-run1.json"), use("b-run1.json", replayed=1, recorded=4)], []))
    assert lines == ["model calls: 4 replayed, 4 recorded, in 2 runs"]


def test_stale_and_unused_cassettes_are_named_as_seen_from_here() -> None:
    stale = use("a-run1.json", replayed=3, stale=2)
    unused = [HERE / "cassettes" / "gone-run1.json", Path("/elsewhere/gone-run2.json")]
    assert list(summary([stale], unused))[1:] == [
        "stale: cassettes/a-run1.json: 2 of its 5 calls were not asked for",
        "unused: cassettes/gone-run1.json: no run of this session is recorded there",
        "unused: /elsewhere/gone-run2.json: no run of this session is recorded there",
    ]


def test_ten_of_many_are_named() -> None:
    lines = list(summary([use(f"{n}-run1.json", stale=1) for n in range(13)], []))
    assert len(lines) == 12
    assert lines[-1] == "… and 3 more"
