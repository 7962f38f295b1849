//! Units below a desk: a headquarters' acknowledgement proves nothing about a crew.

use super::timeline::Units;
use super::{Day, told};
use crate::failed::{Failed, must};
use serde_json::{Value, json};

impl<'a> Day<'a> {
    pub(super) fn units(&mut self, act: &'a Units) -> Result<(), Failed> {
        let (officer, seat) = self.officer(&act.by)?;
        let (carried, base) = self.notified(&act.of, &officer.party)?;
        let mut silent = Vec::new();
        for unit in &act.unit {
            let body = json!({"name": unit.name, "desk": act.desk, "area": unit.area});
            let enrolled = seat.act("/api/units", &body)?;
            let number = seat.text(&enrolled, "/unit")?;
            // Found by the node itself, from where the unit is.
            self.who_has_it(&officer.party, &carried.peers, |units| {
                units.iter().any(|of| of["unit"] == number.as_str())
            })?;
            if unit.has_it {
                let body = json!({"subject": carried.peers});
                seat.act(&format!("/api/units/{number}/receipts"), &body)?;
            } else {
                silent.push(number);
            }
        }
        self.screen.act(&format!(
            "{} ({}) calls its {} units by radio",
            officer.name,
            officer.party,
            act.unit.len()
        ));
        let units = self.who_has_it(&officer.party, &carried.peers, |units| {
            units.iter().filter(|of| of["receipt"].is_null()).count() == silent.len()
        })?;
        for (unit, number) in units.iter().zip(&silent) {
            must(unit["unit"] == number.as_str(), || {
                format!(
                    "the silent units do not stand in front: {}",
                    told::units(&units)
                )
            })?;
        }
        self.screen.answer(&officer.party, &told::units(&units));
        let body = json!({"said": act.told});
        let tell = format!("/api/notices/{}/downstream", carried.peers);
        seat.act(&tell, &body)?;
        let shown = self.notice_at(&carried.here, &carried.own, |shown| {
            shown["downstream"] == act.told.as_str()
        })?;
        self.screen
            .answer(&carried.here, &told::notice(&shown, base));
        Ok(())
    }

    /// Whom a notice concerns, as `party` sees it, once that is `meant`.
    fn who_has_it(
        &self,
        party: &str,
        entry: &str,
        meant: impl Fn(&[Value]) -> bool,
    ) -> Result<Vec<Value>, Failed> {
        let units = |shown: &Value| shown["units"].as_array().cloned().unwrap_or_default();
        let key = ("entry", entry);
        let shown = self.one(party, "who has it", "/api/downstream", key, |shown| {
            meant(&units(shown))
        })?;
        Ok(units(&shown))
    }
}
