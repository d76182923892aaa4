"""Retry decisions, as tables of numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from watcher.delivery.retry import RetryPolicy
from watcher.model import Answer, Claim, DeliveryState, Sent

S, M, H, D = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
LATER, DONE, DEAD = DeliveryState.LATER, DeliveryState.DONE, DeliveryState.DEAD
Make = Callable[..., Claim]


@pytest.mark.parametrize(
    ("sent", "attempt", "age", "state"),
    [
        (Sent.DONE, 1, 0 * S, DONE),
        (Sent.DONE, 9, 99 * D, DONE),
        (Sent.PERMANENT, 1, 0 * S, LATER),
        (Sent.PERMANENT, 2, 0 * S, LATER),
        (Sent.PERMANENT, 3, 0 * S, DEAD),
        (Sent.PERMANENT, 4, 0 * S, DEAD),
        (Sent.PERMANENT, 1, 6 * D, DEAD),
        (Sent.TEMPORARY, 3, 0 * S, LATER),
        (Sent.TEMPORARY, 500, 5 * D, LATER),
        (Sent.TEMPORARY, 1, 5 * D + S, DEAD),
        (Sent.AMBIGUOUS, 3, 0 * S, LATER),
        (Sent.AMBIGUOUS, 1, 5 * D + S, DEAD),
    ],
)
def test_state(
    make_claim: Make, sent: Sent, attempt: int, age: timedelta, state: DeliveryState
) -> None:
    claim = make_claim("r", attempt=attempt)
    claim = make_claim("r", attempt=attempt, now=claim.created + age)
    assert RetryPolicy().decide(claim, Answer(sent=sent), jitter=0.5).state is state


@pytest.mark.parametrize(
    ("attempt", "wait"),
    [(1, 30 * S), (2, 60 * S), (3, 2 * M), (7, 32 * M), (8, H), (9, H), (5000, H)],
)
def test_backoff_doubles_to_an_hour(make_claim: Make, attempt: int, wait: timedelta) -> None:
    claim = make_claim("r", attempt=attempt)
    assert RetryPolicy().decide(claim, Answer(sent=Sent.TEMPORARY), jitter=0.5).wait == wait


@pytest.mark.parametrize(
    ("jitter", "retry_after", "wait"),
    [
        (0.0, None, 24 * S),
        (1.0, None, 36 * S),
        (0.5, 90 * S, 90 * S),
        (0.0, 90 * S, 90 * S),
        (0.5, 5 * S, 30 * S),
    ],
)
def test_jitter_and_what_the_receiver_asked(
    make_claim: Make, jitter: float, retry_after: timedelta | None, wait: timedelta
) -> None:
    answer = Answer(sent=Sent.TEMPORARY, retry_after=retry_after)
    assert RetryPolicy().decide(make_claim("r"), answer, jitter=jitter).wait == wait


@pytest.mark.parametrize(
    ("before", "sent", "after"),
    [
        (False, Sent.TEMPORARY, False),
        (False, Sent.PERMANENT, False),
        (False, Sent.AMBIGUOUS, True),
        (True, Sent.TEMPORARY, True),
        (True, Sent.PERMANENT, True),
        (True, Sent.DONE, True),
    ],
)
def test_a_possible_repeat_stays_one(
    make_claim: Make, before: bool, sent: Sent, after: bool
) -> None:
    claim = make_claim("r", possible_repeat=before)
    settlement = RetryPolicy().decide(claim, Answer(sent=sent), jitter=0.5)
    assert settlement.possible_repeat is after


def test_errors_are_cut_and_done_has_none(make_claim: Make) -> None:
    policy = RetryPolicy()
    late = policy.decide(make_claim("r"), Answer(sent=Sent.TEMPORARY, error="e" * 900), jitter=0)
    done = policy.decide(make_claim("r"), Answer(sent=Sent.DONE, error="e"), jitter=0)
    assert (len(late.error), done.error) == (500, "")


def test_own_backoff(make_claim: Make) -> None:
    policy = RetryPolicy(retry_for=H, backoff=(S, 10 * S))
    waits = [
        policy.decide(make_claim("r", attempt=n), Answer(sent=Sent.TEMPORARY), jitter=0.5).wait
        for n in (1, 2, 3)
    ]
    assert waits == [S, 10 * S, 10 * S]
