//! What the vendors' own SDKs know, printed by sdk_fields.py in a virtual environment of its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every field that sdk_fields.py prints.
pub(crate) fn fields() -> Result<BTreeSet<String>, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = here.join("tests/vendor/sdk_fields.py");
    let printed = run(Command::new(python(here)?).arg(script))?;
    Ok(printed.lines().map(str::to_owned).collect())
}

/// The interpreter of a virtual environment with the pinned SDKs; made once for each set of pins.
fn python(repository: &Path) -> Result<PathBuf, String> {
    let requirements = repository.join("tests/vendor/requirements.txt");
    let pins = fs::read_to_string(&requirements).map_err(|error| format!("requirements.txt: {error}"))?;
    let home = repository.join(format!(".cache/venv-vendor-{}", waops::qr_code::content_hash(&pins)));
    let (python, complete) = (home.join("bin/python"), home.join("complete"));
    if !complete.exists() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
        run(Command::new(&python).args(install).arg(&requirements))?;
        // Only an environment that was finished is used again.
        fs::write(&complete, "").map_err(|error| format!("{}: {error}", complete.display()))?;
    }
    Ok(python)
}

fn run(command: &mut Command) -> Result<String, String> {
    let needs = "this test needs python3 and, the first time, the network (PyPI)";
    let output = command.output().map_err(|error| format!("{command:?}: {error}; {needs}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?} failed; {needs}\n{said}"));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
