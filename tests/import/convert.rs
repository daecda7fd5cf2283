//! `waops convert`: what a text is, what becomes of it, and back.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use waops::convert::source::{self, Thing};

use crate::account::tree;
use crate::desired;
use crate::support::{Folder, Said};

fn convert(args: &[&str], input: &str) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_waops"));
    command.arg("convert").args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that refuses its arguments reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    Said::of(&child.wait_with_output().unwrap())
}

/// The examples of a provider as one stream of documents.
fn examples(provider: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(&format!("{provider}-")) && path.extension().is_some_and(|end| end == "yaml")
    });
    paths.sort();
    let texts = paths.iter().map(|path| fs::read_to_string(path).unwrap());
    texts.collect::<Vec<_>>().join("\n---\n")
}

#[test]
fn every_example_goes_to_its_provider_and_comes_back_the_same() {
    for provider in ["meta", "alibaba"] {
        let there = convert(&["--to", provider], &examples(provider)).ends(0);
        let bodies = there.json();
        let found = source::read("bodies", &there.out).unwrap();
        let originals = desired::templates(provider);
        let mut said = Vec::new();
        for found in &found {
            match &found.thing {
                Thing::Template(template, from) => {
                    said.push((&**template, format!("{from:?}").to_lowercase()));
                }
                Thing::Code { code, .. } => assert_eq!(*code, None, "{}", found.place),
                Thing::Manifest(_) => panic!("{}", found.place),
            }
        }
        assert_eq!(said.len(), originals.len(), "{provider}");
        for (file, original) in &originals {
            let same = |(said, _): &&(&waops::template::Said, String)| {
                (&said.name, &said.language) == (&original.name, &original.language)
            };
            let (said, from) = said.iter().find(same).unwrap();
            assert_eq!(from, provider);
            assert_eq!(said.category, original.category.as_str(), "{file}");
            assert_eq!(original.content().differences(&said.content), [], "{file}");
        }
        let manifests = convert(&["--account", "shop", "--phone", "+4930901820"], &there.out).ends(0);
        assert!(!manifests.out.contains("adopt"), "what is only asked for cannot be taken over");
        let folder = Folder::empty();
        folder.write("all.yaml", &manifests.out);
        let checked =
            Command::new(env!("CARGO_BIN_EXE_waops")).arg("validate").arg("-f").arg(folder.path()).output();
        Said::of(&checked.unwrap()).ends(0);
        let again = convert(&["--to", provider], &manifests.out).ends(0);
        for (again, body) in by_name(again.json()).into_iter().zip(by_name(bodies)) {
            assert_eq!(again, body, "{provider}");
        }
    }
}

/// Bodies by what they are called; a default says what nothing says.
fn by_name(bodies: Value) -> Vec<Value> {
    let Value::Array(mut bodies) = bodies else { panic!("{bodies}") };
    bodies.iter_mut().for_each(without_off);
    bodies.sort_by_key(ToString::to_string);
    bodies
}

fn without_off(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let is_off = |field: &Value| {
                [json!(false), json!("false"), json!("navigate"), json!("NAVIGATE")].contains(field)
            };
            fields.retain(|_, field| !is_off(field));
            fields.values_mut().for_each(without_off);
        }
        Value::Array(items) => items.iter_mut().for_each(without_off),
        Value::String(text) if text.starts_with(['[', '{']) && !text.starts_with("{{") => {
            *value = serde_json::from_str(text).unwrap();
            without_off(value);
        }
        _ => {}
    }
}

const BODY: &str = r#"{"name": "order_shipped", "language": "en_US", "category": "UTILITY", "parameter_format": "NAMED",
    "components": [{"type": "BODY", "text": "Hi {{name}}, it is here.", "example": {"body_text_named_params": [{"param_name": "name", "example": "Ana"}]}}]}"#;

#[test]
fn what_a_text_is_is_found_out() {
    let components = r#"[{"Type":"BODY","Text":"Hi $(name), it is here."}]"#;
    let request = json!({"Name": "order_shipped", "Language": "en_US", "Category": "UTILITY", "TemplateType": "WHATSAPP",
        "Components": components, "Example": "{\"name\":\"Ana\"}"});
    let form: Vec<String> = request
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| {
            format!(
                "{name}={}",
                value.as_str().unwrap().replace('%', "%25").replace('"', "%22").replace(' ', "+")
            )
        })
        .collect();
    let list = json!({"data": [
        {"id": "1", "name": "order_shipped", "language": "en_US", "status": "APPROVED", "category": "UTILITY",
         "components": [{"type": "BODY", "text": "Hi"}]},
        {"id": "2", "name": "order_shipped", "language": "de", "status": "APPROVED", "category": "UTILITY",
         "components": [{"type": "BODY", "text": "Hallo"}]},
    ], "paging": {"cursors": {"after": "x"}}});
    let detail = json!({"Code": "OK", "RequestId": "R", "Data": {"TemplateCode": "94", "Name": "order_shipped",
        "Language": "en_US", "Category": "UTILITY", "AuditStatus": "pass", "Components": [{"Type": "BODY", "Text": "Hi"}]}});
    let codes = json!({"data": [{"code": "ANED2T5QRU7HG1", "prefilled_message": "Hello!", "deep_link_url": "https://wa.me/message/ANED2T5QRU7HG1"}]});
    let theirs = json!({"Code": "OK", "Data": [{"QrdlCode": "FO7JXE4BG3RFG1\n", "PhoneNumber": "8613800000000",
        "PrefilledMessage": "Hello!", "GenerateQrImage": "PNG"}]});
    for (text, words, reason) in [
        (
            BODY.to_owned(),
            &["name: order-shipped-en-us", "text: Hi {{name}}, it is here.", "name: Ana"][..],
            "the body of a create",
        ),
        (request.to_string(), &["text: Hi {{name}}, it is here.", "    name: Ana"], "Alibaba's parameters"),
        (form.join("&"), &["text: Hi {{name}}, it is here.", "    name: Ana"], "the same as a form"),
        (list.to_string(), &["name: order-shipped-de", "---\n", "adoption: IfIdentical"], "a list"),
        (
            format!("{BODY}\n{codes}"),
            &["kind: WhatsAppTemplate", "kind: WhatsAppQrCode"],
            "several in a file",
        ),
        (detail.to_string(), &["name: order_shipped", "adoption: IfIdentical"], "a detail"),
        (
            codes.to_string(),
            &["phoneNumber: '+4930901820'", "code: ANED2T5QRU7HG1"],
            "codes without a number",
        ),
        (
            theirs.to_string(),
            &["phoneNumber: '+8613800000000'", "code: FO7JXE4BG3RFG1", "format: PNG"],
            "codes with one",
        ),
        (
            "name: order_shipped\nlanguage: en_US\ncategory: UTILITY\ncomponents: [{type: BODY, text: Hi}]\n"
                .to_owned(),
            &["text: Hi"],
            "JSON is YAML, so YAML may be JSON",
        ),
        (
            r#"{"prefilled_message": "Hello!", "generate_qr_image": "PNG"}"#.to_owned(),
            &["prefilledMessage: Hello!", "format: PNG"],
            "the body of a code",
        ),
    ] {
        let said = convert(&["--account", "shop", "--phone", "+4930901820"], &text).ends(0);
        for word in words {
            assert!(said.out.contains(word), "{reason}: {word}:\n{}", said.out);
        }
        let file = Folder::empty();
        file.write("converted.yaml", &said.out);
        let checked =
            Command::new(env!("CARGO_BIN_EXE_waops")).arg("validate").arg("-f").arg(file.path()).output();
        assert!(
            Said::of(&checked.unwrap()).ends(0).out.contains("0 errors") || said.code == Some(0),
            "{reason}"
        );
    }
}

#[test]
fn what_it_is_not_is_said_with_its_place() {
    let manifest = "apiVersion: waops.dev/v1alpha1\nkind: WhatsAppQrCode\nmetadata: {name: it}\nspec: {accountRef: {name: shop}, \
                    phoneNumberId: \"106540352242922\", prefilledMessage: Hi}\n";
    for (args, text, words, reason) in [
        (
            &["--account", "shop"][..],
            "{\"name\": \"x\",\n  oops}",
            &["standard input:2:3: this is no JSON"][..],
            "a slip",
        ),
        (&["--account", "shop"], "", &["nothing in it to convert"], "nothing"),
        (&["--account", "shop"], "hello", &["neither an object nor a list"], "a word"),
        (
            &["--account", "shop"],
            "{\"colour\": 1}",
            &["neither a manifest nor", "the fields colour"],
            "something else",
        ),
        (
            &["--account", "shop"],
            "{\"data\": [{\"id\": \"1\", \"name\": \"a\", \"language\": \"en\"}]}",
            &["standard input.data[0]: the components are missing", "fields="],
            "a list without components",
        ),
        (
            &["--account", "shop"],
            "{\"ListTemplate\": [{\"TemplateCode\": \"1\", \"TemplateName\": \"a\"}]}",
            &["standard input.ListTemplate[0]", "GetChatappTemplateDetail", "waops import"],
            "a thin list",
        ),
        (
            &["--account", "shop"],
            "{\"error\": {\"message\": \"no\"}}",
            &["an error that Meta answered"],
            "an error",
        ),
        (&["--account", "shop"], "{\"prefilled_message\": \"Hi\"}", &["--phone"], "nobody says whose"),
        (&[], BODY, &["name it with --account"], "nobody says whose"),
        (&["--account", "shop"], manifest, &["manifests already", "--to meta"], "nothing to do"),
        (&["--to", "alibaba"], manifest, &["phoneNumberId", "Alibaba"], "what the other provider refuses"),
        (
            &["--account", "shop"],
            "{\"Name\": \"a\", \"Language\": \"en\", \"Category\": \"UTILITY\", \"Components\": \"[{\"}",
            &["standard input: ", "Components is no JSON"],
            "a text that should be JSON",
        ),
        (
            &["--account", "shop"],
            "{\"name\": \"A-B\", \"language\": \"en\", \"category\": \"UTILITY\", \"components\": [{\"type\": \"BODY\", \"text\": \"Hi\"}]}",
            &["standard input: spec.name"],
            "what no provider takes",
        ),
        (&["--to", "meta", "--out", "x"], manifest, &["--out is for manifests"], "two wishes"),
        (&["/nowhere.json"], "", &["/nowhere.json: no such file"], "a file that is not there"),
    ] {
        let said = convert(args, text).ends(1).says(words);
        assert!(said.out.is_empty() || reason == "what the other provider refuses", "{reason}: {}", said.out);
    }
    for (account, reason) in [
        ("Shop", "a capital letter"),
        ("my shop", "a blank"),
        ("", "nothing"),
        ("shop/", "no name"),
        ("/shop", "no namespace"),
        ("a.b/shop", "no namespace has a dot"),
        ("a/b/c", "too much"),
    ] {
        let said =
            convert(&["--account", account], BODY).ends(1).says(&["an account is named with lower-case"]);
        assert!(said.out.is_empty(), "{reason}: {}", said.out);
    }
    for account in ["shop", "shop.example", "platform/shop"] {
        convert(&["--account", account], BODY).ends(0);
    }
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    convert(&["--account", "shop"], &deep).ends(1).says(&["nested deeper"]);
}

#[test]
fn files_are_written_one_for_each_and_none_is_overwritten() {
    let folder = Folder::empty();
    let out = folder.path().display().to_string();
    let two = format!("[{BODY}, {}]", BODY.replace("en_US", "de"));
    let args = ["--account", "shop", "--out", &*out];
    convert(&args, &two).ends(0).says(&["order-shipped-de.yaml", "order-shipped-en-us.yaml"]);
    let files = tree(folder.path());
    assert_eq!(files.len(), 2);
    convert(&args, &two).ends(0);
    convert(&args, &BODY.replace("Hi", "Hello"))
        .ends(1)
        .says(&["order-shipped-en-us.yaml is there and says something else"]);
    assert_eq!(tree(folder.path()), files);
    let body =
        convert(&["--to", "alibaba", &format!("{out}/templates/order-shipped-de.yaml")], "").ends(0).json();
    assert_eq!(
        body["Components"],
        json!("[{\"Type\":\"BODY\",\"Text\":\"Hi $(name), it is here.\"}]"),
        "one is an object, not a list"
    );
}

#[test]
fn what_lies_beside_manifests_is_passed_by() {
    let folder = Folder::new();
    folder.code("poster", "shop", "Hello!");
    folder.write(
        "secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: shop}\nstringData: {accessToken: EAAG}\n",
    );
    folder.write("kustomization.yaml", "resources: [accounts.yaml, poster.yaml]\n");
    let path = folder.path().display().to_string();
    let body = convert(&["--to", "meta", "-f", &path], "").ends(0).json();
    assert_eq!(body["prefilled_message"], "Hello!", "{body}");
    let named = folder.path().join("kustomization.yaml").display().to_string();
    let nothing = format!("{named}: there is nothing in it to convert");
    let said = convert(&["--to", "meta", "-f", &path], "").ends(0);
    assert!(!said.err.contains(&nothing), "nobody named it: {said:?}");
    convert(&["--to", "meta", &named, &path], "").ends(0).says(&[&nothing]);
    folder.remove("poster.yaml");
    folder.remove("accounts.yaml");
    convert(&["--to", "meta", "-f", &path], "").ends(1).says(&["nothing in it to convert"]);
    folder.remove("secret.yaml");
    for path in [&path, &named] {
        convert(&["--to", "meta", "-f", path], "").ends(1).says(&[&nothing]);
    }
}

#[test]
fn what_stands_in_two_pages_is_one() {
    let code = |code: &str| json!({"code": code, "prefilled_message": "Hello!"});
    let pages = json!([{"data": [code("AAAAAAAAAAAAA1")]}, {"data": [code("AAAAAAAAAAAAA1")]}]).to_string();
    let args = ["--account", "shop", "--phone", "+4930901820"];
    let said = convert(&args, &pages).ends(0);
    assert_eq!(said.out.matches("kind:").count(), 1, "{}", said.out);
    assert!(!said.out.contains("duplicates"), "one is no twin of itself: {}", said.out);
    let two = pages.replacen("AAAAAAAAAAAAA1", "AAAAAAAAAAAAA2", 1);
    assert_eq!(convert(&args, &two).ends(0).out.matches("duplicates: Allow").count(), 2);
    // Each page may have a file of its own.
    let folder = Folder::new();
    folder.remove("accounts.yaml");
    let page = json!({"data": [code("AAAAAAAAAAAAA1")]}).to_string();
    folder.write("first.json", &page);
    folder.write("second.json", &page);
    let path = folder.path().display().to_string();
    let body = convert(&["--to", "alibaba", "--phone", "+4930901820", "-f", &path], "").ends(0).json();
    assert_eq!(body["PrefilledMessage"], "Hello!", "{body}");
}

#[test]
fn a_page_that_others_come_after_is_not_taken_for_the_whole() {
    let page = |name: &str, next: Option<&str>| {
        json!({"data": [{"id": "1", "name": name, "language": "en_US", "status": "APPROVED", "category": "UTILITY",
            "components": [{"type": "BODY", "text": "Your parcel is on its way."}]}],
            "paging": {"cursors": {"after": "MjQZD"}, "next": next}})
    };
    let (first, last) = (page("parcel", Some("https://graph.facebook.com/next")), page("invoice", None));
    let missing = "what comes after it is missing";
    convert(&["--account", "shop"], &first.to_string()).ends(0).says(&["name: parcel", missing]);
    for whole in [format!("{first}\n{last}"), json!([first, last]).to_string(), last.to_string()] {
        let said = convert(&["--account", "shop"], &whole).ends(0).says(&["name: invoice"]);
        assert!(!said.err.contains(missing), "{whole}: {}", said.err);
    }
}
