//! The tables of a replay, kept in a document.

use crate::failed::Failed;
use std::fs;
use std::io;
use std::path::Path;

/// Between these lines of a document is what a replay writes.
const BEGIN: &str = "<!-- from here on written by `replay --record` -->";
const END: &str = "<!-- up to here -->";

/// Puts `tables`, and what machine they are of, between the marks of the document at `path`; into a new one where there
/// is none.
///
/// # Errors
/// Where it cannot be read or written, or has no marks.
pub fn write(path: &Path, tables: &str) -> Result<(), Failed> {
    let what = format!("write `{}`", path.display());
    let before = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => format!("{BEGIN}\n{END}\n"),
        Err(cause) => return Err(Failed::system(what)(cause)),
    };
    let after = between(&before, &format!("\n{}\n{tables}\n", machine())).ok_or_else(|| {
        Failed::outcome(format!(
            "`{}` has no lines `{BEGIN}` and `{END}`: add them where the tables go",
            path.display()
        ))
    })?;
    fs::write(path, after).map_err(Failed::system(what))
}

fn between(document: &str, text: &str) -> Option<String> {
    let (head, rest) = document.split_once(BEGIN)?;
    let (_, tail) = rest.split_once(END)?;
    Some(format!("{head}{BEGIN}\n{text}\n{END}{tail}"))
}

/// The machine, without its name.
fn machine() -> String {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("a processor of unknown make", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("Measured on {model}, {cores} cores, both nodes and the replay on it.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo.md");
        fs::write(&path, format!("# Before\n{BEGIN}\nold\n{END}\nAfter\n")).unwrap();
        write(&path, "new").unwrap();
        write(&path, "newer").unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("# Before\n") && text.ends_with("After\n"),
            "{text}"
        );
        assert!(
            text.contains("newer") && !text.contains("old") && text.matches("new").count() == 1,
            "{text}"
        );
    }

    #[test]
    fn a_document_without_marks_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo.md");
        fs::write(&path, "mine\n").unwrap();
        assert!(write(&path, "tables").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine\n");
        let new = folder.path().join("new.md");
        write(&new, "tables").unwrap();
        assert!(fs::read_to_string(&new).unwrap().contains("tables"));
    }
}
