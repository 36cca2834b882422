"""How much anybody may ask for."""

from realtime.limits import Bucket, Buckets, Limits, Turnstile


def test_a_bucket_gives_its_burst_at_once_and_its_rate_after_that() -> None:
    bucket = Bucket(rate=2.0, burst=3, now=0.0)

    assert [bucket.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(1.0) for _ in range(3)] == [True, True, False]


def test_what_needs_more_tokens_than_there_are_takes_none() -> None:
    bucket = Bucket(rate=1.0, burst=3, now=0.0)

    assert [bucket.take(0.0, tokens) for tokens in (2, 2, 1)] == [True, False, True]


def test_one_address_may_not_knock_for_ever_and_does_not_hinder_another() -> None:
    addresses = Buckets(rate=1.0, burst=2)

    assert [addresses.admit("a", 0.0) for _ in range(3)] == [True, True, False]
    assert addresses.admit("b", 0.0)
    assert addresses.admit("a", 1.5)


def test_a_storm_gets_two_hundred_full_maps_a_window_in_order() -> None:
    turnstile = Turnstile(Limits(full_maps=200, full_maps_window_s=0.1))

    waits = [turnstile.wait_s(5.0) for _ in range(450)]

    assert waits[:200] == [0.0] * 200
    assert all(0.1 - 1e-6 < wait < 0.2 for wait in waits[200:400])
    assert all(0.2 - 1e-6 < wait < 0.3 for wait in waits[400:])
    assert waits[200:] == sorted(waits[200:])
    assert turnstile.wait_s(9.0) == 0.0
