"""Durations and amounts of memory as people write them: `10m`, `1h30m`, `500MB`."""

import re

SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
BYTES = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
NUMBER = r"\d+(?:\.\d+)?"
PART = rf"({NUMBER})([smh])"
DURATION = rf"(?:{NUMBER}[smh])+|{NUMBER}"
SIZE = rf"({NUMBER})({'|'.join(BYTES)})"


def seconds_of(text: str) -> float:
    """Seconds in `90s`, `10m` or `1h30m`, or a number of them; ValueError, one line, unless that is above 0."""
    parts = [float(number) * SECONDS[unit] for number, unit in re.findall(PART, text)]
    if re.fullmatch(DURATION, text) and (total := sum(parts) if parts else float(text)) > 0:
        return total
    raise ValueError(f"{text!r}; expected a duration such as 90s, 10m or 1h30m")


def bytes_of(text: str) -> int:
    """`500MB` or `1.5GB` in bytes, units being powers of 1000; ValueError, one line, unless that is above 0."""
    found = re.fullmatch(SIZE, text)
    if found and (amount := int(float(found[1]) * BYTES[found[2]])) > 0:
        return amount
    raise ValueError(f"{text!r}; expected an amount such as 500MB or 2GB")


def duration_text(seconds: float) -> str:
    """`1h30m` for 5400: what `seconds_of` reads, to the second above one minute."""
    if seconds < SECONDS["m"]:
        return f"{seconds:g}s"
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return "".join(f"{number}{unit}" for number, unit in ((hours, "h"), (minutes, "m"), (left, "s")) if number)


def size_text(amount: int) -> str:
    """`1.5 GB` for 1 500 000 000."""
    unit = next((unit for unit in reversed(BYTES) if amount >= BYTES[unit]), None)
    return f"{amount} bytes" if unit is None else f"{amount / BYTES[unit]:.3g} {unit}"
