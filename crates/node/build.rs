//! Puts the console into the binary, if it was built: `console/dist`, as `make console` leaves it. Without it the node
//! works as ever, and says at `/` how to build one.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let dist = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("../../console/dist");
    // The folder is always there, kept by an empty file: a path that is missing would rebuild this crate every time.
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut files = Vec::new();
    if dist.join("index.html").exists() || dist.join("index.html.gz").exists() {
        list(&dist.canonicalize()?, &mut files)?;
    }
    files.sort();
    let root = dist.canonicalize().unwrap_or(dist);
    let mut code = String::from("&[\n");
    for file in files {
        let name = file
            .strip_prefix(&root)?
            .to_str()
            .ok_or("a file's name is no UTF-8")?;
        let (name, gzip) = match name.strip_suffix(".gz") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let kind = kind(name).ok_or_else(|| format!("no content type is known for `{name}`"))?;
        writeln!(
            code,
            "    Asset {{ path: {:?}, kind: {kind:?}, gzip: {gzip}, bytes: include_bytes!({:?}) }},",
            format!("/{name}"),
            file.to_str().ok_or("a file's name is no UTF-8")?,
        )?;
    }
    code.push(']');
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("console.rs");
    std::fs::write(out, code)?;
    Ok(())
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let is_hidden = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.is_dir() {
            list(&path, files)?;
        } else if !is_hidden {
            files.push(path);
        }
    }
    Ok(())
}

fn kind(name: &str) -> Option<&'static str> {
    Some(match Path::new(name).extension()?.to_str()? {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "woff2" => "font/woff2",
        _ => return None,
    })
}
