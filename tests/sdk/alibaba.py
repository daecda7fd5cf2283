"""Alibaba's official SDK runs every operation, happy and failing, and must read what was stored."""

import sys

from alibabacloud_cams20200606 import models
from alibabacloud_cams20200606.client import Client
from alibabacloud_tea_openapi import models as openapi
from Tea.exceptions import TeaException

from judge import URL, admin, fetch, same

try:
    from darabonba.exceptions import DaraException
except ImportError:  # older generations raise TeaException alone
    DaraException = TeaException

PHONE = "4930901820"
SPACE = "cams-simulator"


def client(key="LTAI5tSimulator", secret="simulator-secret", token=None):
    scheme, host = URL.split("://")
    return Client(
        openapi.Config(
            access_key_id=key, access_key_secret=secret, security_token=token, endpoint=host, protocol=scheme
        )
    )


def refused(code, call, *arguments):
    try:
        body = call(*arguments).body
    except (TeaException, DaraException) as error:
        same(error.code, code, "code of a refusal")
        return
    same(body.code, code, "code of an answer")


def codes(sdk):
    body = sdk.list_phone_message_qrdl(models.ListPhoneMessageQrdlRequest(phone_number=PHONE, cust_space_id=SPACE)).body
    same(body.code, "OK", "list")
    return {item.qrdl_code: item for item in body.data}


def qr_codes(sdk):
    text = "Héllo wörld & 你好 100%*~ +1"
    create = models.CreatePhoneMessageQrdlRequest
    made = sdk.create_phone_message_qrdl(
        create(phone_number=PHONE, generate_qr_image="PNG", prefilled_message=text, cust_space_id=SPACE)
    )
    same((made.status_code, made.body.code, made.body.data.prefilled_message), (200, "OK", text), "create")
    first = made.body.data.qrdl_code
    same(made.body.data.deep_link_url, f"https://wa.me/message/{first}", "deep link")
    same(fetch(made.body.data.qr_image_url)[0], "image/png", "image")
    same(codes(sdk)[first].prefilled_message, text, "listed text")

    update = models.UpdatePhoneMessageQrdlRequest(
        phone_number=PHONE, generate_qr_image="SVG", prefilled_message="second", qrdl_code=first
    )
    changed = sdk.update_phone_message_qrdl(update).body.data
    assert changed.qrdl_code.endswith("\n"), "the sample ends in a newline"
    second = changed.qrdl_code.strip()
    assert second != first, "an update rotates the code"
    listed = codes(sdk)
    assert first not in listed, "the old code is dead"
    same((listed[second].prefilled_message, listed[second].generate_qr_image), ("second", "SVG"), "listed")
    same(fetch(listed[second].qr_image_url)[0], "image/svg+xml", "image")

    refused("Unknown.ResourceOwnerId", sdk.update_phone_message_qrdl, update)
    delete = models.DeletePhoneMessageQrdlRequest(phone_number=PHONE, qrdl_code=second)
    same(sdk.delete_phone_message_qrdl(delete).body.code, "OK", "delete")
    refused("Unknown.ResourceOwnerId", sdk.delete_phone_message_qrdl, delete)
    same(second in codes(sdk), False, "deleted")

    bad = dict(phone_number=PHONE, generate_qr_image="PNG", prefilled_message="x")
    for change, code in [
        ({"generate_qr_image": "GIF"}, "InvalidParameter"),
        ({"prefilled_message": None}, "MissingParameter"),
        ({"prefilled_message": "x" * 141}, "InvalidParameter"),
        ({"phone_number": "+" + PHONE}, "InvalidParameter"),
        ({"phone_number": "15550000000"}, "Unknown.ResourceOwnerId"),
        ({"cust_space_id": "cams-other"}, "Unknown.ResourceOwnerId"),
    ]:
        admin("POST", "/clock", {"advanceSeconds": 2})  # five a second
        refused(code, sdk.create_phone_message_qrdl, create(**{**bad, **change}))


def component(**fields):
    return models.CreateChatappTemplateRequestComponents(**fields)


def button(**fields):
    return models.CreateChatappTemplateRequestComponentsButtons(**fields)


def templates(sdk):
    admin("PUT", "/settings", {"reviewMs": 60_000})
    request = models.CreateChatappTemplateRequest(
        name="order_shipped",
        language="en_US",
        category="MARKETING",
        template_type="WHATSAPP",
        cust_space_id=SPACE,
        example={"name": "Ana", "id": "A1"},
        components=[
            component(type="HEADER", format="IMAGE", url="https://x.example/a.png"),
            component(type="BODY", text="Hi $(name), it is on its way."),
            component(type="LIMITED_TIME_OFFER", text="Now", has_expiration=True),
            component(
                type="BUTTONS",
                buttons=[
                    button(type="URL", text="Track", url="https://x.example/$(id)", url_type="dynamic"),
                    button(type="PHONE_NUMBER", text="Call", phone_number="+4930901820"),
                ],
            ),
        ],
    )
    made = sdk.create_chatapp_template(request).body
    same((made.code, made.success, made.data.template_name), ("OK", True, "order_shipped"), "create")
    code = made.data.template_code
    refused("InvalidParameter.TemplateNameExist", sdk.create_chatapp_template, request)

    wanted = models.GetChatappTemplateDetailRequest(template_code=code, language="en_US", cust_space_id=SPACE)
    detail = sdk.get_chatapp_template_detail(wanted).body.data
    same((detail.audit_status, detail.category, detail.example), ("auditing", "MARKETING", request.example), "detail")
    same([part.type for part in detail.components], ["HEADER", "BODY", "LIMITED_TIME_OFFER", "BUTTONS"], "components")
    same(detail.components[1].text, "Hi $(name), it is on its way.", "text")
    same(detail.components[2].has_expiration, True, "hasExpiration")
    same([b.type for b in detail.components[3].buttons], ["URL", "PHONE_NUMBER"], "buttons")

    change = {"decide": {"provider": "alibaba", "space": SPACE, "name": "order_shipped"}}
    change["decide"]["event"] = {"reject": {"reason": "Too loud"}}
    same(admin("POST", "/changes", change)["changed"], 1, "verdict")
    detail = sdk.get_chatapp_template_detail(wanted).body.data
    same((detail.audit_status, detail.reason), ("fail", "Too loud"), "rejected")

    modify = models.ModifyChatappTemplateRequest(
        template_code=code,
        language="en_US",
        cust_space_id=SPACE,
        template_type="WHATSAPP",
        example={"name": "Ana"},
        components=[models.ModifyChatappTemplateRequestComponents(type="BODY", text="Hello $(name), it is here.")],
    )
    same(sdk.modify_chatapp_template(modify).body.data.template_code, code, "modify")
    admin("POST", "/clock", {"advanceSeconds": 61})
    detail = sdk.get_chatapp_template_detail(wanted).body.data
    same((detail.audit_status, detail.components[0].text), ("pass", "Hello $(name), it is here."), "approved")
    refused("InvalidParameter.AuditStatusNotSupport", sdk.modify_chatapp_template, modify)

    properties = models.ModifyChatappTemplatePropertiesRequest(
        template_code=code, language="en_US", template_type="WHATSAPP", cust_space_id=SPACE, category_change_paused=True
    )
    same(sdk.modify_chatapp_template_properties(properties).body.code, "OK", "properties")
    same(sdk.get_chatapp_template_detail(wanted).body.data.category_change_paused, True, "property")

    page = models.ListChatappTemplateRequestPage(index=1, size=5)
    listed = sdk.list_chatapp_template(models.ListChatappTemplateRequest(page=page, cust_space_id=SPACE)).body
    same((listed.total, len(listed.list_template)), (1, 1), "list")
    line = listed.list_template[0]
    same((line.template_name, line.language, line.audit_status), ("order_shipped", "en_US", "pass"), "line")

    item = models.ArchiveChatappTemplateRequestTemplateList(template_code=code, language="en_US")
    archive = models.ArchiveChatappTemplateRequest(archive_type="ARCHIVE", cust_space_id=SPACE, template_list=[item])
    same(sdk.archive_chatapp_template(archive).body.code, "OK", "archive")

    admin("POST", "/clock", {"advanceSeconds": 2})
    bad = models.CreateChatappTemplateRequest(
        name="x", language="en", category="UTILITY", template_type="WHATSAPP",
        components=[component(type="BODY", text="Hi {{1}}, hello")],
    )
    refused("InvalidParameter.MessageInvalid", sdk.create_chatapp_template, bad)
    delete = models.DeleteChatappTemplateRequest(template_code=code, language="en_US", template_type="WHATSAPP")
    same(sdk.delete_chatapp_template(delete).body.code, "OK", "delete")
    refused("DelError.TemplateNotExist", sdk.delete_chatapp_template, delete)
    refused("DetailError.TemplateNotExist", sdk.get_chatapp_template_detail, wanted)


def refusals(sdk):
    request = models.ListPhoneMessageQrdlRequest(phone_number=PHONE)
    call = Client.list_phone_message_qrdl
    refused("SignatureDoesNotMatch", call, client(secret="wrong"), request)
    refused("InvalidAccessKeyId.NotFound", call, client(key="nobody"), request)
    refused("InvalidSecurityToken.MismatchWithAccessKey", call, client(token="odd"), request)
    for fault, code in [
        ({"serverError": {"status": 503}}, "ServiceUnavailable"),
        ("permissionWithdrawn", "Ram.PermissionDeny"),
        ({"clockSkew": {"seconds": 1000}}, "InvalidTimeStamp.Expired"),
    ]:
        admin("POST", "/faults", {"operation": "ListPhoneMessageQrdl", "fault": fault, "times": 1})
        refused(code, call, sdk, request)
    admin("POST", "/faults", {"fault": {"throttle": {"retryAfterMs": 1500}}, "times": 1})
    try:
        sdk.list_phone_message_qrdl(request)
        raise AssertionError("a throttled call must raise")
    except (TeaException, DaraException) as error:
        same(getattr(error, "retry_after", None), 1500, "retry after, from the vendor's own parser")


def main():
    sdk = client()
    qr_codes(sdk)
    templates(sdk)
    refusals(sdk)
    print("alibaba: what the SDK reads is what was stored")


if __name__ == "__main__":
    sys.exit(main())
