"""The page with its buttons, for this machine's user alone: on the loopback address, behind a token."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from urllib.parse import parse_qs, urlencode, urlsplit

from pytest_pytyche.review.page import Buttons, render
from pytest_pytyche.review.received import Received, ReviewError, pending
from pytest_pytyche.review.settle import Settled, accept, reject

ADDRESS = "127.0.0.1"
MAX_BODY = 4 * 2**20
PATIENCE_SECONDS = 10
ACTIONS: Mapping[str, Callable[[Received], Settled]] = {"/accept": accept, "/reject": reject}


@dataclass
class Review:
    """A review in progress. `tell` is told what buttons do, `done` is what the last one did.

    `token`: whoever does not know it is told nothing.
    """

    run: Path
    tell: Callable[[str], object]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    done: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def page(self, nonce: str) -> str:
        """What is still to be settled."""
        with self.lock:
            return render(self.run.name, pending(self.run), Buttons(self.token, nonce), self.done)

    def settle(self, action: Callable[[Received], Settled], names: list[str]) -> None:
        """Settle what goes by these names; each line of `done` says what happened to one of them."""
        with self.lock:
            try:
                known = {received.name: received for received in pending(self.run)}
                self.done = [_settle(action, known.get(name), name) for name in names]
            except ReviewError as error:
                self.done = [str(error)]
        for line in self.done:
            self.tell(line)


def _settle(action: Callable[[Received], Settled], received: Received | None, name: str) -> str:
    if received is None:
        return f"{name} is settled already"
    try:
        return str(action(received))
    except ReviewError as error:
        return str(error)


class Server(ThreadingHTTPServer):
    """Listens on the loopback address only; `port` 0 takes a free one."""

    daemon_threads = True

    def __init__(self, review: Review, port: int = 0) -> None:
        super().__init__((ADDRESS, port), Handler)
        self.review = review

    @property
    def hosts(self) -> tuple[str, ...]:
        """What a browser of this machine may call it: any other name was made to point here."""
        return tuple(f"{name}:{self.server_port}" for name in (ADDRESS, "localhost"))

    @property
    def url(self) -> str:
        """The page, for its user only."""
        return f"http://{ADDRESS}:{self.server_port}/?{urlencode({'token': self.review.token})}"


class Handler(BaseHTTPRequestHandler):
    """`GET /?token=…` is the page; `POST /accept` and `/reject` take a form with the token and names."""

    server: Server
    timeout = PATIENCE_SECONDS
    server_version = "pytyche"
    sys_version = ""

    def do_GET(self) -> None:
        """The page, for whoever knows the token."""
        url = urlsplit(self.path)
        if url.path != "/":
            self._refuse(HTTPStatus.NOT_FOUND, "there is only one page here, /")
        elif self._is_trusted(parse_qs(url.query)):
            nonce = secrets.token_urlsafe(16)
            self._answer(HTTPStatus.OK, self._page(nonce), nonce)

    def do_POST(self) -> None:
        """Do what a button says, and show the page again."""
        action = ACTIONS.get(self.path)
        length = self.headers.get("Content-Length", "")
        if action is None:
            self._refuse(HTTPStatus.NOT_FOUND, f"expected one of {list(ACTIONS)}")
        elif not (length.isascii() and length.isdecimal() and int(length) <= MAX_BODY):
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"expected a form of at most {MAX_BODY} bytes")
        else:
            form = parse_qs(self.rfile.read(int(length)).decode("utf-8", "replace"))
            if self._is_trusted(form):
                self.server.review.settle(action, form.get("name", []))
                self._go_to_page()

    def _page(self, nonce: str) -> str:
        try:
            return self.server.review.page(nonce)
        except ReviewError as error:
            return f"<!doctype html><title>pytyche review</title><p>{escape(str(error))}"

    def _is_trusted(self, values: Mapping[str, list[str]]) -> bool:
        """Whether the request names this machine, comes from our page if from any, and knows the token."""
        origin = self.headers.get("Origin")
        hosts = self.server.hosts
        if self.headers.get("Host") not in hosts:
            self._refuse(HTTPStatus.MISDIRECTED_REQUEST, f"expected one of the hosts {list(hosts)}")
        elif origin not in (None, *(f"http://{host}" for host in hosts)):
            self._refuse(HTTPStatus.FORBIDDEN, "another site sent this request")
        elif not secrets.compare_digest("".join(values.get("token", [])).encode(), self.server.review.token.encode()):
            self._refuse(HTTPStatus.FORBIDDEN, "wrong token; open the address that pytyche review --serve printed")
        else:
            return True
        return False

    def _go_to_page(self) -> None:
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", f"/?{urlencode({'token': self.server.review.token})}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self.close_connection = True
        self._answer(status, f"<!doctype html><title>pytyche review</title><p>{escape(why)}", "")

    def _answer(self, status: HTTPStatus, text: str, nonce: str) -> None:
        body = text.encode()
        allowed = f"'nonce-{nonce}'" if nonce else "'none'"
        policy = f"default-src 'none'; img-src data:; style-src {allowed}; script-src {allowed}; form-action 'self'"
        self.send_response(status)
        for name, value in {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(body)),
            "Content-Security-Policy": f"{policy}; base-uri 'none'; frame-ancestors 'none'",
            "Cache-Control": "no-store",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name that http.server gives it
        """Nothing: the review tells what was settled."""
