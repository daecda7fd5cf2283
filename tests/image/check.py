#!/usr/bin/env python3
"""Runs the static program where nothing else is: in a folder that holds what an image holds, or what the Containerfile would put
there, without a network but its own loopback, with a name server that knows one name. No privileges are needed.

    tests/image/check.py dist/image-amd64 dist/image-arm64     images, as OCI layouts
    tests/image/check.py dist/waops-linux-amd64                the program alone
"""

import fcntl
import json
import os
import platform
import re
import shutil
import socket
import struct
import subprocess
import sys
import tarfile
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
# A certificate of the simulator is for this name. There is no /etc/hosts, so the name server is asked for it.
NAME = "localhost"
MANIFESTS = """\
apiVersion: waops.dev/v1alpha1
kind: WhatsAppAccount
metadata: {name: shop}
spec:
  meta: {businessAccountId: "102290129340398", credentials: {ambient: {}}}
---
apiVersion: waops.dev/v1alpha1
kind: WhatsAppQrCode
metadata: {name: poster}
spec: {accountRef: {name: shop}, phoneNumber: "+4930901820", prefilledMessage: Hello}
"""
LARGEST = 25_000_000
EMULATED = {"amd64": "x86_64", "arm64": "aarch64"}
MACHINE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine())


def main() -> None:
    if "WAOPS_IN_A_NETWORK_OF_ITS_OWN" not in os.environ:
        os.environ["WAOPS_IN_A_NETWORK_OF_ITS_OWN"] = "yes"
        os.execvp("unshare", ["unshare", "--user", "--map-root-user", "--net", sys.executable, __file__, *sys.argv[1:]])
    loopback_up()
    for path in map(Path, sys.argv[1:]):
        print(f"{path}:")
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            architecture = unpack(root, path) if path.is_dir() else fill(root, path.resolve())
            check(root, architecture)


def check(root: Path, architecture: str) -> None:
    size = sum(file.stat().st_size for file in root.rglob("*") if file.is_file())
    said("size", f"{size / 1e6:.1f} MB", size < LARGEST)
    said("it is static", "no interpreter", b"/ld-" not in (root / "waops").read_bytes()[:4096])
    if architecture == MACHINE:
        version = run(root, ["version"])
        said("it starts", version.stdout.strip(), version.returncode == 0)
        look(root)
    elif emulator := shutil.which(f"qemu-{EMULATED[architecture]}-static"):
        version = subprocess.run([emulator, root / "waops", "version"], capture_output=True, text=True, check=False)
        said("it starts, emulated", version.stdout.strip(), version.returncode == 0)
    else:
        print(f"skipped: nothing here runs programs of {architecture} (Debian: qemu-user-static)")


def fill(root: Path, program: Path) -> str:
    """What the Containerfile copies, and nothing else; the architecture."""
    text = (ROOT / "Containerfile").read_text()
    assert re.search(r"^FROM scratch$", text, re.MULTILINE), "from scratch"
    copies = dict(re.findall(r"^COPY (\S+) (\S+)$", text, re.MULTILINE))
    sources = {"dist/waops-linux-${TARGETARCH}": program, "dist/ca-certificates.crt": "/etc/ssl/certs/ca-certificates.crt"}
    assert set(copies) == set(sources), copies
    for source, place in copies.items():
        target = root / place.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(sources[source], target)
    return program.name.rpartition("-")[2]


def unpack(root: Path, image: Path) -> str:
    """The layers of an image, one over the other; the architecture. Its configuration is looked at, too."""

    def blob(descriptor: dict) -> Path:
        return image / "blobs" / descriptor["digest"].replace(":", "/")

    index = json.loads((image / "index.json").read_text())
    manifest = json.loads(blob(index["manifests"][0]).read_text())
    for layer in manifest["layers"]:
        with tarfile.open(blob(layer)) as files:
            files.extractall(root, filter="data")
    configuration = json.loads(blob(manifest["config"]).read_text())
    asked = configuration["config"]
    said("it runs as nobody", asked["User"], asked["User"] == "65532:65532")
    said("it runs the program", str(asked["Entrypoint"]), asked["Entrypoint"] == ["/waops"])
    held = sorted(str(file.relative_to(root)) for file in root.rglob("*") if file.is_file())
    said("it holds nothing else", ", ".join(held), held == ["etc/ssl/certs/ca-certificates.crt", "waops"])
    return configuration["architecture"]


def look(root: Path) -> None:
    """A plan against a provider whose name must be resolved and whose certificate must be trusted."""
    asked = name_server()
    simulator = subprocess.Popen(
        [root / "waops", "simulate", "--tls"], stdout=subprocess.PIPE, text=True, env={"TMPDIR": str(root)}
    )
    try:
        greeting = [simulator.stdout.readline() for _ in range(2)]
        port = re.search(r"https://127\.0\.0\.1:(\d+)", greeting[0])[1]
        lines = iter(simulator.stdout.readline, "# Ctrl-C ends it.\n")
        certificate = next(match[1] for line in lines if (match := re.search(r"SSL_CERT_FILE=(\S+)", line)))
        # As a kubelet does: the name server of the pod, and a volume with the manifests.
        (root / "etc/resolv.conf").write_text("nameserver 127.0.0.1\n")
        (root / "manifests").mkdir()
        (root / "manifests/all.yaml").write_text(MANIFESTS)
        environment = {"WAOPS_META_ENDPOINT": f"https://{NAME}:{port}", "WHATSAPP_ACCESS_TOKEN": "EAAJsimulator"}
        plan = ["plan", "-f", "/manifests"]
        stranger = run(root, plan, environment)
        said("an unknown certificate is refused", last(stranger.stderr) or last(stranger.stdout), "ertificate" in stranger.stderr + stranger.stdout)
        with (root / "etc/ssl/certs/ca-certificates.crt").open("a") as bundle:
            bundle.write("\n" + Path(certificate).read_text())
        friend = run(root, plan, environment)
        said("one of the bundle is trusted", last(friend.stdout), "1 to create" in friend.stdout)
        said("names are resolved", ", ".join(sorted(asked)), NAME in asked)
    finally:
        simulator.kill()


def run(root: Path, arguments: list[str], environment: dict[str, str] | None = None) -> subprocess.CompletedProcess:
    command = ["unshare", f"--root={root}", "/waops", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment or {}, timeout=120, check=False)


def name_server() -> set[str]:
    """Knows that the name is 127.0.0.1; the names that it is asked for."""
    asked: set[str] = set()
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))

    def serve() -> None:
        while True:
            query, peer = server.recvfrom(512)
            labels, at = [], 12
            while query[at]:
                labels.append(query[at + 1 : at + 1 + query[at]].decode())
                at += query[at] + 1
            asked.add(".".join(labels))
            kind = query[at + 1 : at + 3]
            question = query[12 : at + 5]
            known = ".".join(labels) == NAME and kind == b"\0\1"
            head = query[:2] + b"\x81\x80" + struct.pack(">HHHH", 1, int(known), 0, 0)
            answer = b"\xc0\x0c\0\1\0\1" + struct.pack(">IH", 60, 4) + b"\x7f\0\0\1" if known else b""
            server.sendto(head + question + answer, peer)

    threading.Thread(target=serve, daemon=True).start()
    return asked


def loopback_up() -> None:
    with socket.socket() as any_socket:
        # SIOCSIFFLAGS with IFF_UP: there may be no `ip` here.
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 1))


def last(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1]


def said(what: str, detail: str, holds: bool) -> None:
    print(f"{'ok' if holds else 'FAILED'}: {what}: {detail}")
    if not holds:
        sys.exit(1)


if __name__ == "__main__":
    main()
