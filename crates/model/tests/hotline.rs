//! Phrases of two desks: what came of each, what is bounded, and what is refused.
#![expect(
    clippy::unwrap_used,
    reason = "part of tests, outside the functions that clippy knows as such"
)]

#[expect(
    dead_code,
    reason = "made for whole stories; phrases are looked at by themselves here"
)]
mod two;

use model::admit::Incoming;
use model::arrangement::Arrangement;
use model::code::{Desk, Marker, RefusalReason, Role, Urgency};
use model::command::{Acting, Command, ReleaseTerms};
use model::decide::{CommandRefused, Decided};
use model::event::{AlarmCause, Arrival, Event};
use model::hotline::{MAX_CHALLENGES, MAX_OF_PHRASE, MAX_PHRASES, Phrase};
use model::kind::Kind;
use model::line::{Digest, EntryRef, LogHead, Side};
use model::message::{Content, Header};
use model::place::{Position, StatedPosition};
use model::slot::{SlotCode, Slots, Value};
use model::units::Millimetres;
use std::sync::Arc;
use two::{LINE, Two, Who};

fn terms() -> ReleaseTerms {
    ReleaseTerms {
        authority: "deconfliction".parse().unwrap(),
        purpose: "safety".parse().unwrap(),
        element: None,
    }
}

fn phrase(code: &str, marker: Marker) -> Slots {
    Slots::new()
        .with(SlotCode::Phrase, Value::Slug(code.parse().unwrap()))
        .and_then(|slots| slots.with(SlotCode::Marker, Value::Code(marker.number())))
        .unwrap()
}

fn about(slots: Slots, of: EntryRef) -> Slots {
    slots
        .with(SlotCode::Subject, Value::Subject(of.as_subject()))
        .unwrap()
}

fn in_words(code: &str) -> Slots {
    phrase(code, Marker::Information)
        .with(SlotCode::Remarks, Value::Text("свои слова".into()))
        .and_then(|slots| slots.with(SlotCode::Language, Value::Slug("ru".parse().unwrap())))
        .unwrap()
}

fn say(slots: Slots) -> Command {
    Command::SayPhrase {
        line: LINE,
        desk: Desk::Air,
        slots,
        terms: Some(terms()),
    }
}

fn says(two: &mut Two, who: Who, slots: Slots) -> EntryRef {
    let said = two.does(who, "smith", say(slots));
    assert_eq!(said.len(), 1, "it is said");
    said[0]
}

fn held(two: &mut Two, who: Who, entry: EntryRef) -> Phrase {
    two.state(who).hotline.phrases[&entry].clone()
}

fn acting(role: Role) -> Acting {
    Acting {
        officer: "smith".parse().unwrap(),
        role,
        element: None,
    }
}

fn refused(two: &mut Two, who: Who, command: &Command) -> CommandRefused {
    let now = two.now;
    let decided = two.state(who).decide(acting(Role::Watch), command, now);
    decided.unwrap_err()
}

fn at(metres: i32) -> Value {
    Value::Place(StatedPosition {
        position: Position::from_e7(352_850_000 + metres * 90, 401_400_000).unwrap(),
        precision: Millimetres::from_metres(100),
    })
}

#[test]
fn a_question_is_delivered_displayed_and_answered_on_both_sides_alike() {
    let mut two = Two::new();
    let question = says(&mut two, Who::Coalition, phrase("l01", Marker::Question));
    let there = Two::theirs(question);
    two.does(Who::Russia, "ivanov", Command::Displayed { entry: there });
    let answer = about(phrase("l02", Marker::Answer), there);
    let answer = says(&mut two, Who::Russia, answer);
    let asked = held(&mut two, Who::Coalition, question);
    assert!(asked.delivered.is_some() && asked.displayed.is_some());
    assert_eq!(asked.answers, [Two::theirs(answer)]);
    assert_eq!(asked.by.unwrap().as_str(), "smith");
    let heard = held(&mut two, Who::Russia, there);
    assert_eq!((heard.answers, heard.by), (vec![answer], None));
    let order = two.state(Who::Russia).hotline.of_line(LINE);
    let order: Vec<EntryRef> = order.map(|phrase| phrase.entry).collect();
    assert_eq!(order, [there, answer]);
    // It was displayed once: another screen says nothing more.
    let again = two.does(Who::Russia, "ivanov", Command::Displayed { entry: there });
    assert!(again.is_empty());
}

fn alarm() -> AlarmCause {
    AlarmCause::PhraseWaits {
        line: LINE,
        desk: Desk::Air,
    }
}

/// Whether the alarm stands at the second party, and sounds.
fn sounds(two: &mut Two) -> Option<bool> {
    two.timers();
    let standing = two.state(Who::Russia).alarms.get(&alarm())?;
    Some(standing.silenced.is_none())
}

#[test]
fn a_warning_sounds_at_once_until_it_is_seen_and_again_where_nobody_answers() {
    let mut two = Two::new();
    let warning = says(&mut two, Who::Coalition, phrase("l07", Marker::Warning));
    let there = Two::theirs(warning);
    assert_eq!(sounds(&mut two), Some(true));
    assert!(!two.state(Who::Coalition).alarms.contains_key(&alarm()));
    two.wait(10);
    two.does(Who::Russia, "ivanov", Command::Displayed { entry: there });
    assert_eq!(sounds(&mut two), None, "somebody has it before them");
    two.wait(289);
    assert_eq!(sounds(&mut two), None);
    two.wait(1);
    assert_eq!(
        sounds(&mut two),
        Some(true),
        "the time for an answer is over"
    );
    let answer = about(phrase("r01", Marker::Answer), there);
    says(&mut two, Who::Russia, answer);
    assert_eq!(sounds(&mut two), None);
    two.wait(3_600);
    assert!(sounds(&mut two).is_none() && !two.state(Who::Coalition).alarms.contains_key(&alarm()));
}

#[test]
fn what_is_no_warning_sounds_where_nobody_sees_it_within_15_seconds() {
    for marker in [
        Marker::Question,
        Marker::Request,
        Marker::Intention,
        Marker::Information,
    ] {
        let mut two = Two::new();
        let said = says(&mut two, Who::Coalition, phrase("l01", marker));
        two.wait(14);
        assert_eq!(sounds(&mut two), None, "{marker}");
        two.wait(1);
        assert_eq!(sounds(&mut two), Some(true), "{marker}");
        let cancel = about(phrase("c01", Marker::Cancel), said);
        says(&mut two, Who::Coalition, cancel);
        assert_eq!(
            sounds(&mut two),
            None,
            "{marker}: taken back, and no response is asked for"
        );
    }
}

#[test]
fn an_answer_is_an_event_and_no_alarm() {
    let mut two = Two::new();
    let asked = says(&mut two, Who::Russia, phrase("l01", Marker::Question));
    let answer = about(phrase("l02", Marker::Answer), Two::theirs(asked));
    says(&mut two, Who::Coalition, answer);
    two.wait(3_600);
    assert_eq!(sounds(&mut two), None);
}

#[test]
fn acknowledging_or_silencing_covers_what_was_due_and_nothing_that_comes_later() {
    let mut two = Two::new();
    says(&mut two, Who::Coalition, phrase("l07", Marker::Warning));
    assert_eq!(sounds(&mut two), Some(true));
    two.wait(1);
    two.does(
        Who::Russia,
        "ivanov",
        Command::SilenceAlarm { alarm: alarm() },
    );
    assert_eq!(sounds(&mut two), Some(false));
    two.wait(1);
    says(&mut two, Who::Coalition, phrase("l07", Marker::Warning));
    assert_eq!(sounds(&mut two), Some(true), "another one came");
    assert_eq!(two.state(Who::Russia).alarms[&alarm()].count, 2);
    two.wait(1);
    two.does(
        Who::Russia,
        "ivanov",
        Command::AcknowledgeAlarm { alarm: alarm() },
    );
    assert_eq!(sounds(&mut two), None);
    two.wait(1);
    says(&mut two, Who::Coalition, phrase("l07", Marker::Warning));
    assert_eq!(sounds(&mut two), Some(true), "and another");
}

#[test]
fn a_phrase_is_cancelled_and_corrected_by_its_own_side_alone() {
    let mut two = Two::new();
    let said = says(&mut two, Who::Coalition, phrase("l07", Marker::Warning));
    let there = Two::theirs(said);
    let theirs = say(about(phrase("c01", Marker::Cancel), there));
    assert_eq!(
        refused(&mut two, Who::Russia, &theirs),
        CommandRefused::PhraseIsTheirs
    );
    let correction = about(phrase("k04", Marker::Correction), said);
    let correction = says(&mut two, Who::Coalition, correction);
    let cancel = about(phrase("c01", Marker::Cancel), said);
    let cancel = says(&mut two, Who::Coalition, cancel);
    for (who, of, side) in [
        (Who::Coalition, said, Side::Own),
        (Who::Russia, there, Side::Peer),
    ] {
        let held = held(&mut two, who, of);
        let as_there = |entry: EntryRef| match side {
            Side::Own => entry,
            Side::Peer => Two::theirs(entry),
        };
        assert_eq!(held.cancelled.unwrap().by, as_there(cancel));
        assert_eq!(held.corrections, [as_there(correction)]);
        assert_eq!(held.not_live(), Some("cancelled"));
        assert!(held.answers.is_empty(), "its own side answers nothing");
    }
    let again = say(about(phrase("c01", Marker::Cancel), said));
    assert_eq!(
        refused(&mut two, Who::Coalition, &again),
        CommandRefused::PhraseNotLive("cancelled")
    );
    let nothing = say(phrase("c01", Marker::Cancel));
    assert_eq!(
        refused(&mut two, Who::Coalition, &nothing),
        CommandRefused::PhraseLacks(SlotCode::Subject)
    );
}

/// What a peer says whose node lets it say anything.
fn forced(two: &mut Two, index: u64, kind: Kind, slots: Slots) -> Option<RefusalReason> {
    let entry = EntryRef {
        log: model::line::LogRef {
            line: LINE,
            side: Side::Peer,
            lane: model::code::Lane::Main,
            epoch: 1,
        },
        index,
    };
    let header = Header {
        kind: kind.number(),
        purpose: "safety".parse().unwrap(),
        role: Role::Watch,
        urgency: Urgency::Routine,
        desk: Desk::Air,
        sent_at: two.now,
    };
    let content = Content::Open(slots);
    let incoming = Incoming {
        entry,
        header: &header,
        content: &content,
        unreadable: None,
        geometry: None,
    };
    let refused = two.state(Who::Coalition).admit(incoming).err();
    let arrived = Arrival::Line { at: two.now };
    two.fact(
        Who::Coalition,
        Event::MessageReceived {
            entry,
            leaf: Digest([0; 32]),
            header,
            content,
            arrived,
            refused,
        },
    );
    refused
}

#[test]
fn what_a_peer_may_not_change_is_refused_and_changes_nothing() {
    let mut two = Two::new();
    let ours = says(&mut two, Who::Coalition, phrase("l07", Marker::Warning));
    // As the peer names our entry: not in its own log.
    let of_ours = || {
        let subject = Two::theirs(ours).as_subject();
        Slots::new()
            .with(SlotCode::Subject, Value::Subject(subject))
            .unwrap()
    };
    let with = |slots: Slots, code: &str, marker: Marker| {
        phrase(code, marker)
            .iter()
            .fold(slots, |slots, (slot, value)| {
                slots.with(slot, value.clone()).unwrap()
            })
    };
    let cancel = with(of_ours(), "c01", Marker::Cancel);
    assert_eq!(
        forced(&mut two, 50, Kind::Phrase, cancel),
        Some(RefusalReason::NotYours)
    );
    assert_eq!(held(&mut two, Who::Coalition, ours).cancelled, None);
    let bare = phrase("c01", Marker::Cancel);
    assert_eq!(
        forced(&mut two, 51, Kind::Phrase, bare),
        Some(RefusalReason::UnknownSubject)
    );
    let no_marker = Slots::new()
        .with(SlotCode::Phrase, Value::Slug("a01".parse().unwrap()))
        .unwrap();
    assert_eq!(
        forced(&mut two, 52, Kind::Phrase, no_marker),
        Some(RefusalReason::MissingSlot)
    );
    // It is shown as refused.
    let shown = two.state(Who::Coalition).hotline.of_line(LINE).last();
    assert_eq!(shown.unwrap().refused, Some(RefusalReason::MissingSlot));
    let in_words_of_no_language = phrase("l09", Marker::Information)
        .with(SlotCode::Remarks, Value::Text("words".into()))
        .unwrap();
    assert_eq!(
        forced(&mut two, 53, Kind::Phrase, in_words_of_no_language),
        Some(RefusalReason::MissingSlot)
    );
}

#[test]
fn a_code_that_nobody_here_knows_is_admitted_with_its_marker_and_slots() {
    let mut two = Two::new();
    let unknown = phrase("z77-of-tomorrow", Marker::Warning)
        .with(SlotCode::Count, Value::Number(4))
        .unwrap();
    assert_eq!(forced(&mut two, 9, Kind::Phrase, unknown), None);
    let shown = two.state(Who::Coalition).hotline.of_line(LINE).next();
    let shown = shown.unwrap().clone();
    assert_eq!(shown.code().unwrap().as_str(), "z77-of-tomorrow");
    assert_eq!(shown.marker(), Some(Marker::Warning));
    let answer = about(phrase("r02", Marker::Answer), shown.entry);
    let answer = says(&mut two, Who::Coalition, answer);
    assert_eq!(
        held(&mut two, Who::Coalition, shown.entry).answers,
        [answer]
    );
}

#[test]
fn a_read_back_that_differs_reaches_whoever_said_the_phrase() {
    let mut two = Two::new();
    let said = phrase("a01", Marker::Information)
        .with(SlotCode::Place, at(0))
        .unwrap();
    let said = says(&mut two, Who::Coalition, said);
    let there = Two::theirs(said);
    for items in [
        vec![(SlotCode::Place, at(5_000))],
        vec![(SlotCode::Place, at(0))],
    ] {
        let read_back = Command::ReadBack {
            entry: there,
            items: items.clone(),
        };
        assert_eq!(two.does(Who::Russia, "ivanov", read_back).len(), 1);
        let backs = held(&mut two, Who::Coalition, said).read_backs;
        assert_eq!(backs.last().unwrap().items, items);
    }
    assert_eq!(held(&mut two, Who::Russia, there).read_backs.len(), 2);
    let nothing = Command::ReadBack {
        entry: there,
        items: Vec::new(),
    };
    assert!(two.does(Who::Russia, "ivanov", nothing).is_empty());
    let ours = Command::ReadBack {
        entry: said,
        items: vec![(SlotCode::Place, at(0))],
    };
    assert_eq!(
        refused(&mut two, Who::Coalition, &ours),
        CommandRefused::PhraseIsOurs
    );
}

#[test]
fn what_says_where_or_is_in_words_goes_by_the_rules_and_all_else_under_the_standing_release() {
    let mut two = Two::new();
    let now = two.now;
    let mut decided = |slots: Slots, terms: Option<ReleaseTerms>| {
        let command = Command::SayPhrase {
            line: LINE,
            desk: Desk::Air,
            slots,
            terms,
        };
        two.state(Who::Coalition)
            .decide(acting(Role::Watch), &command, now)
    };
    let plain = || phrase("r01", Marker::Answer);
    let placed = || plain().with(SlotCode::Place, at(0)).unwrap();
    let steps = decided(plain(), Some(terms())).unwrap();
    assert!(matches!(steps[..], [Decided::SayStanding(_)]));
    let steps = decided(placed(), Some(terms())).unwrap();
    assert!(matches!(steps[..], [Decided::SayByRules { .. }]));
    for needs in [placed(), in_words("l09")] {
        assert_eq!(decided(needs, None), Err(CommandRefused::PhraseNeedsTerms));
    }
    let no_language = plain()
        .with(SlotCode::Remarks, Value::Text("words".into()))
        .unwrap();
    assert_eq!(
        decided(no_language, Some(terms())),
        Err(CommandRefused::LanguageMissing)
    );
}

fn without_free_text(two: &mut Two) {
    for who in [Who::Coalition, Who::Russia] {
        let agreed = Arrangement {
            free_text: false,
            version: 2,
            ..two::arrangement()
        };
        let (name, peer) = (
            agreed.name,
            agreed.parties[(who == Who::Coalition) as usize],
        );
        two.fact(
            who,
            Event::ArrangementInForce {
                line: LINE,
                name,
                peer,
                arrangement: Arc::new(agreed),
                signatures: Arc::from(&b""[..]),
            },
        );
    }
}

#[test]
fn free_text_is_neither_said_nor_admitted_where_the_arrangement_has_none() {
    let mut two = Two::new();
    let said = says(&mut two, Who::Coalition, in_words("l09"));
    without_free_text(&mut two);
    assert_eq!(
        refused(&mut two, Who::Coalition, &say(in_words("l09"))),
        CommandRefused::NoFreeText
    );
    assert_eq!(
        refused(&mut two, Who::Coalition, &translate(said, None)),
        CommandRefused::NoFreeText
    );
    assert_eq!(
        forced(&mut two, 60, Kind::Phrase, in_words("l09")),
        Some(RefusalReason::FreeTextNotAllowed)
    );
    let words = Slots::new()
        .with(
            SlotCode::Subject,
            Value::Subject(Two::theirs(said).as_subject()),
        )
        .and_then(|slots| slots.with(SlotCode::Language, Value::Slug("en".parse().unwrap())))
        .and_then(|slots| slots.with(SlotCode::Text, Value::Text("words".into())))
        .unwrap();
    assert_eq!(
        forced(&mut two, 61, Kind::Translation, words),
        Some(RefusalReason::FreeTextNotAllowed)
    );
}

fn translate(entry: EntryRef, amends: Option<EntryRef>) -> Command {
    Command::TranslatePhrase {
        entry,
        amends,
        language: "en".parse().unwrap(),
        text: "own words".into(),
        name: Some("Lt Petrova".into()),
        terms: terms(),
    }
}

fn challenge(entry: EntryRef, text: &str) -> Command {
    Command::ChallengeTranslation {
        entry,
        text: text.into(),
        name: None,
        terms: terms(),
    }
}

#[test]
fn a_translation_stands_beside_the_original_is_challenged_and_corrected() {
    let mut two = Two::new();
    let original = says(&mut two, Who::Coalition, in_words("l09"));
    let there = Two::theirs(original);
    // Each side may translate; here the one that heard it does, and the one that said it objects.
    let first = two.does(Who::Russia, "petrova", translate(there, None))[0];
    two.does(
        Who::Coalition,
        "smith",
        challenge(Two::theirs(first), "not these words"),
    );
    let second = two.does(Who::Russia, "petrova", translate(there, Some(first)))[0];
    for (who, of) in [(Who::Coalition, original), (Who::Russia, there)] {
        let held = held(&mut two, who, of);
        let [one, other] = &held.translations[..] else {
            panic!("{held:?}");
        };
        assert_eq!(held.words(), Some("свои слова"));
        assert_eq!(one.challenges[0].text, "not these words");
        assert_eq!(one.amended_by, Some(other.entry));
        assert_eq!(
            (other.amends, other.amended_by, other.name.as_deref()),
            (Some(one.entry), None, Some("Lt Petrova"))
        );
        // The other party is told a name that was given, and no account.
        let account = one.by.map(|by| by.to_string());
        assert_eq!(account.is_some(), who == Who::Russia);
    }
    let theirs = translate(original, Some(Two::theirs(second)));
    assert_eq!(
        refused(&mut two, Who::Coalition, &theirs),
        CommandRefused::TranslationIsTheirs
    );
    assert_eq!(
        refused(&mut two, Who::Coalition, &challenge(original, "this")),
        CommandRefused::UnknownTranslation
    );
    assert_eq!(
        refused(
            &mut two,
            Who::Coalition,
            &challenge(Two::theirs(second), " ")
        ),
        CommandRefused::ChallengeWithoutWords
    );
    let coded = says(&mut two, Who::Coalition, phrase("l01", Marker::Question));
    assert_eq!(
        refused(&mut two, Who::Coalition, &translate(coded, None)),
        CommandRefused::NothingToTranslate
    );
}

#[test]
fn an_interpreter_translates_and_challenges_and_says_nothing_else() {
    let mut two = Two::new();
    let original = says(&mut two, Who::Coalition, in_words("l09"));
    let there = Two::theirs(original);
    let first = two.does(Who::Russia, "petrova", translate(there, None))[0];
    let now = two.now;
    let mut as_interpreter = |command: Command| {
        let state = two.state(Who::Russia);
        state.decide(acting(Role::Interpreter), &command, now)
    };
    assert!(as_interpreter(translate(there, Some(first))).is_ok());
    assert!(as_interpreter(challenge(first, "a word is missing")).is_ok());
    for speaks in [
        say(phrase("r01", Marker::Answer)),
        Command::Displayed { entry: there },
        Command::ReadBack {
            entry: there,
            items: vec![(SlotCode::Place, at(0))],
        },
    ] {
        let refused = as_interpreter(speaks).unwrap_err();
        assert_eq!(refused, CommandRefused::Role(Role::Interpreter));
    }
}

#[test]
fn so_many_phrases_of_a_line_are_in_view_and_the_oldest_leaves_with_what_was_beside_it() {
    let mut two = Two::new();
    let first = says(&mut two, Who::Coalition, in_words("l09"));
    let translation = two.does(Who::Coalition, "smith", translate(first, None))[0];
    for _more in 1..MAX_PHRASES {
        says(&mut two, Who::Coalition, phrase("l01", Marker::Question));
    }
    let in_view = |two: &mut Two| two.state(Who::Russia).hotline.of_line(LINE).count();
    assert_eq!(in_view(&mut two), MAX_PHRASES);
    let hotline = &two.state(Who::Coalition).hotline;
    assert!(hotline.translation(translation).is_some());
    let last = says(&mut two, Who::Coalition, phrase("l01", Marker::Question));
    assert_eq!(in_view(&mut two), MAX_PHRASES);
    let hotline = &two.state(Who::Coalition).hotline;
    assert!(!hotline.phrases.contains_key(&first) && hotline.phrases.contains_key(&last));
    assert!(hotline.translation(translation).is_none());
    assert_eq!(hotline.phrases.len(), MAX_PHRASES);
}

#[test]
fn so_much_is_in_view_of_one_phrase_and_of_one_translation() {
    let mut two = Two::new();
    let original = says(&mut two, Who::Coalition, in_words("l09"));
    let there = Two::theirs(original);
    for number in 0..=MAX_OF_PHRASE as u64 {
        let answer = about(phrase("r01", Marker::Answer), there);
        says(&mut two, Who::Russia, answer);
        let items = vec![(SlotCode::Count, Value::Number(number))];
        let back = Command::ReadBack {
            entry: there,
            items,
        };
        two.does(Who::Russia, "ivanov", back);
        two.does(Who::Russia, "ivanov", translate(there, None));
    }
    let now = held(&mut two, Who::Coalition, original);
    assert_eq!(
        [
            now.answers.len(),
            now.read_backs.len(),
            now.translations.len()
        ],
        [MAX_OF_PHRASE; 3]
    );
    assert_eq!(
        now.read_backs[0].items,
        [(SlotCode::Count, Value::Number(1))]
    );
    let translation = now.translations.last().unwrap().entry;
    for number in 0..=MAX_CHALLENGES {
        let text = format!("wrong {number}");
        two.does(Who::Coalition, "smith", challenge(translation, &text));
    }
    let now = held(&mut two, Who::Coalition, original);
    let challenges = &now.translations.last().unwrap().challenges;
    assert_eq!(challenges.len(), MAX_CHALLENGES);
    assert_eq!(challenges[0].text, "wrong 1");
}

#[test]
fn what_never_reached_the_peer_was_not_said_and_took_nothing_back() {
    let mut two = Two::new();
    let said = says(&mut two, Who::Coalition, in_words("l09"));
    two.cut = true;
    let cancel = about(phrase("c01", Marker::Cancel), said);
    let cancel = says(&mut two, Who::Coalition, cancel);
    two.does(Who::Coalition, "smith", translate(said, None));
    let head = |size| LogHead {
        epoch: 1,
        size,
        root: Digest([0; 32]),
    };
    two.fact(
        Who::Coalition,
        Event::EpochOpened {
            line: LINE,
            side: Side::Own,
            epoch: 2,
            closes: [head(0), head(cancel.index), head(0), head(0)],
            confirmed: true,
            statement: Arc::from(&b""[..]),
        },
    );
    let earlier = held(&mut two, Who::Coalition, said);
    assert_eq!(earlier.not_live(), None);
    assert!(earlier.translations.is_empty());
    let left = held(&mut two, Who::Coalition, cancel);
    assert_eq!(left.not_live(), Some("not said"));
}

#[test]
fn a_refused_cancel_takes_nothing_back_here_as_there() {
    let mut two = Two::new();
    let said = says(&mut two, Who::Coalition, phrase("l07", Marker::Warning));
    let cancel = about(phrase("c01", Marker::Cancel), said);
    let cancel = says(&mut two, Who::Coalition, cancel);
    assert!(held(&mut two, Who::Coalition, said).cancelled.is_some());
    let refusal = Slots::new()
        .with(
            SlotCode::Subject,
            Value::Subject(Two::theirs(cancel).as_subject()),
        )
        .and_then(|slots| {
            let reason = RefusalReason::UnknownKind.number();
            slots.with(SlotCode::Refusal, Value::Code(reason))
        })
        .unwrap();
    let header = Header {
        kind: Kind::Refused.number(),
        purpose: "safety".parse().unwrap(),
        role: Role::Node,
        urgency: Urgency::Routine,
        desk: Desk::Air,
        sent_at: two.now,
    };
    let entry = EntryRef {
        index: 70,
        ..Two::theirs(cancel)
    };
    let arrived = Arrival::Line { at: two.now };
    two.fact(
        Who::Coalition,
        Event::MessageReceived {
            entry,
            leaf: Digest([0; 32]),
            header,
            content: Content::Open(refusal),
            arrived,
            refused: None,
        },
    );
    assert_eq!(held(&mut two, Who::Coalition, said).cancelled, None);
    let refused = held(&mut two, Who::Coalition, cancel).refused;
    assert_eq!(refused, Some(RefusalReason::UnknownKind));
}

#[test]
fn an_element_is_named_in_a_phrase_only_where_it_has_consented() {
    let mut two = Two::new();
    let element: model::ids::ElementId = "sdf".parse().unwrap();
    let name = "the force in the east".to_owned();
    let enrol = Command::EnrolElement { element, name };
    two.does(Who::Coalition, "smith", enrol);
    let named = || {
        let slots = phrase("r12", Marker::Answer);
        say(slots
            .with(SlotCode::Element, Value::Slug(element.slug()))
            .unwrap())
    };
    assert!(matches!(
        refused(&mut two, Who::Coalition, &named()),
        CommandRefused::NoConsent { .. }
    ));
    let consent = Command::ConsentToStopCalls {
        element,
        line: LINE,
        place: None,
        named: Some(true),
        how: Some(model::code::ConsentGiven::ByLetter),
    };
    two.does(Who::Coalition, "smith", consent);
    assert_eq!(two.does(Who::Coalition, "smith", named()).len(), 1);
}
