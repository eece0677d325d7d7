"""How scenarios are run where nobody says otherwise."""

from pare_harness.scenarios.config import LLMEngineConfig, ScenarioRunnerConfig

NO_MODEL = LLMEngineConfig(model_name="replay")


def replay_config() -> ScenarioRunnerConfig:
    """Both agents replay what the scenario expects; no model is asked."""
    return ScenarioRunnerConfig(
        agent_type="replay",
        user_type="replay",
        user_engine_config=NO_MODEL,
        observe_engine_config=NO_MODEL,
        execute_engine_config=NO_MODEL,
    )


def agent_config() -> ScenarioRunnerConfig:
    """A model on both sides, with as many steps in a turn as agents need."""
    return ScenarioRunnerConfig(observe_max_iterations=None, execute_max_iterations=None)
