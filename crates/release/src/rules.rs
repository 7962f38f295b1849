//! Rule sets: Cedar policies as data, read and checked once.

use crate::rules::everything::refuse_everything;
use crate::rules::metadata::{Metadata, MetadataRefused};
use crate::rules::schema::{Key, Told, Vocabulary, schema};
use crate::rules::slices::{Slices, may_apply};
use crate::rules::verdict::{Cache, RuleId, Ruling, Verdict, work_out};
use cedar_policy::{Effect, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};
use miette::Diagnostic;
use model::kind::Kind;
use model::slot::SlotCode;
use model::units::{Millimetres, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

mod everything;
pub mod metadata;
pub(crate) mod schema;
mod slices;
pub mod verdict;

/// The longest text of rules, in bytes.
pub const MAX_RULES_TEXT: usize = 256 * 1024;
/// The most rules of one set.
pub const MAX_RULES: usize = 500;
/// The longest `@advice` of a rule, in bytes.
pub const MAX_ADVICE: usize = 300;
/// The longest `@id` of a rule, in bytes.
pub const MAX_RULE_ID: usize = 64;
/// The finest and the coarsest that a rule's `@coarsen` may say: 10 m and 100 km.
pub const MIN_COARSEN: Millimetres = Millimetres::from_metres(10);
pub const MAX_COARSEN: Millimetres = Millimetres::from_metres(100_000);
/// What may stand before a rule with an `@`. Another is a mistake: a misspelled `@coarsen` would let go too much.
const ANNOTATIONS: [&str; 3] = ["id", "advice", "coarsen"];
/// The deepest that one rule may nest: a sign of an operator counts one, an open bracket and an `if` eight.
pub const MAX_NESTING: usize = 200;
/// What a bracket or an `if` takes of the parser's stack, in operators.
const BRACKET: usize = 8;

/// What reading the deepest rules may take of the stack, in bytes, however the program was built.
const READING_STACK: usize = 16 * 1024 * 1024;
/// What deciding may take of it: something, and more for each level of nesting.
const DECIDING_STACK: usize = 256 * 1024;
const DECIDING_STACK_A_LEVEL: usize = 64 * 1024;

/// Does `work` where that much of the stack is left, whatever the thread: what Cedar finds must not depend on it. A new
/// stack costs 0.1 ms, so what is there is used if it will do.
fn on_stack_of<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(bytes, bytes + bytes / 2, work)
}

/// The longest account of what is wrong with a rule, in characters.
const MAX_PROBLEM: usize = 300;

/// A rule set in force: what may be let go to whom, by default nothing.
///
/// It keeps what it decided; that is forgotten with the rule set.
#[derive(Clone)]
pub struct RuleSet {
    metadata: Metadata,
    metadata_text: Arc<str>,
    text: Arc<str>,
    rules: Vec<RuleId>,
    /// What an officer can do about a rule that denies: its `@advice`.
    advice: BTreeMap<RuleId, Arc<str>>,
    /// How coarse an area goes that a rule lets go: its `@coarsen`.
    coarsen: BTreeMap<RuleId, Millimetres>,
    vocabulary: Vocabulary,
    slices: Slices,
    /// Else decisions need not be kept apart by it.
    pub(crate) looks_at_precision: bool,
    /// What deciding may take of the stack, in bytes.
    stack: usize,
    cache: Cache,
}

/// One rule, and whether it looks at the time.
struct Rule {
    id: RuleId,
    policy: Policy,
    advice: Option<Arc<str>>,
    coarsen: Option<Millimetres>,
    timed: bool,
}

/// Why a rule set was refused. Nothing is released under a set that was refused, or under a part of one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RulesRefused {
    #[error("the rule set's metadata are refused")]
    Metadata(#[from] MetadataRefused),
    #[error("the rules are {given} bytes long, at most {MAX_RULES_TEXT} are read: shorten them")]
    TooLong { given: usize },
    #[error("there are {given} rules, at most {MAX_RULES} are read: leave some out")]
    TooMany { given: usize },
    #[error(
        "line {line} is over {MAX_NESTING} operators and brackets into its rule: split the rule, or list names in [ ]"
    )]
    TooDeep { line: usize },
    #[error("the rules cannot be read, line {line}: {problem}")]
    Text { line: usize, problem: String },
    #[error("rule number {number} has no name: write @id(\"...\") before it")]
    NoName { number: usize },
    #[error(
        "`{given}` is no name for a rule: use 1 to {MAX_RULE_ID} of a-z, 0-9 and -, beginning with a letter"
    )]
    BadName { given: String },
    #[error(
        "the advice of rule `{rule}` cannot be shown: write 1 to {MAX_ADVICE} bytes of text in one line"
    )]
    BadAdvice { rule: String },
    #[error(
        "`@coarsen` of rule `{rule}` cannot be read: write a distance from {MIN_COARSEN} to {MAX_COARSEN}, such as \"500 m\" \
         or \"1 km\""
    )]
    BadCoarsen { rule: String },
    #[error(
        "rule `{rule}` says `@coarsen`, and lets no area of a notice go: write it on a permit of the field `area`"
    )]
    NothingToCoarsen { rule: String },
    #[error(
        "rule `{rule}` carries `@{given}`, which says nothing here: there are {}",
        ANNOTATIONS.map(|known| format!("@{known}")).join(", ")
    )]
    UnknownAnnotation { rule: String, given: String },
    #[error("two rules are named `{name}`: give one of them another name")]
    SameName { name: String },
    #[error("`{slot}` stands for something to be filled in later: write the rule out")]
    Template { slot: String },
    #[error("{}line {line}: {problem}", by_rule(.rule.as_deref()))]
    Meaning {
        rule: Option<String>,
        line: usize,
        problem: String,
    },
    #[error(
        "rule `{rule}` lets every field of every kind go to anyone: name the parties, the purposes or the fields it is for"
    )]
    LetsEverythingGo { rule: String },
    #[error(
        "together, these rules let every field of every kind go to anyone: name the parties, the purposes or the fields \
         they are for"
    )]
    TogetherLetEverythingGo,
    #[error(
        "together, {rules} let every field of a notice of kind {kind} go to anyone: name the parties, the purposes or the \
         fields they are for"
    )]
    LetsKindGo { rules: String, kind: Kind },
    #[error(
        "version {given} does not follow version {current}: raise the version with every change"
    )]
    NotNewer { given: u32, current: u32 },
    /// A fault of this program, not of the rules.
    #[error("the rules cannot be set up: {0}")]
    Schema(String),
}

fn by_rule(rule: Option<&str>) -> String {
    rule.map(|rule| format!("rule `{rule}`, "))
        .unwrap_or_default()
}

impl RuleSet {
    /// Reads a rule set: Cedar policies, each with an `@id`, and the TOML that says which they are.
    ///
    /// # Errors
    /// Where a text is over its limits, cannot be read, speaks of what there is not, can never apply, or lets
    /// everything go.
    pub fn parse(rules: &str, metadata: &str) -> Result<Self, RulesRefused> {
        on_stack_of(READING_STACK, || Self::parse_here(rules, metadata))
    }

    fn parse_here(rules: &str, metadata_text: &str) -> Result<Self, RulesRefused> {
        let metadata = Metadata::parse(metadata_text)?;
        let vocabulary = Vocabulary::new(&metadata.areas)?;
        let nesting = nesting(rules)?;
        let policies = read(rules)?;
        let schema = |told| schema(&metadata.authorities, &metadata.areas, told);
        let timed_schema = schema(Told::All)?;
        validate(rules, &policies, timed_schema)?;
        let timeless = Validator::new(schema(Told::NoTime)?);
        let imprecise = Validator::new(schema(Told::NoPrecision)?);
        let read: Vec<Rule> = policies
            .into_iter()
            .map(|(id, policy)| rule(id, policy, &timeless, &vocabulary))
            .collect::<Result<_, _>>()?;
        let together = PolicySet::from_policies(read.iter().map(|rule| rule.policy.clone()))
            .map_err(|error| RulesRefused::Schema(error.to_string()))?;
        let looks_at_precision = !imprecise
            .validate(&together, ValidationMode::Strict)
            .validation_passed();
        let slices = Slices::new(&read, &vocabulary)?;
        refuse_everything(&read, &slices, &vocabulary, &metadata.authorities)?;
        Ok(Self {
            metadata,
            metadata_text: metadata_text.into(),
            text: rules.into(),
            advice: (read.iter())
                .filter_map(|rule| Some((rule.id.clone(), rule.advice.clone()?)))
                .collect(),
            coarsen: (read.iter())
                .filter_map(|rule| Some((rule.id.clone(), rule.coarsen?)))
                .collect(),
            rules: read.into_iter().map(|rule| rule.id).collect(),
            vocabulary,
            slices,
            looks_at_precision,
            stack: DECIDING_STACK + nesting * DECIDING_STACK_A_LEVEL,
            cache: Cache::default(),
        })
    }

    /// The small rule set that comes with the product, for counsel to change and sign off.
    ///
    /// # Errors
    /// None, or the build is at fault.
    pub fn shipped() -> Result<Self, RulesRefused> {
        Self::parse(
            include_str!("../rules/default.cedar"),
            include_str!("../rules/default.toml"),
        )
    }

    /// Whether this rule set may decide after the one that the record ends with: its version and both its texts, which are
    /// empty where they were destroyed.
    ///
    /// # Errors
    /// Where it differs and its version is not higher: a decision names rules by their version alone.
    pub fn may_follow(
        &self,
        current: u32,
        rules: &str,
        metadata: &str,
    ) -> Result<(), RulesRefused> {
        let given = self.metadata.version;
        let same = *self.text == *rules && Metadata::parse(metadata).as_ref() == Ok(&self.metadata);
        let destroyed = rules.is_empty() && metadata.is_empty() && given == current;
        match given > current || same || destroyed {
            true => Ok(()),
            false => Err(RulesRefused::NotNewer { given, current }),
        }
    }

    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The rules as they were read, comments included.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The metadata as they were read, comments included.
    pub fn metadata_text(&self) -> &Arc<str> {
        &self.metadata_text
    }

    /// The names of the rules, in their order.
    pub fn rules(&self) -> &[RuleId] {
        &self.rules
    }

    /// The `@advice` of a rule: what an officer can do where it denies.
    pub fn advice(&self, rule: &str) -> Option<&str> {
        self.advice.get(rule).map(AsRef::as_ref)
    }

    /// How coarse the area goes, where it goes, and the rules that say so: the coarsest of all that let it go. `None`: as
    /// it is.
    pub(crate) fn coarsest(&self, verdict: &Verdict) -> Option<(Millimetres, Vec<RuleId>)> {
        let Ruling::LetGo { by } = verdict.of(SlotCode::Area) else {
            return None;
        };
        let to = *by.iter().filter_map(|rule| self.coarsen.get(rule)).max()?;
        let say_so = by
            .iter()
            .filter(|rule| self.coarsen.get(*rule) == Some(&to));
        Some((to, say_so.cloned().collect()))
    }

    /// What the rules say of a message with this key; `None` if they have no say in its kind.
    pub(crate) fn verdict(&mut self, key: &Key, now: Timestamp) -> Option<Arc<Verdict>> {
        if self.slices.of(key.kind)?.timed {
            return self.work_out(key, Some(now));
        }
        if let Some(known) = self.cache.find(key) {
            return Some(known);
        }
        let verdict = self.work_out(key, None)?;
        self.cache.keep(*key, verdict.clone());
        Some(verdict)
    }

    fn work_out(&self, key: &Key, now: Option<Timestamp>) -> Option<Arc<Verdict>> {
        let worked_out = on_stack_of(self.stack, || {
            work_out(&self.vocabulary, &self.slices, key, now)
        });
        worked_out.map(Arc::new)
    }

    #[cfg(test)]
    pub(crate) fn cached(&self) -> usize {
        self.cache.len()
    }
}

impl std::fmt::Debug for RuleSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RuleSet")
            .field("name", &self.metadata.name)
            .field("version", &self.metadata.version)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}

/// The line, counted from 1, that byte `offset` of `text` is on.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    1 + text
        .bytes()
        .take(offset)
        .filter(|&byte| byte == b'\n')
        .count()
}

/// The policies of a text by their names, in the order of their names.
fn read(text: &str) -> Result<BTreeMap<RuleId, Policy>, RulesRefused> {
    let set: PolicySet = text.parse().map_err(|error| unreadable(text, &error))?;
    if let Some(template) = set.templates().next() {
        let slot = template.slots().next().map(ToString::to_string);
        return Err(RulesRefused::Template {
            slot: slot.unwrap_or_default(),
        });
    }
    let given = set.num_of_policies();
    if given > MAX_RULES {
        return Err(RulesRefused::TooMany { given });
    }
    let mut named = BTreeMap::new();
    for policy in set.policies() {
        let name = name_of(policy)?;
        let renamed = policy.new_id(PolicyId::new(&name));
        if named.insert(name.clone(), renamed).is_some() {
            return Err(RulesRefused::SameName {
                name: name.to_string(),
            });
        }
    }
    Ok(named)
}

/// How deeply the deepest rule nests: operators and open brackets, outside of comments and of text in quotes. Refuses what
/// is over [`MAX_NESTING`].
///
/// Cedar's parser goes down the stack a level for each of them and does not look how much of it is left; its validator
/// looks, and then *accepts* what it could not go into. Under this limit both stay well within their share of the stack.
fn nesting(text: &str) -> Result<usize, RulesRefused> {
    if text.len() > MAX_RULES_TEXT {
        return Err(RulesRefused::TooLong { given: text.len() });
    }
    let mut deepest = 0;
    let (mut operators, mut open, mut line) = (0_usize, 0_usize, 1_usize);
    let mut letters = text.char_indices().peekable();
    let mut word = 0;
    while let Some((at, letter)) = letters.next() {
        if !letter.is_alphanumeric() && letter != '_' {
            operators += if &text[word..at] == "if" { BRACKET } else { 0 };
            word = at + letter.len_utf8();
        }
        match letter {
            '\n' => line += 1,
            '/' if letters.peek().is_some_and(|(_, next)| *next == '/') => {
                while letters.next_if(|(_, letter)| *letter != '\n').is_some() {}
                word = letters.peek().map_or(text.len(), |(at, _)| *at);
            }
            '"' => {
                line += pass_quoted(&mut letters);
                word = letters.peek().map_or(text.len(), |(at, _)| *at);
            }
            ';' => (operators, open) = (0, 0),
            '(' | '[' | '{' => open += BRACKET,
            ')' | ']' | '}' => open = open.saturating_sub(BRACKET),
            '.' | '|' | '&' | '+' | '-' | '*' | '!' | '=' | '<' | '>' => operators += 1,
            _other => {}
        }
        deepest = deepest.max(operators + open);
        if deepest > MAX_NESTING {
            return Err(RulesRefused::TooDeep { line });
        }
    }
    Ok(deepest)
}

/// Passes over the rest of a text in quotes; the number of lines in it.
fn pass_quoted(letters: &mut std::iter::Peekable<std::str::CharIndices<'_>>) -> usize {
    let mut lines = 0;
    while let Some((_, letter)) = letters.next() {
        match letter {
            '"' => break,
            '\\' => lines += usize::from(letters.next().is_some_and(|(_, next)| next == '\n')),
            '\n' => lines += 1,
            _other => {}
        }
    }
    lines
}

fn name_of(policy: &Policy) -> Result<RuleId, RulesRefused> {
    // Cedar numbers policies as it reads them: policy0, policy1.
    let number = AsRef::<str>::as_ref(policy.id())
        .trim_start_matches("policy")
        .parse::<usize>()
        .map_or(0, |number| number + 1);
    let name = policy
        .annotation("id")
        .ok_or(RulesRefused::NoName { number })?;
    let good = name.len() <= MAX_RULE_ID
        && name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !good {
        return Err(RulesRefused::BadName {
            given: name.chars().take(MAX_RULE_ID).collect(),
        });
    }
    Ok(name.into())
}

fn unreadable(text: &str, error: &cedar_policy::ParseErrors) -> RulesRefused {
    // The first is where the reader begins.
    let first = error.iter().next();
    let offset = first
        .and_then(|e| e.labels())
        .and_then(|mut all| all.next());
    RulesRefused::Text {
        line: line_of(text, offset.map_or(0, |label| label.offset())),
        problem: shortened(&first.map_or_else(|| error.to_string(), ToString::to_string)),
    }
}

/// Refuses rules that speak of what there is not, and rules that can never apply: both are mistakes.
fn validate(
    text: &str,
    policies: &BTreeMap<RuleId, Policy>,
    schema: Schema,
) -> Result<(), RulesRefused> {
    let set = PolicySet::from_policies(policies.values().cloned())
        .map_err(|error| RulesRefused::Schema(error.to_string()))?;
    let result = Validator::new(schema).validate(&set, ValidationMode::Strict);
    let errors = result
        .validation_errors()
        .map(|error| (meaning(text, error, error.policy_id()), error.to_string()));
    let warnings = result.validation_warnings().map(|warning| {
        (
            meaning(text, warning, warning.policy_id()),
            warning.to_string(),
        )
    });
    // In the order of the text; an error before a warning.
    let first = errors.min().or_else(|| warnings.min());
    match first {
        None => Ok(()),
        Some(((line, rule), problem)) => Err(RulesRefused::Meaning {
            problem: shortened(without_name(&problem, &rule)),
            rule: Some(rule).filter(|rule| !rule.is_empty()),
            line,
        }),
    }
}

fn meaning(text: &str, problem: &dyn Diagnostic, rule: &PolicyId) -> (usize, String) {
    let offset = problem
        .labels()
        .and_then(|mut labels| labels.next())
        .map_or(0, |label| label.offset());
    let rule: &str = rule.as_ref();
    (line_of(text, offset), rule.to_owned())
}

/// Cedar begins with the name of the policy, which is said already.
fn without_name<'a>(problem: &'a str, rule: &str) -> &'a str {
    let begin = format!("for policy `{rule}`, ");
    problem.strip_prefix(&begin).unwrap_or(problem)
}

/// Cedar repeats what it found, however long that is.
fn shortened(problem: &str) -> String {
    problem.chars().take(MAX_PROBLEM).collect()
}

fn rule(
    id: RuleId,
    policy: Policy,
    timeless: &Validator,
    vocabulary: &Vocabulary,
) -> Result<Rule, RulesRefused> {
    if let Some((given, _)) = policy
        .annotations()
        .find(|(name, _)| !ANNOTATIONS.contains(name))
    {
        return Err(RulesRefused::UnknownAnnotation {
            rule: id.to_string(),
            given: shortened(given),
        });
    }
    let alone = PolicySet::from_policies([policy.clone()])
        .map_err(|error| RulesRefused::Schema(error.to_string()))?;
    // What is valid where there is no time cannot look at it.
    let timed = !timeless
        .validate(&alone, ValidationMode::Strict)
        .validation_passed();
    Ok(Rule {
        advice: advice_of(&id, &policy)?,
        coarsen: coarsen_of(&id, &policy, vocabulary)?,
        id,
        policy,
        timed,
    })
}

fn advice_of(id: &RuleId, policy: &Policy) -> Result<Option<Arc<str>>, RulesRefused> {
    let Some(advice) = policy.annotation("advice") else {
        return Ok(None);
    };
    let fits = !advice.trim().is_empty()
        && advice.len() <= MAX_ADVICE
        && !advice.contains(char::is_control);
    match fits {
        true => Ok(Some(advice.into())),
        false => Err(RulesRefused::BadAdvice {
            rule: id.to_string(),
        }),
    }
}

fn coarsen_of(
    id: &RuleId,
    policy: &Policy,
    vocabulary: &Vocabulary,
) -> Result<Option<Millimetres>, RulesRefused> {
    let Some(given) = policy.annotation("coarsen") else {
        return Ok(None);
    };
    let rule = id.to_string();
    let Some(to) = distance(given).filter(|to| (MIN_COARSEN..=MAX_COARSEN).contains(to)) else {
        return Err(RulesRefused::BadCoarsen { rule });
    };
    let area = vocabulary.action(SlotCode::Area);
    let lets_an_area_go = policy.effect() == Effect::Permit
        && area.is_some_and(|area| {
            let mut kinds = vocabulary.kinds();
            kinds.any(|(kind, uid)| {
                kind.slots().contains(&SlotCode::Area) && may_apply(policy, area, uid)
            })
        });
    match lets_an_area_go {
        true => Ok(Some(to)),
        false => Err(RulesRefused::NothingToCoarsen { rule }),
    }
}

/// Whole metres or kilometres: `500 m`, `1km`.
fn distance(given: &str) -> Option<Millimetres> {
    let (number, metres) = match given.strip_suffix("km") {
        Some(number) => (number, 1_000),
        None => (given.strip_suffix('m')?, 1),
    };
    let number = number.strip_suffix(' ').unwrap_or(number);
    // No sign, and nothing that could overflow.
    let plain = (1..=6).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let number: i32 = number.parse().ok().filter(|_| plain)?;
    Some(Millimetres::from_metres(number.checked_mul(metres)?))
}

#[cfg(test)]
mod tests;
