//! The arrangement's matrix: which kinds are kept apart, and how far.

use model::arrangement::Separation;
use model::kind::Kind;
use model::units::{Millimetres, Millis};

/// One entry of the matrix, as the arrangement gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its place among the arrangement's separations, counted from 0.
    pub number: usize,
    pub separation: Separation,
}

/// What an arrangement keeps apart. Kinds that no entry names together never conflict.
#[derive(Debug, Clone, Default)]
pub struct Matrix {
    rules: Vec<Rule>,
}

/// The most that any rule asks of a kind: how far to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reach {
    pub horizontal: Millimetres,
    pub time: Millis,
}

impl Matrix {
    /// Of an arrangement's separations, which name each pair of kinds at most once.
    pub fn new(separations: &[Separation]) -> Self {
        let rules = separations
            .iter()
            .enumerate()
            .map(|(number, separation)| Rule {
                number,
                separation: *separation,
            })
            .collect();
        Self { rules }
    }

    /// What keeps two kinds apart, in either order; none if they need no separation.
    pub fn rule(&self, one: Kind, other: Kind) -> Option<Rule> {
        self.rules
            .iter()
            .find(|rule| {
                rule.separation.between == [one, other] || rule.separation.between == [other, one]
            })
            .copied()
    }

    /// Whether any rule keeps the kind apart from another, or from its own.
    pub fn names(&self, kind: Kind) -> bool {
        self.reach(kind).is_some()
    }

    /// None if no rule names the kind.
    pub(crate) fn reach(&self, kind: Kind) -> Option<Reach> {
        self.rules
            .iter()
            .map(|rule| rule.separation)
            .filter(|separation| separation.between.contains(&kind))
            .map(|separation| Reach {
                horizontal: separation.horizontal,
                time: separation.time,
            })
            .reduce(|all, one| Reach {
                horizontal: all.horizontal.max(one.horizontal),
                time: all.time.max(one.time),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_holds_in_both_directions_and_for_no_other_kinds() {
        let apart = |between, metres, ms| Separation {
            between,
            horizontal: Millimetres::from_metres(metres),
            vertical: Millimetres::ZERO,
            time: Millis::new(ms).unwrap(),
        };
        let (air, hazard, site) = (Kind::AirActivity, Kind::HazardArea, Kind::ProtectedSite);
        let matrix = Matrix::new(&[apart([air, hazard], 500, 9), apart([hazard, site], 900, 5)]);
        assert_eq!(matrix.rule(hazard, air), matrix.rule(air, hazard));
        assert_eq!(matrix.rule(site, hazard).map(|rule| rule.number), Some(1));
        assert_eq!(matrix.rule(air, site), None);
        assert_eq!(matrix.rule(hazard, hazard), None);
        let reach = matrix.reach(hazard).unwrap();
        assert_eq!((reach.horizontal.as_mm(), reach.time.as_ms()), (900_000, 9));
        assert_eq!(matrix.reach(Kind::Movement), None);
        assert!(matrix.names(site) && !matrix.names(Kind::Movement));
    }
}
