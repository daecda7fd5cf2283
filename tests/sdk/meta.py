"""Meta's official SDK runs every operation, happy and failing, and must read what was stored."""

import sys

from facebook_business.adobjects.whatsappbusinessaccount import WhatsAppBusinessAccount
from facebook_business.api import FacebookAdsApi, FacebookRequest
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from judge import URL, admin, fetch, same

WABA = "102290129340398"
PHONE = "106540352242922"
APP = "670843887433847"


def client(token="EAAJsimulator", secret="simulator-app-secret"):
    FacebookSession.GRAPH = URL
    session = FacebookSession(app_id=APP, app_secret=secret, access_token=token)
    return FacebookAdsApi(session, api_version="v26.0")


def call(api, method, *path, **params):
    return api.call(method, path, params=params).json()


def refused(code, subcode, make):
    try:
        make()
    except FacebookRequestError as error:
        same((error.api_error_code(), error.api_error_subcode()), (code, subcode), "refusal")
        return error
    raise AssertionError(f"{code} was expected")


def qr_codes(api):
    edge = (PHONE, "message_qrdls")
    made = call(api, "POST", *edge, prefilled_message="Hi! I'm 100% there & 你好", generate_qr_image="SVG")
    same(fetch(made["qr_image_url"])[0], "image/svg+xml", "image")
    code = made["code"]
    same(len(code), 14, "length of a code")
    changed = call(api, "POST", *edge, code=code, prefilled_message="second")
    same(changed, {"code": code, "prefilled_message": "second", "deep_link_url": made["deep_link_url"]}, "update")
    fields = "code,prefilled_message,qr_image_url.format(PNG)"
    one = call(api, "GET", *edge, code=code, fields=fields)["data"]
    same((len(one), one[0]["prefilled_message"]), (1, "second"), "filter")
    same(fetch(one[0]["qr_image_url"])[0], "image/png", "image")
    same(call(api, "GET", PHONE, "message_qrdls", code)["data"][0]["code"], code, "one code")

    for number in range(60):
        call(api, "POST", *edge, prefilled_message=f"text {number}")
    seen, page = [], call(api, "GET", *edge)
    while True:
        seen += [item["prefilled_message"] for item in page["data"]]
        if "next" not in page["paging"]:
            break
        page = api.call("GET", page["paging"]["next"]).json()
    same(seen, [f"text {number}" for number in reversed(range(60))] + ["second"], "all pages, newest first")

    same(call(api, "DELETE", PHONE, "message_qrdls", code), {"success": True}, "delete")
    same(call(api, "GET", *edge, code=code)["data"], [], "deleted")
    refused(100, 33, lambda: call(api, "DELETE", PHONE, "message_qrdls", code))
    refused(100, None, lambda: call(api, "POST", *edge, prefilled_message="x" * 141))
    refused(100, None, lambda: call(api, "POST", *edge))


def template(name, **fields):
    body = {"type": "body", "text": "Hi {{1}}, it is on its way.", "example": {"body_text": [["Ana"]]}}
    return {"name": name, "language": "en_US", "category": "UTILITY", "components": [body], **fields}


def templates(api):
    admin("PUT", "/settings", {"reviewMs": 60_000})
    waba = WhatsAppBusinessAccount(WABA, api=api)
    same(waba.api_get(fields=["id", "name"])["name"], "waops sandbox", "account")
    phones = list(waba.get_phone_numbers(fields=["display_phone_number", "code_verification_status"]))
    same([phone["id"] for phone in phones], [PHONE, "106540352242923"], "phone numbers")

    made = waba.create_message_template(params=template("order_shipped"))
    identity = made["id"]
    same(made["status"], "PENDING", "create")
    refused(100, 2388024, lambda: waba.create_message_template(params=template("order_shipped")))
    refused(100, 2388039, lambda: call(api, "POST", identity, category="MARKETING"))
    admin("POST", "/clock", {"advanceSeconds": 61})
    listed = list(waba.get_message_templates(params={"name": "order_shipped", "language": ["en_US"]}))
    same([(item["id"], item["status"]) for item in listed], [(identity, "APPROVED")], "list")
    same(listed[0]["components"][0]["text"], "Hi {{1}}, it is on its way.", "text")
    same(listed[0]["components"][0]["type"], "BODY", "types come back in upper case")

    body = [{"type": "BODY", "text": "It is here, thank you."}]
    same(call(api, "POST", identity, components=body), {"success": True}, "edit")
    admin("POST", "/clock", {"advanceSeconds": 61})
    error = refused(100, 2388039, lambda: call(api, "POST", identity, components=body))
    assert "24 hours" in error.body()["error"]["error_user_msg"]
    one = call(api, "GET", identity, fields="status,components,rejected_reason")
    same((one["components"][0]["text"], one["rejected_reason"]), ("It is here, thank you.", "NONE"), "one")

    waba.create_message_template(params=template("order_shipped", language="de"))
    waba.delete_message_templates(params={"name": "order_shipped", "hsm_id": identity})
    left = list(waba.get_message_templates(params={"name": "order_shipped"}))
    same([item["language"] for item in left], ["de"], "the other language stays")
    refused(100, 2388023, lambda: waba.create_message_template(params=template("order_shipped")))
    waba.delete_message_templates(params={"name": "order_shipped"})
    same(len(waba.get_message_templates()), 0, "all languages")


def media(api):
    content = b"\x89PNG" + bytes(100)
    opened = call(api, "POST", APP, "uploads", file_name="a.png", file_length=len(content), file_type="image/png")
    headers = {"Authorization": "OAuth EAAJsimulator", "file_offset": "0"}
    address = f"{URL}/v26.0/{opened['id']}"
    done = api._session.requests.post(address, data=content, headers=headers).json()
    header = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": [done["h"]]}}
    body = {"type": "BODY", "text": "Look at this."}
    waba = WhatsAppBusinessAccount(WABA, api=api)
    made = waba.create_message_template(params=template("media", components=[header, body]))
    one = call(api, "GET", made["id"], fields="components")
    link = one["components"][0]["example"]["header_handle"][0]
    assert link.startswith("http"), "a handle comes back as the address of the file"


def refusals(api):
    edge = (PHONE, "message_qrdls")
    refused(190, None, lambda: call(client(token="wrong"), "GET", *edge))
    refused(100, None, lambda: call(client(secret="wrong"), "GET", *edge))
    refused(100, 33, lambda: call(api, "GET", "999", "message_qrdls"))
    for fault, code in [("permissionWithdrawn", 200), ({"throttle": {"retryAfterMs": None}}, 80008)]:
        admin("POST", "/faults", {"provider": "meta", "fault": fault, "times": 1})
        refused(code, None, lambda: call(api, "GET", *edge))
    admin("POST", "/faults", {"provider": "meta", "fault": {"serverError": {"status": 500}}, "times": 1})
    assert refused(1, None, lambda: call(api, "GET", *edge)).api_transient_error()
    response = FacebookRequest(node_id=PHONE, method="GET", endpoint="/message_qrdls", api=api).execute()
    assert WABA in response.headers()["x-business-use-case-usage"], "usage of the budget"


def main():
    api = client()
    qr_codes(api)
    templates(api)
    media(api)
    refusals(api)
    print("meta: what the SDK reads is what was stored")


if __name__ == "__main__":
    sys.exit(main())
