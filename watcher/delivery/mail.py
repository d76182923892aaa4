"""E-mail as a channel of its own: one mail a recipient, handed over by a killable child."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from watcher.delivery.channel import AddressError, ChildChannel
from watcher.delivery.courier import Courier
from watcher.delivery.letter import write_letter
from watcher.delivery.words import Language
from watcher.mailbox import Mistake, parse_mail_server, parse_mailbox
from watcher.model import Alert, Answer, Article, Claim, DigestEntry, Match, Message


class MailChannel(ChildChannel):
    """A mail server and the addresses that get each alert.

    Raises `AddressError` for a server or an address that cannot be used.
    """

    def __init__(
        self,
        name: str,
        *,
        smtp: str,
        sender: str,
        to: Sequence[str],
        language: Language,
        timezone: str,
        min_severity: int = 0,
        deadline: timedelta = timedelta(seconds=30),
    ) -> None:
        super().__init__(name, language, timezone, min_severity)
        try:
            parse_mail_server(smtp)
            self._sender = parse_mailbox(sender)
            boxes = [parse_mailbox(one) for one in to]
        except Mistake as error:
            raise AddressError(f"channel {name}: {error}") from None
        # The second spelling of an address is the same person.
        self._boxes = {box.address.lower(): box for box in reversed(boxes)}
        addresses = dict.fromkeys(box.address.lower() for box in boxes)
        self.recipients = tuple(self._boxes[address].address for address in addresses)
        self._courier = Courier("watcher.delivery.mailer", {"smtp": smtp}, deadline=deadline)

    def render(self, alert: Alert, article: Article, match: Match) -> Message:
        """The alert in words, with what mail clients sort by."""
        message = super().render(alert, article, match)
        return replace(message, thread=alert.story, series=f"{alert.rule}.rule")

    def render_digest(
        self, entries: Sequence[DigestEntry]
    ) -> Sequence[tuple[Message, Sequence[DigestEntry]]]:
        """Several alerts in one mail: of many stories, so of no thread."""
        return [
            (replace(message, series="digest"), told)
            for message, told in super().render_digest(entries)
        ]

    async def send(self, claim: Claim) -> Answer:
        """One mail within the deadline: everything but its end, then the end."""
        box = self._boxes.get(claim.delivery.recipient.lower())
        if box is None:
            return self._gone(claim)
        mail = write_letter(
            claim.delivery,
            self._message(claim),
            sender=self._sender,
            recipient=box,
            now=claim.now,
        )
        return await self._courier.carry(
            {
                "sender": self._sender.address,
                "recipient": box.address,
                "mail": mail.decode("ascii"),
            },
            {"end": True},
        )
