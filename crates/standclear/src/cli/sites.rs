//! The other party's protected sites as a file: two officers, or not at all.

use super::map::Out;
use super::named;
use crate::client::Client;
use crate::exit::{Failure, OrExit as _, Outcome};
use crate::options::Options;
use crate::output::{Table, dtg, dtg_or_dash, or_dash};
use clap::Subcommand;
use hyper::Method;
use node::http::site_exports::{SiteExportAsked, SiteExportShown};
use node::http::views::Outcome as Said;
use node::party::files;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Sites {
    /// Ask for the other party's protected sites of a line as a file. It is denied until another officer allows it
    Ask {
        /// On which line, as it is called here
        #[arg(long, value_name = "NAME")]
        line: String,
        /// For whom, and for what: the other officer decides by that, and it stays in the record
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
    /// What was asked for, and what became of it
    List,
    /// Allow what another officer asked for: once, for 15 minutes
    Allow {
        /// The export, or the beginning of its name
        export: String,
    },
    /// Refuse what another officer asked for, or take back what you asked for
    Refuse {
        /// The export, or the beginning of its name
        export: String,
    },
    /// Take the file that you asked for and another officer allowed
    Take {
        /// The export, or the beginning of its name
        export: String,
        /// geojson or kml
        #[arg(long)]
        format: Out,
        /// The file to write; one that is there is not overwritten
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

impl Sites {
    pub async fn act(self, options: &Options, client: &Client) -> Outcome {
        match self {
            Sites::Ask { line, why } => {
                let body = json!({"line": line, "why": why});
                let asked: SiteExportAsked = client.post("/api/site-exports", &body).await?;
                options.style().show(&asked, |asked| {
                    format!(
                        "asked for as {}; another officer of the desk decides: `standclear notice sites allow {}`",
                        asked.export,
                        asked.export.get(..8).unwrap_or(&asked.export)
                    )
                })
            }
            Sites::List => {
                let all: Vec<SiteExportShown> = client.get("/api/site-exports").await?;
                options.style().show(&all, |all| table(all))
            }
            Sites::Allow { export } => {
                let export = export_named(client, &export).await?;
                let path = format!("/api/site-exports/{export}/allow");
                let said: Said = client.post(&path, &json!({})).await?;
                options.style().show(&said, |_| {
                    "allowed: whoever asked can take it once, within 15 minutes".to_owned()
                })
            }
            Sites::Refuse { export } => {
                let export = export_named(client, &export).await?;
                let path = format!("/api/site-exports/{export}/refuse");
                let said: Said = client.post(&path, &json!({})).await?;
                options
                    .style()
                    .show(&said, |_| "refused: nothing leaves".to_owned())
            }
            Sites::Take {
                export,
                format,
                out,
            } => {
                let export = export_named(client, &export).await?;
                // It is given once: what could not be written would have to be asked for anew.
                if out.exists() {
                    return Err(Failure::refused(format!(
                        "`{}` is there already: name another file",
                        out.display()
                    )));
                }
                let path = format!("/api/site-exports/{export}/file?format={}", format.name());
                let bytes = client.request(Method::POST, &path, None).await?;
                files::write_new(&out, &bytes).or_refuse()?;
                let said = json!({"file": out.display().to_string()});
                options.style().show(&said, |_| {
                    format!(
                        "written to {}: whoever holds it finds these sites; the record says that it left",
                        out.display()
                    )
                })
            }
        }
    }
}

async fn export_named(client: &Client, typed: &str) -> Outcome<String> {
    let all: Vec<SiteExportShown> = client.get("/api/site-exports").await?;
    let names: Vec<String> = all.into_iter().map(|shown| shown.export).collect();
    named(typed, &names, "export")
}

fn table(all: &[SiteExportShown]) -> String {
    let head = [
        "export",
        "line",
        "party",
        "sites",
        "state",
        "asked by",
        "at",
        "why",
        "answered by",
        "lapses at",
    ];
    let mut table = Table::new(&head, "nothing was asked for");
    for export in all {
        table.row([
            export.export.get(..8).unwrap_or(&export.export).to_owned(),
            export.line_name.clone(),
            export.peer.clone(),
            export.sites.to_string(),
            export.state.clone(),
            export.by.clone(),
            dtg(export.at),
            export.why.clone(),
            or_dash(export.answered_by.as_deref()),
            dtg_or_dash(export.lapses_at),
        ]);
    }
    table.to_string()
}
