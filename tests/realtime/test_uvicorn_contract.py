"""The names of uvicorn and websockets that realtime/server.py leans on, most of them private: when one goes, this says which."""

import inspect
import re
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.protocol import Protocol, Side

from realtime.server import FrameProtocol, PromptProtocol

WEBSOCKET_METHODS = {
    "connection_made": ["transport"],
    "connection_lost": ["exc"],
    "handle_close": ["event"],
    "handle_connect": ["event"],
    "handle_events": [],
    "handle_parser_exception": [],
    "keepalive_timeout": [],
    "pause_writing": [],
    "send_receive_event_to_app": [],
    "shutdown": [],
    "start_keepalive": [],
}
HTTP_METHODS = {
    "connection_made": ["transport"],
    "connection_lost": ["exc"],
    "data_received": ["data"],
    "handle_websocket_upgrade": [],
    "on_headers_complete": [],
    "on_message_begin": [],
    "on_message_complete": [],
    "shutdown": [],
}
WEBSOCKET_ATTRIBUTES = {
    "close_sent",
    "conn",
    "curr_msg_data_type",
    "frames",
    "handshake_complete",
    "handshake_initiated",
    "queue",
    "transport",
    "writable",
}
HTTP_ATTRIBUTES = {"cycle", "loop", "parser", "scope", "transport"}


async def app(scope: Any, receive: Any, send: Any) -> None: ...


def made(kind: Any) -> Any:
    config = uvicorn.Config(app, lifespan="off", log_config=None)
    config.load()
    return kind(config=config, server_state=ServerState(), app_state={})


@pytest.mark.parametrize(
    ("kind", "methods"), [(WebSocketsSansIOProtocol, WEBSOCKET_METHODS), (HttpToolsProtocol, HTTP_METHODS)]
)
def test_the_methods_we_override_are_there_with_their_arguments(kind: type, methods: Any) -> None:
    for name, arguments in methods.items():
        method = getattr(kind, name, None)
        assert method is not None, f"{kind.__name__}.{name} is gone"
        assert list(inspect.signature(method).parameters)[1:] == arguments, (
            f"{kind.__name__}.{name} has changed"
        )


@pytest.mark.parametrize(
    ("ours", "theirs", "methods"),
    [
        (FrameProtocol, WebSocketsSansIOProtocol, WEBSOCKET_METHODS),
        (PromptProtocol, HttpToolsProtocol, HTTP_METHODS),
    ],
)
def test_these_lists_name_all_that_we_override(ours: type, theirs: type, methods: Any) -> None:
    overridden = {name for name in vars(ours) if not name.startswith("__") and hasattr(theirs, name)}

    assert overridden == set(methods)


@pytest.mark.parametrize(
    ("kind", "names"),
    [(WebSocketsSansIOProtocol, WEBSOCKET_ATTRIBUTES), (HttpToolsProtocol, HTTP_ATTRIBUTES)],
)
async def test_the_attributes_we_read_are_there(kind: type, names: set[str]) -> None:
    protocol = made(kind)

    assert {name for name in names if not hasattr(protocol, name)} == set()


def test_the_application_starts_after_the_scope_is_complete() -> None:
    """The scope is ours to extend when `handle_connect` returns: uvicorn starts the application in a task of its own."""
    source = inspect.getsource(WebSocketsSansIOProtocol.handle_connect)

    assert "create_task(self.run_asgi())" in source


def test_of_a_queue_and_of_an_event_the_library_asks_for_what_ours_have() -> None:
    source = inspect.getsource(WebSocketsSansIOProtocol)

    assert set(re.findall(r"self\.queue\.(\w+)", source)) == {"put_nowait", "get", "empty"}
    assert set(re.findall(r"self\.writable\.(\w+)", source)) == {"set", "clear", "wait"}


@pytest.mark.parametrize("name", ["request", "response", "scope"])
def test_the_handshake_stands_where_we_look_for_it(name: str) -> None:
    assert f"self.{name}" in inspect.getsource(WebSocketsSansIOProtocol.handle_connect)


def test_the_state_machine_of_the_library_can_be_failed_with_a_code_and_its_parser_ended() -> None:
    assert list(inspect.signature(Protocol.fail).parameters) == ["self", "code", "reason"]
    assert inspect.isgenerator(Protocol(Side.SERVER).parser)


@pytest.mark.parametrize(("option", "kind"), [("ws", FrameProtocol), ("http", PromptProtocol)])
def test_uvicorn_takes_a_protocol_by_its_path(option: str, kind: type) -> None:
    config = uvicorn.Config(app, log_config=None, **{option: f"realtime.server:{kind.__name__}"})  # type: ignore[arg-type]

    config.load()

    assert getattr(config, f"{option}_protocol_class") is kind
