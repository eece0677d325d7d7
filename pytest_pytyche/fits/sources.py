"""What code an estimator is made of: its modules, and whatever those import, wherever in them."""

from __future__ import annotations

import ast
import importlib.machinery
import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from importlib.metadata import packages_distributions, version
from importlib.util import resolve_name
from pathlib import Path
from typing import Any, NamedTuple

from pytest_pytyche.estimators.identity import IdentityUnknown

OWN = "pytest_pytyche"
INSTALLED = frozenset({"site-packages", "dist-packages"})
COMPUTED = frozenset({"import_module", "__import__", "exec", "eval"})
ENVIRONMENT = frozenset({"environ", "environb", "getenv", "getenvb"})
FILES = frozenset(
    {
        *("open", "read_text", "read_bytes", "load", "loadtxt", "genfromtxt", "fromfile", "memmap"),
        *("read_csv", "read_parquet", "read_json", "read_ipc", "scan_csv", "scan_parquet", "scan_ipc"),
    }
)


class Module(NamedTuple):
    """A module by its name, and the file that it is read from; `package`: what its relative imports start from."""

    name: str
    file: Path
    package: str


def sources_digest(value: object) -> str:
    """Digest over the modules that define an object and all that is in it, and over whatever these modules import.

    Installed packages count with their version, other modules with their source, and so on with what they import; the
    standard library and this package are left out. IdentityUnknown, one line, for a class or function that comes from
    no file, and for a module that may import anything, or that reads what is no source: the environment or files.
    """
    parts: dict[str, str] = {}
    waiting = [_defining(each) for each in _code_in(value)]
    while waiting:
        module = waiting.pop()
        top = module.name.partition(".")[0]
        if module.name in parts or top in sys.stdlib_module_names or top == OWN:
            continue
        if INSTALLED & set(module.file.parts):
            parts[top] = _versions(top)
        else:
            parts[module.name] = _digest(module.file)
            waiting += [found for name in _imports(module) if (found := _found(name)) is not None]
    return sha256(repr(sorted(parts.items())).encode()).hexdigest()


def _code_in(value: object) -> Iterator[Any]:
    """The class of an object, and the classes and functions in what it holds."""
    waiting, seen = [value], set[int]()
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen.add(id(found))
        if inspect.isclass(found) or inspect.isfunction(found):
            yield found
        elif isinstance(found, Mapping):
            waiting += [*found, *found.values()]
        elif isinstance(found, list | tuple | set | frozenset):
            waiting += found
        elif not isinstance(found, str | bytes | int | float | None):
            yield type(found)
            waiting += getattr(found, "__dict__", {}).values()


def _defining(value: Any) -> Module:
    """Where a class or a function is defined."""
    name = value.__module__
    loaded = vars(sys.modules[name]) if name in sys.modules else {}
    here = value.__globals__ if inspect.isfunction(value) else loaded
    if name.partition(".")[0] in sys.stdlib_module_names:
        return Module(name, Path(), "")
    if here.get("__file__") is None or value.__qualname__.partition(".")[0] not in here:
        raise IdentityUnknown(f"{name}.{value.__qualname__} comes from no file")
    return Module(name, Path(here["__file__"]), here.get("__package__") or "")


def _found(name: str) -> Module | None:
    """The module of that name; None where there is none, or a namespace, or where the name means something in one."""
    spec = None if name.partition(".")[0] in sys.stdlib_module_names else _spec(name)
    if spec is None or spec.origin is None:
        return None
    package = name if spec.submodule_search_locations is not None else name.rpartition(".")[0]
    return Module(name, Path(spec.origin), package)


@cache
def _spec(name: str) -> importlib.machinery.ModuleSpec | None:
    """Where a module would be imported from, without importing it or the packages that it is in."""
    path, spec = None, None
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        part = ".".join(parts[:end])
        spec = _top(part) if end == 1 else importlib.machinery.PathFinder.find_spec(part, path)
        if spec is None:
            return None
        path = spec.submodule_search_locations
        if path is None and end < len(parts):
            return None
    return spec


def _top(name: str) -> importlib.machinery.ModuleSpec | None:
    """Where a top-level module is, asked of every finder: editable installations bring their own."""
    for finder in sys.meta_path:
        find = getattr(finder, "find_spec", None)
        spec: importlib.machinery.ModuleSpec | None = None if find is None else find(name, None, None)
        if spec is not None:
            return spec
    return None


def packages_digest(packages: Iterable[str]) -> str:
    """Digest of the sources of those distributions that are not installed but found elsewhere, such as a checkout."""
    digest = sha256()
    for package in packages:
        own = {top for top, names in _distributions().items() if package in names}
        for top in sorted(own | {package.replace("-", "_")}):
            found = _found(top)
            if found is not None and not INSTALLED & set(found.file.parts):
                for file in sorted(found.file.parent.rglob("*.py")) if found.name == found.package else [found.file]:
                    digest.update(_digest(file).encode())
    return digest.hexdigest()


def _versions(top: str) -> str:
    names = _distributions().get(top)
    if not names:
        raise IdentityUnknown(f"package {top!r} is installed, but no distribution with a version has it")
    return ", ".join(f"{name} {version(name)}" for name in sorted(set(names)))


@cache
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()


def _digest(file: Path) -> str:
    try:
        return sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise IdentityUnknown(f"{file}: {error.strerror}") from error


def _imports(module: Module) -> Iterator[str]:
    """Names that a module may import, with those that `from x import y` would mean if y were a module."""
    if module.file.suffix != ".py":
        return
    for node in ast.walk(ast.parse(module.file.read_bytes())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _with_packages(alias.name)
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), module.package)
            yield from _with_packages(base)
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif (why := _escape(node)) is not None:
            raise IdentityUnknown(f"{module.file.name}:{why}")


def _with_packages(name: str) -> Iterator[str]:
    parts = name.split(".")
    yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))


def _escape(node: ast.AST) -> str | None:
    """Line and manner in which a piece of code depends on more than sources; None where it does not."""
    if isinstance(node, ast.Name | ast.Attribute) and _named(node) in ENVIRONMENT:
        return f"{node.lineno} reads the environment"
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
        return None
    called = _named(node.func)
    if called in COMPUTED:
        return f"{node.lineno} may import anything by {called}()"
    return f"{node.lineno} reads a file by {called}()" if called in FILES else None


def _named(reference: ast.Name | ast.Attribute) -> str:
    return reference.attr if isinstance(reference, ast.Attribute) else reference.id
