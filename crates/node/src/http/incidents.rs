//! On the record: claims, what either side says of them, and formal warnings. Two truths stand side by side.

use super::commands::{
    Here, Said, Terms, act, authorities, entry, is_no_interpreter, line, parse, speaks_for,
};
use super::given::{About, Asked, Given, TypedFile};
use super::identity::SignedIn;
use super::problem::{Answer, Refused};
use super::slots::{self, Given as GivenSlots};
use super::unfit::Unfit;
use super::views::{self, ClaimShown, EvidenceShown, Outcome, PreviewShown, WarningShown};
use crate::clock;
use crate::evidence::{self, EvidenceFiles, EvidenceRefused};
use crate::server::Served;
use crate::shell::Unanswered;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use channel::effect::Refusal;
use model::code::Desk;
use model::command::{Command, IncidentCommand, Words};
use model::ids::LineId;
use model::incident::Incident;
use model::line::EntryRef;
use model::said::Says as _;
use model::slot::{SlotCode, Slots, Value};
use model::state::State as NodeState;
use serde::Deserialize;
use serde_json::{Value as Given_, json};
use std::sync::Arc;
use utoipa::ToSchema;

/// Which of them.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OfLine {
    /// What the line is called here, or its identifier; none: every line.
    pub line: Option<String>,
}

async fn listed<T: Send + 'static>(
    served: &Served,
    asked: &OfLine,
    shown: impl Fn(&NodeState, &Incident) -> Option<T> + Send + 'static,
) -> Result<Vec<T>, Refused> {
    let only = asked.line.as_deref().map(|name| line(served, name));
    let only = only.transpose()?;
    let told = served.shell.ask(move |node| {
        let state = node.state();
        let lines = state.lines.keys();
        let lines = lines.filter(|line| only.is_none_or(|only| **line == only));
        let all = lines.flat_map(|line| state.incidents.of_line(*line));
        all.filter_map(|of| shown(state, of)).collect()
    });
    Ok(told.await?)
}

/// Claims of both sides, each with all that either said of it, oldest first on each line.
#[utoipa::path(get, path = "/api/claims", params(OfLine), responses((status = 200, body = Vec<ClaimShown>)))]
pub async fn claims(
    State(served): Here,
    _who: SignedIn,
    Asked(asked): Asked<OfLine>,
) -> Answer<Vec<ClaimShown>> {
    let now = clock::now();
    let shown = move |state: &NodeState, of: &Incident| views::claim(state, of, now);
    listed(&served, &asked, shown).await.map(Json)
}

/// Warnings of both sides, oldest first on each line.
#[utoipa::path(get, path = "/api/warnings", params(OfLine), responses((status = 200, body = Vec<WarningShown>)))]
pub async fn warnings(
    State(served): Here,
    _who: SignedIn,
    Asked(asked): Asked<OfLine>,
) -> Answer<Vec<WarningShown>> {
    listed(&served, &asked, views::warning).await.map(Json)
}

/// A claim, or a warning, to be said on a line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OnRecord {
    /// What the line is called here, or its identifier.
    pub line: String,
    /// Whose desk it is for: air, ground, protection, senior.
    pub desk: String,
    /// `evidence` is a list of hashes of files that are kept here.
    #[schema(value_type = Object)]
    pub slots: GivenSlots,
    pub terms: Terms,
}

struct Asking {
    line: LineId,
    desk: Desk,
    slots: Slots,
    terms: model::command::ReleaseTerms,
}

async fn asking(served: &Arc<Served>, who: &SignedIn, given: OnRecord) -> Result<Asking, Refused> {
    let desk = parse(&given.desk)?;
    speaks_for(who, desk)?;
    let mut slots = said(served, given.slots).await?;
    let terms = given.terms.read()?;
    name_element(&mut slots, &terms)?;
    Ok(Asking {
        line: line(served, &given.line)?,
        desk,
        slots,
        terms,
    })
}

/// For whom it is said goes along where the officer names the element.
fn name_element(slots: &mut Slots, terms: &model::command::ReleaseTerms) -> Result<(), Refused> {
    let Some(element) = terms.element else {
        return Ok(());
    };
    let set = slots.set(SlotCode::Element, Value::Slug(element.slug()));
    set.map_err(|refused| Refused::invalid(&refused))
}

/// Slots as they were given, but for what is not given here; files of evidence as this node keeps them.
async fn said(served: &Arc<Served>, mut given: GivenSlots) -> Result<Slots, Refused> {
    for own in [SlotCode::Authority, SlotCode::Subject, SlotCode::Element] {
        if given.contains_key(own.name()) {
            return Err(Refused::invalid(&Unfit::NotGivenHere(own)));
        }
    }
    if let Some(named) = given.remove(SlotCode::Evidence.name()) {
        let served = served.clone();
        let kept = tokio::task::spawn_blocking(move || kept(&served.evidence, &named));
        let kept = kept
            .await
            .map_err(|error| Refused::Internal(error.to_string()))??;
        given.insert(SlotCode::Evidence.name().to_owned(), kept);
    }
    slots::slots(&given)
}

/// The files of those hashes. What is not kept here is no evidence that could be shown later.
fn kept(files: &EvidenceFiles, named: &Given_) -> Result<Given_, Refused> {
    let slot = SlotCode::Evidence;
    let wrong = |because| Refused::invalid(&Unfit::Slot { slot, because });
    let list = named.as_array();
    let list = list.ok_or_else(|| wrong(Unfit::GiveList(slot.to_string()).said()))?;
    if list.len() > model::slot::MAX_EVIDENCE {
        let (size, most) = (list.len(), model::slot::MAX_EVIDENCE);
        return Err(Refused::invalid(&model::slot::SlotRefusal::TooLarge {
            slot,
            size,
            most,
        }));
    }
    let file = |json: &Given_| {
        let digest = json
            .as_str()
            .ok_or_else(|| wrong(Unfit::WriteText.said()))?;
        let found = evidence::digest(digest).and_then(|digest| files.find(digest));
        let found = found.map_err(|refused| wrong(refused.said()))?;
        Ok(json!(EvidenceShown::of(&found)))
    };
    list.iter().map(file).collect()
}

/// Says on the record that something has happened.
#[utoipa::path(post, path = "/api/claims", request_body = OnRecord, responses((status = 200, body = Outcome)))]
pub async fn claim(State(served): Here, who: SignedIn, Given(given): Given<OnRecord>) -> Said {
    let asking = asking(&served, &who, given).await?;
    act(&served, &who, asking.claim()).await
}

/// What a claim would send. Nothing is said by it.
#[utoipa::path(post, path = "/api/claims/preview", operation_id = "preview_claim", request_body = OnRecord, responses((status = 200, body = Vec<PreviewShown>)))]
pub async fn preview_claim(
    State(served): Here,
    who: SignedIn,
    Given(given): Given<OnRecord>,
) -> Answer<Vec<PreviewShown>> {
    let asking = asking(&served, &who, given).await?;
    previewed(&served, &who, asking.claim()).await
}

/// Gives a formal warning.
#[utoipa::path(post, path = "/api/warnings", request_body = OnRecord, responses((status = 200, body = Outcome)))]
pub async fn warn(State(served): Here, who: SignedIn, Given(given): Given<OnRecord>) -> Said {
    let asking = asking(&served, &who, given).await?;
    act(&served, &who, asking.warning()).await
}

/// What a warning would send. Nothing is said by it.
#[utoipa::path(post, path = "/api/warnings/preview", operation_id = "preview_warning", request_body = OnRecord, responses((status = 200, body = Vec<PreviewShown>)))]
pub async fn preview_warning(
    State(served): Here,
    who: SignedIn,
    Given(given): Given<OnRecord>,
) -> Answer<Vec<PreviewShown>> {
    let asking = asking(&served, &who, given).await?;
    previewed(&served, &who, asking.warning()).await
}

impl Asking {
    fn claim(self) -> Command {
        let Self {
            line,
            desk,
            slots,
            terms,
        } = self;
        Command::Incident(IncidentCommand::Claim {
            line,
            desk,
            slots,
            terms,
        })
    }

    fn warning(self) -> Command {
        let Self {
            line,
            desk,
            slots,
            terms,
        } = self;
        Command::Incident(IncidentCommand::Warn {
            line,
            desk,
            slots,
            terms,
        })
    }
}

async fn previewed(served: &Served, who: &SignedIn, command: Command) -> Answer<Vec<PreviewShown>> {
    let (by, now) = (who.acting(), clock::now());
    let asked = move |node: &channel::Node| {
        let under = authorities(node, by, &command);
        let previews = node.preview(by, &command, now)?;
        let shown = previews.iter().map(|of| {
            let under = under.get(&of.line).into_iter().flatten();
            views::preview(node.state(), of, under.map(ToString::to_string).collect())
        });
        Ok::<_, Refusal>(shown.collect())
    };
    let shown = served.shell.ask(asked).await?;
    shown
        .map(Json)
        .map_err(|refused| Unanswered::Refused(refused).into())
}

/// The claim or warning of that name, for those who speak for its desk.
async fn about(
    served: &Served,
    who: &SignedIn,
    name: &str,
    what: &'static str,
) -> Result<EntryRef, Refused> {
    let of = entry(name)?;
    let desk = served.shell.ask(move |node| {
        let said = node.state().incidents.said.get(&of);
        let said = said.filter(|of| of.is_claim() == (what == CLAIM));
        said.map(|of| of.desk)
    });
    match desk.await? {
        Some(desk) => speaks_for(who, desk)?,
        None => {
            return Err(Refused::Unknown {
                what,
                which: name.to_owned(),
            });
        }
    }
    Ok(of)
}

const CLAIM: &str = "claim";
const WARNING: &str = "warning";

/// A signed-in officer's screen showed it: page visible, item in view, input recent.
#[utoipa::path(post, path = "/api/claims/{entry}/displayed", operation_id = "claim_displayed", responses((status = 200, body = Outcome)))]
pub async fn claim_displayed(State(served): Here, who: SignedIn, About(of): About) -> Said {
    let entry = about(&served, &who, &of, CLAIM).await?;
    act(&served, &who, Command::Displayed { entry }).await
}

/// A signed-in officer's screen showed it: page visible, item in view, input recent. It is not yet acknowledged.
#[utoipa::path(post, path = "/api/warnings/{entry}/displayed", operation_id = "warning_displayed", responses((status = 200, body = Outcome)))]
pub async fn warning_displayed(State(served): Here, who: SignedIn, About(of): About) -> Said {
    let entry = about(&served, &who, &of, WARNING).await?;
    act(&served, &who, Command::Displayed { entry }).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimAnswered {
    /// accepted, not-accepted, under-review, not-ours, not-under-our-control, unknown.
    pub answer: String,
    /// The name to give the other party, if one is given.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub words: Option<GivenWords>,
}

/// Words of one's own, where the arrangement has free text, and under what they are let go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenWords {
    /// As a code: en, ru, ar.
    pub language: String,
    pub text: String,
    pub terms: Terms,
}

/// Answers a claim of the other party. It can be answered otherwise later; every answer stays.
#[utoipa::path(post, path = "/api/claims/{entry}/answer", operation_id = "answer_claim", request_body = ClaimAnswered, responses((status = 200, body = Outcome)))]
pub async fn answer_claim(
    State(served): Here,
    who: SignedIn,
    About(of): About,
    Given(given): Given<ClaimAnswered>,
) -> Said {
    let words = given.words.map(|words| {
        Ok::<_, Refused>(Words {
            language: parse(&words.language)?,
            text: words.text,
            terms: words.terms.read()?,
        })
    });
    let command = IncidentCommand::Answer {
        entry: about(&served, &who, &of, CLAIM).await?,
        answer: parse(&given.answer)?,
        name: given.name,
        words: words.transpose()?,
    };
    act(&served, &who, Command::Incident(command)).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    /// remarks with their language, certainty, evidence, name.
    #[schema(value_type = Object)]
    pub slots: GivenSlots,
    pub terms: Terms,
}

/// States something further of a claim of either side. What was said before stays.
#[utoipa::path(post, path = "/api/claims/{entry}/statement", operation_id = "state_on_claim", request_body = Stated, responses((status = 200, body = Outcome)))]
pub async fn state(
    State(served): Here,
    who: SignedIn,
    About(of): About,
    Given(given): Given<Stated>,
) -> Said {
    let entry = about(&served, &who, &of, CLAIM).await?;
    let terms = given.terms.read()?;
    let mut slots = said(&served, given.slots).await?;
    name_element(&mut slots, &terms)?;
    let command = IncidentCommand::State {
        entry,
        slots,
        terms,
    };
    act(&served, &who, Command::Incident(command)).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakenBack {
    /// finished, cancelled, replaced, given-in-error.
    pub reason: String,
}

/// Withdraws a claim of ours. What was said of it stays.
#[utoipa::path(post, path = "/api/claims/{entry}/withdraw", operation_id = "withdraw_claim", request_body = TakenBack, responses((status = 200, body = Outcome)))]
pub async fn withdraw_claim(
    State(served): Here,
    who: SignedIn,
    About(of): About,
    Given(given): Given<TakenBack>,
) -> Said {
    let entry = about(&served, &who, &of, CLAIM).await?;
    withdraw(&served, &who, entry, &given).await
}

/// Withdraws a warning of ours.
#[utoipa::path(post, path = "/api/warnings/{entry}/withdraw", operation_id = "withdraw_warning", request_body = TakenBack, responses((status = 200, body = Outcome)))]
pub async fn withdraw_warning(
    State(served): Here,
    who: SignedIn,
    About(of): About,
    Given(given): Given<TakenBack>,
) -> Said {
    let entry = about(&served, &who, &of, WARNING).await?;
    withdraw(&served, &who, entry, &given).await
}

async fn withdraw(served: &Served, who: &SignedIn, entry: EntryRef, given: &TakenBack) -> Said {
    let reason = parse(&given.reason)?;
    let command = IncidentCommand::Withdraw { entry, reason };
    act(served, who, Command::Incident(command)).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceivedBy {
    /// The name to give the other party, if one is given.
    #[serde(default)]
    pub name: Option<String>,
}

/// Says that a warning was received. This is not agreement, and nothing else can be said to it.
#[utoipa::path(post, path = "/api/warnings/{entry}/received", operation_id = "receive_warning", request_body = ReceivedBy, responses((status = 200, body = Outcome)))]
pub async fn received(
    State(served): Here,
    who: SignedIn,
    About(of): About,
    Given(given): Given<ReceivedBy>,
) -> Said {
    let entry = about(&served, &who, &of, WARNING).await?;
    let name = given.name;
    let command = IncidentCommand::Receive { entry, name };
    act(&served, &who, Command::Incident(command)).await
}

// ---- files of evidence, which stay here

/// The files of evidence that are kept here.
#[utoipa::path(get, path = "/api/evidence", responses((status = 200, body = Vec<EvidenceShown>)))]
pub async fn evidence_kept(State(served): Here, who: SignedIn) -> Answer<Vec<EvidenceShown>> {
    is_no_interpreter(&who)?;
    let kept = beside(served, |files| files.kept()).await?;
    Ok(Json(kept.iter().map(EvidenceShown::of).collect()))
}

/// Keeps a file, whose bytes are the body and whose type the `Content-Type` says. It leaves this node by no line.
#[utoipa::path(post, path = "/api/evidence", operation_id = "add_evidence", request_body(content = Vec<u8>), responses((status = 200, body = EvidenceShown)))]
pub async fn add_evidence(
    State(served): Here,
    who: SignedIn,
    file: TypedFile<{ evidence::MAX_FILE }>,
) -> Answer<EvidenceShown> {
    is_no_interpreter(&who)?;
    let kept = beside(served, move |files| files.keep(&file.kind, &file.bytes)).await?;
    let officer = who.officer.name;
    tracing::info!(%officer, size = kept.size, "a file of evidence is kept");
    Ok(Json(EvidenceShown::of(&kept)))
}

/// A file of evidence, for officers of this party.
#[utoipa::path(get, path = "/api/evidence/{digest}", operation_id = "evidence_file", responses((status = 200, body = Vec<u8>)))]
pub async fn evidence_file(
    State(served): Here,
    who: SignedIn,
    About(name): About,
) -> Result<Response, Refused> {
    is_no_interpreter(&who)?;
    let (file, bytes) = beside(served, move |files| {
        let file = files.find(evidence::digest(&name)?)?;
        Ok((file, files.read(&file)?))
    })
    .await?;
    let name = format!("{}.{}", file.digest, evidence::ending(file.media));
    let headers = [
        (header::CONTENT_TYPE, file.media.name().to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        // To be looked at elsewhere: a page of this node shows no file that somebody brought.
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, bytes).into_response())
}

async fn beside<T: Send + 'static>(
    served: Arc<Served>,
    ask: impl FnOnce(&EvidenceFiles) -> Result<T, EvidenceRefused> + Send + 'static,
) -> Result<T, Refused> {
    let asked = tokio::task::spawn_blocking(move || ask(&served.evidence)).await;
    let asked = asked.map_err(|error| Refused::Internal(error.to_string()))?;
    asked.map_err(Refused::Evidence)
}
