from pathlib import Path

import pytest
from sybil.example import SybilFailure

from tests.support.console import difference
from tests.support.documentation import commands, run_document


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("3 passed in 0.12s", "3 passed in 41.90s"),
        ("pehe 1.50", "pehe   1.504"),
        ("=== done ===", "======= done ======="),
        ("first\n...\nlast", "first\nsecond\nthird\nlast"),
        ("loss 100.0", "loss 101.9"),
        ("pehe  seconds\n1.5  0.004\n\n1 spec", "pehe  seconds\n1.5  3\n\n1 spec"),
    ],
)
def test_printed_text_may_differ_in_timings_widths_and_last_digits(expected: str, printed: str) -> None:
    assert difference(expected, printed) is None


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("3 passed in 0.12s", "4 passed in 0.12s"),
        ("pehe 1.50", "pehe 1.56"),
        ("first\nlast", "first\nsecond\nlast"),
        ("pehe  seconds\n1.5  0.004\n\n1 spec", "pehe  seconds\n1.5  0.004\n\n2 specs"),
        ("", "Traceback"),
    ],
)
def test_any_other_difference_is_reported_with_what_was_printed(expected: str, printed: str) -> None:
    assert printed.splitlines()[-1] in str(difference(expected, printed))


def test_a_session_is_split_into_commands_with_their_output() -> None:
    session = "$ echo one\none\n$ echo two \\\n    three\ntwo three\n$ true\n"
    assert list(commands(session)) == [
        ("echo one", "one\n"),
        ("echo two \\\n    three", "two three\n"),
        ("true", ""),
    ]


def test_files_python_and_commands_run_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_document(
        write(
            tmp_path,
            '```text title="data/greeting.txt"\nhello\n```\n'
            '```python\nfrom pathlib import Path\n\ntext = Path("data/greeting.txt").read_text()\n```\n'
            "```python\n>>> text\n'hello\\n'\n```\n"
            "```console\n$ cat data/greeting.txt\nhello\n```\n",
        )
    )


@pytest.mark.parametrize(
    "fence",
    ["```console\n$ echo one\ntwo\n```\n", "```python\n>>> 1 + 1\n3\n```\n"],
)
def test_an_example_that_shows_something_else_fails(fence: str, tmp_path: Path) -> None:
    with pytest.raises(SybilFailure, match=r"line [34]"):
        run_document(write(tmp_path, "Title\n\n" + fence))


def test_a_fence_that_nothing_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"line 1, column 1: nothing runs a fence of 'yaml'"):
        run_document(write(tmp_path, "```yaml\non: push\n```\n"))


def write(folder: Path, text: str) -> Path:
    path = folder / "document.md"
    path.write_text(text, encoding="utf-8")
    return path
