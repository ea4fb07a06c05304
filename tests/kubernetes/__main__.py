"""What `make check` says of the manifests: `python -m tests.kubernetes`."""

from __future__ import annotations

import sys
from subprocess import CalledProcessError

from tests.kubernetes.checking import summary
from tests.kubernetes.rendering import can_be_had

NOT_LOOKED_AT = "Manifests: not looked at, for want of kustomize or kubectl; the tests in CI do"


def main() -> None:
    """Look at them; where the tools cannot be had, say so and be content: `make test` is not."""
    if not can_be_had():
        print(NOT_LOOKED_AT)  # noqa: T201
        return
    try:
        words, good = summary()
    except CalledProcessError as error:
        words, good = f"Manifests: not looked at: {error}", "pip" in error.cmd  # no registry can be reached
    print(words)  # noqa: T201
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
