//! Notices in and out as files: tables and maps.

use super::read_named;
use crate::client::Client;
use crate::exit::{Failure, OrExit as _, Outcome};
use crate::options::Options;
use crate::output;
use crate::record::spinner;
use clap::{Args, ValueEnum};
use hyper::Method;
use node::http::exchange::SheetImported;
use node::model::code::Desk;
use node::model::kind::Kind;
use node::party::files;
use node::wire::sheet::MAX_IMPORT;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long an import or export may take: thousands of notices are drafted one by one.
const WITHIN: Duration = Duration::from_secs(300);

#[derive(Args, Debug)]
pub struct Import {
    /// A table (.csv) or a map (.geojson, .json, .kml); docs/integrators.md lists the fields
    file: PathBuf,
    /// Whose drafts they become: air, ground, protection, senior
    #[arg(long)]
    desk: Desk,
    /// The kind of notice of lines that name none
    #[arg(long)]
    kind: Option<Kind>,
    /// Draft the good lines although others are bad
    #[arg(long)]
    partial: bool,
    /// Draft nothing, and only say what is wrong
    #[arg(long)]
    check: bool,
    /// The file's format, where its name does not tell
    #[arg(long)]
    format: Option<In>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum In {
    Csv,
    Geojson,
    Kml,
}

impl In {
    fn of(path: &Path) -> Outcome<Self> {
        let end = path
            .extension()
            .and_then(|end| end.to_str())
            .unwrap_or_default();
        match end.to_ascii_lowercase().as_str() {
            "csv" | "tsv" => Ok(In::Csv),
            "geojson" | "json" => Ok(In::Geojson),
            "kml" => Ok(In::Kml),
            _other => Err(Failure::usage(format!(
                "the name of `{}` does not tell its format: say --format csv, geojson or kml",
                path.display()
            ))),
        }
    }

    /// As the API names it, and its media type.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            In::Csv => ("csv", "text/csv"),
            In::Geojson => ("geojson", "application/geo+json"),
            In::Kml => ("kml", "application/vnd.google-earth.kml+xml"),
        }
    }
}

impl Import {
    pub async fn act(&self, options: &Options, client: &Client) -> Outcome {
        let (format, kind) = self.format.map_or_else(|| In::of(&self.file), Ok)?.names();
        let client = client.within(WITHIN);
        let bytes = read(&self.file)?;
        let named = self
            .kind
            .map_or_else(String::new, |kind| format!("&kind={kind}"));
        let path = format!("/api/import/{format}?desk={}{named}", self.desk);
        let turning = spinner("reading and drafting");
        // Every fault is told before anything is drafted.
        let checked = ask(&client, &format!("{path}&check=true"), kind, bytes.clone()).await?;
        let is_good = checked.faults.is_empty();
        let drafts = !self.check && (is_good || self.partial) && checked.good > 0;
        let imported = match drafts {
            true => {
                ask(
                    &client,
                    &format!("{path}&partial={}", self.partial),
                    kind,
                    bytes,
                )
                .await?
            }
            false => checked,
        };
        turning.finish_and_clear();
        options.style().show(&imported, text)?;
        match (is_good, drafts) {
            (true, _) => Ok(()),
            (false, true) => Err(Failure::refused(
                "not all could be drafted: correct what is listed, and import that",
            )),
            (false, false) => Err(Failure::refused(
                "nothing was drafted: correct what is listed, or say --partial to draft what is good",
            )),
        }
    }
}

fn read(path: &Path) -> Outcome<Vec<u8>> {
    read_named(path, MAX_IMPORT, |size| {
        format!(
            "`{}` holds {size} bytes, at most {MAX_IMPORT} are taken: split it",
            path.display()
        )
    })
}

async fn ask(client: &Client, path: &str, kind: &str, bytes: Vec<u8>) -> Outcome<SheetImported> {
    let answer = client
        .request(Method::POST, path, Some((kind, bytes)))
        .await?;
    serde_json::from_slice(&answer).map_err(|error| {
        Failure::refused(format!(
            "the answer of the node cannot be understood ({error}): is this command line of its \
             version?"
        ))
    })
}

fn text(imported: &SheetImported) -> String {
    let row = &imported.row;
    let faults = imported
        .faults
        .iter()
        .map(|fault| match fault.field.as_str() {
            "" => format!("{row} {}: {}\n", fault.at, output::plain(&fault.why)),
            field => format!(
                "{row} {}, {}: {}\n",
                fault.at,
                output::plain(field),
                output::plain(&fault.why)
            ),
        });
    let mut text: String = faults.collect();
    if imported.more_faults > 0 {
        text.push_str(&format!("and {} more faults\n", imported.more_faults));
    }
    text.push_str(&format!(
        "{} {row}s are good, {} were drafted",
        imported.good,
        imported.drafted.len()
    ));
    if imported.without_second_description > 0 {
        text.push_str(&format!(
            "\n{} have no second description: they stay drafts until one is given, from another source (`notice \
             draft --change`)",
            imported.without_second_description
        ));
    }
    if !imported.drafted.is_empty() {
        text.push_str("\nnothing has left: `standclear notice release` lets it go");
    }
    text
}

#[derive(Args, Debug)]
pub struct Export {
    /// geojson or kml
    #[arg(long)]
    format: Out,
    /// The file to write; one that is there is not overwritten
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Our drafts too
    #[arg(long)]
    drafts: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Out {
    Geojson,
    Kml,
}

impl Out {
    /// As the API names it.
    pub const fn name(self) -> &'static str {
        match self {
            Out::Geojson => "geojson",
            Out::Kml => "kml",
        }
    }
}

impl Export {
    pub async fn act(&self, options: &Options, client: &Client) -> Outcome {
        let format = self.format.name();
        let turning = spinner("exporting");
        let path = format!("/api/export/{format}?drafts={}", self.drafts);
        let bytes = client
            .within(WITHIN)
            .request(Method::GET, &path, None)
            .await?;
        files::write_new(&self.out, &bytes).or_refuse()?;
        turning.finish_and_clear();
        let left_out = left_out(self.format, &String::from_utf8_lossy(&bytes));
        let said = json!({"file": self.out.display().to_string(), "left_out": left_out});
        options.style().show(&said, |_| {
            let some = left_out.iter().filter(|(_, count)| **count > 0);
            let each: Vec<String> = some.map(|(why, count)| format!("{why} {count}")).collect();
            match each.is_empty() {
                true => format!("written to {}", self.out.display()),
                false => format!(
                    "written to {}; left out: {}",
                    self.out.display(),
                    each.join(", ")
                ),
            }
        })
    }
}

/// What the file says of itself was left out.
fn left_out(format: Out, text: &str) -> BTreeMap<String, u64> {
    match format {
        Out::Geojson => {
            let all: Value = serde_json::from_str(text).unwrap_or_default();
            let left_out = all["left_out"].as_object().into_iter().flatten();
            left_out
                .filter_map(|(why, count)| Some((why.clone(), count.as_u64()?)))
                .collect()
        }
        Out::Kml => {
            let notes = text
                .lines()
                .filter_map(|line| line.strip_prefix("<!-- left out, ")?.strip_suffix(" -->"));
            notes
                .filter_map(|note| note.split_once(": "))
                .filter_map(|(why, count)| Some((why.to_owned(), count.parse().ok()?)))
                .collect()
        }
    }
}
