#!/usr/bin/env python3
"""The bill of materials of the program, as CycloneDX JSON: what cargo resolves for a release, without what only tests need."""

import json
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PLATFORM = "x86_64-unknown-linux-musl"


def main() -> None:
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", PLATFORM]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    needs = {node["id"]: needed(node) for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    reached, left = {root}, [root]
    while left:
        for name in needs[left.pop()]:
            if name not in reached:
                reached.add(name)
                left.append(name)
    locked = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    sums = {(entry["name"], entry["version"]): entry.get("checksum") for entry in locked}
    others = sorted((packages[name] for name in reached - {root}), key=purl)
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": component(packages[root], sums, "application")},
        "components": [component(package, sums, "library") for package in others],
        "dependencies": [
            {"ref": purl(packages[name]), "dependsOn": sorted(purl(packages[other]) for other in needs[name])}
            for name in sorted(reached)
        ],
    }
    print(json.dumps(document, indent=1))


def needed(node: dict) -> list[str]:
    """Everything but what only tests and benches need."""
    return [dep["pkg"] for dep in node["deps"] if any(kind["kind"] != "dev" for kind in dep["dep_kinds"])]


def component(package: dict, sums: dict, kind: str) -> dict:
    checksum = sums.get((package["name"], package["version"]))
    return {
        "type": kind,
        "bom-ref": purl(package),
        "name": package["name"],
        "version": package["version"],
        "purl": purl(package),
        **({"licenses": [{"expression": package["license"].replace("/", " OR ")}]} if package["license"] else {}),
        **({"hashes": [{"alg": "SHA-256", "content": checksum}]} if checksum else {}),
    }


def purl(package: dict) -> str:
    return f"pkg:cargo/{package['name']}@{package['version']}"


if __name__ == "__main__":
    main()
