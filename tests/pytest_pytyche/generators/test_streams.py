import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pytest_pytyche.generators.streams import BLOCK_ROWS, Draws, stream


@given(st.integers(0, 2**40), st.integers(1, 500), st.integers(0, 500))
def test_a_stream_read_to_a_shorter_length_is_a_prefix(seed: int, n: int, more: int) -> None:
    short = Draws(seed, 0, 0, n)
    long = Draws(seed, 0, 0, n + more)
    assert np.array_equal(short.normal("p", "x"), long.normal("p", "x")[:n])
    assert np.array_equal(short.uniform("p", "x"), long.uniform("p", "x")[:n])


def test_rows_keep_their_values_when_a_block_is_cut() -> None:
    whole = Draws(1, 0, 0, 100)
    assert np.array_equal(Draws(1, 0, 40, 70).normal("p", "x"), whole.normal("p", "x")[40:70])


def test_every_part_of_the_key_matters() -> None:
    keys = [(0, "p", "x", 0), (1, "p", "x", 0), (0, "q", "x", 0), (0, "p", "y", 0), (0, "p", "x", 1), (0, "p", "x0", 0)]
    first = {stream(*key).random() for key in keys}
    assert len(first) == len(keys)


def test_streams_are_uncorrelated_and_uniform() -> None:
    draws = np.stack([stream(0, "p", str(name), 0).random(BLOCK_ROWS) for name in range(8)])
    correlation = np.corrcoef(draws) - np.eye(8)
    assert np.abs(correlation).max() < 5 / np.sqrt(BLOCK_ROWS)
    assert np.abs(draws.mean(axis=1) - 0.5).max() < 5 / np.sqrt(12 * BLOCK_ROWS)


def test_another_process_with_another_hash_seed_draws_the_same() -> None:
    code = "from pytest_pytyche.generators.streams import stream; print(repr(stream(7, 'p', 'x', 3).random()))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert outputs == {repr(stream(7, "p", "x", 3).random())}
