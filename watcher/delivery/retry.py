"""What becomes of a delivery after a transmission: done, later or dead. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from watcher.model import Answer, Claim, DeliveryState, Sent, Settlement

#: A receiver that refuses for good gets this many tries: some 4xx are passing after all.
PERMANENT_TRIES = 3
ERROR_MAX = 500
#: After so many tries in vain another channel takes over, if one is named.
FALLBACK_TRIES = 3
_JITTER = 0.2


def _doubling(first: timedelta, last: timedelta) -> tuple[timedelta, ...]:
    steps = [first]
    while steps[-1] * 2 < last:
        steps.append(steps[-1] * 2)
    return (*steps, last)


def is_failing(claim: Claim, settlement: Settlement) -> bool:
    """Whether a message had better go another way: given up, or tried in vain for long enough."""
    if settlement.state is DeliveryState.LATER:
        return claim.attempt >= FALLBACK_TRIES
    return settlement.state is DeliveryState.DEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How long and how often a delivery is tried; the last backoff repeats."""

    retry_for: timedelta = timedelta(days=5)
    backoff: tuple[timedelta, ...] = _doubling(timedelta(seconds=30), timedelta(hours=1))

    def decide(self, claim: Claim, answer: Answer, *, jitter: float) -> Settlement:
        """Done, later or dead.

        ``jitter`` (0..1, 0.5 is none) spreads the wait by 20 %, so that receivers that were
        down do not get everything at once. A wait the receiver asked for is never shortened.
        """
        if answer.sent is Sent.DONE:
            return Settlement(state=DeliveryState.DONE, possible_repeat=claim.possible_repeat)
        repeat = claim.possible_repeat or answer.sent is Sent.AMBIGUOUS
        error = answer.error[:ERROR_MAX]
        if self._is_over(claim, answer):
            return Settlement(state=DeliveryState.DEAD, error=error, possible_repeat=repeat)
        wait = self._backoff(claim.attempt) * (1 + _JITTER * (2 * jitter - 1))
        if answer.retry_after is not None:
            wait = max(wait, answer.retry_after)
        return Settlement(state=DeliveryState.LATER, wait=wait, error=error, possible_repeat=repeat)

    def _is_over(self, claim: Claim, answer: Answer) -> bool:
        if answer.sent is Sent.PERMANENT and claim.attempt >= PERMANENT_TRIES:
            return True
        return claim.now - claim.created > self.retry_for

    def _backoff(self, attempt: int) -> timedelta:
        if not self.backoff:
            return timedelta()
        return self.backoff[min(max(attempt, 1), len(self.backoff)) - 1]
