//! What stays in view of notices, and for how long.

#[expect(
    dead_code,
    reason = "made for whole stories; only facts are folded here"
)]
mod two;

use model::code::{Desk, Lane, Role, Urgency};
use model::event::{AlarmCause, Event};
use model::kind::Kind;
use model::line::{Digest, EntryRef, LogRef, Side};
use model::message::{Content, Header};
use model::slot::{SlotCode, Slots, Value};
use two::{LINE, Two, Who};

#[test]
fn a_draft_leaves_the_view_with_the_last_notice_released_from_it() {
    let mut two = Two::new();
    let notice = model::ids::NoticeId::from_random([7; 16]);
    let window = |two: &Two, hours: u32| {
        let until = two
            .now
            .saturating_add(model::units::Millis::from_seconds(hours * 3_600));
        model::window::Window::new(two.now, until).unwrap()
    };
    for hours in [1, 5] {
        let content = Content::Open(
            Slots::new()
                .with(SlotCode::Window, Value::Window(window(&two, hours)))
                .unwrap(),
        );
        two.fact(
            Who::Coalition,
            Event::NoticeDrafted {
                notice,
                kind: Kind::CautionArea,
                desk: Desk::Air,
                content: content.clone(),
            },
        );
        let entry = EntryRef {
            log: LogRef {
                line: LINE,
                side: Side::Own,
                lane: Lane::Main,
                epoch: 1,
            },
            index: hours.into(),
        };
        let header = Header {
            kind: Kind::CautionArea.number(),
            purpose: "flight-safety".parse().unwrap(),
            role: Role::Watch,
            urgency: Urgency::Routine,
            desk: Desk::Air,
            sent_at: two.now,
        };
        two.fact(
            Who::Coalition,
            Event::MessageSent {
                entry,
                leaf: Digest([0; 32]),
                header,
                content,
                authority: "test".parse().unwrap(),
                notice: Some(notice),
            },
        );
    }
    let drafts = |two: &Two| two.coalition.drafts.len();
    let anything = Event::AlarmEnded {
        alarm: AlarmCause::CannotSend,
    };
    two.wait(50 * 3_600);
    two.fact(Who::Coalition, anything.clone());
    assert_eq!((drafts(&two), two.coalition.notices.len()), (1, 1));
    two.wait(10 * 3_600);
    two.fact(Who::Coalition, anything);
    assert_eq!((drafts(&two), two.coalition.notices.len()), (0, 0));
}
