"""The history of one client: unknown until told, told once."""

from load.history import History, Outcome

ID = b"0123456789abcdef"


def a_history() -> History:
    history = History("p1")
    history.invoke(ID, "cast", 1.0)
    return history


def test_a_command_is_unknown_until_its_final_answer() -> None:
    history = a_history()
    history.put_off(ID)
    assert history[ID].outcome is Outcome.UNKNOWN

    history.settle(ID, True, None, {"receipt": {"pos": 4}}, 2.5)

    operation = history[ID]
    assert (operation.outcome, operation.settled_at, operation.receipt) == (Outcome.OK, 2.5, {"pos": 4})
    assert operation.retries == 1


def test_the_same_answer_again_changes_nothing() -> None:
    history = a_history()
    history.settle(ID, False, "late", None, 2.0)
    history.settle(ID, False, "late", None, 3.0)

    assert history[ID].settled_at == 2.0
    assert history.contradictions == []


def test_another_final_answer_is_a_contradiction_and_the_first_stands() -> None:
    history = a_history()
    history.settle(ID, True, None, {"receipt": {"pos": 4}}, 2.0)
    history.settle(ID, True, None, {"receipt": {"pos": 5}}, 3.0)
    history.settle(ID, False, "late", None, 4.0)

    assert history[ID].receipt == {"pos": 4}
    assert len(history.contradictions) == 2
