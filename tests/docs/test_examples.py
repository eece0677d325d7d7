import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.documentation import run_document

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.usefixtures("workspace")
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_example_does_what_the_document_shows(document: Path) -> None:
    run_document(document)


def test_the_readme_has_exactly_the_two_commands_that_ci_runs() -> None:
    assert len(re.findall(r"^```sh$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)) == 2
    assert not [path for path in DOCUMENTS[1:] if "```sh" in path.read_text(encoding="utf-8")]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A current folder that modules can be imported from, none of which outlives the test; empty but for `fixtures`."""
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]
