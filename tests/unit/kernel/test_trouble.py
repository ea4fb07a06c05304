"""Why nobody is reached, told from an error and what led to it."""

from __future__ import annotations

import pytest

from shared.trouble import causes, line_trouble


def raised_from(error: BaseException, cause: BaseException) -> BaseException:
    """Return an error as it is when it was raised because of another."""
    error.__cause__ = cause
    return error


def test_an_error_and_what_led_to_it_are_told_in_order() -> None:
    first, second, third = OSError("first"), ValueError("second"), RuntimeError("third")
    second.__context__ = first
    assert list(causes(raised_from(third, second))) == [third, second, first]


@pytest.mark.timeout(10)
def test_errors_that_lead_to_each_other_have_an_end() -> None:
    one, other = RuntimeError("one"), ConnectionError("other")
    raised_from(one, raised_from(other, one))
    assert list(causes(one)) == [one, other]
    assert line_trouble("RabbitMQ", one, "SETTING") is None


def test_who_refuses_is_found_behind_other_errors() -> None:
    trouble = line_trouble("RabbitMQ", raised_from(RuntimeError("outer"), ConnectionRefusedError()), "SETTING")
    assert trouble
    assert str(trouble).startswith("RabbitMQ is not there (connection refused): start it")
