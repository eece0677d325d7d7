"""What one PARE item is about: a scenario and which of its runs."""

from dataclasses import replace
from typing import NamedTuple

from pare_harness.scenarios.config import ScenarioRunnerConfig
from pare_harness.scenarios.scenario import PAREScenario, whole_seed
from pytest_pytyche.pare.noise import Level, Noise, at_level


class ScenarioCase(NamedTuple):
    """A scenario class, and the number of the run and the level of noise where there are several. Light: no day yet."""

    scenario_id: str
    scenario: type[PAREScenario]
    position: int
    run: int | None = None
    level: Level | None = None

    @property
    def id(self) -> str:
        """What stands in the brackets of a node id."""
        level = "" if self.level is None else f"-{self.level.text}"
        return f"{self.scenario_id}{level}" if self.run is None else f"{self.scenario_id}{level}-run{self.run}"

    @property
    def identity(self) -> dict[str, str | int | None]:
        """What tells the run from others and where it stands among them, as built-in types."""
        level = None if self.level is None else self.level.text
        return {"scenario": self.scenario_id, "run": self.run, "position": self.position, "level": level}

    def build(self, config: ScenarioRunnerConfig) -> PAREScenario:
        """A fresh scenario with the noise of `config` and of the level, where they have some, not yet initialized.

        Run k of several has the scenario's own seed + k − 1, and so have its unplanned events.
        """
        if self.run is None:
            scenario = self.scenario()
        else:
            own = whole_seed(self.scenario_id, getattr(self.scenario, "seed", None))
            scenario = self.scenario(seed=own + self.run - 1, run_number=self.run)
        noise = Noise(config.tool_augmentation_config, config.env_events_config)
        if self.level is not None:
            noise = at_level(noise, self.level)
        if noise.tools is not None:
            scenario.tool_augmentation_config = noise.tools
        events = noise.events or scenario.env_events_config
        if events is not None and self.run is not None:
            events = replace(events, env_events_seed=events.env_events_seed + self.run - 1)
        scenario.env_events_config = events
        return scenario
