"""What code an estimator is made of. Every case changes one thing and says whether the digest must change with it."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_pytyche.estimators.identity import IdentityUnknown
from pytest_pytyche.estimators.lin import Lin
from pytest_pytyche.fits.sources import _spec, sources_digest

Digest = Callable[..., str]


@pytest.fixture
def digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Digest]:
    """Write modules, import `own_main` anew and give the digest of its `Main()`."""
    monkeypatch.syspath_prepend(tmp_path)

    def forget() -> None:
        _spec.cache_clear()
        for name in [name for name in sys.modules if name.startswith("own_")]:
            del sys.modules[name]

    def written(**modules: str) -> str:
        forget()
        for name, source in modules.items():
            file = tmp_path / f"{name.replace('_in_', '/')}.py"
            file.parent.mkdir(exist_ok=True)
            file.write_text(source)
        return sources_digest(__import__("own_main").Main())

    yield written
    forget()


MAIN = "class Main: pass\n"


@pytest.mark.parametrize(
    "imports",
    [
        "import own_other",
        "from own_other import value",
        "from own_pack import inner",
        "import own_pack.inner as i",
        "from own_pack.relative import x",
        "def late():\n    import own_other",
    ],
)
def test_a_change_in_what_is_imported_counts(digest: Digest, imports: str) -> None:
    before = {
        "own_other": "value = 1",
        "own_pack_in___init__": "",
        "own_pack_in_inner": "y = 1",
        "own_pack_in_relative": "from . import inner\nx = 1",
    }
    first = digest(own_main=f"{imports}\n{MAIN}", **before)
    assert digest() == first
    assert digest(own_other="value = 2", own_pack_in_inner="y = 2") != first


def test_a_change_elsewhere_does_not_count(digest: Digest) -> None:
    first = digest(own_main=MAIN, own_other="value = 1")
    assert digest(own_other="value = 2") == first


def test_classes_of_what_an_object_holds_count(digest: Digest) -> None:
    main = "import sys\nclass Main:\n    def __init__(self): self.part = [__import__('own_part').Part()]\n"
    with pytest.raises(IdentityUnknown, match=r"own_main.py:3 may import anything by __import__\(\)"):
        digest(own_main=main, own_part="class Part: a = 1\n")
    held = "import own_maker\nclass Main:\n    def __init__(self): self.part = own_maker.make()\n"
    first = digest(own_main=held, own_maker="from own_part import Part as make\n")
    assert digest(own_part="class Part: a = 2\n") != first


@pytest.mark.parametrize(
    ("line", "manner"),
    [
        ("import os\nfactor = os.environ.get('FACTOR')", "2 reads the environment"),
        ("from os import getenv\nfactor = getenv('FACTOR')", "2 reads the environment"),
        ("def weights():\n    return open('weights.txt')", r"2 reads a file by open\(\)"),
        ("def weights(path):\n    return path.read_bytes()", r"2 reads a file by read_bytes\(\)"),
    ],
)
def test_code_that_reads_what_is_no_source_is_unknown(digest: Digest, line: str, manner: str) -> None:
    with pytest.raises(IdentityUnknown, match=rf"own_part.py:{manner}"):
        digest(own_main=f"import own_part\n{MAIN}", own_part=line)


def test_installed_packages_count_with_their_version(digest: Digest, monkeypatch: pytest.MonkeyPatch) -> None:
    first = digest(own_main=f"import numpy\n{MAIN}")
    monkeypatch.setattr("pytest_pytyche.fits.sources.version", lambda name: "99")
    assert digest() != first


def test_this_package_is_left_out() -> None:
    assert sources_digest(Lin()) == sources_digest(3)


def test_a_class_from_no_file_is_unknown() -> None:
    namespace: dict[str, type] = {}
    exec("class Typed: pass", {"__name__": "nowhere"}, namespace)
    with pytest.raises(IdentityUnknown, match=r"nowhere.Typed comes from no file"):
        sources_digest(namespace["Typed"]())
