"""Changes of a text that others have changed meanwhile: of other parts they are merged, of the same ones refused. Pure.

What a change names and leaves as it stands is no change, so it is in nobody's way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from services.drafting.domain.postmortem import ACCESS_PARTS, Postmortem
from services.drafting.domain.touched import Touch
from shared.contracts.commands import RevisePostmortem
from shared.contracts.decision import Kind, Refusal


def staleness(postmortem: Postmortem, changed: Postmortem, command: RevisePostmortem) -> Refusal | None:
    """Return why what stands there now may not become `changed`, or None; names what has changed, and by whom."""
    if not _was_revision(postmortem, command):
        text = f"The current revision is {postmortem.revision}; read it and apply your change to it."
        return _stale(postmortem, text)
    before, after = _parts(postmortem), _parts(changed)
    found = {name: touch for name, touch in _since(postmortem, command) if before[name] != after[name]}
    if not found:
        return None
    names = ", ".join(f"`{name}`" for name in found)
    text = f"Changed since you read it: {names}. Look at what stands there now, and apply your change to it."
    return _stale(postmortem, text, conflicts=[_told(name, touch) for name, touch in found.items()])


def merged_from(postmortem: Postmortem, command: RevisePostmortem) -> int | None:
    """Return the older revision that a change was made on, or None when it was made on this one."""
    return command.base_revision if command.base_revision < postmortem.revision else None


def _was_revision(postmortem: Postmortem, command: RevisePostmortem) -> bool:
    """Say whether there was a revision of that number and, if the caller says so, of that text."""
    hashes = [known.content_hash for known in postmortem.revisions if known.number == command.base_revision]
    if hashes:
        return hashes[0].startswith(command.base_hash)
    return command.base_revision == postmortem.revision  # one from before revisions were kept


def _since(postmortem: Postmortem, command: RevisePostmortem) -> Iterator[tuple[str, Touch]]:
    """Yield the parts that have changed since the caller read them."""
    for name in postmortem.text_parts():
        touch = postmortem.touched.get(name) or _unknown(postmortem)
        if touch.number > command.base_revision:
            yield name, touch
    for name in ACCESS_PARTS:
        touch = postmortem.touched.get(name) or Touch(number=postmortem.access)
        if command.base_access is not None and touch.number > command.base_access:
            yield name, touch


def _unknown(postmortem: Postmortem) -> Touch:
    """Of a document from before this was kept, each part counts as changed in its last revision."""
    last = postmortem.revisions[-1] if postmortem.revisions else None
    return Touch(number=postmortem.revision, at=last and last.at, by=last.by if last else "")


def _parts(postmortem: Postmortem) -> dict[str, Any]:
    return postmortem.text_parts() | {name: getattr(postmortem, name) for name in ACCESS_PARTS}


def _told(name: str, touch: Touch) -> dict[str, Any]:
    """Say who changed a part, and when; its text is read where the history is, a refusal stays small."""
    return {
        "field": name,
        "revision": None if name in ACCESS_PARTS else touch.number,
        "changed_by": touch.by or None,
        "changed_at": touch.at.isoformat().replace("+00:00", "Z") if touch.at else None,
    }


def _stale(postmortem: Postmortem, detail: str, **more: Any) -> Refusal:
    data = {"revision": postmortem.revision, "content_hash": postmortem.content_hash(), **more}
    return Refusal(kind=Kind.STALE, rule="stale-revision", field="If-Match", detail=detail, data=data)
