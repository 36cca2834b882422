"""Answers of a batch are looked up by their keys, however many commands the topic has had."""

from sqlalchemy import Connection, create_engine, event

from app.kernel.log.store import settled
from app.kernel.log.tables import log_command


def test_sqlite_looks_each_answer_up_by_actor_and_id() -> None:
    asked: list[tuple[str, object]] = []
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        log_command.create(connection)
        event.listen(engine, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
        assert settled(connection, 1, [("p_1", bytes(16)), ("p_2", bytes(16))]) == {}
        statement, values = asked[0]
        plan = _plan(connection, statement, values)

    assert "actor=? AND command=?" in plan


def _plan(connection: Connection, statement: str, values: object) -> str:
    rows = connection.exec_driver_sql(f"explain query plan {statement}", values)  # type: ignore[arg-type]
    return "\n".join(row[-1] for row in rows)
