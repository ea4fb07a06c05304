"""What is published, as drafting keeps it: the text itself only while another one stands in its place. Pure."""

from __future__ import annotations

from services.drafting.domain.postmortem import Postmortem
from services.drafting.domain.records import PublishedText
from shared.contracts.events import Published


def printed(postmortem: Postmortem) -> PublishedText | None:
    """Return the text that is published; None when it is not what stands here and was published before it was kept."""
    number = postmortem.published or postmortem.revision
    known = {revision.number: revision.content_hash for revision in postmortem.revisions}
    if postmortem.printed or known.get(number) != postmortem.content_hash():
        return postmortem.printed
    return PublishedText(**{name: getattr(postmortem, name) for name in PublishedText.model_fields})


def text_of(event: Published) -> PublishedText:
    """Return the text that a publication carries."""
    return PublishedText(**{name: getattr(event, name) for name in PublishedText.model_fields})


def kept(postmortem: Postmortem, event: Published) -> Postmortem:
    """Return it with what is known of a publication; its text is kept if an edit was overtaken by it."""
    if event.revision < postmortem.published:
        return postmortem
    closed = tuple(each.model_copy(update={"text": None}) for each in postmortem.corrections)
    other = None if event.content_hash == postmortem.content_hash() else text_of(event)
    return postmortem.changed(published=event.revision, printed=other, corrections=closed)


def heard_late(postmortem: Postmortem, event: Published) -> Postmortem:
    """Return it when what was given up is published all the same, and the next correction is open by now."""
    if event.revision <= postmortem.published:
        return postmortem
    latest = postmortem.corrections[-1].model_copy(update={"text": text_of(event)})
    return postmortem.changed(published=event.revision, corrections=(*postmortem.corrections[:-1], latest))
