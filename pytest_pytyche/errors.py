"""Errors as one line of text, for reports and result rows."""


def describe(error: BaseException) -> str:
    """`ValueError: its message` on one line, or only the type where there is no message."""
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
