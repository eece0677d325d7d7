import pytest

from pare_harness.redaction import Redactor

ENVIRONMENT = {
    "OPENAI_API_KEY": "abc123def",
    "HF_TOKEN": "abc123def456",
    "db_password": "correct horse",
    "CLIENT_SECRET": "short",
    "HOME": "/home/ada",
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("the key is abc123def!", "the key is [redacted]!"),
        ("abc123def456", "[redacted]"),
        (["correct horse", {"note": "say correct horse"}], ["[redacted]", {"note": "say [redacted]"}]),
        ({"abc123def": 1}, {"[redacted]": 1}),
        ("Authorization: Bearer eyJhbGciOi.J9-x", "Authorization: Bearer [redacted]"),
        ("sk-proj-0123456789", "[redacted]"),
        ("api_key=hunter22, next", "api_key=[redacted], next"),
        ({"Authorization": "whatever", "x-api-key": "k"}, {"Authorization": "[redacted]", "x-api-key": "[redacted]"}),
    ],
)
def test_secrets_are_replaced_wherever_they_stand(value: object, expected: object) -> None:
    assert Redactor.of_environment(ENVIRONMENT)(value) == expected


@pytest.mark.parametrize(
    "value", ["a short walk", "/home/ada", 3, None, True, {"key": "C major"}, "risk-averse people"]
)
def test_everything_else_is_left_as_it_is(value: object) -> None:
    assert Redactor.of_environment(ENVIRONMENT)(value) == value
