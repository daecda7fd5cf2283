#!/usr/bin/env bash
# `make demo`: what waops says to good manifests and to bad ones. Usage: examples/demo.sh WAOPS
set -euo pipefail
waops=$1
examples=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
run() { printf '$ waops %s\n' "$*"; "$waops" "$@"; }

say "1. Every example is as both providers want it"
run validate -f "$examples" | tail -n 1

say "2. A template with the mistakes that everybody makes once"
cat > "$folder/welcome.yaml" <<'YAML'
apiVersion: waops.dev/v1alpha1
kind: WhatsAppTemplate
metadata: {name: welcome}
spec:
  accountRef: {name: shop}
  name: Welcome
  language: en-US
  category: MARKETING
  components:
    body: {text: "{{name}}, welcome! Here is {{1}} for you."}
    foter: {text: "Reply STOP to unsubscribe"}
    buttons:
      - {type: URL, text: Shop now, url: "https://example.com/{{campaign}}/start"}
      - {type: PHONE_NUMBER, text: Call us, phoneNumber: 0309018200}
YAML
cd "$folder"
if run validate -f welcome.yaml; then echo "nothing found: that is a bug"; exit 1; fi

say "3. What a rule means"
run explain template-language-form

say "4. The same manifest, mended"
cat > welcome.yaml <<'YAML'
apiVersion: waops.dev/v1alpha1
kind: WhatsAppTemplate
metadata: {name: welcome}
spec:
  accountRef: {name: shop}
  name: welcome
  language: en_US
  category: MARKETING
  components:
    body: {text: "Hello {{name}}, welcome! Here is your voucher {{voucher}} for the first order."}
    footer: {text: "Reply STOP to unsubscribe"}
    buttons:
      - {type: URL, text: Shop now, url: "https://example.com/start/{{campaign}}"}
      - {type: PHONE_NUMBER, text: Call us, phoneNumber: "+49309018200"}
  examples: {name: Ana, voucher: HELLO10, campaign: spring}
YAML
cp "$examples/meta-account.yaml" account.yaml
run validate -f .
