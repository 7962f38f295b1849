//! Those whom this party speaks for: enrolled by a desk, and what they have consented to.

use super::notice::draft_named;
use super::{at_desk, named};
use crate::client::Client;
use crate::exit::{Failure, Outcome};
use crate::options::Options;
use crate::output::{Table, dtg, dtg_or_dash, or_dash};
use clap::{Args, Subcommand};
use node::http::elements::{ElementShown, Unenrolled};
use node::http::views::Outcome as Said;
use node::model::code::ConsentGiven;
use node::model::ids::ElementId;
use serde_json::{Value, json};

#[derive(Debug, Subcommand)]
pub enum Element {
    /// Enrol an element that this party speaks for, or name it otherwise
    Enrol {
        /// A short name, as drafts and accounts name it: aid-east
        element: ElementId,
        /// What it is called here; that never leaves this node
        #[arg(long)]
        name: String,
    },
    /// End speaking for an element: its accounts end, its sites stay as they were told
    Unenrol {
        /// The element
        element: ElementId,
    },
    /// The elements, and what each has consented to on each line; for an officer of one, that one
    List,
    /// Note that an element consents: to what its stop calls may carry on a line, or that a draft is told there
    Consent(Consent),
    /// Note that an element no longer consents. What was told already is then to be withdrawn
    WithdrawConsent(Consent),
}

#[derive(Args, Debug)]
pub struct Consent {
    /// The element; not needed with --draft, nor by its own officer
    element: Option<ElementId>,
    /// On this line; may be given more than once
    #[arg(long, required = true, value_name = "NAME")]
    line: Vec<String>,
    /// That its stop calls say where it is
    #[arg(long)]
    place: bool,
    /// That its stop calls, and its notices, say which element it is
    #[arg(long)]
    named: bool,
    /// That this draft of it, as it says now, is told to the other party
    #[arg(long, value_name = "DRAFT", conflicts_with_all = ["place", "named", "element"])]
    draft: Option<String>,
    /// How it was said to the desk: in-person, by-letter, by-telephone. Its own officer gives none
    #[arg(long)]
    how: Option<ConsentGiven>,
}

impl Element {
    pub fn run(self, options: &Options) -> Outcome {
        at_desk(options, async |client: Client| match self {
            Element::Enrol { element, name } => enrol(options, &client, element, &name).await,
            Element::Unenrol { element } => unenrol(options, &client, element).await,
            Element::List => list(options, &client).await,
            Element::Consent(consent) => consent.note(options, &client, true).await,
            Element::WithdrawConsent(consent) => consent.note(options, &client, false).await,
        })
    }
}

async fn enrol(options: &Options, client: &Client, element: ElementId, name: &str) -> Outcome {
    let body = json!({"element": element.as_str(), "name": name});
    let said: Said = client.post("/api/elements", &body).await?;
    options.style().show(&said, |_| {
        format!(
            "{element} is enrolled. Until it consents, its stop calls go without its place and name, and no draft of it is \
             released"
        )
    })
}

async fn unenrol(options: &Options, client: &Client, element: ElementId) -> Outcome {
    let said: Unenrolled = client.delete(&format!("/api/elements/{element}")).await?;
    options.style().show(&said, |said| {
        let accounts = match said.accounts.as_slice() {
            [] => "it had no account".to_owned(),
            some => format!("ended: {}", some.join(", ")),
        };
        format!(
            "this party speaks for {element} no more; {accounts}. Its sites stay as they were told: withdraw what is no longer \
             so (`standclear notice withdraw`)"
        )
    })
}

async fn list(options: &Options, client: &Client) -> Outcome {
    let elements: Vec<ElementShown> = client.get("/api/elements").await?;
    options.style().show(&elements, |elements| {
        let head = [
            "element", "name", "line", "peer", "desk", "place", "named", "said at", "how",
        ];
        let mut table = Table::new(
            &head,
            "no element is enrolled: standclear element enrol ELEMENT --name NAME",
        );
        let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
        for element in elements {
            let name = match element.ended {
                Some(at) => format!("{} (ended {})", element.name, dtg(at)),
                None => element.name.clone(),
            };
            for line in &element.lines {
                table.row([
                    element.element.clone(),
                    name.clone(),
                    line.name.clone(),
                    line.peer.clone(),
                    or_dash(line.desk.as_deref()),
                    yes(line.place),
                    yes(line.named),
                    dtg_or_dash(line.at),
                    or_dash(line.how.as_deref()),
                ]);
            }
        }
        table.to_string()
    })
}

impl Consent {
    async fn note(self, options: &Options, client: &Client, given: bool) -> Outcome {
        let how = self.how.map(|how| how.to_string());
        let (path, body) = match &self.draft {
            Some(draft) => {
                let draft = draft_named(client, draft).await?;
                let path = format!("/api/drafts/{draft}/consent");
                (path, json!({"given": given, "how": how}))
            }
            None => {
                let element = self.element(client).await?;
                let path = format!("/api/elements/{element}/consent");
                (path, self.stop_calls(given, how)?)
            }
        };
        let mut said = Said::default();
        for line in &self.line {
            let mut body = body.clone();
            body["line"] = json!(line);
            said = client.post(&path, &body).await?;
        }
        options.style().show(&said, |_| {
            match (given, &self.draft) {
            (true, Some(_)) => "noted: the desk may release it there, as it says now",
            (false, Some(_)) => {
                "noted: it goes there no more. What went already stays until the desk withdraws it \
                 (`standclear notice withdraw`)"
            }
            (true, None) => "noted: its next stop call there carries it",
            (false, None) => "noted: its next stop call there goes without",
        }
        .to_owned()
        })
    }

    /// What of it changes; the rest stays as it was said.
    fn stop_calls(&self, given: bool, how: Option<String>) -> Outcome<Value> {
        let neither = !self.place && !self.named;
        if given && neither {
            return Err(Failure::usage(
                "say to what it consents: --place, --named, or --draft DRAFT",
            ));
        }
        // Whoever withdraws without saying what withdraws both.
        let all = !given && neither;
        let mut body = json!({"how": how});
        if self.place || all {
            body["place"] = json!(given);
        }
        if self.named || all {
            body["named"] = json!(given);
        }
        Ok(body)
    }

    async fn element(&self, client: &Client) -> Outcome<String> {
        let elements: Vec<ElementShown> = client.get("/api/elements").await?;
        let names: Vec<String> = elements.into_iter().map(|shown| shown.element).collect();
        match (&self.element, names.as_slice()) {
            (Some(element), names) => named(element.as_str(), names, "element"),
            (None, [only]) => Ok(only.clone()),
            (None, []) => Err(Failure::refused(
                "no element is enrolled here: an officer of the desk enrols it (`standclear element enrol`)",
            )),
            (None, _) => Err(Failure::usage(
                "name the element: `standclear element list`",
            )),
        }
    }
}
