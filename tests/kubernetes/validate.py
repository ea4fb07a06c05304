"""Run by the Python that has `kubernetes-validate`: reads manifests, writes a line for each that is not valid.

    python validate.py VERSION... < manifests.yaml

Kubernetes' own kinds are held against the published schemas of each version, strictly: an unknown field is a mistake.
The operators' kinds are held against custom.yaml.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

CUSTOM = yaml.safe_load(Path(__file__).with_name("custom.yaml").read_text("utf-8"))


def mistakes(manifest: dict[str, Any], versions: list[str]) -> Iterator[str]:
    """Yield what is wrong with one object."""
    kind = f"{manifest['apiVersion']}/{manifest['kind']}"
    name = f"{manifest['kind']} {manifest['metadata']['name']}"
    if kind in CUSTOM:
        schema = {"additionalProperties": False, **CUSTOM[kind], "definitions": CUSTOM["definitions"]}
        for error in jsonschema.Draft7Validator(schema).iter_errors(manifest["spec"]):
            yield f"{name}: {error.json_path}: {error.message}"
        return
    for version in versions:
        try:
            kubernetes_validate.validate(manifest, version, strict=True)
        except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
            yield f"{name}: Kubernetes {version}: {error}"


def main() -> None:
    """Read, write, and end with status 1 when there was anything to say."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = [line for each in yaml.load_all(sys.stdin, loader) for line in mistakes(each, sys.argv[1:])]
    sys.stdout.writelines(f"{line}\n" for line in found)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
