"""What a built-in item runs."""


class CheckFailed(AssertionError):  # noqa: N818  # reads as what happened
    """A check did not hold; the message says which, for what, and by how much."""
