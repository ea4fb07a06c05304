"""Documents as versions really wrote them are read by this one, and what this one writes is read by the version before.

`make schemas` records what each form reads; `python -m tests.contract.record_documents` records documents.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import jsonschema
import pytest
from bson import json_util

from deploy.local.errors import LocalError
from tests.cluster.versions import BEFORE, unpack
from tests.contract.narrowing import unreadable
from tests.contract.record import FORM_CHANGED, FORMS, form_file, form_text
from tests.contract.record_documents import DOCUMENTS
from tests.contract.test_messages import holds
from tests.helpers.stored import kinds

RECORDED = sorted(path for path in DOCUMENTS.glob("*/*.json") if path.stem in kinds())
OPTIONS = json_util.JSONOptions(tz_aware=True)
each_kind = pytest.mark.parametrize("kind", kinds())
each_document = pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parent.name}-{path.stem}")


def row_of(path: Path) -> dict[str, Any]:
    row: dict[str, Any] = json_util.loads(path.read_text(encoding="utf-8"), json_options=OPTIONS)
    return row


def forms_that_read(kind: str) -> dict[int, Any]:
    """Return the recorded schemas of the forms whose programs are to read what this one writes, its own included."""
    schema = kinds()[kind].states.schema
    numbers = range(schema.needs, schema.number + 1)
    return {number: json.loads(form_file(kind, number).read_text(encoding="utf-8")) for number in numbers}


def written(path: Path) -> Any:
    """Return what this program writes of a recorded document."""
    states = kinds()[path.stem].states
    return states.row(states.of(row_of(path)))["state"]


def ordered(value: Any) -> Any:
    """Return the same with words in the order of the alphabet: sets have none of their own."""
    if isinstance(value, dict):
        return {key: ordered(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return sorted(value) if all(isinstance(inner, str) for inner in value) else [ordered(each) for each in value]
    return value


@each_kind
def test_a_changed_form_has_a_number_of_its_own(kind: str) -> None:
    store = kinds()[kind]
    recorded = form_file(kind, store.states.schema.number)
    assert recorded.exists(), "make schemas"
    assert recorded.read_text(encoding="utf-8") == form_text(store), FORM_CHANGED


def test_no_form_is_recorded_of_what_is_not_there() -> None:
    for path in FORMS.glob("*.json"):
        kind, _, number = path.stem.rpartition(".")
        assert int(number) <= kinds()[kind].states.schema.number


@each_kind
def test_programs_of_older_forms_read_whatever_is_written(kind: str) -> None:
    states = kinds()[kind].states
    ours = states.state.model_json_schema(mode="serialization")
    examples = [written(path) for path in RECORDED if path.stem == kind]
    beside = {name for each in examples for name in each} - set(states.state.model_fields)
    for number, theirs in forms_that_read(kind).items():
        assert unreadable(theirs, ours, beside) == [], f"programs of form {number}"


@each_document
def test_what_a_version_wrote_is_read_whole_and_found(path: Path) -> None:
    store, row = kinds()[path.stem], row_of(path)
    state = store.states.of(row)
    assert holds(ordered(state.model_dump(mode="json")), ordered(row["state"]))
    assert isinstance(store.find(state), dict)


@each_document
def test_what_is_written_of_it_fits_every_form_that_reads_it(path: Path) -> None:
    for theirs in forms_that_read(path.stem).values():
        jsonschema.validate(written(path), theirs)


READ_BY_OLDER = """
    import json, sys
    from importlib import import_module

    for line in sys.stdin:
        module, name, state = json.loads(line)
        print(getattr(import_module(module), name).model_validate(state).model_dump_json())
"""


def test_the_program_of_the_version_before_reads_it_and_this_one_reads_what_that_writes(tmp_path: Path) -> None:
    try:
        unpack(BEFORE, tmp_path / "before")
    except LocalError as error:
        pytest.skip(str(error))
    states = [kinds()[path.stem].states for path in RECORDED]
    given = [
        (each.state.__module__, each.state.__name__, written(path)) for each, path in zip(states, RECORDED, strict=True)
    ]
    done = subprocess.run(
        [sys.executable, "-c", dedent(READ_BY_OLDER)],
        cwd=tmp_path / "before",
        input="\n".join(map(json.dumps, given)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    read = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(read) == len(RECORDED)
    for each, (_, _, ours), theirs in zip(states, given, read, strict=True):
        assert holds(ordered(ours), ordered(theirs))
        assert holds(ordered(each.of({"state": theirs}).model_dump(mode="json")), ordered(theirs))
