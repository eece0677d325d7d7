"""The truths that a run received and nobody has settled: its journal says what they are, its files what they hold."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from pytest_pytyche.journal import FILE, read_journal

Record = dict[str, Any]

KIND = "truth"
FOLDER = "received"
SUFFIX = ".truth"
SHOWN = 10


class ReviewError(ValueError):
    """A review that cannot go on; the message is one line."""


class Received(NamedTuple):
    """A truth that a run received. `name`: of its file in the run; `stored`: the snapshot that it differs from."""

    name: str
    file: Path
    stored: Path
    nodeid: str
    spec: str
    seed: int | None
    template: str | None

    @property
    def label(self) -> str:
        """Spec and seed, as in node ids."""
        return self.spec if self.seed is None else f"{self.spec}-s{self.seed}"

    def matches(self, pattern: str) -> bool:
        """Whether the pattern is for its spec, with or without the seed, or for its whole node id."""
        names = (self.spec, self.label)  # of a test of the user's with brackets, in which a pattern reads a set
        return pattern in (*names, self.nodeid) or any(fnmatchcase(name, pattern) for name in names)


def pending(run: Path) -> list[Received]:
    """What the run in this folder received and nobody has settled; ReviewError, one line, if there is no telling."""
    try:
        lines = read_journal(run / FILE)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no journal"
        raise ReviewError(f"{run / FILE} cannot be read: {reason}; expected the folder of a run") from error
    try:
        found = {line["received"]: _received(run, line) for line in lines if line.get("kind") == KIND}
    except (KeyError, TypeError) as error:
        raise ReviewError(f"{run / FILE} tells of a truth, but not what it is: {error!r:.200}") from error
    return [received for received in found.values() if received.file.is_file()]


def _received(run: Path, line: Record) -> Received:
    """Both places of a line, which may come from another machine: neither leads out of where truths are stored."""
    name, location = PurePosixPath(line["received"]), Path(line["location"])
    for place in (name, location):
        if place.suffix != SUFFIX or ".." in place.parts or len(place.parts) < 2:
            raise ReviewError(f"{run / FILE} names {str(place)!r}; expected FOLDER/NAME{SUFFIX} without '..'")
    if name.is_absolute():
        raise ReviewError(f"{run / FILE} names {str(name)!r}; expected a file below {FOLDER}/")
    return Received(
        name=str(name),
        file=run / FOLDER / name,
        stored=_root(line) / location,
        nodeid=line["nodeid"],
        spec=line["spec"],
        seed=line["seed"],
        template=line["template"],
    )


def _root(line: Record) -> Path:
    """Where the run's tests are; the current folder for a run that was brought here from elsewhere."""
    recorded = Path(line["root"])
    return recorded if recorded.is_dir() else Path.cwd()


def choose(received: Iterable[Received], pattern: str) -> list[Received]:
    """Those that a pattern is for; ReviewError, with the choices, if it is for none."""
    known = list(received)
    chosen = [one for one in known if one.matches(pattern)]
    if known and not chosen:
        labels = [one.label for one in known]
        more = f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
        raise ReviewError(f"{pattern!r} matches no truth to settle; expected one of {labels[:SHOWN]}{more}")
    return chosen
