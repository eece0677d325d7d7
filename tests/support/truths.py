"""Small truths by hand, and the folder of a run that received some."""

import json
from collections.abc import Mapping
from pathlib import Path

from pytest_pytyche.checks.difference import FORMAT
from pytest_pytyche.review.received import Received, pending

STATISTICS = ("mean", "sd", "min", "q05", "q25", "median", "q75", "q95", "max", "project_1", "project_2")
COLUMNS = {
    "variant": (0.5, 0.5, 0, 0, 0, 0, 1, 1, 1, 0.1, 0.2),
    "outcome": (0.15, 0.4, 0, 0, 0, 0, 0, 1, 1, 0.1, 0.2),
    "tenure": (2, 1, 0, 0.5, 1, 2, 3, 3.5, 4, 0.1, 0.2),
    "p_per_visitor[control]": (0.1, 0, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2),
    "p_per_visitor[treatment]": (0.2, 0, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.1, 0.2),
    "contrast_cate_per_visitor[treatment]": (0.1, 0, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2),
}


def truth(effect: float = 0.1, treated: int = 2, title: str = "mine, seed 0", **means: float) -> str:
    """A truth of twenty visitors; `means`: of columns, by their names up to the bracket."""
    rows = {}
    for name, values in COLUMNS.items():
        mean = next((value for start, value in means.items() if name == start or name.startswith(f"{start}[")), None)
        rows[name] = values if mean is None else (mean, *values[1:])
    lines = [FORMAT, title, "", "[arms] visitors converted revenue", "control 10 1 -", f"treatment 10 {treated} -"]
    lines += ["[levels] visitors", "plan=free 12", "plan=paid 8", "[effects] effect conv aov"]
    lines += [f"all {effect} {effect} -", f"[columns] {' '.join(STATISTICS)}"]
    return "\n".join([*lines, *(f"{name} {' '.join(map(str, values))}" for name, values in rows.items())]) + "\n"


def write_run(folder: Path, received: Mapping[str, str], stored: Mapping[str, str]) -> Path:
    """A run that received these truths where those are stored, spec -> text each; the template starts the spec."""
    run, lines = folder / ".pytyche" / "runs" / "20260101T000000Z-abcdef", [{"kind": "run"}]
    for spec, text in received.items():
        location = f"__snapshots__/conftest/truth[{spec}-s0].truth"
        write(run / "received" / location, text)
        if spec in stored:
            write(folder / location, stored[spec])
        lines.append(line(folder, spec, location))
    write(run / "journal.jsonl", "".join(f"{json.dumps(one)}\n" for one in lines))
    return run


def line(folder: Path, spec: str, location: str) -> dict[str, object]:
    """What the journal says of a received truth."""
    return {
        "kind": "truth",
        "nodeid": f"pytyche:mine::truth[{spec}-s0]",
        "spec": spec,
        "seed": 0,
        "template": spec.partition("-")[0],
        "root": str(folder),
        "location": location,
        "received": location,
    }


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def receive(folder: Path, received: str, stored: str | None, spec: str = "mine-cr-es1") -> Received:
    """The one truth that a run received."""
    (one,) = pending(write_run(folder, {spec: received}, {} if stored is None else {spec: stored}))
    return one
