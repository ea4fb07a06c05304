"""What kustomize makes of an overlay. The program is the machine's own, else one that PyPI has."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import tarfile
import zipfile
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from tests.helpers.python_tool import PIP, REPOSITORY

OVERLAYS = tuple(sorted((REPOSITORY / "deploy" / "kubernetes" / "overlays").iterdir()))
PINNED = Path(__file__).with_name("kubectl.txt")

Json = dict[str, Any]


def can_be_had() -> bool:
    """Say whether there is a program for this machine."""
    return _own() is not None or (platform.system(), platform.machine()) == ("Linux", "x86_64")


def kustomize() -> list[str]:
    """Return the command that builds a folder. Raises: CalledProcessError when it can neither be found nor fetched."""
    return _own() or [str(_fetched()), "kustomize"]


def _own() -> list[str] | None:
    for name, verbs in (("kustomize", ["build"]), ("kubectl", ["kustomize"])):
        found = shutil.which(name)
        if found:
            return [found, *verbs]
    return None


@cache
def rendered(overlay: Path) -> tuple[Json, ...]:
    """Return every object of an overlay. Raises: CalledProcessError when kustomize refuses it."""
    return tuple(yaml.load_all(text(overlay), _Loader))


@cache
def text(overlay: Path) -> str:
    """Return an overlay as `kubectl apply` would get it. Raises: CalledProcessError when kustomize refuses it."""
    done = subprocess.run([*kustomize(), str(overlay)], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _fetched() -> Path:
    folder = REPOSITORY / ".local" / "tools" / f"kubectl-{sha256(PINNED.read_bytes()).hexdigest()[:12]}"
    program = folder / "kubectl" / "kubectl"
    if not program.exists():
        _fetch(folder, program)
    return program


def _fetch(folder: Path, program: Path) -> None:
    """The wheel holds an archive in an archive, made for a cloud's functions; one of its files is what we want."""
    half = folder.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    subprocess.run([sys.executable, *PIP, "--no-deps", "--target", str(half), "-r", str(PINNED)], check=True)
    with tarfile.open(next(half.glob("aws_cdk/*/_jsii/*.tgz"))) as wrapped:
        wrapped.extract("package/lib/layer.zip", half, filter="data")
    with zipfile.ZipFile(half / "package" / "lib" / "layer.zip") as layer:
        layer.extract("kubectl/kubectl", folder)
    program.chmod(0o755)
    shutil.rmtree(half)
