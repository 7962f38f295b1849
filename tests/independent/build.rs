//! Builds verify.go for the tests of a crate. Where Go is not installed the check is not run, and says so; in CI
//! (`CI=true`) that is a failure.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The verifier, built in `folder`, or `None`, with the reason printed, where it cannot be built.
pub fn verifier(folder: &Path) -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/independent");
    let program = folder.join("verify");
    let built = Command::new("go")
        .args(["build", "-o"])
        .arg(&program)
        .arg("verify.go")
        .current_dir(source)
        .env("GO111MODULE", "off")
        .env("GOFLAGS", "")
        .env(
            "GOPATH",
            std::env::var_os("GOPATH").unwrap_or("/usr/share/gocode".into()),
        )
        .env(
            "GOCACHE",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("go-cache"),
        )
        .output();
    let reason = match built {
        Ok(output) if output.status.success() => return Some(program),
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => format!("go: {error}"),
    };
    // Not eprintln: the harness would swallow it, and a check not run must be seen.
    let said = format!(
        "THE INDEPENDENT CHECK WAS NOT RUN: {reason}\n\
         install it with: apt-get install golang-go golang-golang-x-mod-dev\n"
    );
    std::io::stderr().write_all(said.as_bytes()).unwrap();
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!in_ci, "in CI the independent check must run");
    None
}
