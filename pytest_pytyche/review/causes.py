"""What changed truths have in common: the earliest thing that changed in them, since all else follows from it.

A data set is made in order: visitors are assigned, features and clusters drawn, then come the means under control, the
effects of the treatments, and the outcomes. Specs that share a feature share the cause when it changes. Effects belong
to a template, so a change of effects alone is shared by its specs, and by all whose effects changed by equal factors.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from pytest_pytyche.review.changed import Changed

ASSIGNMENT, FEATURE, CLUSTER, BASELINE, EFFECT, OUTCOME = range(6)
CONTROL = "[control]"
ARRAY = "_per_visitor"
DIGITS = 3


@dataclass(frozen=True)
class Group:
    """Changed truths with one cause, the largest change first."""

    cause: str
    members: tuple[Changed, ...]

    @cached_property
    def size(self) -> float:
        """The largest change among them."""
        return max(member.size for member in self.members)


def group(changed: Iterable[Changed]) -> list[Group]:
    """By cause, the largest change first; ties in the order of the names."""
    ordered = sorted(changed, key=lambda one: (-one.size, one.received.label))
    merged: list[tuple[set[object], list[Changed]]] = []
    for one in ordered:
        keys, members = keys_of(one), [one]
        for other in [entry for entry in merged if entry[0] & keys]:
            merged.remove(other)
            keys, members = keys | other[0], [*other[1], *members]
        merged.append((keys, members))
    groups = [Group(_cause(members), tuple(sorted(members, key=ordered.index))) for _, members in merged]
    return sorted(groups, key=lambda found: (-found.size, found.cause))


def keys_of(changed: Changed) -> set[object]:
    """What it has in common with whatever shares its cause: one key in common is enough."""
    if changed.problem is not None:
        return {changed.problem.partition(":")[0]}
    stage, parts = origin(changed)
    if stage != EFFECT:
        return {(stage, parts)}
    template, shared = changed.received.template or changed.received.spec, factors(changed)
    return {("template", template), *([("factors", shared)] if shared else [])}


def origin(changed: Changed) -> tuple[int, frozenset[str]]:
    """The earliest stage at which something changed, and what changed there."""
    found: dict[int, set[str]] = {}
    for table, row in changed.changed_rows:
        stage, part = _stage(table, row)
        found.setdefault(stage, set()).add(part)
    stage = min(found, default=OUTCOME)
    return stage, frozenset(found.get(stage, ()))


def _stage(table: str, row: str) -> tuple[int, str]:
    name = row.partition("=")[0]
    if table == "arms" or name == "outcome":
        return OUTCOME, "outcomes"
    if name == "variant":
        return ASSIGNMENT, "assignment"
    if name.startswith("cluster"):
        return CLUSTER, "clusters"
    if table == "effects" or name.partition("[")[0].endswith(ARRAY):
        return (BASELINE, name.partition("_")[0]) if name.endswith(CONTROL) else (EFFECT, "effects")
    return FEATURE, name


def factors(changed: Changed) -> tuple[float, ...]:
    """By which factors the effect and its parts changed, to three digits; empty where no factor tells."""
    relative = [number.relative for cells in changed.rows["effects"].values() for number in cells.values()]
    return tuple(round(value, DIGITS) for value in relative if value is not None)


def _features(members: list[Changed]) -> str:
    names = sorted({part for member in members for part in origin(member)[1]})
    return f"Feature{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _baselines(members: list[Changed]) -> str:
    parts = {part for member in members for part in origin(member)[1]}
    named = {"p": "conversion", "m": "revenue"}
    return f"Mean {' and '.join(named.get(part, part) for part in sorted(parts, reverse=True))} under control"


def _effects(members: list[Changed]) -> str:
    templates = sorted({member.received.template or member.received.spec for member in members})
    return f"Effects of {', '.join(templates)}"


CAUSES: dict[int, Callable[[list[Changed]], str]] = {
    ASSIGNMENT: lambda _: "Assignment to arms",
    FEATURE: _features,
    CLUSTER: lambda _: "Latent clusters",
    BASELINE: _baselines,
    EFFECT: _effects,
    OUTCOME: lambda _: "Outcomes alone, not their means",
}


def _cause(members: list[Changed]) -> str:
    """The cause in words."""
    first = members[0]
    if first.problem is not None:
        return first.problem.partition(":")[0].capitalize()
    return CAUSES[origin(first)[0]](members)
