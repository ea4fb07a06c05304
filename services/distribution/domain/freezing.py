"""Who gets an edition is kept outside of the publication, which is read for every fact about it. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from services.distribution.domain.audience import Recipient
from services.distribution.domain.edition import FrozenAudience
from services.distribution.domain.publication import Publication
from shared.contracts.base import derived_id


def set_aside(publication: Publication, postmortem_id: str) -> Publication:
    """Return the publication with its newest edition's recipients kept elsewhere, under an id that tells who they are.

    Two who decide it at the same time from different lists so write two audiences, and the one that is committed
    counts.
    """
    edition = publication.edition
    if edition is None or edition.audience:
        return publication
    id = derived_id("audience", postmortem_id, str(edition.revision), _digest(edition.recipients))
    audience = FrozenAudience(id=id, total=len(edition.recipients))
    return publication.changed(edition=edition.model_copy(update={"audience": audience, "recipients": ()}))


def _digest(recipients: Iterable[Recipient]) -> str:
    digest = hashlib.sha256()
    for recipient in recipients:
        digest.update(f"{recipient.list}\0{recipient.email}\n".encode())
    return digest.hexdigest()
