"""Who may see a restricted postmortem, as far as distribution knows. Pure."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from shared.contracts.events import ReviewApproved, Snapshot


class Circle(BaseModel):
    """The addresses of owner and people, of reviewers, and of readers.

    `people` are those of the newest revision that was heard of (`revision`), `reviewers` those of the newest approval,
    `restricted` and `readers` those of the newest change of them (`access`): whatever order they come in.
    """

    model_config = ConfigDict(frozen=True)

    revision: int = 0
    people: frozenset[str] = frozenset()
    reviewers: frozenset[str] = frozenset()
    access: int = -1
    restricted: bool = False
    readers: frozenset[str] = frozenset()

    def hearing(self, snapshot: Snapshot) -> Circle:
        """Return the circle with what one more snapshot knows of it."""
        known = self._knowing_people(snapshot) if snapshot.revision >= self.revision else self
        if snapshot.access <= self.access:
            return known
        readers = frozenset(snapshot.readers)
        return known.changed(access=snapshot.access, restricted=snapshot.restricted, readers=readers)

    def sees(self, email: str) -> bool:
        """Say whether somebody may see it: anybody, unless it is restricted."""
        return not self.restricted or email.lower() in self.people | self.reviewers | self.readers

    def _knowing_people(self, snapshot: Snapshot) -> Circle:
        """The same revision told again may know more people: the incident tool went on telling."""
        before = self.people if snapshot.revision == self.revision else frozenset[str]()
        people = {snapshot.owner.email, *(person.email for person in snapshot.people if person.email)}
        known = self.changed(revision=snapshot.revision, people=before | people)
        if isinstance(snapshot, ReviewApproved):
            return known.changed(reviewers=frozenset(reviewer.email for reviewer in snapshot.reviewers))
        return known

    def changed(self, **fields: object) -> Circle:
        """Return a copy with other values."""
        return self.model_copy(update=fields)
