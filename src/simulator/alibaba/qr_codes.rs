//! The four operations on QR codes (providers.md A2; vendor-docs/alibaba-*PhoneMessageQrdl.txt).

use serde_json::{Value, json};

use super::super::Provider;
use super::super::call::Call;
use super::super::images::{self, Format};
use super::super::objects::QrCode;
use super::super::state::{State, owner};
use super::super::tenants::AlibabaAccount;
use super::super::values::length;
use super::space;
use super::wire::{Answer, Parameters, Refused};

/// What create and update have in common: format and text, both required even for an update (C1).
struct Content<'p> {
    message: &'p str,
    format: Format,
}

impl<'p> Content<'p> {
    fn read(state: &State, parameters: &'p Parameters) -> Result<Self, Refused> {
        let format = parameters.required("GenerateQrImage")?;
        let format = Format::parse(format).ok_or_else(|| Refused::invalid("GenerateQrImage"))?;
        let message = parameters.required("PrefilledMessage")?;
        // No limit is stated; Meta's presumably applies (A2, part E).
        if length(message) > state.settings.alibaba.message_limit {
            return Err(Refused::invalid("PrefilledMessage"));
        }
        Ok(Self { message, format })
    }
}

/// The number that is meant, which must belong to the space (A4, `Unknown.ResourceOwnerId`).
fn phone<'p>(account: &AlibabaAccount, parameters: &'p Parameters) -> Result<&'p str, Refused> {
    let phone = parameters.required("PhoneNumber")?;
    // Country code and number, digits alone: `+` is refused (A2; trap 12).
    if !phone.chars().all(|c| c.is_ascii_digit()) {
        return Err(Refused::invalid("PhoneNumber"));
    }
    let space = space(account, parameters)?;
    if space.phones.iter().any(|known| known == phone) { Ok(phone) } else { Err(Refused::not_yours()) }
}

pub(super) fn create(
    state: &mut State,
    call: &Call<'_>,
    account: &AlibabaAccount,
    parameters: &Parameters,
) -> Result<Answer, Refused> {
    let phone = phone(account, parameters)?;
    let content = Content::read(state, parameters)?;
    let owner = owner(Provider::Alibaba, phone);
    if state.settings.limits && state.codes_mut(&owner).live().count() >= state.settings.codes_per_number {
        // The count is Meta's (B2); which code Alibaba gives for it is unknown (part E).
        return Err(Refused::business(400, "System.LimitControl", "The number of QR codes is at its limit."));
    }
    let code = state.random.qr_code();
    state.add_code(&owner, code.clone(), content.message, content.format, call.clock.now);
    Ok(Answer::new("None").with("Data", written(state, call, phone, &code, &content)).with_newline())
}

pub(super) fn update(
    state: &mut State,
    call: &Call<'_>,
    account: &AlibabaAccount,
    parameters: &Parameters,
) -> Result<Answer, Refused> {
    let phone = phone(account, parameters)?;
    let content = Content::read(state, parameters)?;
    let wanted = parameters.required("QrdlCode")?;
    let owner = owner(Provider::Alibaba, phone);
    let old = state.codes_mut(&owner).find(|known| known.code == wanted).cloned();
    let old = old.ok_or_else(|| unknown(state))?;
    let settings = &state.settings.alibaba;
    let identical = old.message == content.message && old.format == content.format;
    let rotates = settings.update_rotates && (settings.identical_update_rotates || !identical);
    let code = if rotates { state.random.qr_code() } else { old.code.clone() };
    if rotates {
        // "Users can no longer scan the original QR code" (vendor-docs Update; A2.1; traps 1, 3, 4).
        if !call.conditions.old_code_stays {
            state.codes_mut(&owner).remove(call.clock.now, |known| known.code == old.code);
        }
        state.add_code(&owner, code.clone(), content.message, content.format, call.clock.now);
    } else {
        state.codes_mut(&owner).change(
            call.clock.now,
            |known| known.code == old.code,
            |known| {
                content.message.clone_into(&mut known.message);
                known.format = content.format;
            },
        );
    }
    let mut data = written(state, call, phone, &code, &content);
    if state.settings.alibaba.trailing_newlines {
        // The sample shows the code with a newline here, and only here (A2.2; trap 2).
        data["QrdlCode"] = format!("{code}\n").into();
    }
    Ok(Answer::new("None").with("Data", data))
}

pub(super) fn delete(
    state: &mut State,
    call: &Call<'_>,
    account: &AlibabaAccount,
    parameters: &Parameters,
) -> Result<Answer, Refused> {
    let phone = phone(account, parameters)?;
    let wanted = parameters.required("QrdlCode")?;
    let owner = owner(Provider::Alibaba, phone);
    let removed = state.codes_mut(&owner).remove(call.clock.now, |known| known.code == wanted);
    if removed.is_empty() {
        return Err(unknown(state));
    }
    // No Data (A2).
    Ok(Answer::new("None").with_newline())
}

/// The whole list, without paging or filter, in no promised order (A2; trap 10).
pub(super) fn list(
    state: &mut State,
    call: &Call<'_>,
    account: &AlibabaAccount,
    parameters: &Parameters,
) -> Result<Answer, Refused> {
    let phone = phone(account, parameters)?;
    let shelf = state.codes().get(&owner(Provider::Alibaba, phone));
    let mut codes = call.visible(state, shelf);
    codes.sort_by(|one, other| one.code.cmp(&other.code));
    codes.truncate(state.settings.alibaba.list_cap.unwrap_or(usize::MAX));
    let data: Vec<_> = codes.into_iter().map(|code| shown(state, call, phone, code)).collect();
    Ok(Answer::new("None").with("Data", data))
}

/// Undocumented; a switch says which code it is (A4, part E).
fn unknown(state: &State) -> Refused {
    let message = "The resource does not belong to the current user.";
    Refused::business(400, &state.settings.alibaba.unknown_code, message)
}

fn shown(state: &State, call: &Call<'_>, phone: &str, code: &QrCode) -> Value {
    let content = Content { message: &code.message, format: code.format };
    data(state, call, phone, &code.code, &content)
}

fn written(state: &State, call: &Call<'_>, phone: &str, code: &str, content: &Content<'_>) -> Value {
    let mut data = data(state, call, phone, code, content);
    if state.settings.alibaba.echoes_samples {
        // What the samples of Create and Update echo, whatever they were asked (A2.2; trap 13).
        data["GenerateQrImage"] = "PNG".into();
        data["PrefilledMessage"] = "Hello".into();
    }
    data
}

fn data(state: &State, call: &Call<'_>, phone: &str, code: &str, content: &Content<'_>) -> Value {
    let settings = &state.settings;
    let expires = call.clock.now.plus(settings.image_lifetime_ms);
    json!({
        "QrImageUrl": images::link(&settings.public_url, state.seed, code, content.format, expires),
        "PhoneNumber": phone,
        "QrdlCode": code,
        "DeepLinkUrl": images::deep_link(code),
        "GenerateQrImage": content.format.name(),
        "PrefilledMessage": content.message,
    })
}
