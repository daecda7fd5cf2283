"""Does the job of waops for QR codes at Meta as kopf's own documents show it: handlers for create, update, resume and delete, and a
timer that looks at each object. After a start it looks at each object, too, as others do. It is a peer to measure against.

Tuned to win: no Events, as many workers as objects, a connection pool for the provider, uvloop, no logs below
warnings. Its state is where kopf keeps it by default, in an annotation.
"""

import asyncio
import base64
import logging
import os
import ssl
from datetime import datetime, timezone
from pathlib import Path

import aiohttp
import kopf
import uvloop
import yaml

KIND = ("waops.dev", "v1alpha1", "whatsappqrcodes")
CONCURRENCY = 32
PROVIDER = os.environ["BENCH_PROVIDER"]
NAMESPACE = os.environ["BENCH_NAMESPACE"]
RESYNC = float(os.environ["BENCH_RESYNC"].removesuffix("s"))


class Provider:
    """Meta's Graph API, or what stands for it."""

    def __init__(self) -> None:
        self.session = aiohttp.ClientSession(
            PROVIDER, connector=aiohttp.TCPConnector(limit=CONCURRENCY), timeout=aiohttp.ClientTimeout(30)
        )

    async def call(self, method: str, path: str, token: str, **arguments: object) -> dict | None:
        """The answer; none where there is no such code."""
        headers = {"Authorization": f"Bearer {token}"}
        async with self.session.request(method, f"/v25.0/{path}", headers=headers, **arguments) as answer:
            body = await answer.json()
            if answer.status == 404 or body.get("error", {}).get("code") == 100:
                return None
            if answer.status != 200:
                raise kopf.TemporaryError(f"{method} {path}: {answer.status}", delay=1)
            found = body.get("data", [body])
            return found[0] if found else None

    async def create(self, token: str, phone: str, message: str) -> dict:
        body = {"prefilled_message": message, "generate_qr_image": "SVG"}
        return await self.call("POST", f"{phone}/message_qrdls", token, json=body)

    async def update(self, token: str, phone: str, code: str, message: str) -> dict:
        body = {"prefilled_message": message, "code": code}
        return await self.call("POST", f"{phone}/message_qrdls", token, json=body)

    async def get(self, token: str, phone: str, code: str) -> dict | None:
        query = {"code": code, "fields": "code,prefilled_message,deep_link_url"}
        return await self.call("GET", f"{phone}/message_qrdls", token, params=query)

    async def remove(self, token: str, phone: str, code: str) -> None:
        await self.call("DELETE", f"{phone}/message_qrdls/{code}", token)


class Cluster:
    """What a handler needs besides its object; read once, since kopf watches only what is asked for."""

    def __init__(self) -> None:
        config = yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())
        cluster = config["clusters"][0]["cluster"]
        self.server = cluster["server"]
        self.authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self.token = config["users"][0]["user"]["token"]
        self.tokens: dict[str, asyncio.Task] = {}

    async def read(self, path: str) -> dict:
        trust = ssl.create_default_context(cadata=self.authority)
        headers = {"Authorization": f"Bearer {self.token}"}
        async with aiohttp.ClientSession() as session, session.get(self.server + path, headers=headers, ssl=trust) as answer:
            answer.raise_for_status()
            return await answer.json()

    async def access_token(self, account: str) -> str:
        if account not in self.tokens:
            self.tokens[account] = asyncio.create_task(self.look_up(account))
        return await self.tokens[account]

    async def look_up(self, account: str) -> str:
        found = await self.read(f"/apis/waops.dev/v1alpha1/namespaces/{NAMESPACE}/whatsappaccounts/{account}")
        name = found["spec"]["meta"]["credentials"]["secretRef"]["name"]
        secret = await self.read(f"/api/v1/namespaces/{NAMESPACE}/secrets/{name}")
        return base64.b64decode(secret["data"]["accessToken"]).decode()


@kopf.on.startup()
async def start(settings: kopf.OperatorSettings, memo: kopf.Memo, **_: object) -> None:
    settings.posting.enabled = False
    settings.execution.max_workers = CONCURRENCY
    settings.persistence.finalizer = "peers.waops.dev/code"
    settings.networking.request_timeout = 30
    memo.provider, memo.cluster = Provider(), Cluster()


@kopf.on.create(*KIND)
@kopf.on.resume(*KIND)
@kopf.on.update(*KIND, field="spec")
@kopf.timer(*KIND, interval=RESYNC, initial_delay=RESYNC)
async def deliver(spec: kopf.Spec, status: kopf.Status, meta: kopf.Meta, patch: kopf.Patch, memo: kopf.Memo, **_: object) -> None:
    token = await memo.cluster.access_token(spec["accountRef"]["name"])
    phone, message, code = spec["phoneNumberId"], spec["prefilledMessage"], status.get("code")
    live = await memo.provider.get(token, phone, code) if code else None
    if live is None:
        live = await memo.provider.create(token, phone, message)
    elif live["prefilled_message"] != message:
        live = await memo.provider.update(token, phone, code, message)
    if live["code"] == code and status.get("observedGeneration") == meta["generation"]:
        return
    patch.status["observedGeneration"] = meta["generation"]
    patch.status["code"] = live["code"]
    patch.status["deepLinkUrl"] = live["deep_link_url"]
    patch.status["conditions"] = [
        {
            "type": "Ready",
            "status": "True",
            "reason": "Live",
            "message": f"the code {live['code']} is live as written",
            "observedGeneration": meta["generation"],
            "lastTransitionTime": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    ]


@kopf.on.delete(*KIND)
async def remove(spec: kopf.Spec, status: kopf.Status, memo: kopf.Memo, **_: object) -> None:
    if code := status.get("code"):
        token = await memo.cluster.access_token(spec["accountRef"]["name"])
        await memo.provider.remove(token, spec["phoneNumberId"], code)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    uvloop.run(kopf.operator(standalone=True, namespaces=[NAMESPACE]))
