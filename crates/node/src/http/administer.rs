//! What administrators do: arrangements, manifests, epochs, lines by file.

use super::given::{About, Given, Upload};
use super::identity::Administrator;
use super::problem::{Answer, Refused};
use crate::clock;
use crate::link::connection::look_up;
use crate::link::outgoing::{Framer, Out};
use crate::names;
use crate::random;
use crate::server::Served;
use axum::Json;
use axum::body::Bytes as ReadBytes;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use channel::effect::OwnFrame;
use channel::input::{Administration, Input, LinkInput};
use model::code::Lane;
use model::event::Bytes;
use model::ids::{LineId, LineName};
use model::line::{LogHead, LogRef, Side};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::NoteSlot;
use utoipa::ToSchema;
use wire::arrangement::SignedArrangement;
use wire::card::Card;
use wire::epoch::EpochReason;
use wire::file::{self, FileHeader};
use wire::line::PartyKeys;
use wire::manifest::{ManifestRefused, SignedManifest};

type Here = State<Arc<Served>>;

pub fn decode(text: &str) -> Result<Vec<u8>, Refused> {
    STANDARD.decode(text.trim()).map_err(|_| {
        Refused::in_english(
            "that is no base64: encode the file in the standard alphabet, padded".into(),
        )
    })
}

fn line_id(text: &str) -> Result<LineId, Refused> {
    text.parse()
        .map_err(|error: model::ids::NotAnId| Refused::unusable(&error))
}

/// An arrangement that both parties signed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PutInForce {
    /// The file: the text, then both signatures.
    pub arrangement: String,
    /// The peer's card, as its file. Compare its fingerprint by voice first: whoever it names is trusted.
    pub peer_card: String,
    /// What the line is called on this node; as in the arrangement if not given.
    #[serde(default)]
    pub name: Option<String>,
}

/// The line that is now in force.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InForce {
    pub line: String,
    pub name: String,
    pub peer: String,
    pub version: u32,
}

/// Puts an arrangement in force.
#[utoipa::path(post, path = "/api/admin/arrangement", request_body = PutInForce, responses((status = 200, body = InForce)))]
pub async fn put_in_force(
    State(served): Here,
    _who: Administrator,
    Given(given): Given<PutInForce>,
) -> Answer<InForce> {
    let refused = |error: &dyn std::error::Error| Refused::unusable(error);
    let signed =
        SignedArrangement::from_text(&given.arrangement).map_err(|error| refused(&error))?;
    let arrangement = Arc::new(signed.arrangement().clone());
    let line = arrangement.line;
    let card = Card::from_text(&given.peer_card).map_err(|error| refused(&error))?;
    let manifest = match served.trust.keys(line) {
        // Its root key was pinned when the line began.
        Some(keys) => match keys.peer().manifest().successor(card.manifest.bytes()) {
            Ok(newer) => newer.unwrap_or_else(|| keys.peer().manifest().clone()),
            // The card that was compared is older than what the peer has told us since, under the same root.
            Err(ManifestRefused::Rollback { .. }) => keys.peer().manifest().clone(),
            Err(error) => return Err(refused(&error)),
        },
        None => card.manifest,
    };
    let own = served.trust.own();
    let signatures = signed
        .verify([&PartyKeys::in_force(&own), &PartyKeys::in_force(&manifest)])
        .map_err(|error| refused(&error))?;
    let peer = arrangement.peer_of(own.manifest().party).ok_or_else(|| {
        Refused::in_english(
            "this party is none of the arrangement's: give one that names it".into(),
        )
    })?;
    let name: LineName = match &given.name {
        Some(name) => name
            .parse()
            .map_err(|error: model::ids::NotASlug| refused(&error))?,
        None => arrangement.name,
    };
    let version = arrangement.version;
    let put = Administration::PutInForce {
        arrangement,
        name,
        peer,
        signatures,
    };
    served.shell.administer(put).await?;
    for (side, manifest) in [(Side::Own, &own), (Side::Peer, &manifest)] {
        let take = Administration::TakeManifest {
            line,
            side,
            version: manifest.manifest().version,
            manifest: manifest.bytes().clone(),
        };
        served.shell.administer(take).await?;
    }
    Ok(Json(InForce {
        line: line.to_string(),
        name: name.to_string(),
        peer: peer.to_string(),
        version,
    }))
}

/// A manifest newer than the one held.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeManifest {
    /// Standard base64.
    pub manifest: String,
}

/// On which lines it is now in force.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Taken {
    pub lines: Vec<String>,
    pub version: u32,
}

/// Takes a newer manifest: a peer's, or our own after a rotation. Own private keys that changed are read when the node
/// is next started.
#[utoipa::path(post, path = "/api/admin/manifest", request_body = TakeManifest, responses((status = 200, body = Taken)))]
pub async fn take_manifest(
    State(served): Here,
    _who: Administrator,
    Given(given): Given<TakeManifest>,
) -> Answer<Taken> {
    let bytes = decode(&given.manifest)?;
    let offered =
        SignedManifest::open_unpinned(&bytes).map_err(|error| Refused::unusable(&error))?;
    let own = served.trust.own();
    let is_own = offered.manifest().party == own.manifest().party;
    let mut taken = Vec::new();
    let lines = served.trust.lines();
    if is_own
        && let Some(newer) = own
            .successor(&bytes)
            .map_err(|error| Refused::unusable(&error))?
    {
        served.trust.renew_own(newer);
    }
    for line in lines {
        let Some(keys) = served.trust.keys(line) else {
            continue;
        };
        let side = match is_own {
            true => Side::Own,
            false if keys.peer().party() == offered.manifest().party => Side::Peer,
            false => continue,
        };
        if side == Side::Peer {
            let newer = keys.peer().manifest().successor(&bytes);
            if newer.map_err(|error| Refused::unusable(&error))?.is_none() {
                continue;
            }
        }
        let take = Administration::TakeManifest {
            line,
            side,
            version: offered.manifest().version,
            manifest: offered.bytes().clone(),
        };
        served.shell.administer(take).await?;
        taken.push(line.to_string());
    }
    Ok(Json(Taken {
        lines: taken,
        version: offered.manifest().version,
    }))
}

/// An epoch of our own logs, as it was opened.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct EpochShown {
    pub line: String,
    pub epoch: u32,
    pub confirmed: bool,
    /// The signed statement, standard base64: what the root key confirms.
    pub statement: String,
}

/// The epochs of our own logs that a statement opened.
#[utoipa::path(get, path = "/api/admin/epochs", responses((status = 200, body = Vec<EpochShown>)))]
pub async fn epochs(State(served): Here, _who: Administrator) -> Answer<Vec<EpochShown>> {
    let opened = served.trust.own_epochs().into_iter();
    let shown = opened.map(|opened| EpochShown {
        line: opened.line.to_string(),
        epoch: opened.epoch,
        confirmed: opened.confirmed,
        statement: STANDARD.encode(opened.statement),
    });
    Ok(Json(shown.collect()))
}

/// Why a new epoch is to be opened, and on which line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenEpoch {
    /// The line's name or identifier.
    pub line: String,
    /// `restored`, `behind` or `keys-changed`: what the statement gives the other party as the reason.
    pub reason: String,
}

/// The epoch that waits for the root key.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EpochIsOpen {
    pub line: String,
    pub epoch: u32,
}

/// Opens a new epoch of our own logs, signed by the operational key: the way out of a halted `main`. Until the root key has
/// confirmed it, it carries stop calls and nothing else.
#[utoipa::path(post, path = "/api/admin/epochs", request_body = OpenEpoch, responses((status = 200, body = EpochIsOpen)))]
pub async fn open_epoch(
    State(served): Here,
    _who: Administrator,
    Given(given): Given<OpenEpoch>,
) -> Answer<EpochIsOpen> {
    let line = super::commands::line(&served, &given.line)?;
    let reason = EpochReason::from_name(&given.reason).ok_or_else(|| {
        let known: Vec<&str> = EpochReason::ALL
            .iter()
            .map(|reason| reason.name())
            .collect();
        Refused::in_english(format!(
            "that is no reason: use one of {}",
            known.join(", ")
        ))
    })?;
    if served.trust.keys(line).is_none() {
        return Err(Refused::Unknown {
            what: "line with keys",
            which: given.line,
        });
    }
    let epoch = served.shell.open_next_epoch(line, reason).await?;
    Ok(Json(EpochIsOpen {
        line: line.to_string(),
        epoch,
    }))
}

/// A statement that the root key has confirmed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmEpoch {
    pub line: String,
    /// Standard base64.
    pub statement: String,
}

/// Takes the root key's confirmation of an epoch: `main` goes on.
#[utoipa::path(post, path = "/api/admin/epoch", request_body = ConfirmEpoch, responses((status = 200)))]
pub async fn confirm_epoch(
    State(served): Here,
    _who: Administrator,
    Given(given): Given<ConfirmEpoch>,
) -> Answer<()> {
    let line = line_id(&given.line)?;
    let bytes = decode(&given.statement)?;
    let own = PartyKeys::in_force(&served.trust.own());
    let signed = wire::epoch::open(&bytes, line, &own)
        .map_err(|fault| Refused::in_english(format!("the statement is not ours: {fault}")))?;
    if !signed.confirmed {
        return Err(Refused::in_english(
            "the root key has not confirmed it: sign it with `standclear epoch confirm`".into(),
        ));
    }
    let confirm = Administration::ConfirmEpoch {
        line,
        epoch: signed.statement.epoch,
        statement: signed.bytes,
    };
    served.shell.administer(confirm).await?;
    Ok(Json(()))
}

/// Writes what the peer does not hold into a file for a courier, encrypted to the peer.
#[utoipa::path(post, path = "/api/admin/lines/{line}/export", responses((status = 200, body = Vec<u8>)))]
pub async fn export(
    State(served): Here,
    _who: Administrator,
    About(line): About,
) -> Result<Vec<u8>, Refused> {
    let line = super::commands::line(&served, &line)?;
    export_of(served, line).await
}

/// The file that [`export`] makes, for whoever may ask for it.
pub(super) async fn export_of(served: Arc<Served>, line: LineId) -> Result<Vec<u8>, Refused> {
    let asked = served.shell.ask(move |node| {
        let held = [Lane::Stop, Lane::Main].map(|lane| node.lines().held(line, lane));
        (node.lines().undelivered(line), held)
    });
    let (entries, held) = asked.await?;
    tokio::task::spawn_blocking(move || write_file(&served, line, &entries, held))
        .await
        .map_err(|error| Refused::Internal(error.to_string()))?
}

fn write_file(
    served: &Served,
    line: LineId,
    entries: &[(LogRef, u64, u64)],
    held: [Option<LogHead>; 2],
) -> Result<Vec<u8>, Refused> {
    let internal = |error: &dyn std::error::Error| Refused::Internal(super::problem::chain(error));
    let keys = served.trust.keys(line).ok_or(Refused::Unknown {
        what: "line with keys",
        which: line.to_string(),
    })?;
    let mut framer = Framer::new(served.link.clone());
    let mut frames = Vec::new();
    let mut single = |framer: &Framer, out: Out| -> Result<(), Refused> {
        let frame = framer
            .single(&out, &keys)
            .map_err(|error| internal(&error))?;
        frames.extend(frame);
        Ok(())
    };
    let manifest = served.trust.own().bytes().clone();
    single(&framer, Out::Own(Box::new(OwnFrame::Manifest { manifest })))?;
    for opened in served.trust.own_epochs() {
        if opened.line == line {
            let statement = opened.statement.into();
            single(&framer, Out::Own(Box::new(OwnFrame::Epoch { statement })))?;
        }
    }
    for (lane, held) in [Lane::Stop, Lane::Main].into_iter().zip(held) {
        if let Some(out) = held.and_then(|held| receipt(served, line, lane, held)) {
            single(&framer, out)?;
        }
    }
    for &(log, from, until) in entries {
        let mut next = from;
        while next < until {
            let (frame, after) = framer
                .entries(log, next, until)
                .map_err(|error| internal(&error))?;
            frames.push(frame);
            next = after;
        }
    }
    let peer = keys.peer();
    let header = FileHeader {
        line,
        from: served.trust.party(),
        to: peer.party(),
        created: clock::now(),
    };
    let recipient = peer
        .manifest()
        .manifest()
        .file_key()
        .ok_or(Refused::in_english(
            "the peer's manifest has no file key: ask for a newer one".into(),
        ))?;
    file::encrypt(&header, &frames, recipient, &random::bytes()?)
        .map_err(|error| Refused::unusable(&error))
}

/// Our cosignature of what we hold durably of the peer's log.
fn receipt(served: &Served, line: LineId, lane: Lane, held: LogHead) -> Option<Out> {
    let log = LogRef {
        line,
        side: Side::Peer,
        lane,
        epoch: held.epoch,
    };
    let (size, _) = served.stored.note(log, NoteSlot::PeerCosigned)?;
    let head = LogHead {
        epoch: held.epoch,
        size,
        root: served.stored.root_at(log, size)?,
    };
    let origin = served.stored.origin(log)?;
    let checkpoint = tlog::Checkpoint::new(origin.as_str(), size, tlog::Hash(head.root.0)).ok()?;
    let seconds = u64::try_from(clock::now().as_unix_ms() / 1_000).ok()?;
    let cosignature = served.cosigner.cosign(&checkpoint, seconds).ok()?;
    Some(Out::Cosigned {
        log,
        head,
        cosignature,
    })
}

/// What an imported file held.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Imported {
    pub line: String,
    pub created: i64,
    pub frames: usize,
}

/// Takes in a file that a courier brought.
#[utoipa::path(post, path = "/api/admin/lines/{line}/import", request_body = Vec<u8>, responses((status = 200, body = Imported)))]
pub async fn import(
    State(served): Here,
    _who: Administrator,
    About(line): About,
    Upload(body): Upload,
) -> Answer<Imported> {
    let line = super::commands::line(&served, &line)?;
    take_in(served, line, body).await.map(Json)
}

/// What [`import`] does with a file.
pub(super) async fn take_in(
    served: Arc<Served>,
    line: LineId,
    body: ReadBytes,
) -> Result<Imported, Refused> {
    // As the folder has them now: a rotation or a revocation counts from the moment it is made.
    let keys = crate::party::file_keys(&served.folder)?;
    let keys: Vec<_> = keys.iter().collect();
    let content = file::decrypt(&body, &keys)?;
    let header = content.header;
    if header.line != line || header.to != served.trust.party() {
        return Err(Refused::in_english(
            "the file is for another line or party: name the line it was exported for, or give it to whom it is for"
                .into(),
        ));
    }
    let count = content.frames.len();
    for frame in content.frames {
        // Made anew for each: a manifest or an epoch in the file changes what the next frames are checked against.
        let keys = served.trust.keys(line).ok_or(Refused::Unknown {
            what: "line with keys",
            which: line.to_string(),
        })?;
        let link = served.link.clone();
        let taken = tokio::task::spawn_blocking(move || {
            look_up(wire::line::receive(&frame, &keys), line, &link)
        })
        .await
        .map_err(|error| Refused::Internal(error.to_string()))?;
        let cosignature: Option<Bytes> = taken.cosignature.map(|c| c.to_bytes().as_slice().into());
        for frame in taken.frames {
            let input = Input::Link(LinkInput::File { line, frame });
            served.shell.put(input, cosignature.clone()).await?;
        }
        // What it led to is durable before the next is checked.
        served.shell.ask(|_node| ()).await?;
    }
    Ok(Imported {
        line: names::line(line),
        created: header.created.as_unix_ms(),
        frames: count,
    })
}
