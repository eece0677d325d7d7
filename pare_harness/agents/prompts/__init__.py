"""What models are told: templates in folders, one folder for each version."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pare_harness.errors import ScenarioError

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent


class Prompts:
    """The templates of a built-in `version`, or of a folder of that path."""

    def __init__(self, version: str) -> None:
        self.folder = prompt_folder(version)

    def render(self, name: str, **values: Any) -> str:
        """The template `name`.j2 filled in. Raises `ScenarioError` where it is missing or does not render."""
        from jinja2 import TemplateError  # noqa: PLC0415 - heavy, and only models need it

        try:
            return _environment(self.folder).get_template(f"{name}.j2").render(values).strip()
        except TemplateError as error:
            raise ScenarioError(f"prompt {self.folder / name}.j2: {type(error).__name__}: {error}") from error


def prompt_folder(version: str) -> Path:
    """Where the templates of a version are. Raises `ScenarioError` for one that does not exist."""
    for folder in (FOLDER / version, Path(version)):
        if folder.is_dir():
            return folder
    versions = sorted(path.name for path in FOLDER.iterdir() if path.name.startswith("v") and path.is_dir())
    raise ScenarioError(f"prompts={version!r}; expected one of {versions} or a folder of templates")


@lru_cache(maxsize=8)
def _environment(folder: Path) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - as above

    return Environment(loader=FileSystemLoader(folder), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
