"""What takes minutes is left to the long runs, `make faults` and `make cluster-test`: they say AFTERWORD_FAULTS=all."""

from __future__ import annotations

import os

import pytest

ALL = os.environ.get("AFTERWORD_FAULTS") == "all"
in_long_runs = pytest.mark.skipif(not ALL, reason="only with AFTERWORD_FAULTS=all")
