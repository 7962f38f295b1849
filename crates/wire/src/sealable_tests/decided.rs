//! Whatever an officer asks for and is granted.

use super::*;

fn any_command(watch: &Watch) -> impl Strategy<Value = Command> + use<> {
    let (call, accepted, ours) = (watch.call, watch.accepted, watch.ours);
    let (notice, check, draft) = (watch.notice, watch.check, watch.draft);
    let name = || proptest::option::of("[^\\p{C}]{0,66}");
    let remarks = || {
        proptest::option::of("[^\\p{C}]{0,500}").prop_map(|text| {
            text.map(|text| Remarks {
                text,
                terms: terms(),
            })
        })
    };
    let stop =
        (any_slots(Kind::StopCall), any::<bool>()).prop_map(move |(slots, first)| match first {
            true => Command::Stop {
                lines: vec![],
                desk: Desk::Air,
                slots,
            },
            false => Command::StopDetails { call: ours, slots },
        });
    let answers = proptest::sample::select(StopAnswer::ALL.to_vec());
    let reasons = proptest::sample::select(StopReason::ALL.to_vec());
    let on_call =
        (answers, reasons, name()).prop_map(move |(answer, reason, name)| Command::AnswerStop {
            call: accepted,
            answer,
            reason: Some(reason),
            name,
        });
    let accept = name().prop_map(move |name| Command::AcceptStop { call, name });
    let notices = proptest::sample::select(Kind::NOTICES.to_vec());
    let drafts = notices.prop_flat_map(|kind| (Just(kind), any_slots(kind)));
    let drafts = drafts.prop_map(|(kind, slots)| Command::DraftNotice {
        notice: NoticeId::from_random([8; 16]),
        kind,
        desk: Desk::Air,
        slots,
    });
    let items = any_value(SlotCode::Items).prop_map(move |value| {
        let Value::Items(items) = value else {
            unreachable!()
        };
        Command::ReadBack {
            entry: notice,
            items,
        }
    });
    let answer = (name(), remarks()).prop_map(move |(name, remarks)| Command::AnswerNotice {
        entry: notice,
        answer: Answer::Objection,
        name,
        remarks,
    });
    let standing =
        (crate::testing::any_time(), remarks()).prop_map(|(since, remarks)| Command::SetStanding {
            line: line(),
            standing: Standing::Suspended,
            since,
            remarks,
        });
    let numbers = any::<u64>().prop_map(move |challenge| match challenge % 4 {
        0 => Command::CheckLine {
            line: line(),
            desk: Desk::Air,
            challenge,
        },
        1 => Command::AnswerLineCheck {
            entry: check,
            challenge: 7,
            result: LineCheckResult::ALL[0],
        },
        2 => Command::Displayed { entry: notice },
        _last => Command::ReleaseNotice {
            notice: draft,
            lines: vec![line()],
            terms: terms(),
            in_conflict: model::command::InConflict::Release,
        },
    });
    prop_oneof![
        3 => stop,
        1 => on_call,
        1 => accept,
        4 => drafts,
        1 => items,
        2 => answer,
        1 => standing,
        1 => numbers,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_is_decided_can_be_sealed_and_kept(
        command in any_command(&Watch::new(RuleSet::shipped().unwrap()))
    ) {
        thread_local!(static WATCH: Watch = Watch::new(RuleSet::shipped().unwrap()));
        WATCH.with(|watch| watch.decides(&command));
    }
}

#[test]
fn the_commands_that_are_tried_are_mostly_accepted() {
    use proptest::strategy::ValueTree;
    let watch = Watch::new(RuleSet::shipped().unwrap());
    let commands = any_command(&watch);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let accepted = (0..200).filter(|_| {
        let command = commands.new_tree(&mut runner).unwrap().current();
        watch.decides(&command)
    });
    assert!(accepted.count() > 100);
    let withdrawn = Command::WithdrawNotice {
        notice: watch.draft,
        reason: WithdrawalReason::ALL[0],
    };
    assert!(!watch.decides(&withdrawn), "it was never released");
}
