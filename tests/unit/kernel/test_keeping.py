"""What is kept is bounded by its bytes: what was used longest ago goes first."""

from __future__ import annotations

from bson import ObjectId

from shared.keeping import Keeping, Kept


def of(version: int, size: int) -> Kept[str]:
    return Kept(version, ObjectId(), f"state {version}", size)


def test_what_was_used_longest_ago_makes_room() -> None:
    keeping: Keeping[str] = Keeping(room=100)
    for key in "abc":
        keeping.put(key, of(1, 33))
    assert keeping.get("a")
    keeping.put("d", of(1, 33))
    assert [key for key in "abcd" if keeping.get(key)] == ["a", "c", "d"]


def test_a_newer_state_takes_the_place_of_the_older() -> None:
    keeping: Keeping[str] = Keeping(room=100)
    for version in range(1, 10):
        keeping.put("a", of(version, 60))
    kept = keeping.get("a")
    assert kept
    assert kept.version == 9


def test_what_is_larger_than_all_the_room_is_not_kept() -> None:
    keeping: Keeping[str] = Keeping(room=100)
    keeping.put("a", of(1, 101))
    assert keeping.get("a") is None
    keeping.put("b", of(1, 100))
    assert keeping.get("b")
