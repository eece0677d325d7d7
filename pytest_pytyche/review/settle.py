"""Accept or reject what a run received."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from pytest_pytyche.checks.difference import Unreadable, read
from pytest_pytyche.files import write_atomically
from pytest_pytyche.review.received import Received, ReviewError


class Settled(NamedTuple):
    """What was done, a line each."""

    verb: str
    received: Received

    def __str__(self) -> str:
        if self.verb == "accepted":
            return f"accepted {self.received.label}: stored in {self.received.stored}"
        return f"rejected {self.received.label}: {self.received.stored} stays as it is"


def accept(received: Received) -> Settled:
    """Store what was received, whole or not at all, and forget it; ReviewError for a text that is no truth."""
    try:
        text = received.file.read_text("utf-8")
        read(text)
        received.stored.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(received.stored, lambda path: path.write_text(text, "utf-8"))
        received.file.unlink(missing_ok=True)
    except FileNotFoundError as error:
        raise ReviewError(f"{received.label} is settled already: {received.file} is gone") from error
    except (Unreadable, UnicodeDecodeError) as error:
        raise ReviewError(f"{received.label} cannot be accepted: {received.file} is no truth: {error}") from error
    except OSError as error:
        raise ReviewError(f"{received.label} cannot be accepted: {error.strerror}: {error.filename}") from error
    return Settled("accepted", received)


def reject(received: Received) -> Settled:
    """Forget what was received; the stored truth stays, so the check goes on failing until the change is undone."""
    try:
        received.file.unlink()
    except FileNotFoundError as error:
        raise ReviewError(f"{received.label} is settled already: {received.file} is gone") from error
    except OSError as error:
        raise ReviewError(f"{received.label} cannot be rejected: {error.strerror}: {error.filename}") from error
    return Settled("rejected", received)


def settle(chosen: Iterable[Received], action: Callable[[Received], Settled]) -> list[Settled]:
    """Do it to each, in order."""
    return [action(received) for received in chosen]
