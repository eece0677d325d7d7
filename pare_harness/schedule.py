"""Which event comes next: a total order on time and, among equal times, on insertion."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator

from pare_harness.errors import ScenarioError
from pare_harness.events import AbstractEvent, ConditionCheckEvent


class Schedule:
    """A queue of events, and which of them have happened. An event joins once all that it depends on have happened."""

    def __init__(self, start: float) -> None:
        self.start = start
        self._queue: list[tuple[float, int, AbstractEvent]] = []
        self._inserted = 0
        self._happened: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, events: Iterable[AbstractEvent]) -> None:
        """Queue the events that depend on nothing; the others follow them.

        Raises `ScenarioError` for two events of one id, a cycle, and an event that depends on one not scheduled.
        """
        events = list(dict.fromkeys(_checked(events)))
        check(events)
        for event in events:
            if not event.dependencies:
                self._push(event, _or(event.event_time, self.start + (event.event_relative_time or 0.0)))

    def next_time(self) -> float | None:
        return self._queue[0][0] if self._queue else None

    def waiting(self) -> Iterator[AbstractEvent]:
        """The events that are queued, in order."""
        return (event for _, _, event in sorted(self._queue))

    def pop(self, until: float) -> tuple[float, AbstractEvent] | None:
        """The next event and its time, if that is not after `until`."""
        if not self._queue or self._queue[0][0] > until:
            return None
        time, _, event = heapq.heappop(self._queue)
        return time, event

    def again(self, event: ConditionCheckEvent, time: float) -> None:
        """Ask a condition once more at `time`."""
        self._push(event, time)

    def happened(self, event: AbstractEvent, time: float) -> None:
        """Note that `event` came about at `time`, and queue what waited for it alone."""
        self._happened[event.event_id] = time
        for child in event.successors:
            parents = [self._happened.get(parent.event_id) for parent in child.dependencies]
            if child.event_id not in self._happened and all(parent is not None for parent in parents):
                last = max(parent for parent in parents if parent is not None)
                self._push(child, _or(child.event_time, last + (child.event_relative_time or 0.0)))

    def _push(self, event: AbstractEvent, time: float) -> None:
        heapq.heappush(self._queue, (time, self._inserted, event))
        self._inserted += 1


def _checked(events: Iterable[object]) -> Iterator[AbstractEvent]:
    if not isinstance(events, Iterable):
        raise ScenarioError(f"events is {events!r}; expected a list of events")
    for position, event in enumerate(events):
        if not isinstance(event, AbstractEvent):
            raise ScenarioError(
                f"events[{position}] is {event!r:.80}; expected an event, which a call gives inside "
                f"EventRegisterer.capture_mode()"
            )
        yield event


def check(events: list[AbstractEvent]) -> None:
    """Raise `ScenarioError` naming the event that has another's id, stands in a cycle, or can never happen."""
    named: dict[str, AbstractEvent] = {}
    for event in events:
        if named.setdefault(event.event_id, event) is not event:
            raise ScenarioError(f"two events have the id {event.event_id!r}; expected an id of its own for each")
    reached = set(_reached(event for event in events if not event.dependencies))
    for event in events:
        if event.event_id not in reached:
            raise ScenarioError(_why_never(event, reached))


def _reached(roots: Iterable[AbstractEvent]) -> Iterator[str]:
    """The ids of the events that come about when every action runs and every condition becomes true."""
    open_events = list(roots)
    seen = {event.event_id for event in open_events}
    while open_events:
        event = open_events.pop()
        yield event.event_id
        for child in event.successors:
            if child.event_id not in seen and all(parent.event_id in seen for parent in child.dependencies):
                seen.add(child.event_id)
                open_events.append(child)


def _why_never(event: AbstractEvent, reached: set[str]) -> str:
    """Follow what is missing backwards: either to an event that nobody schedules, or round in a circle."""
    path = [event]
    while True:
        missing = [parent for parent in path[-1].dependencies if parent.event_id not in reached]
        if not missing:
            return (
                f"event {path[0].event_id!r} can never happen: {path[-1].event_id!r} is not among the scenario's events"
            )
        if missing[0] in path:
            circle = " -> ".join(repr(one.event_id) for one in [*path[path.index(missing[0]) :], missing[0]])
            return f"events depend on each other in a cycle: {circle}"
        path.append(missing[0])


def _or(time: float | None, otherwise: float) -> float:
    return otherwise if time is None else time
