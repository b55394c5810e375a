"""What goes over the wire about notices and what became of them."""

from __future__ import annotations

from uuid import UUID

from ninja import Field, Schema

from anze.kernel.web.wire.base import Moment, Word
from anze.kernel.work import topics
from anze.kernel.work.models import Delivery, Notice


class NoticeFilter(Schema):
    """Which notices of one's own."""

    topic: Word | None = Field(None, description="Only of this topic.")
    unread: bool = Field(False, description="Only those not read yet.")


class NoticeOut(Schema):
    """One notice in one's inbox."""

    id: UUID
    topic: str
    topic_label: str
    title: str
    body: str
    link: str = Field(description="A path of this site, or nothing.")
    created: Moment
    read_at: Moment | None
    confirmed_at: Moment | None
    circular: UUID | None = Field(description="The circular it belongs to, if any.")

    @classmethod
    def of(cls, row: Notice) -> NoticeOut:
        """Return the shape of a notice."""
        return cls(
            id=row.pk,
            topic=row.topic,
            topic_label=topics.get(row.topic).label,
            title=row.title,
            body=row.body,
            link=row.link,
            created=row.created,
            read_at=row.read_at,
            confirmed_at=row.confirmed_at,
            circular=row.circular_id,
        )


class DeliveryFilter(Schema):
    """Which deliveries."""

    state: Word | None = Field(None, description="Only in this state.")
    channel: Word | None = Field(None, description="Only by this channel.")


class DeliveryOut(Schema):
    """What became of one message on one channel; addresses are not told."""

    id: UUID
    channel: str
    state: str
    title: str
    to: str = Field(description="The person's name, or the group's.")
    attempts: int
    code: str
    error: str = Field(description="What was wrong and what to do, in words.")
    created: Moment
    sent_at: Moment | None
    receipt_at: Moment | None
    next_at: Moment | None

    @classmethod
    def of(cls, row: Delivery) -> DeliveryOut:
        """Return the shape of a delivery."""
        notice, robot, circular = row.notice, row.robot, row.circular
        return cls(
            id=row.pk,
            channel=row.channel,
            state=row.state,
            title=notice.title if notice else circular.title if circular else "",
            to=notice.user.name if notice else robot.name if robot else "",
            attempts=row.attempts,
            code=row.code,
            error=row.error,
            created=row.created,
            sent_at=row.sent_at,
            receipt_at=row.receipt_at,
            next_at=row.next_at,
        )
