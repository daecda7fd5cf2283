//! What the tree costs beside the parser that it stands on; run with
//! `cargo test --release manifest::bench -- --ignored --nocapture`.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use granit_parser::Parser;

use super::documents;

const TEMPLATE: &str = r#"apiVersion: waops.dev/v1alpha1
kind: WhatsAppTemplate
metadata:
  name: order-shipped
  namespace: marketing
  labels: {team: growth, app.kubernetes.io/part-of: shop}
spec:
  accountRef: {name: shop}
  name: order_shipped
  language: en_US
  category: UTILITY
  components:
    header: {format: TEXT, text: "Order {{order_id}}"}
    body:
      text: "Hi {{name}}, your order is on its way. Track it with the button below."
    footer: {text: "Reply STOP to opt out"}
    buttons:
      - {type: URL, text: Track, url: "https://x.example/{{order_id}}"}
      - type: QUICK_REPLY
        text: Stop
        isOptOut: true
  examples:
    order_id: "A1"
    name: Ana
  messageSendTtlSeconds: 3600
---
"#;

fn best_of(mut work: impl FnMut()) -> Duration {
    let run = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..15).map(|_| run(&mut work)).min().unwrap()
}

#[test]
#[ignore = "a measurement"]
fn building_costs_little_beside_draining() {
    let text = TEMPLATE.repeat(2_000);
    let drain = best_of(|| {
        let options = granit_parser::options! { emit_comments: false };
        assert!(Parser::new_from_str_with_options(black_box(&text), options).all(|event| event.is_ok()));
    });
    let build = best_of(|| assert_eq!(documents(black_box(&text)).flatten().count(), 2_000));
    let ratio = build.as_secs_f64() / drain.as_secs_f64();
    println!("{} KiB: drain {drain:?}, build {build:?}, ratio {ratio:.2}", text.len() >> 10);
    println!("a node takes {} bytes", size_of::<super::Node>());
    assert!(ratio < 2.0, "the tree costs as much as the parser: {ratio:.2}");
}
