"""A small world for the properties: one log, two workers, three clients, and everything that can go wrong between them."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

from realtime.close_codes import CloseCode
from realtime.codec import Format
from realtime.crowd import Member
from realtime.envelope import Soft, Sync, Welcome
from realtime.hub import Hub, Plan
from realtime.limits import Limits
from realtime.ports import Viewer
from realtime.resume import Claim
from tests.realtime.client_model import ClientModel
from tests.realtime.decoding import decode_server
from tests.realtime.fake_app import Event, FakeLog, FakeSource, Grant, Put, PutMe

PERSONS = ("anna", "boris", "vera")
CLASSES = ("participant", "organizer")
LIMITS = Limits(lag_bytes=1, lag_after_s=2.0, lag_abort_s=10.0)

keys = st.sampled_from(["a", "b", "c"])
values = st.sampled_from([None, 1, 2])
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Put, st.sampled_from(CLASSES), keys, values),
    st.builds(Put, st.just("participant"), st.just("a"), values),
    st.builds(PutMe, st.sampled_from(PERSONS), keys, values),
    st.builds(Grant, st.sampled_from(PERSONS), st.sampled_from([*CLASSES, None])),
)


class SpyWire:
    """Implements `Wire`; asserts at every write that the person still sees this class (P12) and checks what travels (P14)."""

    is_framed = False

    def __init__(self, source: FakeSource, person: str) -> None:
        self._source = source
        self._person = person
        self._is_closing = False
        self.queue: deque[Sync] = deque()
        self.closed: CloseCode | None = None

    @property
    def is_closing(self) -> bool:
        return self._is_closing

    @property
    def put(self) -> Callable[[bytes], None]:
        return self.write

    def write(self, data: bytes) -> None:
        assert not self._is_closing, "a byte after the goodbye"
        frame = decode_server(data)
        assert isinstance(frame, Sync | Soft | Welcome)
        sees = self._source.view_class(self._person)
        assert sees is not None, "a byte after the right was taken away"
        if isinstance(frame, Sync):
            assert frame.view.partition("/")[0] == sees, "a byte of a class that the person does not see"
            assert frame.packed or "online" not in frame.set
            self.queue.append(frame)

    def buffered(self) -> int:
        return len(self.queue)

    def close(self, code: CloseCode, reason: str) -> None:
        self._is_closing = True
        self.closed = code

    def abort(self) -> None:
        self._is_closing = True
        self.queue.clear()


@dataclass(slots=True)
class Client:
    person: str
    model: ClientModel
    worker: "Worker | None" = None
    member: Member | None = None
    wire: SpyWire | None = None
    repairs: int = 0
    """How often a gap made it ask again."""


@dataclass(slots=True)
class Worker:
    source: FakeSource
    hub: Hub
    turns: deque[Callable[[], None]]
    """Steps of the hub that wait for the next turn of the loop."""


@dataclass(slots=True)
class World:
    """`hub` and `only_next` are where a test plants a fault."""

    hub: type[Hub] = Hub
    only_next: bool = False
    log: FakeLog = field(default_factory=FakeLog)
    now: float = 0.0
    workers: list[Worker] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.log.append(*(Grant(person, "participant") for person in PERSONS))
        self.workers = [self._new_worker() for _ in range(2)]
        self.clients = [Client(person, ClientModel(only_next=self.only_next)) for person in PERSONS]

    def _new_worker(self, code: str = "1") -> Worker:
        source = FakeSource(self.log, code)
        source.read_to(self.log.head)
        turns: deque[Callable[[], None]] = deque()
        return Worker(source, self.hub(source, LIMITS, turns.append), turns)

    # --- what can happen ---

    def append(self, event: Event) -> None:
        self.log.append(event)

    def read(self, worker: int, how_far: int) -> None:
        source = self.workers[worker].source
        at = source.position.at
        source.read_to(at + (self.log.head - at) * how_far // 3)

    def flush(self, worker: int) -> None:
        self.workers[worker].hub.flush()

    def tell_persons(self, worker: int) -> None:
        while self.workers[worker].hub.tell_persons():
            pass

    def quiet(self, worker: int) -> None:
        self.workers[worker].hub.keep_above_horizon()

    def turn(self, worker: int) -> None:
        """The next turn of the loop: one more slice."""
        if self.workers[worker].turns:
            self.workers[worker].turns.popleft()()

    def presence(self, worker: int, online: int) -> None:
        self.workers[worker].hub.tell_soft(frozenset(PERSONS[:online]), bool(online))

    def sweep(self, worker: int) -> None:
        self.now += 1.0
        self.workers[worker].hub.sweep(self.now)

    def connect(self, client: int, worker: int) -> None:
        """A new socket to this worker; whatever was on its way on the old one is lost."""
        self.drop(client)
        person = self.clients[client]
        person.worker = self.workers[worker]
        person.wire = SpyWire(person.worker.source, person.person)
        viewer = Viewer(person.person, person.person)
        position = person.worker.source.position
        person.member = Member(viewer, person.wire, Format.MSGPACK, position)
        self._enter(person)

    def drop(self, client: int) -> None:
        person = self.clients[client]
        if person.worker is not None and person.member is not None:
            person.worker.hub.leave(person.member)
        person.worker = person.member = person.wire = None

    def deliver(self, client: int, how_many: int) -> None:
        """Some of what waits on the wire arrives."""
        person = self.clients[client]
        while person.wire is not None and person.wire.queue and how_many:
            how_many -= 1
            if person.model.receive(person.wire.queue.popleft()):
                self._repair(person)
            self.check(person)
        if person.wire is not None and person.wire.is_closing and not person.wire.queue:
            self.drop(client)

    def restart(self, worker: int, code: str) -> None:
        """SIGKILL and a new process, perhaps with newer code of the views."""
        for index, client in enumerate(self.clients):
            if client.worker is self.workers[worker]:
                self.drop(index)
        self.workers[worker] = self._new_worker(code)

    def restore(self, lost: int) -> None:
        """A restore by hand: the end of the history is gone, the lineage keeps its name, all workers start anew."""
        self.log.rewind(max(len(PERSONS), self.log.head - lost))
        for worker in range(2):
            self.restart(worker, "1")

    # --- inside ---

    def _enter(self, client: Client) -> None:
        """What `Topic.enter` does, without waiting."""
        assert client.worker is not None
        assert client.member is not None
        source, hub, have = client.worker.source, client.worker.hub, client.model.have
        claim = None
        if have is not None:
            if max(have.at, have.me_at) > source.position.at:
                source.read_to(self.log.head)
            claim = Claim(have, self._mark(source, have.at), self._mark(source, have.me_at))
        plan = hub.plan(client.person, claim)
        if plan is not None and plan.is_ahead:
            hub.flush()
            plan = hub.plan(client.person, claim)
        self._join(client, hub, plan)

    def _join(self, client: Client, hub: Hub, plan: Plan | None) -> None:
        assert client.member is not None
        if plan is None:
            client.member.wire.close(CloseCode.NO_RIGHT, "")
        else:
            assert not plan.is_ahead
            hub.join(client.member, plan, 0, 0)

    def _repair(self, client: Client) -> None:
        if client.worker is None or client.member is None or client.member.wire.is_closing:
            return
        client.repairs += 1
        client.worker.hub.leave(client.member)
        self._enter(client)

    @staticmethod
    def _mark(source: FakeSource, at: int) -> bytes | None:
        return source.log.mark(at) if at <= source.position.at else None

    # --- what must hold ---

    def check(self, client: Client) -> None:
        """P9: the map is the view of the state at its own position, in the history that its mark names."""
        view, me = client.model.view, client.model.me
        if view.epoch:
            truth = self.log.truth[view.mark].views
            assert view.map == truth.get(view.view.partition("/")[0], {}), "not the view at its position"
        if me.epoch:
            truth = self.log.truth[me.mark].mine
            assert me.map == truth.get(client.person, {}), "not the `me` at its position"

    def settle(self) -> None:
        """Everything is read, flushed and delivered; a client that was lost has come back."""
        for _ in range(3):
            for worker in range(2):
                self.read(worker, 3)
                self.flush(worker)
                self._settle_turns(worker)
                self.tell_persons(worker)
                self.quiet(worker)
                self._settle_turns(worker)
                self.sweep(worker)
            for client in range(len(self.clients)):
                self.deliver(client, -1)
                if self.clients[client].worker is None:
                    self.connect(client, client % 2)
                    self.deliver(client, -1)

    def _settle_turns(self, worker: int) -> None:
        while self.workers[worker].turns:
            self.turn(worker)

    def check_settled(self) -> None:
        """Nobody is stranded: who may be here shows the head."""
        now = self.log.state(self.log.head)
        for client in self.clients:
            view_class = now.classes.get(client.person)
            if view_class is None:
                assert client.worker is None, "still connected without a right"
                continue
            assert client.model.view.map == now.views.get(view_class, {}), "stranded"
            assert client.model.me.map == now.mine.get(client.person, {}), "stranded `me`"
            assert client.model.view.at == self.log.head, "not at the head"


Step = tuple[str, tuple[object, ...]]

workers = st.integers(0, 1)
clients = st.integers(0, len(PERSONS) - 1)
steps: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.tuples(events)),
        st.tuples(st.just("append"), st.tuples(events)),
        st.tuples(st.just("append"), st.tuples(events)),
        st.tuples(st.just("read"), st.tuples(workers, st.integers(1, 3))),
        st.tuples(st.just("flush"), st.tuples(workers)),
        st.tuples(st.just("flush"), st.tuples(workers)),
        st.tuples(st.just("tell_persons"), st.tuples(workers)),
        st.tuples(st.just("turn"), st.tuples(workers)),
        st.tuples(st.just("quiet"), st.tuples(workers)),
        st.tuples(st.just("presence"), st.tuples(workers, st.integers(0, 3))),
        st.tuples(st.just("sweep"), st.tuples(workers)),
        st.tuples(st.just("connect"), st.tuples(clients, workers)),
        st.tuples(st.just("connect"), st.tuples(clients, workers)),
        st.tuples(st.just("drop"), st.tuples(clients)),
        st.tuples(st.just("deliver"), st.tuples(clients, st.integers(1, 5))),
        st.tuples(st.just("deliver"), st.tuples(clients, st.integers(1, 5))),
        st.tuples(st.just("restart"), st.tuples(workers, st.sampled_from(["1", "1", "2"]))),
        st.tuples(st.just("restore"), st.tuples(st.integers(1, 5))),
    ),
    max_size=80,
)


def play(world: World, history: list[Step]) -> World:
    """Run a history; raises AssertionError where a property is broken."""
    for name, arguments in history:
        getattr(world, name)(*arguments)
    world.settle()
    world.check_settled()
    return world
