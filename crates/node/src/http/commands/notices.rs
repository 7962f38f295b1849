//! Notices: drafted, released, withdrawn; displayed, read back, answered.

use super::super::given::{About, Given};
use super::super::identity::SignedIn;
use super::super::problem::{Answer, Problem, Refused};
use super::super::slots::{self, Given as Slots};
use super::super::views::{self, Outcome, PreviewShown, RevealsShown};
use super::{
    GivenRemarks, Here, Said, Terms, act, authorities, entry, line, not_too_many, parse,
    speaks_about, speaks_for,
};
use crate::clock;
use crate::http::unfit::Unfit;
use crate::random;
use crate::server::Served;
use crate::shell::Unanswered;
use axum::Json;
use axum::extract::State;
use channel::effect::Refusal;
use model::code::{Desk, Lane, Role};
use model::command::{Acting, Command, InConflict};
use model::decide::CommandRefused;
use model::element::named_in;
use model::ids::{LineId, NoticeId};
use model::kind::Kind;
use model::line::EntryRef;
use model::said::Says as _;
use model::slot::{SlotCode, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A notice that stays here until it is released.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// air-activity, hazard-area, position-area, movement, protected-site, no-fire-area, restricted-fire-area,
    /// coordination-line, caution-area, transit-request.
    pub kind: String,
    /// Whose draft it is. An officer of an element may leave it out: then the desk that speaks for elements.
    #[serde(default)]
    pub desk: Option<String>,
    /// Of a draft that is changed: those given take the place of what it says, `null` takes one out, all others stay.
    #[schema(value_type = Object)]
    pub slots: Slots,
    /// Changes the draft of that number; none: a new one.
    #[serde(default)]
    pub draft: Option<String>,
}

/// A kind of notice. What is no notice cannot be drafted.
pub(in crate::http) fn kind(name: &str) -> Result<Kind, Refused> {
    let found = Kind::NOTICES.into_iter().find(|kind| kind.name() == name);
    found.ok_or_else(|| {
        let typed = name.chars().take(40).collect();
        let known = Kind::NOTICES.map(Kind::name).join(", ");
        Refused::invalid(&Unfit::NotAKind { typed, known })
    })
}

/// Lines that can carry a notice now. All are looked at before it goes out on any.
async fn lines(served: &Served, named: &[String]) -> Result<Vec<LineId>, Refused> {
    not_too_many(named)?;
    let found: Vec<LineId> =
        (named.iter().map(|name| line(served, name))).collect::<Result<_, _>>()?;
    let asked = found.clone();
    let closed = served.shell.ask(move |node| {
        let closed = |line: &LineId| node.lines().next_entry(*line, Lane::Main).err();
        asked.iter().find_map(closed)
    });
    match closed.await? {
        Some(why) => Err(Unanswered::Refused(Refusal::NotNow(why.said())).into()),
        None => Ok(found),
    }
}

/// The draft's number.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Drafted {
    pub draft: String,
}

/// Drafts a notice, or changes a draft.
#[utoipa::path(post, path = "/api/drafts", request_body = Draft, responses((status = 200, body = Drafted)))]
pub async fn draft(
    State(served): Here,
    who: SignedIn,
    Given(given): Given<Draft>,
) -> Answer<Drafted> {
    let desk = desk_of(&served, &who, given.desk.as_deref()).await?;
    let kind = kind(&given.kind)?;
    let (notice, mut slots) = match &given.draft {
        Some(number) => {
            let notice = drafted(&served, &who, number).await?;
            let before = served.shell.ask(move |node| {
                let draft = node.state().drafts.get(&notice);
                draft.map(|draft| draft.slots.clone())
            });
            let before = before.await?.ok_or_else(|| Refused::Unknown {
                what: "draft",
                which: number.clone(),
            })?;
            (notice, slots::changed(before, &given.slots)?)
        }
        None => {
            let fresh = NoticeId::from_random(random::bytes()?);
            (fresh, slots::slots(&given.slots)?)
        }
    };
    name_element(&who, &mut slots)?;
    let command = Command::DraftNotice {
        notice,
        kind,
        desk,
        slots,
    };
    served.shell.command(who.by(), command).await?;
    Ok(Json(Drafted {
        draft: notice.to_string(),
    }))
}

/// For which desk something is drafted, by somebody who may.
pub(in crate::http) async fn desk_of(
    served: &Served,
    who: &SignedIn,
    given: Option<&str>,
) -> Result<Desk, Refused> {
    let named = given.map(parse::<Desk>).transpose()?;
    let desk = match (named, who.scope().element()) {
        (Some(desk), Some(_)) => desk,
        (None, Some(_)) => {
            let desk = (served.shell).ask(|node| node.state().desk_for_elements());
            desk.await?
                .ok_or_else(|| Refused::invalid(&Unfit::NoLine))?
        }
        (Some(desk), None) => {
            speaks_for(who, desk)?;
            desk
        }
        (None, None) => {
            return Err(Refused::invalid(&Unfit::NameTheDesk));
        }
    };
    Ok(desk)
}

/// What an officer of an element drafts is that element's; that somebody else's was named is told.
pub(in crate::http) fn name_element(
    who: &SignedIn,
    slots: &mut model::slot::Slots,
) -> Result<(), Refused> {
    let Some(element) = who.scope().element() else {
        return Ok(());
    };
    if named_in(slots).is_some_and(|named| named != element) {
        return Err(Refused::invalid(&CommandRefused::OtherElement(element)));
    }
    let set = slots.set(SlotCode::Element, Value::Slug(element.slug()));
    set.map_err(|error| Refused::invalid(&error))
}

/// The draft of that number, for those who speak for its desk, or for its element.
pub(in crate::http) async fn drafted(
    served: &Served,
    who: &SignedIn,
    number: &str,
) -> Result<NoticeId, Refused> {
    let notice = parse(number)?;
    let scope = who.scope();
    if scope.element().is_some() {
        let is_theirs = (served.shell).ask(move |node| scope.draft(node.state(), notice));
        return is_theirs.await?.then_some(notice).ok_or(Refused::Unknown {
            what: "draft",
            which: number.to_owned(),
        });
    }
    speaks_about(served, who, move |state| {
        Some(state.drafts.get(&notice)?.desk)
    })
    .await?;
    Ok(notice)
}

/// The notice of that name, for those who speak for its desk.
async fn notified(served: &Served, who: &SignedIn, name: &str) -> Result<EntryRef, Refused> {
    let notice = entry(name)?;
    speaks_about(served, who, move |state| {
        Some(state.notices.get(&notice)?.desk)
    })
    .await?;
    Ok(notice)
}

/// Throws a draft away.
#[utoipa::path(delete, path = "/api/drafts/{draft}", responses((status = 200, body = Outcome)))]
pub async fn discard(State(served): Here, who: SignedIn, About(draft): About) -> Said {
    let notice = drafted(&served, &who, &draft).await?;
    act(&served, &who, Command::DiscardNotice { notice }).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    pub lines: Vec<String>,
    pub terms: Terms,
    /// Release it though it conflicts with what the other party has declared.
    #[serde(default)]
    pub in_conflict: bool,
}

/// Lets a draft go on named lines.
#[utoipa::path(post, path = "/api/drafts/{draft}/release", request_body = Release, responses(
    (status = 200, body = Outcome),
    (status = 207, description = "some lines took it and others did not", body = Outcome),
    (status = 409, description = "it conflicts with what the other party has declared, and `in_conflict` was not said", body = Problem),
    (status = 403, description = "no line took it; `released` says why, and under which authorities it could go", body = Problem),
))]
pub async fn release(
    State(served): Here,
    who: SignedIn,
    About(draft): About,
    Given(given): Given<Release>,
) -> Said {
    let command = Command::ReleaseNotice {
        notice: drafted(&served, &who, &draft).await?,
        lines: lines(&served, &given.lines).await?,
        terms: given.terms.read()?,
        in_conflict: match given.in_conflict {
            true => InConflict::Release,
            false => InConflict::Hold,
        },
    };
    act(&served, &who, command).await
}

/// What a release would send, line by line, and what would stay here, and why. Nothing is journalled or sent.
#[utoipa::path(post, path = "/api/drafts/{draft}/preview", request_body = Release, responses(
    (status = 200, description = "the very slots that a release would send now", body = Vec<PreviewShown>),
))]
pub async fn preview(
    State(served): Here,
    who: SignedIn,
    About(draft): About,
    Given(given): Given<Release>,
) -> Answer<Vec<PreviewShown>> {
    not_too_many(&given.lines)?;
    let notice = drafted(&served, &who, &draft).await?;
    let command = Command::ReleaseNotice {
        // A preview says what would go; with what it conflicts is checked by itself.
        in_conflict: InConflict::Release,
        notice,
        // Also on a line that is closed now: what it would carry can be looked at all the same.
        lines: (given.lines.iter().map(|name| line(&served, name))).collect::<Result<_, _>>()?,
        terms: given.terms.read()?,
    };
    // As the desk would release it: an element's officer releases nothing.
    let by = match who.scope().element() {
        Some(_) => Acting {
            role: Role::Watch,
            element: None,
            ..who.acting()
        },
        None => who.acting(),
    };
    let now = clock::now();
    let shown = served.shell.ask(move |node| {
        let mut under = BTreeMap::new();
        let previews = node.preview(by, &command, now)?;
        if previews.iter().any(|preview| preview.goes.is_none()) {
            under = authorities(node, by, &command);
        }
        let shown = previews.iter().map(|preview| {
            let others = match preview.goes {
                Some(_) => Vec::new(),
                None => under.remove(&preview.line).unwrap_or_default(),
            };
            let others = others.iter().map(ToString::to_string).collect();
            let shown = views::preview(node.state(), preview, others);
            views::consented(node.state(), notice, preview, shown)
        });
        Ok(shown.collect())
    });
    let shown: Result<_, Refusal> = shown.await?;
    Ok(Json(shown.map_err(Unanswered::Refused)?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// finished, cancelled, replaced, given-in-error.
    pub reason: String,
}

/// Withdraws a notice from every line it was released on.
#[utoipa::path(post, path = "/api/drafts/{draft}/withdraw", request_body = Withdraw, responses((status = 200, body = Outcome)))]
pub async fn withdraw(
    State(served): Here,
    who: SignedIn,
    About(draft): About,
    Given(given): Given<Withdraw>,
) -> Said {
    let command = Command::WithdrawNotice {
        notice: drafted(&served, &who, &draft).await?,
        reason: parse(&given.reason)?,
    };
    act(&served, &who, command).await
}

/// A signed-in officer's screen showed it: page visible, item in view, input recent.
#[utoipa::path(post, path = "/api/notices/{entry}/displayed", responses((status = 200, body = Outcome)))]
pub async fn displayed(State(served): Here, who: SignedIn, About(of): About) -> Said {
    let entry = notified(&served, &who, &of).await?;
    act(&served, &who, Command::Displayed { entry }).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadBack {
    /// Entered again by the reader, never copied.
    #[schema(value_type = Object)]
    pub items: Slots,
}

/// Reads a notice back by entering its critical items again.
#[utoipa::path(post, path = "/api/notices/{entry}/read-back", request_body = ReadBack, responses((status = 200, body = Outcome)))]
pub async fn read_back(
    State(served): Here,
    who: SignedIn,
    About(of): About,
    Given(given): Given<ReadBack>,
) -> Said {
    let command = Command::ReadBack {
        entry: notified(&served, &who, &of).await?,
        items: slots::items(&given.items)?,
    };
    act(&served, &who, command).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeAnswer {
    /// no-objection, objection, concern, cannot-comply.
    pub answer: String,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub remarks: Option<GivenRemarks>,
}

/// Answers a notice. Silence is no answer.
#[utoipa::path(post, path = "/api/notices/{entry}/answer", request_body = NoticeAnswer, responses((status = 200, body = Outcome)))]
pub async fn answer_notice(
    State(served): Here,
    who: SignedIn,
    About(of): About,
    Given(given): Given<NoticeAnswer>,
) -> Said {
    let command = Command::AnswerNotice {
        entry: notified(&served, &who, &of).await?,
        answer: parse(&given.answer)?,
        name: given.name,
        remarks: GivenRemarks::read(given.remarks)?,
    };
    act(&served, &who, command).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerAsked {
    /// no-objection, objection, concern, cannot-comply.
    pub answer: String,
}

/// What an answer to a notice would give away. Nothing is said or recorded.
#[utoipa::path(post, path = "/api/notices/{entry}/answer/preview", request_body = AnswerAsked, responses((status = 200, body = RevealsShown)))]
pub async fn preview_answer(
    State(served): Here,
    who: SignedIn,
    About(of): About,
    Given(given): Given<AnswerAsked>,
) -> Answer<RevealsShown> {
    let entry = notified(&served, &who, &of).await?;
    let (answer, now) = (parse(&given.answer)?, clock::now());
    let asked = move |node: &channel::Node| node.reveals(entry, answer, now);
    let found = served
        .shell
        .ask(asked)
        .await?
        .map_err(Unanswered::Refused)?;
    Ok(Json(views::reveals(&found)))
}
