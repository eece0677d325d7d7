"""Data of cases, generated when first asked for and shared while it is worth keeping."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pytest_pytyche.cases import Case
from pytest_pytyche.checks import CheckFailed
from pytest_pytyche.errors import describe
from pytest_pytyche.generators.core import CalibrationBundle, V2GeneratorConfig, generate_v2_core
from pytest_pytyche.generators.truth import AlignedVisitorArray

MAX_BYTES = 128 * 2**20
MAX_COUNT = 128


class Draw(NamedTuple):
    """A case's config with its metadata, and the data generated from it."""

    config: V2GeneratorConfig
    metadata: dict[str, Any]
    bundle: CalibrationBundle


class Kept(NamedTuple):
    """A draw with its size. The spec is held on to so that what it is made of keeps its `id`."""

    draw: Draw
    nbytes: int
    spec: object


@dataclass
class Draws:
    """The most recently used draws of this process, within `max_bytes` and `max_count`; the last one always stays."""

    max_bytes: int = MAX_BYTES
    max_count: int = MAX_COUNT
    _kept: OrderedDict[object, Kept] = field(default_factory=OrderedDict)

    def get(self, case: Case, *, on_new: Callable[[Draw], None]) -> Draw:
        """The case's draw; `on_new` is told of each that had to be generated. CheckFailed where generating raises."""
        key = _key(case)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key].draw
        draw = generate(case)
        self._kept[key] = Kept(draw, bundle_bytes(draw.bundle), case.spec)
        self._shrink()
        on_new(draw)
        return draw

    def _shrink(self) -> None:
        while len(self._kept) > 1 and (len(self._kept) > self.max_count or self._nbytes() > self.max_bytes):
            self._kept.popitem(last=False)

    def _nbytes(self) -> int:
        return sum(kept.nbytes for kept in self._kept.values())


def _key(case: Case) -> tuple[object, ...]:
    """Equal for the same data: knobs are compared by value, and those that cannot be by being the same ones."""
    template, knobs = case.spec
    content: object
    try:
        content = frozenset((name, type(value), value) for name, value in knobs.items())
    except TypeError:
        content = id(knobs)
    return id(template), content, case.seed


def generate(case: Case) -> Draw:
    """Build the case's config and generate its data; CheckFailed, one line, where either raises."""
    template, knobs = case.spec
    try:
        config, metadata = template(seed=case.seed, **knobs)
        if config.n_visitors == 0:
            raise ValueError("n_visitors=0; expected at least 1 visitor to check")
        return Draw(config, metadata, generate_v2_core(config))
    except Exception as error:  # templates may be a user's: whatever they raise is reported
        raise CheckFailed(f"generating the data raised {describe(error)}") from error


def bundle_bytes(bundle: CalibrationBundle) -> int:
    """Memory held by the observed frame and by the arrays of the truth."""
    arrays = (array.values for array in vars(bundle.truth).values() if isinstance(array, AlignedVisitorArray))
    return int(bundle.observed.visitors.estimated_size()) + sum(array.nbytes for array in arrays)
