import re
from pathlib import Path

import pytest

from tests.support.documentation import run_document

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_example_does_what_the_document_shows(
    document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run_document(document)


def test_the_readme_has_exactly_the_two_commands_that_ci_runs() -> None:
    assert len(re.findall(r"^```sh$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)) == 2
    assert not [path for path in DOCUMENTS[1:] if "```sh" in path.read_text(encoding="utf-8")]
