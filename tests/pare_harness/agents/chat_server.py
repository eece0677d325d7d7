"""A server of OpenAI's chat protocol on a real socket, which answers, and fails, as a test wants it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol, Self

Body = dict[str, Any]


class Answer(Protocol):
    """Writes a response to a request."""

    def send(self, handler: Handler, request: Body) -> None: ...


@dataclass(frozen=True)
class Says:
    """A text, or tool calls as (name, arguments); arguments that are a text are sent as they are."""

    text: str | None = None
    calls: tuple[tuple[str, Mapping[str, Any] | str], ...] = ()
    finish_reason: str | None = None
    usage: Mapping[str, Any] | None = field(default_factory=lambda: {"prompt_tokens": 100, "completion_tokens": 20})
    refusal: str | None = None

    def send(self, handler: Handler, request: Body) -> None:
        if request.get("stream"):
            handler.events([*self._chunks(request), "[DONE]"])
        else:
            choice = {"index": 0, "message": self._message(), "finish_reason": self._reason()}
            handler.json(200, self._head(request, "chat.completion", choices=[choice], usage=self.usage))

    def _head(self, request: Body, kind: str, **content: Any) -> Body:
        return {"id": "chat-1", "object": kind, "created": 0, "model": request["model"], **content}

    def _reason(self) -> str:
        return self.finish_reason or ("tool_calls" if self.calls else "stop")

    def _calls(self) -> list[Body]:
        return [
            {
                "id": f"call_{number}",
                "type": "function",
                "function": {"name": name, "arguments": given if isinstance(given, str) else json.dumps(given)},
            }
            for number, (name, given) in enumerate(self.calls)
        ]

    def _message(self) -> Body:
        message = {"role": "assistant", "content": self.text, "refusal": self.refusal}
        return message | ({"tool_calls": self._calls()} if self.calls else {})

    def _chunks(self, request: Body) -> Iterator[Body]:
        for delta in self._deltas():
            choice = {"index": 0, "delta": delta, "finish_reason": None}
            yield self._head(request, "chat.completion.chunk", choices=[choice])
        ending = {"index": 0, "delta": {}, "finish_reason": self._reason()}
        yield self._head(request, "chat.completion.chunk", choices=[ending])
        yield self._head(request, "chat.completion.chunk", choices=[], usage=self.usage)

    def _deltas(self) -> Iterator[Body]:
        """Texts and arguments in two pieces each."""
        yield {"role": "assistant", "content": ""}
        for key, text in (("content", self.text), ("refusal", self.refusal)):
            yield from ({key: piece} for piece in _halves(text or ""))
        for index, call in enumerate(self._calls()):
            first, second = _halves(call["function"]["arguments"])
            yield {"tool_calls": [{**call, "index": index, "function": {**call["function"], "arguments": first}}]}
            yield {"tool_calls": [{"index": index, "function": {"arguments": second}}]}


@dataclass(frozen=True)
class Fails:
    """An error status with a body as OpenAI sends it."""

    status: int
    message: str = "out of order"
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def send(self, handler: Handler, request: Body) -> None:
        error = {"message": self.message, "type": "error", "param": None, "code": self.code}
        handler.json(self.status, {"error": error}, self.headers)


@dataclass(frozen=True)
class Slow:
    """Says nothing for some seconds, or until the server stops, and hangs up."""

    seconds: float = 5.0

    def send(self, handler: Handler, request: Body) -> None:
        handler.hold(self.seconds)


@dataclass(frozen=True)
class Trickles:
    """A stream that has one word every so many seconds, and never ends by itself."""

    seconds: float

    def send(self, handler: Handler, request: Body) -> None:
        handler.events(self._words(handler, request))

    def _words(self, handler: Handler, request: Body) -> Iterator[Body]:
        while not handler.server.stopped.wait(self.seconds):
            choice = {"index": 0, "delta": {"content": "well, "}, "finish_reason": None}
            yield {"model": request["model"], "choices": [choice]}


@dataclass(frozen=True)
class CutOff:
    """Breaks the connection in the middle of an answer."""

    def send(self, handler: Handler, request: Body) -> None:
        if request.get("stream"):
            handler.events([{"choices": [{"index": 0, "delta": {"content": "Shall I"}, "finish_reason": None}]}])
        else:
            handler.raw(200, b'{"choices": [', length=1000)
        handler.close_connection = True


@dataclass(frozen=True)
class Sends:
    """A body as it is: no JSON, or JSON that means nothing."""

    body: str
    status: int = 200

    def send(self, handler: Handler, request: Body) -> None:
        if request.get("stream"):
            handler.events([self.body])
        else:
            handler.raw(self.status, self.body.encode())


Brain = Callable[[Body], Answer]


class ChatServer(ThreadingHTTPServer):
    """Answers in order with `answers`, or as a function of the request says; `requests` and `headers` are what it got.

    A list that has run out answers 500. Use it as a context; `url` is the base URL for clients.
    """

    daemon_threads = True

    def __init__(self, answers: Iterable[Answer] | Brain) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.brain = answers if callable(answers) else _in_order(answers)
        self.requests: list[Body] = []
        self.headers: list[dict[str, str]] = []
        self.stopped = threading.Event()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def answer(self, request: Body, headers: dict[str, str]) -> Answer:
        with self._lock:
            self.requests.append(request)
            self.headers.append(headers)
            return self.brain(request)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stopped.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: ChatServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self.server.answer(request, {name.lower(): value for name, value in self.headers.items()})
        try:
            answer.send(self, request)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def json(self, status: int, content: Body, headers: Mapping[str, str] | None = None) -> None:
        self.raw(status, json.dumps(content).encode(), headers=headers)

    def raw(
        self, status: int, body: bytes, *, length: int | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(length or len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def events(self, events: Iterable[Body | str]) -> None:
        """A stream, which ends with the connection."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for event in events:
            text = event if isinstance(event, str) else json.dumps(event)
            self.wfile.write(f"data: {text}\n\n".encode())
        self.close_connection = True

    def hold(self, seconds: float) -> None:
        self.server.stopped.wait(seconds)
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        """Say nothing on stderr."""


def _in_order(answers: Iterable[Answer]) -> Brain:
    left = iter(answers)
    return lambda request: next(left, Fails(500, "no answer is left"))


def _halves(text: str) -> tuple[str, str]:
    middle = len(text) // 2
    return text[:middle], text[middle:]
