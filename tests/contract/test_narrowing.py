"""What one program writes is read by another, or it is said what is not."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, create_model

from tests.contract.narrowing import unreadable
from tests.helpers.two_versions import NEW, OLD


class Few(StrEnum):
    A = "a"


class More(StrEnum):
    A = "a"
    B = "b"


class Inner(BaseModel):
    a: int = 0


class Wider(Inner):
    b: int = 0


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    a: int = 0


def reads(old: Any, new: Any) -> list[str]:
    """Return what a program with a field `x` of one kind cannot read of one that has another."""
    reader, writer = create_model("M", x=(old, ...)), create_model("M", x=(new, ...))
    return unreadable(reader.model_json_schema(), writer.model_json_schema(mode="serialization"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (Inner, Wider),
        (tuple[Inner, ...], tuple[Wider, ...]),
        (dict[str, Inner], dict[str, Wider]),
        (Inner | None, Wider),
        (More, Few),
        (Literal["a", "b"], Literal["a"]),
        (float, int),
        (Annotated[str, Field(max_length=9)], Annotated[str, Field(max_length=5)]),
        (Any, Inner),
    ],
)
def test_what_only_grows_is_read(old: Any, new: Any) -> None:
    assert reads(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (Wider, Inner, "x.b is no longer written"),
        (Strict, Wider, "x.b is refused"),
        (tuple[Wider, ...], tuple[Inner, ...], "x[].b is no longer written"),
        (dict[str, Wider], dict[str, Inner], "x.*.b is no longer written"),
        (Inner, Inner | None, "x is null and was object"),
        (Few, More, "x may be 'b', which was not known"),
        (Literal["a"], str, "x may be anything, which was not known"),
        (int, float, "x is number and was integer"),
        (Annotated[str, Field(max_length=5)], str, "x has more than 5 of maxLength"),
        (Annotated[int, Field(ge=1)], Annotated[int, Field(ge=0)], "x has less than 1 of minimum"),
        (Annotated[str, Field(pattern="a")], Annotated[str, Field(pattern="b")], "x has another pattern"),
        (tuple[int, str], tuple[int, int], "x[1] is integer and was string"),
    ],
)
def test_what_is_other_is_told(old: Any, new: Any, told: str) -> None:
    assert told in reads(old, new)


def test_what_is_written_for_older_programs_counts() -> None:
    reader, writer = OLD.state.model_json_schema(), NEW.state.model_json_schema(mode="serialization")
    assert unreadable(reader, writer) == ["owner is no longer written"]
    assert unreadable(reader, writer, beside=["owner"]) == []


def test_a_schema_that_has_itself_in_it_comes_to_an_end() -> None:
    class Tree(BaseModel):
        leaves: tuple[Tree, ...] = ()

    schema = Tree.model_json_schema(mode="serialization")
    assert unreadable(schema, schema) == []
