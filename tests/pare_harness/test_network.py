import asyncio
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from pare_harness.errors import NetworkBlockedError
from pare_harness.network import blocked


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    """Where a server of this machine listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()


async def _stream(address: tuple[str, int]) -> None:
    await asyncio.open_connection(*address)


WAYS: dict[str, Callable[[tuple[str, int]], object]] = {
    "connect": lambda address: socket.socket().connect(address),
    "connect_ex": lambda address: socket.socket().connect_ex(address),
    "create_connection": socket.create_connection,
    "sendto": lambda address: socket.socket(type=socket.SOCK_DGRAM).sendto(b"?", address),
    "name": lambda _: socket.getaddrinfo("example.org", 80),
    "asyncio": lambda address: asyncio.run(_stream(address)),
}


@pytest.mark.filterwarnings("ignore:unclosed <socket")
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_every_way_out_is_blocked_even_to_this_machine(
    way: Callable[[tuple[str, int]], object], address: tuple[str, int]
) -> None:
    with blocked() as attempts, pytest.raises(NetworkBlockedError, match="blocked while recordings are replayed"):
        way(address)
    assert attempts


def test_an_attempt_names_its_target(address: tuple[str, int]) -> None:
    with blocked() as attempts, socket.socket() as client, pytest.raises(NetworkBlockedError):
        client.connect(address)
    assert attempts == [f"connect({address!r})"]


def test_an_open_connection_goes_on(address: tuple[str, int]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        other, _ = server.accept()
        with other, blocked() as attempts:
            client.sendall(b"still here")
            assert other.recv(10) == b"still here"
        assert attempts == []


def test_the_network_is_back_when_the_last_block_ends(address: tuple[str, int]) -> None:
    with blocked():
        with blocked():
            pass
        with socket.socket() as client, pytest.raises(NetworkBlockedError):
            client.connect(address)
    with socket.create_connection(address):
        assert "connect" not in vars(socket.socket)


def test_a_block_holds_in_other_threads(address: tuple[str, int]) -> None:
    def connect() -> None:
        with socket.socket() as client, pytest.raises(NetworkBlockedError):
            client.connect(address)

    with blocked() as attempts:
        thread = threading.Thread(target=connect)
        thread.start()
        thread.join()
    assert len(attempts) == 1
