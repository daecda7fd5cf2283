"""What both judges share: where the simulator is, its admin API, and plain assertions."""

import json
import os
import urllib.request

URL = os.environ["SIMULATOR_URL"]
ADMIN = os.environ["SIMULATOR_ADMIN_URL"]


def admin(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(ADMIN + path, data=data, method=method)
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def fetch(link):
    with urllib.request.urlopen(link) as response:
        return response.headers["content-type"], response.read()


def same(seen, wanted, what):
    assert seen == wanted, f"{what}: {seen!r} instead of {wanted!r}"
