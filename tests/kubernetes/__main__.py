"""What `make check` says of the manifests: `python -m tests.kubernetes`."""

from __future__ import annotations

import sys

from tests.kubernetes.checking import summary

if __name__ == "__main__":
    words, good = summary()
    print(words)  # noqa: T201
    sys.exit(0 if good else 1)
