"""What one PARE item is about: a scenario and which of its runs."""

from dataclasses import replace
from typing import NamedTuple

from pare_harness.scenarios.config import ScenarioRunnerConfig
from pare_harness.scenarios.scenario import PAREScenario


class ScenarioCase(NamedTuple):
    """A scenario class, and the number of the run where there are several. Light: nothing of the day exists yet."""

    scenario_id: str
    scenario: type[PAREScenario]
    position: int
    run: int | None = None

    @property
    def id(self) -> str:
        """What stands in the brackets of a node id."""
        return self.scenario_id if self.run is None else f"{self.scenario_id}-run{self.run}"

    @property
    def identity(self) -> dict[str, str | int | None]:
        """What tells the run from others and where it stands among them, as built-in types."""
        return {"scenario": self.scenario_id, "run": self.run, "position": self.position}

    def build(self, config: ScenarioRunnerConfig) -> PAREScenario:
        """A fresh scenario with the noise of `config`, where that has some, not yet initialized.

        Run k of several has the scenario's own seed + k − 1, and so have its unplanned events.
        """
        if self.run is None:
            scenario = self.scenario()
        else:
            own = getattr(self.scenario, "seed", None) or PAREScenario.FIELDS["seed"]
            scenario = self.scenario(seed=own + self.run - 1, run_number=self.run)
        if config.tool_augmentation_config is not None:
            scenario.tool_augmentation_config = config.tool_augmentation_config
        events = config.env_events_config or scenario.env_events_config
        if events is not None and self.run is not None:
            events = replace(events, env_events_seed=events.env_events_seed + self.run - 1)
        scenario.env_events_config = events
        return scenario
