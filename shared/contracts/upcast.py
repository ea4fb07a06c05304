"""Old words into new ones: `(wire name, data) -> (wire name, data)`, pure, one function a step.

Empty until a message gets a second version. An upcaster is named after what it lifts and says in
its docstring in which release it may go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Data = dict[str, Any]
UPCASTERS: dict[str, Callable[[Data], tuple[str, Data]]] = {}


def upcast(name: str, data: Data) -> tuple[str, Data]:
    """Lift a message to its newest version; a message without an upcaster is returned as it is."""
    while step := UPCASTERS.get(name):
        name, data = step(data)
    return name, data
