"""What a session makes of what a client says, without a socket."""

from realtime import session as act
from realtime.close_codes import CloseCode
from realtime.codec import Format, encode
from realtime.envelope import Check, Cmd, Have, Hello, Hint, Ping
from realtime.limits import Limits
from realtime.session import Session

ID = bytes(16)
HAVE = Have("participant/1", b"epoch-01", 7, b"mark-007", 5, b"mark-005")
HELLO = Hello(1, "meeting:1", "ticket")


def greeted(limits: Limits | None = None) -> Session:
    session = Session(limits or Limits(), now=0.0)
    session.received(encode(HELLO), 0.0)
    return session


def test_the_first_hello_is_a_greeting_and_the_next_a_repair() -> None:
    session = Session(Limits(), now=0.0)

    assert session.received(encode(HELLO), 0.0) == act.Greet(HELLO)
    assert session.received(encode(Hello(1, "meeting:1", None, HAVE)), 0.0) == act.Repair(HAVE)


def test_nothing_comes_before_hello() -> None:
    session = Session(Limits(), now=0.0)

    action = session.received(encode(Ping(1)), 0.0)

    assert action == act.End(CloseCode.BAD_PROTOCOL, "hello comes first")


def test_a_second_ticket_or_another_topic_ends_the_conversation() -> None:
    for frame in (HELLO, Hello(1, "meeting:2")):
        action = greeted().received(encode(frame), 0.0)

        assert isinstance(action, act.End)
        assert action.code is CloseCode.BAD_PROTOCOL


def test_another_version_of_the_protocol_is_refused() -> None:
    action = Session(Limits(), now=0.0).received(encode(Hello(2, "meeting:1", "t")), 0.0)

    assert isinstance(action, act.End)
    assert action.code is CloseCode.BAD_PROTOCOL


def test_commands_checks_and_pings_are_passed_on() -> None:
    session = greeted()
    command = Cmd(ID, "cast", {})

    assert session.received(encode(command), 0.0) == act.Run(command)
    assert session.received(encode(Check([ID])), 0.0) == act.Look((ID,))
    assert session.received(encode(Check([], [{"pos": 1}])), 0.0) == act.Look((), ({"pos": 1},))
    assert session.received(encode(Ping(4.5)), 0.0) == act.Echo(4.5)


def test_the_ninth_command_in_flight_is_refused_for_now_and_runs_after_an_answer() -> None:
    session = greeted(Limits(commands_in_flight=8))
    command = Cmd(ID, "cast", {})
    for _ in range(8):
        assert isinstance(session.received(encode(command), 0.0), act.Run)

    refused = session.received(encode(command), 0.0)
    session.settled()
    later = session.received(encode(command), 0.0)

    assert refused == act.Refuse(command, "too_many_in_flight")
    assert later == act.Run(command)


def test_a_flood_ends_the_conversation_and_a_burst_does_not() -> None:
    session = Session(Limits(frames_a_second=20, frame_burst=40), now=0.0)
    session.received(encode(HELLO), 0.0)

    burst = [session.received(encode(Ping(n)), 0.0) for n in range(39)]
    drop = session.received(encode(Ping(0)), 0.0)

    assert all(isinstance(action, act.Echo) for action in burst)
    assert isinstance(drop, act.End)
    assert drop.code is CloseCode.TOO_FAST


def test_after_the_end_everything_is_an_end() -> None:
    session = greeted()
    session.received(b"\xc1", 0.0)

    assert isinstance(session.received(encode(Ping(1)), 0.0), act.End)
    assert isinstance(session.received(encode(HELLO), 0.0), act.End)


def test_who_says_hello_in_json_is_answered_in_json() -> None:
    session = Session(Limits(), now=0.0)

    session.received(encode(HELLO, Format.JSON), 0.0)

    assert session.format is Format.JSON


def test_a_hint_is_passed_on_and_too_many_are_not_heard() -> None:
    session = greeted(Limits(hint_burst=2))
    signing = encode(Hint("signing", "3", True))

    said = [session.received(signing, 0.0) for _ in range(3)]

    assert said == [act.Note("signing/3", True), act.Note("signing/3", True), act.Nothing()]
    assert session.received(encode(Ping(1)), 0.0) == act.Echo(1)


def test_a_hint_out_of_shape_ends_the_conversation() -> None:
    for hint in (Hint("Signing now", "3", True), Hint("signing", "3" * 25, True)):
        assert isinstance(greeted().received(encode(hint), 0.0), act.End)
