//! Release: the act of letting named fields go to one party. The only maker of [`Released`].
//!
//! Two things make one, and nothing else can: [`RuleSet::evaluate`], under a rule set that counsel signed off, and
//! [`standing`], for the closed set of messages that an arrangement in force lets go for good. The default is deny.
//!
//! Reads no clock, disk, network or random source.

mod precision;
mod released;
mod required;
mod rules;

pub use precision::{TooFine, too_fine};
pub use released::Released;
pub use released::advice::Advice;
pub use released::evaluation::{Evaluation, Geometry, Lies, Terms};
pub use released::explanation::{Coarsened, Denial, Explanation, SlotRuling};
pub use released::standing::{
    NotStanding, STANDING_RELEASE, standing, standing_authority, standing_withholds,
};
pub use rules::metadata::{
    Authority, MAX_AREAS, MAX_AUTHORITIES, MAX_AUTHORITY_TEXT, MAX_METADATA_TEXT, Metadata,
    MetadataRefused, NamedArea,
};
pub use rules::verdict::{MAX_CACHED, RuleId, Ruling, Why};
pub use rules::{
    MAX_COARSEN, MAX_NESTING, MAX_RULE_ID, MAX_RULES, MAX_RULES_TEXT, MIN_COARSEN, RuleSet,
    RulesRefused,
};
