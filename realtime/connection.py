"""One connection at work: does what its session decided, with the node, the door and the topic. Knows no transport."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import Enum, auto
from typing import Any, assert_never

from realtime import session as act
from realtime.close_codes import CloseCode
from realtime.codec import encode
from realtime.crowd import Member
from realtime.envelope import Ack, ClientFrame, Cmd, Frame, Have, Hello, Pong, Status
from realtime.node import STOP_S, Node
from realtime.ports import Reply, Unanswered, Viewer
from realtime.topic import NotLetIn, Topic
from realtime.wire import Seen, Wire

Admit = Callable[[Hello], Awaitable[Viewer | None]]
"""How this transport finds out who says hello."""

log = logging.getLogger(__name__)


class Listening(Enum):
    """What a hello brings: everything from now on, one sync of each part, or nothing (it only says who and where)."""

    ALWAYS = auto()
    ONCE = auto()
    NEVER = auto()


class Connection:
    """From hello to goodbye."""

    def __init__(self, node: Node, wire: Wire, admit: Admit, listening: Listening = Listening.ALWAYS) -> None:
        self._node = node
        self._wire = wire
        self._admit = admit
        self._listening = listening
        self._session = act.Session(node.limits, self._now())
        self._named = ""
        """The topic of the hello, from when it is read."""
        self._early: list[Seen] = []
        """What was seen before that, the hello itself first."""
        self._topic: Topic | None = None
        self._member: Member | None = None
        self._running: set[asyncio.Task[None]] = set()

    # --- what the transport calls ---

    def seen(self) -> Seen:
        """The last byte of a message is here: it is stamped, and in flight from now on, or as soon as the hello is read."""
        seen = Seen(self._node.door.stamp_us())
        if self._named:
            self._hold(seen)
        else:
            self._early.append(seen)
        return seen

    async def received(self, data: bytes | None, seen: Seen) -> None:
        """One message; None: it was a text."""
        try:
            if data is None:
                self.refuse(CloseCode.BAD_PROTOCOL, "binary frames only")
            else:
                await self._do(self._session.received(data, self._now()), seen)
        finally:
            seen.release()

    async def heard(self, frame: ClientFrame, received_us: int | None) -> None:
        """The same for a decoded frame of a request."""
        seen = Seen(received_us)
        if self._named:
            self._hold(seen)
        try:
            await self._do(self._session.heard(frame), seen)
        finally:
            seen.release()

    def refuse(self, code: CloseCode, reason: str) -> None:
        self._end(self._session.ended(code, reason))

    def expect_greeting(self) -> None:
        """Called when the time for a hello is over."""
        if not self._session.has_greeted:
            self.refuse(CloseCode.BAD_PROTOCOL, "no hello")

    async def settled(self) -> None:
        """Until every command that was started has been answered."""
        while self._running:
            await asyncio.wait(self._running)

    def depart(self) -> None:
        """The worker stops: commands are answered, then the client is sent away, to come back within some seconds."""
        self._node.keep(asyncio.create_task(self._depart()))

    async def _depart(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await self.settled()
        self.refuse(CloseCode.GOING_AWAY, "this worker stops")

    def muted(self) -> None:
        """Nothing can be written any more; what was received before is still done."""
        if self._member is not None and self._topic is not None:
            self._topic.hub.leave(self._member)

    def lost(self) -> None:
        """The other side is gone; its commands go on, their answers wait in the table."""
        self._session.ended(CloseCode.GOING_AWAY, "gone")
        self.muted()

    # --- what the session decided ---

    async def _do(self, action: act.Action, seen: Seen) -> None:
        try:
            await self._perform(action, seen)
        except NotLetIn as refusal:
            self.refuse(refusal.code, refusal.reason)
        except Unanswered:
            self.refuse(CloseCode.TRY_AGAIN, "try again")
        except Exception:
            log.exception("a frame could not be served")
            self.refuse(CloseCode.TRY_AGAIN, "try again")

    async def _perform(self, action: act.Action, seen: Seen) -> None:
        match action:
            case act.Greet(hello=hello):
                await self._greet(hello)
            case act.Repair(have=have):
                await self._repair(have)
            case act.Run(command=command):
                self._start(command, seen)
            case act.Refuse(command=command, code=code):
                self._write(_not_decided(command, code))
            case act.Look(ids=ids, receipts=receipts):
                await self._look(ids, receipts)
            case act.Echo(t0=t0):
                now_us = self._node.door.now_us()
                self._write(Pong(t0, (seen.received_us or now_us) / 1000, now_us / 1000))
            case act.Note(hint=hint, is_on=is_on):
                topic, member = self._place()
                topic.note(member.viewer.person, hint, is_on)
            case act.Nothing():
                pass
            case act.End():
                self._end(action)
            case _:
                assert_never(action)

    async def _greet(self, hello: Hello) -> None:
        self._name(hello.topic)
        viewer = await self._admit(hello)
        if viewer is None:
            raise NotLetIn(CloseCode.TICKET_REFUSED, "sign in again")
        topic = await self._node.topic(hello.topic)
        if topic is None:
            raise NotLetIn(CloseCode.UNKNOWN_TOPIC, "no such topic")
        self._topic = topic
        self._member = Member(viewer, self._wire, self._session.format, topic.source.position)
        await self._enter(topic, self._member, hello.have)

    def _name(self, topic: str) -> None:
        """A closing waits for what came behind the hello; not for the hello, which may have to wait for its turn."""
        self._named = topic
        for seen in self._early[1:]:
            self._hold(seen)
        self._early.clear()

    def _hold(self, seen: Seen) -> None:
        seen.hold(self._node.door.in_flight(self._named, seen.received_us))

    async def _repair(self, have: Have | None) -> None:
        topic, member = self._place()
        topic.hub.leave(member)
        await self._enter(topic, member, have)

    async def _enter(self, topic: Topic, member: Member, have: Have | None) -> None:
        if self._listening is not Listening.NEVER:
            await topic.enter(member, have)
        if self._listening is Listening.ONCE:
            topic.hub.leave(member)
            topic.glimpse(member.viewer.person)

    def _start(self, command: Cmd, seen: Seen) -> None:
        """It stays in flight until it is answered."""
        topic, member = self._place()
        mine = seen.pass_on()
        task = asyncio.create_task(self._answer(topic, member, command, mine.received_us))
        self._running.add(task)
        self._node.keep(task)
        task.add_done_callback(lambda done: self._answered(done, mine))

    def _answered(self, done: asyncio.Task[None], seen: Seen) -> None:
        seen.release()
        self._running.discard(done)
        self._session.settled()

    async def _answer(self, topic: Topic, member: Member, command: Cmd, received_us: int | None) -> None:
        try:
            reply = await self._decided(topic, member, command, received_us)
        except NotLetIn as refusal:
            self.refuse(refusal.code, refusal.reason)
        except Unanswered as fault:
            self._write(_not_decided(command, fault.code))
        except Exception:
            log.exception("a command could not be served")
            self._write(_not_decided(command, "internal"))
        else:
            if not reply.ok:
                self._node.counts.refusals[reply.code or ""] += 1
            self._write(_ack(command, reply))
            await self._tell_moved(topic, reply)

    async def _decided(self, topic: Topic, member: Member, command: Cmd, received_us: int | None) -> Reply:
        if received_us is None:
            raise Unanswered("clock_away")
        if not await self._node.logins.is_good(topic.name, member.viewer):
            raise NotLetIn(CloseCode.LOGIN_ENDED, "sign in again")
        if topic.source.view_class(member.viewer.person) is None:
            raise NotLetIn(CloseCode.NO_RIGHT, "no right to act here")
        return await topic.source.command(member.viewer, command.id, command.op, command.body, received_us)

    async def _tell_moved(self, topic: Topic, reply: Reply) -> None:
        """The ack is out and stands, whatever becomes of the ring: a lost one is found by the safety poll."""
        try:
            await self._node.moved(topic.name, reply.epoch, reply.pos)
        except Exception:
            log.exception("a ring was lost; the safety poll finds the change")

    async def _look(self, ids: tuple[bytes, ...], receipts: tuple[Any, ...]) -> None:
        topic, member = self._place()
        if not await self._node.logins.is_good(topic.name, member.viewer):
            raise NotLetIn(CloseCode.LOGIN_ENDED, "sign in again")
        known = await topic.source.status(member.viewer, ids)
        for command_id in ids:
            self._write(_status(command_id, known.get(command_id)))
        if receipts:
            await topic.source.shown_receipts(member.viewer, receipts)

    def _end(self, end: act.End) -> None:
        self.muted()
        self._wire.close(end.code, end.reason)

    def _place(self) -> tuple[Topic, Member]:
        if self._topic is None or self._member is None:
            raise NotLetIn(CloseCode.BAD_PROTOCOL, "hello comes first")
        return self._topic, self._member

    def _write(self, frame: Frame) -> None:
        self._wire.write(encode(frame, self._session.format))

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _ack(command: Cmd, reply: Reply) -> Ack:
    answer = dict(reply.body) or None
    return Ack(command.id, reply.ok, reply.final, reply.pos, reply.epoch, answer, reply.code)


def _not_decided(command: Cmd, code: str) -> Ack:
    return Ack(command.id, ok=False, final=False, pos=0, epoch=bytes(8), code=code)


def _status(command_id: bytes, reply: Reply | None) -> Status:
    if reply is None:
        return Status(command_id, known=False)
    return Status(command_id, True, reply.ok, dict(reply.body) or None, reply.code)
