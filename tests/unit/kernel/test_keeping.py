"""What is kept is bounded: what was used longest ago goes first."""

from __future__ import annotations

from shared.keeping import Keeping


def keeping(room: int, sizes: dict[str, int]) -> Keeping[str, str]:
    made: Keeping[str, str] = Keeping(room)
    for key, size in sizes.items():
        made.put(key, key.upper(), size)
    return made


def kept(made: Keeping[str, str]) -> str:
    return "".join(made.get(key) or "-" for key in "abcd")


def test_without_sizes_so_many_are_kept() -> None:
    made: Keeping[str, str] = Keeping(2)
    for key in "abc":
        made.put(key, key.upper())
    assert kept(made) == "-BC-"


def test_what_was_used_longest_ago_makes_room() -> None:
    made = keeping(100, {"a": 33, "b": 33, "c": 33})
    assert made.get("a") == "A"
    made.put("d", "D", 33)
    assert kept(made) == "A-CD"


def test_what_is_put_again_was_used_last() -> None:
    made: Keeping[str, str] = Keeping(2)
    for key in "abac":
        made.put(key, key.upper())
    assert kept(made) == "A-C-"


def test_a_newer_value_takes_the_place_and_the_room_of_the_older() -> None:
    made = keeping(100, {"b": 40})
    for n in range(10):
        made.put("a", str(n), 60)
    assert kept(made) == "9B--"


def test_what_is_dropped_gives_its_room_back() -> None:
    made = keeping(100, {"a": 60, "b": 40})
    made.drop("a")
    made.drop("never kept")
    made.put("c", "C", 60)
    assert kept(made) == "-BC-"


def test_what_is_larger_than_all_the_room_is_not_kept() -> None:
    made = keeping(100, {"a": 101})
    assert made.get("a") is None
    made.put("b", "B", 100)
    assert kept(made) == "-B--"
