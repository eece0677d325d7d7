from collections.abc import Hashable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_pytyche.shards import Shard, parse_shard, share

GROUPS = st.dictionaries(st.text(max_size=4), st.sampled_from(["reversal", "constant", "zero"]), max_size=40)


@given(GROUPS, st.integers(1, 7))
def test_shares_are_disjoint_complete_and_balanced(groups: dict[Hashable, str], count: int) -> None:
    shares = [share(groups, Shard(index, count)) for index in range(1, count + 1)]
    assert sorted(map(str, set().union(*shares))) == sorted(map(str, groups))
    assert sum(map(len, shares)) == len(groups)
    for template in {*groups.values()}:
        sizes = [sum(groups[key] == template for key in keys) for keys in shares]
        assert max(sizes) - min(sizes) <= 1
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@given(GROUPS, st.randoms(use_true_random=False))
def test_the_order_of_items_changes_no_share(groups: dict[Hashable, str], random: Random) -> None:
    shuffled = list(groups.items())
    random.shuffle(shuffled)
    assert share(dict(shuffled), Shard(2, 3)) == share(groups, Shard(2, 3))


def test_a_shard_reads_as_it_is_written() -> None:
    assert parse_shard("2/5") == Shard(2, 5)
    assert str(parse_shard("5/5")) == "5/5"


@pytest.mark.parametrize("text", ["0/2", "3/2", "2", "a/b", "1/0", "-1/2"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"'{text}'; expected one of 1/N to N/N, such as 2/5"):
        parse_shard(text)
