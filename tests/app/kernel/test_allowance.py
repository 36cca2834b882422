"""So many times in a window, each person for himself."""

from app.kernel.allowance import REMEMBERED, Allowance


def test_a_person_may_do_it_so_many_times_in_the_window_and_is_told_how_long_to_wait() -> None:
    allowance = Allowance(2, 100)

    assert [allowance.take("p_1", at) for at in (0, 30, 40, 99)] == [0, 0, 60, 1]
    assert allowance.take("p_2", 40) == 0
    assert [allowance.take("p_1", at) for at in (100, 101)] == [0, 29]


def test_of_too_many_persons_the_longest_idle_is_forgotten() -> None:
    allowance = Allowance(1, 100)
    for person in range(REMEMBERED + 1):
        allowance.take(f"p_{person}", 0)

    assert allowance.take("p_0", 1) == 0
    assert allowance.take(f"p_{REMEMBERED}", 1) == 99
