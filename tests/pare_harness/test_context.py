import os
import subprocess
import sys

from pare_harness.context import Ids, Simulation, fresh_id, now, stable_seed

PROGRAM = "from pare_harness.context import *; print(stable_seed(1, 'Emails', 'rng'), Simulation(3).ids(), Ids('a')())"


def test_seeds_and_ids_are_the_same_in_every_process() -> None:
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_seeds_tell_their_parts_apart() -> None:
    assert len({stable_seed("a", "b"), stable_seed("ab"), stable_seed("a", "b", ""), stable_seed("b", "a")}) == 4


def test_ids_are_hex_and_never_repeat() -> None:
    ids = Ids(0, "Emails", "id")
    given = [ids() for _ in range(1000)]
    assert len(set(given)) == 1000
    assert all(len(one) == 32 and set(one) <= set("0123456789abcdef") for one in given)


def test_time_and_ids_come_from_the_simulation_that_runs() -> None:
    outer, inner = Simulation(seed=1, start=100), Simulation(seed=2, start=200)
    with outer.running():
        with inner.running():
            assert now() == 200
            from_inner = fresh_id()
        assert now() == 100
        assert fresh_id() != from_inner
    assert Simulation(seed=2).ids() == from_inner


def test_outside_of_simulations_time_stands_still() -> None:
    assert now() == now()
    assert fresh_id() != fresh_id()
