from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode

import pytest

from pytest_pytyche.review.received import pending
from pytest_pytyche.review.serve import MAX_BODY, Review, Server
from tests.support.truths import truth, write_run

NEW = truth(effect=0.2)


class Client:
    """Talks to a served page, as a browser or as somebody else would."""

    def __init__(self, server: Server, run: Path, told: list[str]) -> None:
        self.server, self.run, self.told = server, run, told

    @property
    def token(self) -> str:
        return self.server.review.token

    def get(self, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, fields: dict[str, object], **headers: str) -> tuple[int, str, dict[str, str]]:
        return self._ask("POST", path, urlencode(fields, doseq=True), headers)

    def _ask(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, str, dict[str, str]]:
        connection = HTTPConnection("127.0.0.1", self.server.server_port, timeout=10)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response.status, text, dict(response.getheaders())


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    run = write_run(tmp_path, {"a-cr": NEW, "b-cr": NEW}, {"a-cr": truth(), "b-cr": truth()})
    told: list[str] = []
    with Server(Review(run, told.append)) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield Client(server, run, told)
        server.shutdown()
        thread.join()


def name(spec: str) -> str:
    return f"__snapshots__/conftest/truth[{spec}-s0].truth"


def test_it_listens_on_the_loopback_address_only(client: Client) -> None:
    assert client.server.server_address[0] == "127.0.0.1"
    assert client.server.url == f"http://127.0.0.1:{client.server.server_port}/?token={client.token}"


def test_the_page_is_for_whoever_knows_the_token(client: Client) -> None:
    status, text, headers = client.get(f"/?token={client.token}")
    assert status == 200
    assert "a-cr-s0" in text
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize("query", ["/", "/?token=", "/?token=wrong", "/?token=%C3%BC"])
def test_without_the_token_nothing_is_told(client: Client, query: str) -> None:
    status, text, _ = client.get(query)
    assert status == 403
    assert "a-cr" not in text
    assert client.token not in text


@pytest.mark.parametrize(("path", "stored"), [("/accept", NEW), ("/reject", truth())])
def test_a_button_settles_its_truth_and_leads_back(client: Client, tmp_path: Path, path: str, stored: str) -> None:
    status, _, headers = client.post(path, {"token": client.token, "name": name("a-cr")})
    assert (status, headers["Location"]) == (303, f"/?token={client.token}")
    assert (tmp_path / name("a-cr")).read_text("utf-8") == stored
    assert [received.spec for received in pending(client.run)] == ["b-cr"]
    (line,) = client.told
    assert line.startswith(f"{path[1:]}ed a-cr-s0: ")
    assert line in client.get(headers["Location"])[1].replace("&#39;", "'")


def test_a_button_settles_a_whole_group(client: Client) -> None:
    client.post("/accept", {"token": client.token, "name": [name("a-cr"), name("b-cr")]})
    assert pending(client.run) == []
    assert "Nothing is left to settle" in client.get(f"/?token={client.token}")[1]


def test_a_button_pressed_twice_says_so(client: Client) -> None:
    for _ in range(2):
        client.post("/accept", {"token": client.token, "name": name("a-cr")})
    assert client.told[-1] == f"{name('a-cr')} is settled already"


@pytest.mark.parametrize(
    ("fields", "headers", "status"),
    [
        ({"token": "wrong"}, {}, 403),
        ({}, {}, 403),
        ({"token": "right"}, {"Host": "rebound.example"}, 421),
        ({"token": "right"}, {"Host": "127.0.0.1:1"}, 421),
        ({"token": "right"}, {"Origin": "https://elsewhere.example"}, 403),
        ({"token": "right"}, {"Origin": "null"}, 403),
    ],
)
def test_a_request_that_is_not_the_pages_own_settles_nothing(
    client: Client, fields: dict[str, object], headers: dict[str, str], status: int
) -> None:
    if fields.get("token") == "right":
        fields = {"token": client.token}
    assert client.post("/accept", {**fields, "name": name("a-cr")}, **headers)[0] == status
    assert len(pending(client.run)) == 2


def test_a_page_made_to_point_here_under_another_name_is_told_nothing(client: Client) -> None:
    status, text, _ = client.get(f"/?token={client.token}", Host="rebound.example")
    assert status == 421
    assert "a-cr" not in text


def test_only_the_names_of_the_page_are_settled(client: Client) -> None:
    client.post("/accept", {"token": client.token, "name": "../../../../etc/passwd"})
    assert client.told == ["../../../../etc/passwd is settled already"]


def test_other_paths_and_sizes_are_refused(client: Client) -> None:
    assert client.get("/favicon.ico")[0] == 404
    assert client.post("/delete", {"token": client.token})[0] == 404
    assert client.post("/accept", {}, Content_Length=str(MAX_BODY + 1))[0] == 413
    assert client.post("/accept", {}, Content_Length="-1")[0] == 413


def test_a_run_that_cannot_be_read_any_more_is_said(client: Client) -> None:
    (client.run / "journal.jsonl").unlink()
    status, text, _ = client.get(f"/?token={client.token}")
    assert status == 200
    assert "cannot be read" in text
    assert client.post("/accept", {"token": client.token, "name": name("a-cr")})[0] == 303
