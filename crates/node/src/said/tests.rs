use super::*;
use crate::auth::pins::{PinDenied, PinRefused};
use crate::auth::{AuthError, NotAllowed};
use crate::core::inbox::InboxError;
use crate::evidence::EvidenceRefused;
use crate::http::problem::Refused;
use crate::http::unfit::Unfit;
use crate::http::views::{NotNamed, NoteConsent};
use crate::names::NotAName;
use crate::shell::Unanswered;
use crate::telephones::TelephoneError;
use crate::walls::WallError;
use channel::conflicts::Near;
use channel::doubt::Doubt;
use channel::effect::Refusal;
use channel::lines::LaneClosed;
use channel::objection::Conclusion;
use conflict::altitude::BandRefused;
use conflict::coarsen::CoarsenRefused;
use conflict::contain::Outside;
use conflict::shape::ShapeRefused;
use model::code::UnknownCode;
use model::decide::{CommandRefused, IncidentRefused};
use model::description::{Anchor, DescriptionRefused};
use model::downstream::UnitRefused;
use model::export::ExportDenial;
use model::ids::{NotASlug, NotAnId};
use model::kind::Kind;
use model::place::{PlaceRefused, Position};
use model::said::{Message, SECOND, Says, second_said};
use model::slot::{SlotCode, SlotRefusal};
use model::units::Bearing;
use model::watch::OrderRefused;
use model::window::WindowRefused;
use release::{Advice, Denial, NotStanding, TooFine, Why};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use wire::coordinates::{
    AltitudeUnreadable, PositionUnreadable, RangeUnreadable, WindowUnreadable,
};
use wire::sheet::{SheetRefused, Wrong};

/// All that can be said, type by type.
fn all() -> Vec<&'static [Message]> {
    vec![
        CommandRefused::MESSAGES,
        ExportDenial::MESSAGES,
        IncidentRefused::MESSAGES,
        EvidenceRefused::MESSAGES,
        SlotRefusal::MESSAGES,
        UnitRefused::MESSAGES,
        DescriptionRefused::MESSAGES,
        PlaceRefused::MESSAGES,
        model::altitude::AltitudeRefused::MESSAGES,
        model::dtg::GroupRefused::MESSAGES,
        model::units::UnitRefused::MESSAGES,
        WindowRefused::MESSAGES,
        OrderRefused::MESSAGES,
        NotASlug::MESSAGES,
        NotAnId::MESSAGES,
        UnknownCode::MESSAGES,
        Anchor::MESSAGES,
        PositionUnreadable::MESSAGES,
        RangeUnreadable::MESSAGES,
        AltitudeUnreadable::MESSAGES,
        WindowUnreadable::MESSAGES,
        SheetRefused::MESSAGES,
        Wrong::MESSAGES,
        ShapeRefused::MESSAGES,
        Outside::MESSAGES,
        CoarsenRefused::MESSAGES,
        BandRefused::MESSAGES,
        Denial::MESSAGES,
        Why::MESSAGES,
        Advice::MESSAGES,
        TooFine::MESSAGES,
        NotStanding::MESSAGES,
        Refusal::MESSAGES,
        LaneClosed::MESSAGES,
        channel::ground::MESSAGES,
        Doubt::MESSAGES,
        Near::MESSAGES,
        channel::look::MESSAGES,
        Conclusion::MESSAGES,
        Unfit::MESSAGES,
        Refused::MESSAGES,
        Unanswered::MESSAGES,
        InboxError::MESSAGES,
        wire::file::FileError::MESSAGES,
        AuthError::MESSAGES,
        NotAllowed::MESSAGES,
        PinDenied::MESSAGES,
        PinRefused::MESSAGES,
        TelephoneError::MESSAGES,
        WallError::MESSAGES,
        NotAName::MESSAGES,
        crate::phrases::catalogue::NotInCatalogue::MESSAGES,
        NotNamed::MESSAGES,
        NoteConsent::MESSAGES,
        BESIDE,
    ]
}

/// What is put together of several.
const BESIDE: &[Message] = &[
    SECOND,
    Message {
        id: "coarsened-to",
        slots: &["to", "by"],
    },
    Message {
        id: "given-field",
        slots: &["slot", "why"],
    },
    Message {
        id: "denied-because",
        slots: &["why"],
    },
    Message {
        id: "denied-by",
        slots: &["rules"],
    },
    Message {
        id: "denied-under",
        slots: &["authorities"],
    },
    Message {
        id: "denied-under-none",
        slots: &[],
    },
    Message {
        id: "denied-on",
        slots: &["party", "why", "under"],
    },
    Message {
        id: "denied-advised",
        slots: &["denial", "advice"],
    },
];

/// The slots that a text has a place for, by its name; `None`: the language has no such text.
fn places(language: Language, message: &Message) -> Option<BTreeSet<String>> {
    let pattern = bundle(language).get_message(message.id)?.value()?;
    let mut unfilled = Vec::new();
    let none = FluentArgs::new();
    bundle(language).format_pattern(pattern, Some(&none), &mut unfilled);
    // Said as `unknown variable: $slot`.
    let named = |error: &fluent_bundle::FluentError| {
        let text = error.to_string();
        text.rsplit('$').next().unwrap_or_default().to_owned()
    };
    Some(unfilled.iter().map(named).collect())
}

#[test]
fn each_language_says_each_message_and_no_message_asks_for_what_it_is_not_given() {
    let mut wrong = Vec::new();
    for message in all().into_iter().flatten() {
        let given: BTreeSet<String> = message.slots.iter().map(ToString::to_string).collect();
        let said: BTreeMap<_, _> = [Language::Russian, Language::Arabic]
            .map(|language| (language.code(), places(language, message)))
            .into();
        for (code, places) in &said {
            match places {
                None => wrong.push(format!("{code} has no {}", message.id)),
                Some(places) if !places.is_subset(&given) => {
                    wrong.push(format!(
                        "{code} {} asks for {places:?} of {given:?}",
                        message.id
                    ));
                }
                Some(_) => {}
            }
        }
        if said["ru"] != said["ar"] {
            wrong.push(format!("{} differs: {said:?}", message.id));
        }
        if let Some(places) = places(Language::English, message)
            && !places.is_subset(&given)
        {
            wrong.push(format!(
                "en {} asks for {places:?} of {given:?}",
                message.id
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_two_messages_have_one_name_and_no_text_is_said_by_nobody() {
    let ids: Vec<&str> = all()
        .into_iter()
        .flatten()
        .map(|message| message.id)
        .collect();
    let known: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), known.len(), "a name is there twice");
    let word = [
        "unit-k", "unit-m", "unit-f", "fixed-", "purpose-", "slot-", "kind-", "fault-",
    ];
    for (code, texts) in TEXTS {
        for line in texts[3]
            .lines()
            .filter(|line| line.contains(" = ") && !line.starts_with('#'))
        {
            let id = line.split(' ').next().unwrap();
            let there = texts[..3]
                .iter()
                .any(|text| text.contains(&format!("\n{id} = ")));
            assert!(!there, "{code}: {id} is a word of the screens already");
            let is_word = word.iter().any(|prefix| id.starts_with(prefix));
            assert!(is_word || known.contains(id), "{code}: nobody says {id}");
        }
    }
}

#[test]
fn every_error_that_says_what_it_is_is_looked_at_here() {
    // In each crate's sources: one list of messages, or more.
    fn count(folder: &Path) -> usize {
        let entries = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        entries
            .map(|path| match path.is_dir() {
                true => count(&path),
                false if path.ends_with("tests.rs") => 0,
                false if path.extension().is_some_and(|end| end == "rs") => {
                    let text = fs::read_to_string(&path).unwrap();
                    let code = text
                        .split("#[cfg(test)]\nmod tests {")
                        .next()
                        .unwrap()
                        .to_owned();
                    code.matches("::says! { ").count()
                        + code.matches("const MESSAGES: &'static [Message] =").count()
                }
                false => 0,
            })
            .sum()
    }
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let found: usize = ["model", "conflict", "release", "channel", "wire", "node"]
        .iter()
        .map(|name| count(&crates.join(name).join("src")))
        .sum();
    // Of those beside there is no list.
    assert_eq!(all().len() - 1, found, "add what says something to `all`");
}

#[test]
fn every_file_of_texts_can_be_read() {
    for (code, texts) in TEXTS {
        for text in texts {
            let read = FluentResource::try_new(text.to_owned());
            assert!(
                read.is_ok(),
                "{code}: {:?}",
                read.err().map(|(_, errors)| errors)
            );
        }
    }
}

#[test]
fn english_on_a_screen_without_a_text_of_its_own_is_that_of_the_error() {
    let refused = CommandRefused::WrongChallenge;
    assert_eq!(say(Language::English, &refused.said()), refused.to_string());
    let refused = CommandRefused::DraftLacks(SlotCode::ReviewBy);
    assert_eq!(
        say(Language::English, &refused.said()),
        "The draft lacks “Review by”: add it, then release."
    );
}

#[test]
fn words_are_those_of_the_screens_and_never_their_codes() {
    let foreign = CommandRefused::ForeignSlot {
        kind: Kind::ProtectedSite,
        slot: SlotCode::ReviewBy,
    }
    .said();
    assert_eq!(
        say(Language::Russian, &foreign),
        "У вида «Охраняемый объект» нет поля «Пересмотреть до»: уберите его."
    );
    for language in Language::ALL {
        for kind in Kind::NOTICES {
            assert_ne!(word(language, "kind", kind.name()), kind.name());
        }
        // What a notice or a stop call says; the rest is seen by programs alone.
        for slot in Kind::NOTICES
            .iter()
            .flat_map(|kind| kind.slots())
            .chain(Kind::StopCall.slots())
        {
            let said = message(language, &format!("slot-{slot}"), &[]);
            assert!(said.is_some(), "{} {slot}", language.code());
        }
        for desk in model::code::Desk::ALL {
            let said = message(language, &format!("desk-{desk}"), &[]);
            assert!(said.is_some(), "{} {desk}", language.code());
        }
        for role in model::code::Role::ALL {
            let said = message(language, &format!("role-{role}"), &[]);
            assert!(said.is_some(), "{} {role}", language.code());
        }
    }
}

#[test]
fn positions_and_times_are_isolated_in_arabic_and_lengths_have_its_units() {
    let given = Position::from_e7(401_459_000, 353_359_000).unwrap();
    let doubt = Doubt::Outside {
        slot: SlotCode::Place,
        given,
        distance: Millimetres::from_metres(641_320),
    };
    let said = say(Language::Arabic, &doubt.said());
    assert!(said.contains("\u{2066}40.1459N 35.3359E\u{2069}"), "{said}");
    assert!(said.contains("\u{2066}641\u{2069}\u{a0}كم"), "{said}");
    let said = say(Language::Russian, &doubt.said());
    assert_eq!(
        said,
        "«Место», 40.1459N 35.3359E, лежит на 641\u{a0}км за пределами согласованного района."
    );
}

#[test]
fn what_somebody_typed_stays_in_its_own_direction() {
    let said = PositionUnreadable::Form("مستشفى".into()).said();
    assert!(say(Language::Russian, &said).contains("«\u{2068}مستشفى\u{2069}»"));
}

#[test]
fn a_second_description_is_said_by_the_name_of_its_point_and_counted_from_one() {
    let bearing = Bearing::from_millidegrees(224_000).unwrap();
    let distance = Millimetres::from_metres(4_700);
    let said = second_said(Anchor::Vertex(0), bearing, distance, "Deir ez-Zor airfield");
    assert_eq!(
        said.english(),
        "corner 1 is 224° and 4.70 km from Deir ez-Zor airfield"
    );
    assert_eq!(
        say(Language::Russian, &said),
        "угол 1: 224°, 4.70\u{a0}км от «\u{2068}Deir ez-Zor airfield\u{2069}»"
    );
}

#[test]
fn the_language_that_is_wanted_most_is_spoken_and_an_unknown_one_is_not() {
    assert_eq!(Language::asked("ru"), Some(Language::Russian));
    assert_eq!(Language::asked("ar-SY,en;q=0.5"), Some(Language::Arabic));
    assert_eq!(
        Language::asked("fr, en;q=0.2, ru;q=0.7"),
        Some(Language::Russian)
    );
    assert_eq!(Language::asked("en, ru"), Some(Language::English));
    assert_eq!(Language::asked("fr"), None);
    assert_eq!(Language::asked("ru;q=0"), None);
    assert_eq!(Language::asked("ru;q=x, ;;,"), None);
}

#[test]
fn a_refusal_names_the_slot_that_it_is_about() {
    let slot = |says: &dyn Fn() -> Said| slot_of(&says()).map(str::to_owned);
    let label = SlotRefusal::ForbiddenCharacter(SlotCode::Label);
    assert_eq!(slot(&|| label.said()).as_deref(), Some("label"));
    let crossed = PlaceRefused::TooFewVertices { given: 2 };
    assert_eq!(slot(&|| crossed.said()).as_deref(), Some("area"));
    let because = crossed.said();
    let second = Unfit::Slot {
        slot: SlotCode::Second,
        because,
    };
    assert_eq!(
        slot(&|| second.said()).as_deref(),
        Some("second-description")
    );
    assert_eq!(slot(&|| Outside::Partly.said()).as_deref(), Some("area"));
    assert_eq!(
        slot(&|| CommandRefused::WindowOver.said()).as_deref(),
        Some("window")
    );
    assert_eq!(slot(&|| CommandRefused::Suspended.said()), None);
}
