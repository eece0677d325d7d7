import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pare_harness.agents import cassettes
from pare_harness.agents.cassettes import Cassette, RecordedCall, cassette_path, load_cassette, store_cassette
from pare_harness.agents.chat import ChatReply, ChatRequest, RequestedCall, Usage
from pare_harness.errors import AgentFailure, CassetteError, ContextOverflowError


def tool(name: str, description: str = "Reads.\nReturns text.") -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": description, "parameters": {}}}


def said(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


REPLY = ChatReply(
    "Yes,\nI do.", (RequestedCall("c1", "Notes__read", "{}"),), "tool_calls", Usage(7, 2, 0.5), "m", 1, 2.0
)


def call(part: str = "observe", *messages: Any, tools: Any = (), reply: ChatReply = REPLY) -> RecordedCall:
    request = ChatRequest("m", messages or (said("user", "Hi"),), tuple(tools), seed=3)
    return RecordedCall(part, request.canonical(), {"reply": reply.to_dict()})


def test_a_cassette_reads_like_the_conversation() -> None:
    first = (said("system", "Be brief.\nBe kind."), said("user", "Hi"))
    text = Cassette(
        "frost", 2, (call("observe", *first, tools=[tool("Notes__read")]), call("observe", *first, said("user", "?")))
    ).to_text()
    assert text.startswith(
        """{
 "format": "pare-cassette 1",
 "scenario": "frost",
 "run": 2,
 "calls": [
  {
   "part": "observe",
   "request": {
    "model": "m",
    "tools": 0,
    "seed": 3,
    "messages": [
     {
      "role": "system",
      "content": [
       "Be brief.",
       "Be kind."
      ]
     },
     {
      "role": "user",
      "content": "Hi"
     }
    ]
   },
   "reply": {
    "text": [
     "Yes,",
     "I do."
    ],
"""
    )
    assert text.count("Be brief.") == 1
    assert '"messages_before": 2' in text


def test_a_file_gives_back_what_was_recorded(tmp_path: Path) -> None:
    tools = [tool("Notes__read"), tool("Notes__list")]
    overflow = RecordedCall(
        "observe", call().request, {"failure": {"type": "ContextOverflowError", "message": "too long", "retries": 2}}
    )
    cassette = Cassette(
        "frost",
        1,
        (
            call("user", said("user", "Go"), tools=tools[:1]),
            call("observe", said("user", "Hi"), tools=tools),
            call("user", said("user", "Go"), said("tool", "a\nb\n"), tools=[tool("Notes__read", "Renamed.")]),
            overflow,
        ),
    )
    store_cassette(tmp_path / "new" / "frost-run1.json", cassette)
    assert load_cassette(tmp_path / "new" / "frost-run1.json") == cassette
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["frost-run1.json"]
    assert cassette.calls[0].answer() == REPLY
    with pytest.raises(ContextOverflowError, match="too long") as failure:
        overflow.answer()
    assert failure.value.retries == 2


def test_a_failure_of_another_kind_is_still_the_agents() -> None:
    odd = RecordedCall("user", {}, {"failure": {"type": "SomethingElse", "message": "gave up", "retries": 0}})
    with pytest.raises(AgentFailure, match="gave up"):
        odd.answer()


texts = st.text(st.characters(codec="utf-8") | st.just("\n"), max_size=8)
messages = st.lists(st.builds(said, st.sampled_from(["user", "tool"]), texts), min_size=1, max_size=4)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(["user", "observe"]), messages, st.lists(st.builds(tool, texts, texts)))))
def test_any_conversation_survives_the_file(calls: list[tuple[str, list[Any], list[Any]]]) -> None:
    cassette = Cassette("day", 1, tuple(call(part, *told, tools=tools) for part, told, tools in calls))
    assert Cassette.from_text(cassette.to_text()) == cassette


def test_half_a_surrogate_pair_survives_the_file(tmp_path: Path) -> None:
    cassette = Cassette("day", 1, (call("user", said("user", "\ud83d")),))
    store_cassette(tmp_path / "day.json", cassette)
    assert load_cassette(tmp_path / "day.json") == cassette


@pytest.mark.parametrize(
    ("scenario", "run", "variant", "name"),
    [
        ("frost", 1, "", "frost-run1.json"),
        ("a/b c", 2, "", "a-b-c-run2-66a91441.json"),
        ("frost", 1, "tools=0.1", "frost-tools=0.1-run1.json"),
    ],
)
def test_a_file_is_named_after_scenario_and_run(scenario: str, run: int, variant: str, name: str) -> None:
    assert cassette_path(Path("cassettes"), scenario, run, variant) == Path("cassettes", name)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "JSONDecodeError"),
        ("[]", "TypeError"),
        ('{"format": "pare-cassette 9"}', "format 'pare-cassette 9'; expected 'pare-cassette 1'"),
        ('{"format": "pare-cassette 1"}', "KeyError"),
        (
            Cassette("a", 1, (call(),)).to_text().replace('"reply"', '"remark"'),
            "call 1 has neither a reply nor a failure",
        ),
    ],
)
def test_another_file_is_refused_by_name(text: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(CassetteError, match=rf"x\.json: no cassette that can be used \({problem}"):
        load_cassette(tmp_path / "x.json")


def test_no_file_is_no_cassette(tmp_path: Path) -> None:
    assert load_cassette(tmp_path / "x.json") is None


def test_a_cassette_that_grows_too_large_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cassettes, "MAX_BYTES", 1_000_000)
    long = Cassette("day", 1, (call("user", said("user", "x" * 1_100_000)),))
    with pytest.raises(CassetteError, match=r"day\.json: 1 calls take 1\.1 MB; expected at most 1 MB"):
        store_cassette(tmp_path / "day.json", long)
    assert list(tmp_path.iterdir()) == []


def test_a_message_stands_in_the_file_once(tmp_path: Path) -> None:
    told = [said("user", f"message {number}") for number in range(50)]
    text = Cassette("day", 1, tuple(call("user", *told[: n + 1]) for n in range(50))).to_text()
    assert text.count("message 7") == 1
    assert json.loads(text)["calls"][49]["request"]["messages_before"] == 49
