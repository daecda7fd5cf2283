//! The image and whoever runs it say the same. What the program does in it is tested by `make image-test`.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a test that cannot go on says where

use std::fs;

use serde_json::Value;

fn yaml(path: &str) -> Value {
    serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The words of the lines that begin with an instruction.
fn instructions(name: &str) -> Vec<String> {
    let file = fs::read_to_string("Containerfile").unwrap();
    let lines = file.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    lines.map(str::to_owned).collect()
}

#[test]
fn the_image_runs_as_whom_the_chart_says() {
    let security = &yaml("charts/waops/values.yaml")["podSecurityContext"];
    assert_eq!(security["runAsNonRoot"], true);
    let user = format!("{}:{}", security["runAsUser"], security["runAsGroup"]);
    // A number: of a name, a kubelet cannot tell that it is not root's.
    assert_eq!(instructions("USER"), [user]);
}

#[test]
fn the_image_is_the_program_and_the_certificates_and_nothing_else() {
    assert_eq!(instructions("FROM"), ["scratch"]);
    assert!(
        instructions("RUN").is_empty(),
        "nothing is run to build it, so any machine builds any architecture"
    );
    assert_eq!(instructions("ENTRYPOINT"), ["[\"/waops\"]"], "the chart's arguments begin with a command");
    assert_eq!(
        instructions("COPY"),
        [
            "dist/waops-linux-${TARGETARCH} /waops",
            // Where rustls looks for them.
            "dist/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt",
        ]
    );
}

#[test]
fn the_charts_tag_is_the_version_of_the_program() {
    let chart = yaml("charts/waops/Chart.yaml");
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
    assert_eq!(yaml("charts/waops/values.yaml")["image"]["tag"], "", "the chart's appVersion decides");
}
