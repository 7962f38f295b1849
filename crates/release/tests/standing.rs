//! What goes under the standing release of a line.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use model::code::Desk;
use model::kind::Kind;
use model::place::StatedPosition;
use model::slot::{SlotCode, Value};
use model::units::Millimetres;
use release::{NotStanding, STANDING_RELEASE, standing, standing_authority, standing_withholds};

#[test]
fn a_stop_call_goes_to_the_other_party_under_the_standing_release() {
    let call = message(
        Kind::StopCall,
        "element place second-description stop-whom stop-cause since",
    );
    let released = standing(&arrangement(), party("red"), call.clone()).unwrap();
    assert_eq!(released.to(), party("red"));
    assert_eq!(released.view(), &call);
    assert_eq!(released.authority().as_str(), STANDING_RELEASE);
    assert_eq!(standing_authority().as_str(), STANDING_RELEASE);
    let back = standing(&arrangement(), party("blue"), call).unwrap();
    assert_eq!(back.to(), party("blue"));
}

#[test]
fn exactly_the_kinds_with_a_standing_release_have_one() {
    for &kind in Kind::ALL {
        let given = standing(&arrangement(), party("red"), full(kind));
        assert_eq!(given.is_ok(), kind.has_standing_release(), "{kind}");
        if !kind.has_standing_release() {
            assert_eq!(given, Err(NotStanding::Kind(kind)));
        }
    }
}

#[test]
fn no_free_text_goes_under_the_standing_release() {
    for &kind in Kind::ALL.iter().filter(|kind| kind.has_standing_release()) {
        let mut message = full(kind);
        for slot in [SlotCode::Remarks, SlotCode::Contact, SlotCode::Label] {
            message.slots.set(slot, value(slot)).unwrap();
        }
        let released = standing(&arrangement(), party("red"), message).unwrap();
        for (slot, _) in released.view().slots.iter() {
            assert!(kind.slots().contains(&slot), "{kind} {slot}");
            assert!(
                !matches!(slot, SlotCode::Remarks | SlotCode::Contact),
                "{kind} {slot}"
            );
        }
    }
}

#[test]
fn a_contact_goes_where_the_arrangement_has_free_text_and_a_name_always() {
    let call = message(Kind::StopDetails, "subject contact");
    let mut agreed = arrangement();
    agreed.free_text = true;
    assert_eq!(
        standing_withholds(&arrangement(), &call),
        [SlotCode::Contact]
    );
    assert_eq!(standing_withholds(&agreed, &call), []);
    let answer = message(Kind::StopAnswer, "subject stop-answer stop-reason name");
    assert_eq!(standing_withholds(&arrangement(), &answer), []);
}

#[test]
fn a_place_finer_than_agreed_is_left_out_and_the_call_goes_at_once() {
    let mut call = message(Kind::StopCall, "place stop-cause");
    let place = |metres| {
        let Value::Place(place) = value(SlotCode::Place) else {
            unreachable!()
        };
        Value::Place(StatedPosition {
            precision: Millimetres::from_metres(metres),
            ..place
        })
    };
    call.slots.set(SlotCode::Place, place(99)).unwrap();
    assert_eq!(standing_withholds(&arrangement(), &call), [SlotCode::Place]);
    let released = standing(&arrangement(), party("red"), call.clone()).unwrap();
    assert_eq!(slot_names(&released.view().slots), "stop-cause");
    call.slots.set(SlotCode::Place, place(100)).unwrap();
    assert_eq!(standing_withholds(&arrangement(), &call), []);
}

#[test]
fn of_a_phrase_only_codes_numbers_and_times_go_without_the_rules() {
    let mut agreed = arrangement();
    agreed.free_text = true;
    let whole = full(Kind::Phrase);
    assert_eq!(
        standing_withholds(&agreed, &whole),
        [
            SlotCode::Element,
            SlotCode::Authority,
            SlotCode::Second,
            SlotCode::Label,
            SlotCode::Contact,
            SlotCode::Remarks,
            SlotCode::Place
        ]
    );
    let released = standing(&agreed, party("red"), whole).unwrap();
    assert_eq!(
        slot_names(&released.view().slots),
        "subject band window since until count speed phrase language bearing distance marker"
    );
}

#[test]
fn an_authority_that_it_is_not_under_is_left_out() {
    let mut call = message(Kind::StopCall, "authority");
    assert_eq!(
        standing_withholds(&arrangement(), &call),
        [SlotCode::Authority]
    );
    let ours = Value::Slug(standing_authority().slug());
    call.slots.set(SlotCode::Authority, ours).unwrap();
    assert_eq!(standing_withholds(&arrangement(), &call), []);
}

#[test]
fn an_arrangement_that_is_not_for_this_message_or_recipient_lets_nothing_go() {
    let refused = |change: &dyn Fn(&mut model::message::Message)| {
        let mut call = message(Kind::StopCall, "");
        change(&mut call);
        standing(&arrangement(), party("red"), call).unwrap_err()
    };
    assert_eq!(
        refused(&|m| m.desk = Desk::Senior),
        NotStanding::Desk(Desk::Senior)
    );
    assert_eq!(
        refused(&|m| m.line = model::ids::LineId::from_random([8; 16])),
        NotStanding::OtherLine
    );
    let curiosity = "curiosity".parse().unwrap();
    assert_eq!(
        refused(&|m| m.purpose = curiosity),
        NotStanding::Purpose(curiosity)
    );
    assert_eq!(
        standing(&arrangement(), party("green"), message(Kind::StopCall, "")),
        Err(NotStanding::Recipient(party("green")))
    );
}
