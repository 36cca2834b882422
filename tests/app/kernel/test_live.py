"""The live edge: a refusal before the log is never final."""

from structlog.testing import capture_logs

from app.kernel.errors import Conflict, Overloaded
from app.kernel.live import failed_reply, refused_reply, reply
from app.kernel.log.model import Answer, Position

HERE = Position(b"epoch-01", 7, b"m" * 32)


def test_an_answer_becomes_a_reply_with_its_code_beside_the_body() -> None:
    answer = Answer(False, True, 7, b"epoch-01", {"code": "late", "article": "127-ФЗ, ст. 15"})

    said = reply(answer)

    assert (said.ok, said.final, said.pos, said.code) == (False, True, 7, "late")
    assert said.body == answer.body


def test_a_refusal_before_the_log_says_nothing_about_the_vote() -> None:
    for refused in (Overloaded(details={"in_flight": 8}), Conflict()):
        said = refused_reply(refused, HERE)

        assert not said.final
        assert said.body["code"] == said.code == refused.code


def test_a_mistake_of_ours_is_an_incident() -> None:
    with capture_logs() as lines:
        said = failed_reply(RuntimeError("broken"), HERE, op="cast")

    assert (said.code, said.final) == ("internal", False)
    assert lines[0]["incident"] == said.body["details"]["incident"]
