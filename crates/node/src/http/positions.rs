//! A typed position, echoed in its canonical forms before anyone uses it.

use super::given::Given;
use super::identity::SignedIn;
use super::problem::{Answer, Refused};
use super::views;
use axum::Json;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use wire::coordinates::{self, Datum, Form};

/// Bytes of a body that holds one typed position.
const MAX_TYPED: usize = 4 << 10;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    /// In any customary form: degrees, minutes, seconds, MGRS, UTM, SK-42.
    pub text: String,
}

/// A position as it was understood.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PositionRead {
    /// decimal, decimal_minutes, minutes_seconds, mgrs: the form below in which it can be compared with what was typed.
    pub form: String,
    /// wgs-84, sk-42. Only WGS-84 is kept.
    pub datum: String,
    /// In every customary form, to the precision that was typed.
    #[schema(value_type = Object)]
    pub place: Value,
}

/// Reads a typed position. What can be read in two ways is refused, and nothing is kept.
#[utoipa::path(post, path = "/api/positions", request_body = Typed, responses((status = 200, body = PositionRead)))]
pub async fn read(_who: SignedIn, Given(typed): Given<Typed, MAX_TYPED>) -> Answer<PositionRead> {
    let parsed = coordinates::parse(&typed.text).map_err(|refused| Refused::invalid(&refused))?;
    Ok(Json(PositionRead {
        form: match parsed.form {
            Form::DecimalDegrees | Form::GaussKruger => "decimal",
            Form::DecimalMinutes => "decimal_minutes",
            Form::MinutesSeconds => "minutes_seconds",
            Form::Mgrs | Form::Utm => "mgrs",
        }
        .to_owned(),
        datum: match parsed.datum {
            Datum::Wgs84 => "wgs-84",
            Datum::Sk42 => "sk-42",
        }
        .to_owned(),
        place: views::place(parsed.stated.position, parsed.stated.precision),
    }))
}
