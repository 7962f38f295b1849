//! What is printed for a unit without a telephone: what concerns it, numbered, each with a code to read back by radio.

use super::super::commands::Here;
use super::super::given::About;
use super::super::identity::SignedIn;
use super::super::problem::{Answer, Refused};
use super::page::{AskedShown, told};
use crate::clock;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One thing on a sheet.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OnSheet {
    /// From 1.
    pub number: usize,
    /// The unit reads it back; whoever enters it records that the unit has what stands beside it.
    pub code: String,
    pub asked: AskedShown,
}

/// A unit's sheet, as of a time. What changes after it needs another.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SheetShown {
    pub unit: String,
    pub name: Option<String>,
    pub desk: String,
    pub own: String,
    pub exercise: bool,
    /// When it was made, by this node's clock.
    pub at: i64,
    #[schema(value_type = Object)]
    pub middle: Option<serde_json::Value>,
    /// It is to pause now: say so by radio, a sheet is too slow.
    pub paused: bool,
    pub items: Vec<OnSheet>,
}

/// The sheet of a unit.
#[utoipa::path(get, path = "/api/units/{unit}/sheet", responses((status = 200, body = SheetShown)))]
pub async fn sheet(State(served): Here, who: SignedIn, About(number): About) -> Answer<SheetShown> {
    let unit = super::unit(&served, &who, &number).await?;
    let now = clock::now();
    let told = served.shell.ask(move |node| told(node, unit, now)).await?;
    let told = told.ok_or_else(|| Refused::Unknown {
        what: "unit",
        which: unit.to_string(),
    })?;
    let codes = told.notices.iter();
    let codes: Vec<(String, String)> = codes
        .map(|notice| {
            let code = served.telephones.code(unit, notice.asked.subject)?;
            Ok((crate::names::entry(notice.asked.subject), code))
        })
        .collect::<Result<_, Refused>>()?;
    let page = told.shown(now);
    let code = |subject: &str| {
        let found = codes.iter().find(|(of, _)| of == subject);
        found.map_or_else(String::new, |(_, code)| code.clone())
    };
    let items = page.notices.into_iter().enumerate();
    Ok(Json(SheetShown {
        unit: page.unit,
        name: page.name,
        desk: page.desk,
        own: page.own,
        exercise: page.exercise,
        at: page.at,
        middle: page.middle,
        paused: page.pauses.iter().any(|pause| pause.over.is_none()),
        items: items
            .map(|(index, asked)| OnSheet {
                number: index + 1,
                code: code(&asked.subject),
                asked,
            })
            .collect(),
    }))
}
