#!/usr/bin/env python3
"""Takes rules of claims.md out of the engine, one at a time, and tells which seed of the simulation notices first.

A copy of the sources gets a switch for each rule below, so that one build serves all of them. Usage, from anywhere:
mutations.py [--seeds N] [RULE ...]; without a rule all are played. Every rule that no seed notices is an error.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys

HOME = pathlib.Path(__file__).resolve().parents[2]
COPY = HOME / ".cache" / "mutations"

# The rule, what is taken out, and where: file, the code as it is, and the code with the switch OUT.
# In the second, `OUT` is true while the rule is out.
RULES = [
    ("1", "no fresh list before a create", [(
        "src/engine/act.rs",
        "(_, Call::Create) => true,",
        "(_, Call::Create) => !OUT,")]),
    ("2", "an intent that could not be written counts as written", [(
        "src/engine/act.rs",
        "self.hold(key, &facts, Hold::Claim(&claim)).await?;\n        let done",
        "let held = self.hold(key, &facts, Hold::Claim(&claim)).await;\n        if !OUT { held?; }\n        let done")]),
    ("3 deadline", "a call ignores its deadline", [(
        "src/engine/driver.rs",
        "let deadline = Deadline::at(intent.into());",
        "let deadline = if OUT { Deadline::after(Duration::from_secs(3600)) } else { Deadline::at(intent.into()) };")]),
    ("3 lease", "a call ignores the lease", [(
        "src/engine/driver.rs",
        "Some(lease) => deadline.min(lease),",
        "Some(lease) if !OUT => deadline.min(lease),\n            Some(_) => deadline,")]),
    ("4", "an unclear answer counts as not done", [(
        "src/engine/act.rs",
        "Err(error) if error.effect == Effect::Unclear => None,",
        "Err(error) if error.effect == Effect::Unclear && !OUT => None,")]),
    ("5 settle", "nobody waits for the settle time, neither after a deadline nor between two lists", [(
        "src/plan/facts.rs",
        "later(deadline.max(self.steady), self.settle)",
        "later(deadline.max(self.steady), if OUT { SignedDuration::ZERO } else { self.settle })"), (
        "src/plan/step.rs",
        "let second = times.settled(first);",
        "let second = if OUT { first } else { times.settled(first) };"), (
        "src/plan/step.rs",
        "from: later(listed, times.settle) }",
        "from: if OUT { listed } else { later(listed, times.settle) } }")]),
    ("5 at once", "an unclear call is resolved at once", [(
        "src/plan/facts.rs",
        "pub fn settled(&self, deadline: Timestamp) -> Timestamp {",
        "pub fn settled(&self, deadline: Timestamp) -> Timestamp {\n        if OUT { return self.now.min(deadline); }")]),
    ("5 second list", "one list is enough to call it not done, or gone", [(
        "src/plan/step.rs",
        "        let Some((_, first)) = memory.missed",
        "        if OUT { return None; }\n        let Some((_, first)) = memory.missed")]),
    ("5 candidates", "more candidates than calls, and one is chosen", [(
        "src/plan/qr_code/resolving.rs",
        "seen.outcome.len() > seen.open_intents {",
        "(seen.outcome.len() > seen.open_intents && !OUT) {")]),
    ("5 same text", "what was there before can be what the call made", [(
        "src/engine/gather.rs",
        "self.pick(|code| is_new(code) && qr_code::content_hash",
        "self.pick(|code| (is_new(code) || OUT) && qr_code::content_hash"), (
        "src/engine/sight.rs",
        "let can_have = |before: &[String], code: &str| before",
        "let can_have = |before: &[String], code: &str| OUT || before"), (
        "src/engine/gather.rs",
        "self.pick(|code| code.message != text && is_new(code))",
        "self.pick(|code| code.message != text && (is_new(code) || OUT))")]),
    ("5 uncached", "claims are not read before an outcome is believed", [(
        "src/engine/look.rs",
        "        let now = clock::timestamp();\n        if now < intent.deadline.0 + self.settings.settle {",
        "        let now = clock::timestamp();\n        if OUT || now < intent.deadline.0 + self.settings.settle {")]),
    ("6 unclaimed", "unclaimed codes with the text are ignored", [(
        "src/plan/qr_code/making.rs",
        "    let codes = case.of.seen.same_text;\n",
        "    if OUT { return None; }\n    let codes = case.of.seen.same_text;\n")]),
    ("6 repair", "a lost annotation is not written again", [(
        "src/plan/qr_code/owning.rs",
        "(Standing::Ours { claim, complete: false }, _) => {",
        "(Standing::Ours { claim, complete: false }, _) if !OUT => {")]),
    ("7 twice", "the same text twice is allowed", [(
        "src/plan/qr_code/making.rs",
        "(!desired.duplicates_allowed).then",
        "(!desired.duplicates_allowed && !OUT).then")]),
    ("7 heirs", "nobody inherits", [(
        "src/plan/qr_code/making.rs",
        "    let hash = content_hash(&desired.message);\n    let peers = case.of.peers;",
        "    if OUT { return None; }\n    let hash = content_hash(&desired.message);\n    let peers = case.of.peers;"), (
        "src/plan/qr_code/deleting.rs",
        "    let delivered = claim.content_hash.clone();\n    let wanted =",
        "    if OUT { return None; }\n    let delivered = claim.content_hash.clone();\n    let wanted =")]),
    ("7 one owner", "two living objects keep one code or template", [(
        "src/plan/facts.rs",
        "!self.deleting && self.claim.is_some_and(goes_first)",
        "!OUT && !self.deleting && self.claim.is_some_and(goes_first)")]),
    ("7 order", "what an heir has taken over is deleted all the same", [(
        "src/plan/qr_code/deleting.rs",
        "    let code = claim.code.as_deref()?;\n    let (now",
        "    let code = claim.code.as_deref().filter(|_| !OUT)?;\n    let (now")]),
    ("7 twice written", "a code is left to an heir whose claim stands once", [(
        "src/plan/qr_code/deleting.rs",
        "{ deletes(peer) } else { peer.stands };",
        "{ deletes(peer) } else { OUT || peer.stands };")]),
    ("7 both go", "of two that go, one leaves the code to the other at once", [(
        "src/plan/qr_code/deleting.rs",
        "if peer.deleting { deletes(peer) }",
        "if peer.deleting { OUT || deletes(peer) }")]),
    ("7 same text of heirs", "an heir does not see who inherited already, with another text", [(
        "src/engine/assemble.rs",
        "if !left.is_empty() {",
        "if !OUT && !left.is_empty() {")]),
    ("8", "a list hides what we wrote after it began", [(
        "src/provider/inventory/snapshot.rs",
        "self.is_open(key) || self.facts.get(key).is_some_and(|fact| fact.until >= started)",
        "!OUT && (self.is_open(key) || self.facts.get(key).is_some_and(|fact| fact.until >= started))")]),
    ("9 gaps", "a list with gaps proves absence", [(
        "src/provider/inventory/snapshot.rs",
        "counted && keys.len() == list.entries.len() && !shifted",
        "OUT || (counted && keys.len() == list.entries.len() && !shifted)")]),
    ("9 exact", "absence is believed without an exact read", [(
        "src/provider/inventory/snapshot.rs",
        "None => self.proven && (!self.rules.exact_reads || self.not_found.contains(key)),",
        "None => self.proven && (OUT || !self.rules.exact_reads || self.not_found.contains(key)),")]),
    ("9 losses", "great losses are believed", [(
        "src/provider/inventory/snapshot.rs",
        "self.suspicion = loss.judge(self.suspicion.take(), self.rules.drift);",
        "self.suspicion = loss.judge(self.suspicion.take(), self.rules.drift).filter(|_| !OUT);")]),
    ("9 deleted", "one list after a refused delete is believed", [(
        "src/provider/alibaba/qr_codes.rs",
        "Ok(None) => Err(Error {",
        "Ok(None) if OUT => Ok(Deleted::Before),\n                    Ok(None) => Err(Error {")]),
    ("9 restart", "what claims say is there is not expected to be", [(
        "src/provider/inventory/snapshot.rs",
        "        let is_gone = |key: &K| facts",
        "        if OUT { return; }\n        let is_gone = |key: &K| facts")]),
    ("9 old list", "a list older than what is known tells that it is gone", [(
        "src/engine/sight.rs",
        "None if !is_newer(code) => Presence::Unknown,",
        "None if !OUT && !is_newer(code) => Presence::Unknown,"), (
        "src/engine/sight.rs",
        "(None, Some(_)) if !is_newer => Presence::Unknown,",
        "(None, Some(_)) if !OUT && !is_newer => Presence::Unknown,")]),
    ("10 guard", "every rotating update is approved", [(
        "src/plan/qr_code/changing.rs",
        "Update::Guarded if rotates => match granted(owned) {",
        "Update::Guarded if rotates && !OUT => match granted(owned) {")]),
    ("10 content", "an approval holds for any content", [(
        "src/plan/qr_code/changing.rs",
        "given.code == owned.code && owned.hash.starts_with(&given.hash)",
        "given.code == owned.code && (OUT || owned.hash.starts_with(&given.hash))")]),
    ("10 once", "an approval that was used is accepted again", [(
        "src/plan/qr_code/changing.rs",
        "(fits && !owned.claim.spent.contains(&line))",
        "(fits && (OUT || !owned.claim.spent.contains(&line)))")]),
    ("10 drift", "an approval holds for a correction of drift", [(
        "src/plan/qr_code/changing.rs",
        "(Drift::Correct, Update::Guarded) if rotates => blocked(",
        "(Drift::Correct, Update::Guarded) if rotates && !(OUT && owned.desired.approve.is_some()) => blocked(")]),
    ("11", "a code that another one replaced lives on", [(
        "src/plan/qr_code/resolving.rs",
        "Outcome::Ours(new) => superseding(",
        "Outcome::Ours(new) if OUT => taken(case, claim, new),\n        Outcome::Ours(new) => superseding(")]),
    ("12 intent", "an unclear edit counts as done", [(
        "src/plan/template/resolve.rs",
        "    if !facts.content_since(template, since) {",
        "    if OUT { return done(facts, claim, Done::Template(template.id.clone())); }\n    if !facts.content_since(template, since) {")]),
    ("12 spent", "an edit is not counted before it is made", [(
        "src/plan/template/owned.rs",
        "claim.edits.push(Time(later(facts.now(), facts.situation.times.call)));",
        "if !OUT { claim.edits.push(Time(later(facts.now(), facts.situation.times.call))); }")]),
    ("13 exists", "what is there after an unclear create is ours, whatever it says", [(
        "src/plan/template/resolve.rs",
        "intent.absent_at.is_some() && says_so(want, intent, template) == Some(true)",
        "OUT || (intent.absent_at.is_some() && says_so(want, intent, template) == Some(true))")]),
    ("13 first", "what is there before the first call is ours", [(
        "src/plan/template/wanted.rs",
        "    let differences = template.content.as_ref()",
        "    if OUT { return adopt(facts, want, template, false); }\n    let differences = template.content.as_ref()")]),
    ("13 id", "a template with another id is ours", [(
        "src/plan/template/owned.rs",
        "    if template.id != id {\n        let plan",
        "    if template.id != id && !OUT {\n        let plan")]),
    ("14", "claims of another installation are believed", [(
        "src/plan/claim.rs",
        "claim.installation == holder.installation && claim.uid == holder.uid;",
        "(OUT || claim.installation == holder.installation) && claim.uid == holder.uid;"), (
        "src/plan/claim.rs",
        "if claim.installation == holder.installation || holder.take_over",
        "if OUT || claim.installation == holder.installation || holder.take_over")]),
    ("15 copy", "copies of claims are believed", [(
        "src/plan/claim.rs",
        "    if claim.uid != holder.uid {",
        "    if claim.uid != holder.uid && !OUT {")]),
    ("15 restore", "a claim is believed under another name", [(
        "src/plan/claim.rs",
        "        if claim.object != holder.object {",
        "        if claim.object != holder.object && !OUT {")]),
    ("16", "a claim about another account or phone is acted on", [(
        "src/plan/claim.rs",
        "        let differs = |what, was: &str, is: &str| {",
        "        if OUT { return None; }\n        let differs = |what, was: &str, is: &str| {")]),
    ("17 codes", "adopted codes are deleted", [(
        "src/plan/qr_code/deleting.rs",
        "let retains = of.policies.deletion(claim.adopted) == Deletion::Retain;",
        "let retains = of.policies.deletion(claim.adopted) == Deletion::Retain && !OUT;")]),
    ("17 templates", "adopted templates are deleted", [(
        "src/plan/template/deleting.rs",
        "let retained = situation.policies.deletion(claim.adopted) == Deletion::Retain;",
        "let retained = situation.policies.deletion(claim.adopted) == Deletion::Retain && !OUT;")]),
    ("18 codes", "collateral deletes codes", [(
        "src/plan/qr_code/deleting.rs",
        "    let why = match (deleting.cause, &of.account) {",
        "    if OUT { return None; }\n    let why = match (deleting.cause, &of.account) {")]),
    ("18 templates", "collateral deletes templates", [(
        "src/plan/template/deleting.rs",
        "    let account_is_gone = matches!",
        "    if OUT { return false; }\n    let account_is_gone = matches!")]),
    ("19 codes", "a delete forgets a call that is open", [(
        "src/plan/qr_code/deleting.rs",
        "    if let Some(intent) = &claim.intent {\n        let plan = resolving",
        "    if let Some(intent) = claim.intent.as_ref().filter(|_| !OUT) {\n        let plan = resolving")]),
    ("19 templates", "the same for templates", [(
        "src/plan/template/deleting.rs",
        "    if let Some(intent) = &claim.intent {\n        let want",
        "    if let Some(intent) = claim.intent.as_ref().filter(|_| !OUT) {\n        let want")]),
    ("20 held", "every deletion is believed", [(
        "src/plan/qr_code/deleting.rs",
        "if let Grant::Held { wanted, limit } = case.account.deletions {",
        "if let (Grant::Held { wanted, limit }, false) = (case.account.deletions, OUT) {")]),
    ("20 window", "deletions are not counted first", [(
        "src/engine/act.rs",
        "if matches!(call, Call::Delete(_)) {\n            self.count_deletion",
        "if matches!(call, Call::Delete(_)) && !OUT {\n            self.count_deletion")]),
    ("20 together", "nobody waits until deletions are counted together", [(
        "src/plan/qr_code/deleting.rs",
        "    if of.times.now < counted {",
        "    if of.times.now < counted && !OUT {")]),
    ("21", "a delete ends although nobody knows whether its account can be asked", [(
        "src/plan/qr_code/deleting.rs",
        "        Err(plan) => return needing(&plan.message),",
        "        Err(_) if OUT => return let_go(claim, \"out\"),\n        Err(plan) => return needing(&plan.message),")]),
    ("22", "objects on the same text do not know of each other", [(
        "src/engine/gather.rs",
        "        if key == me || peers.iter()",
        "        if OUT || key == me || peers.iter()")]),
]

SWITCH = """
/// Whether a rule is taken out.
pub fn is_out(rule: &str) -> bool {
    static OUT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    OUT.get_or_init(|| std::env::var("WAOPS_RULE_OUT").unwrap_or_default()) == rule
}
"""


def copy():
    COPY.mkdir(parents=True, exist_ok=True)
    for name in ["src", "tests", "benches", "examples", "crds"]:
        shutil.rmtree(COPY / name, ignore_errors=True)
        shutil.copytree(HOME / name, COPY / name, symlinks=True)
    for name in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "README.md", "clippy.toml"]:
        if (HOME / name).exists():
            shutil.copy(HOME / name, COPY / name)
    for rule, _, places in RULES:
        for file, before, after in places:
            path = COPY / file
            text = path.read_text()
            # Another rule may have put its switch in the same place.
            pattern = re.escape(before)
            found = len(re.findall(pattern, text))
            if found != 1:
                sys.exit(f"rule {rule}: {file} has {found} places like\n{before}")
            switch = f'crate::is_out("{rule}")'
            path.write_text(text.replace(before, re.sub(r"\bOUT\b", lambda _: switch, after)))
    path = COPY / "src" / "lib.rs"
    path.write_text(path.read_text() + SWITCH)


def build():
    command = ["cargo", "test", "--locked", "--profile", "torture", "--test", "simulation", "--no-run"]
    done = subprocess.run(command, cwd=COPY, stderr=subprocess.PIPE, text=True)
    found = re.search(r"\((\S*target/torture/deps/simulation-[0-9a-f]+)\)", done.stderr)
    if done.returncode or not found:
        sys.exit(done.stderr)
    return COPY / found.group(1)


def play(program, rule, seeds):
    environment = {**os.environ, "WAOPS_RULE_OUT": rule, "SEEDS": f"0..{seeds}", "FAILURES": "1", "STORY": "0"}
    done = subprocess.run(
        [program, "every_promise", "--nocapture"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return re.search(r"^seed (\d+): (.*)$", done.stdout, re.M)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seeds", type=int, default=20_000)
    arguments.add_argument("rules", nargs="*", help="such as 5 or '5 settle'")
    asked = arguments.parse_args()
    copy()
    program = build()
    print("| rule taken out | first seed that notices | by |\n|---|---|---|", flush=True)
    unnoticed = 0
    for rule, what, _ in RULES:
        if asked.rules and not any(rule == it or rule.split()[0] == it for it in asked.rules):
            continue
        found = play(program, rule, asked.seeds)
        unnoticed += found is None
        seed, by = found.groups() if found else (f"none in {asked.seeds}", "")
        print(f"| {rule}: {what} | {seed} | {by.split(': ')[0]} |", flush=True)
    sys.exit(1 if unnoticed else 0)


if __name__ == "__main__":
    main()
