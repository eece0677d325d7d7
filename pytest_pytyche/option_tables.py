"""Every option of the command line, each with an ini key: a run that uses none loads nothing but this table."""

from collections.abc import Iterator
from os import environ
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_pytyche.pare.check_names import CHECKS as PARE_CHECKS
from pytest_pytyche.pare.check_names import DEFAULT_CHECKS

if TYPE_CHECKING:
    import pytest

SWITCH = ("on", "off")
CHECKS = ("truth", "invariants", "estimate")
ISOLATION = ("auto", "on", "off")
RECORD = ("none", "once", "all")
CASSETTES = "cassettes"
FOLDERS = "PARE_SCENARIOS_DIR"
"""The variable of the environment that says where scenarios are."""


class Option(NamedTuple):
    """An option with a value."""

    name: str
    metavar: str
    help: str
    default: str = ""
    repeatable: bool = False
    prefix: str = "pytyche"

    @property
    def flag(self) -> str:
        """As typed on the command line."""
        return f"--{self.prefix}-{self.name}"

    @property
    def key(self) -> str:
        """As written in an ini file, and the attribute of `config.option`."""
        return f"{self.prefix}_{self.name}".replace("-", "_")


def _pare(name: str, metavar: str, text: str, default: str = "", *, repeatable: bool = False) -> Option:
    return Option(name, metavar, text, default, repeatable, prefix="pare")


CATALOG_OPTIONS = (
    Option(
        "profile",
        "NAME",
        "catalog to run: validate, standard, thorough, a published design or one of your own; alone it is all",
    ),
    Option("seeds", "SEEDS", "seeds such as 0,1,2, or a count such as 3 for 0,1,2 (one seed: 5,)", "0,"),
    Option("estimator", "NAME", "estimator to fit, by name or as module:factory (repeatable)", "lin", repeatable=True),
    Option(
        "check-estimator",
        "NAME",
        "estimator whose conduct to check, on small experiments (repeatable); alone it is the whole run",
        repeatable=True,
    ),
    Option("check", "NAMES", "built-in checks to run, of truth,invariants,estimate", ",".join(CHECKS)),
    Option("templates", "NAMES", "only specs of these scenario templates, such as reversal,constant"),
    Option("metric", "NAMES", "only specs of these metrics, of conversion_rate,revenue_per_visitor,continuous_outcome"),
    Option("treatment-cost", "COST", "score decisions too: whom to treat at that cost per visitor, such as 0 or 0.5"),
    Option("output", "DIR", "folder for results, each run in a folder of its own", ".pytyche"),
    Option("charts", "on|off", "draw the charts of report.html, for which the extra 'report' is needed", SWITCH[0]),
)

ISOLATE = Option(
    "isolation",
    "|".join(ISOLATION),
    "fits in a process of their own; auto: of all but lin and difference_in_means",
    ISOLATION[0],
)
TIMEOUT = Option("fit-timeout", "TIME", "end a fit that takes longer, such as 90s or 10m, and fail its item")
MEMORY = Option("fit-memory", "SIZE", "end a fit whose process takes more memory, such as 2GB, and fail its item")
CACHE = Option("cache", "DIR", "folder for fits that later runs reuse (default: cache in the folder for results)")
CACHE_SIZE = Option("cache-size", "SIZE", "what the cache may hold before the least used go", "1GB")
BUDGET = Option("budget", "TIME", "stop when so much time is over, such as 10m, having begun with every template")
SHARD = Option("shard", "K/N", "run the K-th of N parts, which `pytyche report` merges")
LIMITING = (ISOLATE, TIMEOUT, MEMORY)
FIT_OPTIONS = (*LIMITING, CACHE, CACHE_SIZE, BUDGET, SHARD)

BASELINE = Option("baseline", "FILE", "Parquet file of an earlier run to compare with (repeatable)", repeatable=True)
LIMIT = Option(
    "limit",
    "RULE",
    "limit on a metric, such as 'pehe<=0.5' or 'coverage_cate>=0.9 @ reversal*' (repeatable)",
    repeatable=True,
)
EXPECT_FAIL = Option(
    "expect-fail", "RULE", "specs that the gate may fail, and why: 'reversal*: REASON' (repeatable)", repeatable=True
)
ESTIMATOR_SEED = Option("estimator-seed", "N", "another stream of random numbers for estimators; data stay", "0")
PARE_BASELINE = BASELINE._replace(prefix="pare")
GATE_OPTIONS = (BASELINE, LIMIT, EXPECT_FAIL, ESTIMATOR_SEED, PARE_BASELINE)

CHECK_HELP = (
    f"built-in checks to run, of {','.join(PARE_CHECKS)} "
    f"(default: agent if one is named, else {','.join(DEFAULT_CHECKS)})"
)
NOISE_HELP = (
    "noise, such as tools=0.1,events=10: share of the agent's calls that fail (0 to 1), unplanned events a minute; "
    "also names and descriptions (on, off or the share of tools that change them), and a seed of each: events-seed=3"
)
RECORD_HELP = "model calls to record: none (only recorded ones are answered), once (those without a recording) or all"
SWEEP_HELP = "every run once at each level of one kind of noise, such as tools=0,0.1,0.3"
BUDGET_HELP = "what a run may use up, such as turns=20,calls=50,tokens=50000,money=0.5,seconds=60"
AGENT_OPTIONS = (
    _pare("agent", "NAME", "proactive agent: llm, scripted, replay, one that is installed, or module:factory"),
    _pare("user", "NAME", "user: llm, scripted, replay, accepts, rejects, ignores, hesitates, or as above"),
    _pare("model", "NAME", "model of each agent that has one"),
    _pare("scripts", "FILE", "what scripted agents do, a TOML file"),
    _pare("budget", "TEXT", BUDGET_HELP),
    _pare("session-budget", "TEXT", "the same for all runs together"),
    _pare("max-concurrency", "N", "calls of models at a time, in all processes together"),
)
PARE_OPTIONS = (
    _pare("scenarios", "PATH", "file or folder of scenarios (repeatable); alone it is the whole run", repeatable=True),
    _pare("check", "NAMES", CHECK_HELP),
    _pare("runs", "N", "runs of each scenario, each with its own seed", "1"),
    _pare("split", "FILE", "only the scenarios whose ids stand in this file, one on a line"),
    _pare("config", "FILE", "configuration of the runner, a TOML file"),
    _pare("max-turns", "N", "turns that end a run of two agents"),
    _pare("noise", "TEXT", NOISE_HELP),
    _pare("noise-sweep", "TEXT", SWEEP_HELP),
    _pare("min-kill-rate", "SHARE", "share of mutants that a scenario's validator must reject, 0 to 1", "1"),
    _pare("record", "|".join(RECORD), RECORD_HELP, RECORD[0]),
    _pare("cassettes", "DIR", "folder of recorded model calls", CASSETTES),
    _pare("traces", "DIR", "write every run into this folder, a JSON file each"),
    *AGENT_OPTIONS,
)

GROUPS = (
    ("pytyche", "synthetic experiments with known effects (pytest-pytyche)", CATALOG_OPTIONS),
    ("pytyche-fits", "time, memory and money (pytest-pytyche)", FIT_OPTIONS),
    ("pytyche-gate", "comparing with a baseline (pytest-pytyche)", GATE_OPTIONS),
    ("pare", "phone days for proactive agents (pare_harness)", PARE_OPTIONS),
)
INI_SWITCHES = (
    ("pytyche", "pytyche_suite", "add the built-in checks to a run that is given test paths"),
    ("pytyche-fits", "pytyche_no_cache", "fit everything, and keep no fit for later runs"),
    ("pytyche-gate", "pytyche_strict", "fail also for verdicts that are inconclusive or could not be made"),
)
"""Group, key and help of options without a value."""
UPDATE_HELP = "write the results of this run into the file of --{}-baseline instead of comparing"
UPDATES = ("pytyche_baseline_update", "pare_baseline_update")
RESUME = "pytyche_resume"
RESUME_HELP = "continue a run that was cut short: its folder, its name or 'latest', with the options that it was given"


def add_options(parser: "pytest.Parser") -> None:
    """Declare every option and, but for what has to be typed each time, its ini key."""
    for name, description, options in GROUPS:
        group = parser.getgroup(name, description)
        for option in options:
            _declare(parser, group, option)
    for name, key, text in INI_SWITCHES:
        flag = _flag(key)
        parser.getgroup(name).addoption(flag, action="store_true", dest=key, help=text)
        parser.addini(key, f"the same as {flag}", type="bool", default=False)
    for key in UPDATES:
        text = UPDATE_HELP.format(key.partition("_")[0])
        parser.getgroup("pytyche-gate").addoption(_flag(key), action="store_true", dest=key, help=text)
    parser.getgroup("pytyche").addoption(_flag(RESUME), metavar="RUN", dest=RESUME, help=RESUME_HELP)


def is_used(config: "pytest.Config") -> bool:
    """Whether the command line, the ini file or the environment asks for anything of this plugin."""
    given = vars(config.option)
    values = [*(given.get(key) for key in (*_keys(), *UPDATES, RESUME)), *map(config.getini, _keys())]
    named = any("::" in argument for argument in config.args)
    return named or bool(environ.get(FOLDERS)) or any(value is not None and value is not False for value in values)


def _keys() -> Iterator[str]:
    yield from (option.key for _, _, options in GROUPS for option in options)
    yield from (key for _, key, _ in INI_SWITCHES)


def _declare(parser: "pytest.Parser", group: "pytest.OptionGroup", option: Option) -> None:
    default = f" (default: {option.default})" if option.default else ""
    settings: dict[str, Any] = {"action": "append" if option.repeatable else "store", "metavar": option.metavar}
    group.addoption(option.flag, dest=option.key, help=f"{option.help}{default}", **settings)
    parser.addini(option.key, f"the same as {option.flag}", type="string", default=None)


def _flag(key: str) -> str:
    return f"--{key}".replace("_", "-")
