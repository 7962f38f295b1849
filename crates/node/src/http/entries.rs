//! Entries of a line as they travelled, and what proves that they were received.

use super::commands::Here;
use super::given::About;
use super::identity::SignedIn;
use super::problem::{Answer, Refused};
use super::scope::Scope;
use super::views;
use crate::names;
use crate::server::Served;
use axum::Json;
use axum::extract::State;
use model::line::{EntryRef, LogRef, Side};
use serde::{Deserialize, Serialize};
use store::NoteSlot;
use tlog::TlogProof;
use utoipa::ToSchema;

/// An entry of a line, byte for byte.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EntryShown {
    pub entry: String,
    /// Standard base64.
    pub envelope: String,
    /// Standard base64; empty where it was destroyed.
    pub opening: String,
}

/// An entry as it travelled.
#[utoipa::path(get, path = "/api/entries/{entry}", responses((status = 200, body = EntryShown)))]
pub async fn entry(State(served): Here, who: SignedIn, About(name): About) -> Answer<EntryShown> {
    let entry = names::parse_entry(&name).map_err(|error| Refused::invalid(&error))?;
    is_theirs(&served, &who, entry).await?;
    let stored = served.stored.clone();
    let found = tokio::task::spawn_blocking(move || stored.entries(entry.log, entry.index, 1, 1))
        .await
        .map_err(|error| Refused::Internal(error.to_string()))??;
    let found = found.into_iter().next().ok_or(Refused::Unknown {
        what: "entry",
        which: name.clone(),
    })?;
    Ok(Json(EntryShown {
        entry: name,
        envelope: views::base64(&found.envelope),
        opening: views::base64(&found.opening),
    }))
}

/// Whether an officer of an element may have that entry: it opened a stop call or notice of theirs.
async fn is_theirs(served: &Served, who: &SignedIn, entry: EntryRef) -> Result<(), Refused> {
    let scope = who.scope();
    if scope == Scope::Party {
        return Ok(());
    }
    let is = (served.shell).ask(move |node| scope.entry(node.state(), entry));
    is.await?.then_some(()).ok_or(Refused::Unknown {
        what: "entry",
        which: names::entry(entry),
    })
}

/// What proves that an entry was received: the C2SP tlog-proof under the cosigned checkpoint, and who signs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ProofShown {
    pub entry: String,
    /// Standard base64 of the entry: what the proof is about.
    pub envelope: String,
    /// The proof, as c2sp.org/tlog-proof has it.
    pub proof: String,
    /// The verifier key of the log, one for each key in the manifest.
    pub log_keys: Vec<String>,
    /// The verifier key of whoever cosigned, one for each key in the manifest.
    pub cosigners: Vec<String>,
}

/// The proof that the other party received an entry of ours, or that we received one of theirs.
#[utoipa::path(get, path = "/api/entries/{entry}/proof", responses((status = 200, body = ProofShown)))]
pub async fn proof(State(served): Here, who: SignedIn, About(name): About) -> Answer<ProofShown> {
    let entry = names::parse_entry(&name).map_err(|error| Refused::invalid(&error))?;
    is_theirs(&served, &who, entry).await?;
    tokio::task::spawn_blocking(move || prove(&served, entry))
        .await
        .map_err(|error| Refused::Internal(error.to_string()))?
        .map(Json)
}

fn prove(served: &Served, entry: EntryRef) -> Result<ProofShown, Refused> {
    let log = entry.log;
    let unproven = || Refused::Unproven(names::entry(entry));
    let slot = match log.side {
        Side::Own => NoteSlot::Cosigned,
        Side::Peer => NoteSlot::PeerCosigned,
    };
    let (size, note) = served
        .stored
        .note(log, slot)
        .filter(|(size, _)| *size > entry.index)
        .ok_or_else(unproven)?;
    let origin = served.stored.origin(log).ok_or_else(unproven)?;
    let found = served.stored.entries(log, entry.index, 1, 1)?;
    let envelope = found.into_iter().next().ok_or_else(unproven)?.envelope;
    let hashes = served
        .stored
        .with(|view| view.prove_inclusion(&origin, size, entry.index))?;
    let note = String::from_utf8(note).map_err(|error| Refused::Internal(error.to_string()))?;
    let proof = TlogProof::new(entry.index, hashes, note)
        .map_err(|error| Refused::Internal(error.to_string()))?;
    let (log_keys, cosigners) = keys(served, log).ok_or_else(unproven)?;
    Ok(ProofShown {
        entry: names::entry(entry),
        envelope: views::base64(&envelope),
        proof: proof.encode(),
        log_keys,
        cosigners,
    })
}

fn keys(served: &Served, log: LogRef) -> Option<(Vec<String>, Vec<String>)> {
    let keys = served.trust.keys(log.line)?;
    let log_keys = keys.log_keys(log).iter().map(ToString::to_string).collect();
    let cosigners = keys.party(log.side.other()).cosigners();
    Some((
        log_keys,
        cosigners.iter().map(ToString::to_string).collect(),
    ))
}
