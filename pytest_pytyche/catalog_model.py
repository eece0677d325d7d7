"""What may stand in a catalog file, `NAME.pytyche.toml`: tables, keys, types and choices, each declared once."""

from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Tag,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from pytest_pytyche.generators.catalog import CATEGORICAL_FEATURES, PROFILE_NAMES, TEMPLATES
from pytest_pytyche.generators.design import CHANNEL_MODES
from pytest_pytyche.generators.observed import ALL_METRICS
from pytest_pytyche.option_tables import CHECKS, RECORD
from pytest_pytyche.pare.check_names import CHECKS as PARE_CHECKS
from pytest_pytyche.pare.check_names import DEFAULT_CHECKS as PARE_DEFAULT_CHECKS
from pytest_pytyche.pare.settings import MAX_RUNS
from pytest_pytyche.report.columns import SCORES
from pytest_pytyche.settings import MAX_SEED, MAX_SEEDS
from pytest_pytyche.toml_errors import ONE_OF, UNKNOWN_KEY


@dataclass(frozen=True)
class OneOf:
    """Validator: a text that is one of the choices, which the schema lists."""

    choices: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._require, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "enum": list(self.choices)}

    def _require(self, value: str) -> str:
        if value not in self.choices:
            raise PydanticCustomError(ONE_OF, "unknown name", {"choices": list(self.choices)})
        return value


def _distinct(values: list[Any]) -> list[Any]:
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"{value!r} stands there twice")
    return values


Distinct = AfterValidator(_distinct)
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Scale = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=0)]
Visitors = Annotated[int, Field(ge=2)]
Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
Glob = Annotated[
    str, Field(pattern=r"^[^\s:/@]+$", description="Ids of specs or names of templates, with * ? and [ ].")
]
Number = Annotated[float, Field(allow_inf_nan=False)]
Name = Annotated[str, Field(pattern=r"^[\w.:-]+$")]
Template = Annotated[str, OneOf(tuple(TEMPLATES))]
Metric = Annotated[str, OneOf(ALL_METRICS)]
Check = Annotated[str, OneOf(tuple(CHECKS))]
Score = Annotated[str, OneOf(tuple(column.name for column in SCORES))]


class Part(BaseModel):
    """A table of the file: immutable, its keys known, its values of the type that is written."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _require_known_keys(cls, data: Any) -> Any:
        for key in data if isinstance(data, dict) else ():
            if key not in cls.model_fields:
                context = {"key": key, "value": data[key], "choices": list(cls.model_fields)}
                raise PydanticCustomError(UNKNOWN_KEY, "unknown key", context)
        return data


class Grids(Part):
    """Values per knob: templates × metrics × effect scales, every other knob swept from its default."""

    effect_scale: Annotated[list[Scale], Field(min_length=1)]
    severity_sigma: list[Positive] | None = None
    n_nuisance: list[Count] | None = None
    n_visitors: list[Visitors] | None = None
    treatment_allocation: list[Share] | None = None
    benefit_prevalence: list[Share] | None = None
    baseline_rate: list[Share] | None = None
    revenue_model: list[Annotated[str, OneOf(("lognormal", "cart"))]] | None = None
    channel_mode: list[Annotated[str, OneOf(tuple(CHANNEL_MODES))]] | None = None


class Defaults(Part):
    """What a knob is where it is not swept."""

    effect_scale: Scale = 1.0
    n_visitors: Visitors = 1000
    severity_sigma: Positive = 0.5
    n_nuisance: Count = 5
    treatment_allocation: Share = 0.5
    benefit_prevalence: Share = 0.15
    baseline_rate: Share = 0.05


class EstimatorEntry(Part):
    """An estimator, `name` in ids and reports: what `factory`, if not of that name too, returns for the parameters."""

    name: Name
    factory: str | None = None
    parameters: dict[str, Any] = {}

    @model_validator(mode="after")
    def _require_name_of_its_own(self) -> Self:
        if self.parameters and self.factory is None:
            raise ValueError(f"estimator {self.name!r} has parameters; expected factory='…' too, and a name of its own")
        return self


AnyEstimator = Annotated[
    Annotated[Name, Tag("<name>")] | Annotated[EstimatorEntry, Tag("<table>")],
    Discriminator(lambda value: "<name>" if isinstance(value, str) else "<table>"),
]


def _named_once(entries: list[str | EstimatorEntry]) -> list[str | EstimatorEntry]:
    _distinct([entry if isinstance(entry, str) else entry.name for entry in entries])
    return entries


class LimitEntry(Part):
    """Bounds on the mean of a metric over the replicates of each spec."""

    metric: Score
    max: Number | None = None
    min: Number | None = None
    where: Glob = "*"

    @model_validator(mode="after")
    def _require_bound(self) -> Self:
        if self.max is None and self.min is None:
            raise ValueError(f"the limit on {self.metric!r} has neither max nor min; expected one of them or both")
        if self.max is not None and self.min is not None and self.max < self.min:
            raise ValueError(f"the limit on {self.metric!r} has max={self.max:g} below min={self.min:g}")
        return self


class ExpectedEntry(Part):
    """Specs whose failure is known; without a metric in any, and of their estimate check too."""

    where: Glob
    reason: Annotated[str, Field(min_length=1, pattern=r"\S")]
    metric: Score | None = None


class Gate(Part):
    """What estimates are compared with; paths are relative to the file."""

    baselines: Annotated[list[str], Distinct] = []
    strict: bool = False
    limits: list[LimitEntry] = []
    expected_failures: list[ExpectedEntry] = []


class Pare(Part):
    """Scenarios of phone days and how they are run; paths are relative to the file."""

    scenarios: Annotated[list[str], Field(min_length=1)]
    checks: Annotated[list[Annotated[str, OneOf(tuple(PARE_CHECKS))]], Field(min_length=1)] = list(PARE_DEFAULT_CHECKS)
    runs: Annotated[int, Field(ge=1, le=MAX_RUNS)] = 1
    split: str | None = None
    config: Annotated[str | None, Field(description="Configuration of the runner, a TOML file.")] = None
    max_turns: Annotated[int, Field(ge=1)] | None = None
    noise: Annotated[str, Field(description="As of --pare-noise.")] = ""
    noise_sweep: Annotated[str, Field(description="As of --pare-noise-sweep.")] = ""
    min_kill_rate: Annotated[float, Field(ge=0, le=1, description="As of --pare-min-kill-rate.")] = 1.0
    traces: Annotated[str | None, Field(description="Folder for traces.")] = None
    agent: Annotated[str, Field(description="As of --pare-agent; without checks, the check is agent.")] = ""
    user: Annotated[str, Field(description="As of --pare-user.")] = ""
    model: Annotated[str, Field(description="As of --pare-model.")] = ""
    record: Annotated[str, OneOf(RECORD)] = RECORD[0]
    cassettes: Annotated[str | None, Field(description="Folder of recorded model calls.")] = None
    baselines: Annotated[list[str], Distinct] = []


class Design(Part):
    """A template, built in or of one's own, and values of its knobs: every combination of those that are lists."""

    template: Annotated[str, Field(description="A name, or module:name for a file next to this one.")]
    knobs: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _require_values(self) -> Self:
        for knob, values in (self.knobs or {}).items():
            if values == []:
                raise ValueError(f"knob {knob!r} has no values; expected one or more, or leave it out")
        return self

    @property
    def cells(self) -> list[dict[str, Any]] | None:
        """The combinations; None for those that the template has of its own."""
        if self.knobs is None:
            return None
        values = [value if isinstance(value, list) else [value] for value in self.knobs.values()]
        return [dict(zip(self.knobs, combination, strict=True)) for combination in product(*values)]


class CatalogFile(Part):
    """A whole file: a profile, grids or designs, what is done with its specs, and what is expected of them."""

    model_config = ConfigDict(title="pytyche catalog file")

    profile: Annotated[str, OneOf(PROFILE_NAMES)] | None = None
    grids: Grids | None = None
    designs: Annotated[list[Design], Field(min_length=1)] | None = None
    defaults: Defaults = Defaults()
    categorical_driver: Annotated[str, OneOf(tuple(CATEGORICAL_FEATURES))] | None = None
    templates: Annotated[list[Template], Field(min_length=1), Distinct] | None = None
    metrics: Annotated[list[Metric], Field(min_length=1), Distinct] | None = None
    seeds: Annotated[
        Annotated[int, Field(ge=1, le=MAX_SEEDS), Tag("<count>")]
        | Annotated[list[Seed], Field(min_length=1), Distinct, Tag("<list>")],
        Discriminator(lambda value: "<list>" if isinstance(value, list) else "<count>"),
    ] = [0]
    checks: Annotated[list[Check], Field(min_length=1)] = list(CHECKS)
    estimators: Annotated[list[AnyEstimator], Field(min_length=1), AfterValidator(_named_once)] = ["lin"]
    gate: Gate = Gate()
    pare: Pare | None = None

    @model_validator(mode="after")
    def _require_catalog(self) -> Self:
        given = {"profile": self.profile, "[grids]": self.grids, "[[designs]]": self.designs}
        catalogs = [name for name, value in given.items() if value is not None]
        if len(catalogs) > 1:
            raise ValueError(f"both {catalogs[0]} and {catalogs[1]} are given; expected one of them")
        if not catalogs and self.pare is None:
            raise ValueError("neither profile nor [grids] nor [[designs]] nor [pare] is given; expected what to run")
        if self.designs is not None and self.templates is not None:
            raise ValueError("templates narrows a profile or [grids]; each of [[designs]] names its own")
        if self.grids is None and (self.categorical_driver is not None or "defaults" in self.model_fields_set):
            raise ValueError("[defaults] and categorical_driver belong to [grids], which is not given")
        return self
