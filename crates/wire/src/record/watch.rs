//! What the record holds of watches: what was handed over, and orders over an officer's shoulder, are sealed beside the
//! event.

use model::code::Desk;
use model::conflict::Pair;
use model::event::Event;
use model::ids::{ExportId, OfficerId, UnitId, WallId};
use model::slot::MAX_NAME;
use model::watch::{Duty, MAX_HANDED, MAX_WORDS, OpenItem, Order, WatchEvent};

use super::parts::{read_alarm, read_notice_id, write_alarm, write_notice_id};
use super::tag;
use crate::cbor::{Reader, Writer};
use crate::parts::{Read, ReadParts, WriteParts, expected};

/// The kinds of open items. Never reused.
mod open {
    pub const CALL: u16 = 1;
    pub const ALARM: u16 = 2;
    pub const NOTICE: u16 = 3;
    pub const CONFLICT: u16 = 4;
    pub const CHECK: u16 = 5;
    pub const CHECK_DUE: u16 = 6;
    pub const EXPORT: u16 = 7;
    pub const SILENT: u16 = 8;
    pub const DRAFT: u16 = 9;
}

/// The number of the event, and its sealed part: the items, or the order, unless they were destroyed.
pub(super) fn write(w: &mut Writer, event: &WatchEvent) -> (u16, Option<Vec<u8>>) {
    match event {
        WatchEvent::HandedOver {
            desk,
            from,
            to,
            card_at_hand,
            count,
            left_out,
            items,
        } => {
            w.array(6).uint(desk.number());
            w.optional(*from, |w, from| {
                w.text(from.as_str());
            });
            w.text(to.as_str()).bool(*card_at_hand);
            w.uint(*count).uint(*left_out);
            (tag::WATCH_HANDED_OVER, sealed_items(items))
        }
        WatchEvent::TakenUnread {
            desk,
            officer,
            count,
            items,
        } => {
            w.array(3).uint(desk.number()).text(officer.as_str());
            w.uint(*count);
            (tag::WATCH_TAKEN_UNREAD, sealed_items(items))
        }
        WatchEvent::Rostered(duty) => {
            w.array(4)
                .uint(duty.desk.number())
                .text(duty.officer.as_str());
            w.time(duty.from).time(duty.until);
            (tag::ROSTERED, None)
        }
        WatchEvent::DutyCancelled {
            desk,
            officer,
            from,
        } => {
            w.array(3).uint(desk.number()).text(officer.as_str());
            w.time(*from);
            (tag::DUTY_CANCELLED, None)
        }
        WatchEvent::Directed { acts, order } => {
            w.array(1).uint(*acts);
            (tag::DIRECTED, order.as_ref().map(write_order))
        }
        WatchEvent::WallLocked {
            desk,
            wall,
            officer,
        } => {
            w.array(3).uint(desk.number()).text(wall.as_str());
            w.optional(*officer, |w, officer| {
                w.text(officer.as_str());
            });
            (tag::WALL_LOCKED, None)
        }
    }
}

fn sealed_items(items: &[OpenItem]) -> Option<Vec<u8>> {
    let mut w = Writer::with_capacity(16 + 64 * items.len());
    w.array(items.len());
    items.iter().for_each(|item| write_item(&mut w, *item));
    (!items.is_empty()).then(|| w.into_bytes())
}

fn write_item(w: &mut Writer, item: OpenItem) {
    match item {
        OpenItem::Call(call) => {
            w.array(2).uint(open::CALL).entry(&call);
        }
        OpenItem::Alarm(alarm) => write_alarm(w.array(2).uint(open::ALARM), alarm),
        OpenItem::Notice(notice) => {
            w.array(2).uint(open::NOTICE).entry(&notice);
        }
        OpenItem::Conflict(pair) => {
            w.array(3).uint(open::CONFLICT);
            w.entry(&pair.ours).entry(&pair.theirs);
        }
        OpenItem::Check(check) => {
            w.array(2).uint(open::CHECK).entry(&check);
        }
        OpenItem::CheckDue(line) => {
            w.array(2).uint(open::CHECK_DUE).bytes(line.as_bytes());
        }
        OpenItem::Export(export) => {
            w.array(2).uint(open::EXPORT).bytes(export.as_bytes());
        }
        OpenItem::Silent { subject, unit } => {
            w.array(3).uint(open::SILENT);
            w.entry(&subject).text(unit.as_str());
        }
        OpenItem::Draft(draft) => write_notice_id(w.array(2).uint(open::DRAFT), draft),
    }
}

fn write_order(order: &Order) -> Vec<u8> {
    let mut w = Writer::with_capacity(64 + order.words.len());
    w.array(3).text(&order.by).text(&order.words);
    w.optional(order.dissent.as_deref(), |w, dissent| {
        w.text(dissent);
    });
    w.into_bytes()
}

/// `part`: what was sealed, unless it was destroyed.
pub(super) fn read(r: &mut Reader<'_>, number: u16, part: Option<&[u8]>) -> Read<Event> {
    Ok(Event::Watch(match number {
        tag::WATCH_HANDED_OVER => {
            r.array_of(6)?;
            WatchEvent::HandedOver {
                desk: desk(r)?,
                from: r.optional(officer)?,
                to: officer(r)?,
                card_at_hand: r.bool()?,
                count: r.number()?,
                left_out: r.number()?,
                items: items(part)?,
            }
        }
        tag::WATCH_TAKEN_UNREAD => {
            r.array_of(3)?;
            WatchEvent::TakenUnread {
                desk: desk(r)?,
                officer: officer(r)?,
                count: r.number()?,
                items: items(part)?,
            }
        }
        tag::ROSTERED => {
            r.array_of(4)?;
            WatchEvent::Rostered(Duty {
                desk: desk(r)?,
                officer: officer(r)?,
                from: r.time()?,
                until: r.time()?,
            })
        }
        tag::DUTY_CANCELLED => {
            r.array_of(3)?;
            WatchEvent::DutyCancelled {
                desk: desk(r)?,
                officer: officer(r)?,
                from: r.time()?,
            }
        }
        tag::DIRECTED => {
            r.array_of(1)?;
            WatchEvent::Directed {
                acts: r.number()?,
                order: part.map(order).transpose()?,
            }
        }
        tag::WALL_LOCKED => {
            r.array_of(3)?;
            WatchEvent::WallLocked {
                desk: desk(r)?,
                wall: WallId::new(r.slug()?),
                officer: r.optional(officer)?,
            }
        }
        _other => return expected("an event of a watch"),
    }))
}

fn desk(r: &mut Reader<'_>) -> Read<Desk> {
    r.code(Desk::from_number, "a desk")
}

fn officer(r: &mut Reader<'_>) -> Read<OfficerId> {
    r.slug().map(OfficerId::new)
}

fn items(part: Option<&[u8]>) -> Read<Vec<OpenItem>> {
    let Some(part) = part else {
        return Ok(Vec::new());
    };
    let mut r = Reader::new(part);
    let count = r.array(MAX_HANDED)?;
    let items = (0..count).map(|_| item(&mut r)).collect::<Read<_>>()?;
    r.finish()?;
    Ok(items)
}

fn item(r: &mut Reader<'_>) -> Read<OpenItem> {
    let (len, kind) = (r.array(3)?, r.number::<u16>()?);
    Ok(match (kind, len) {
        (open::CALL, 2) => OpenItem::Call(r.entry()?),
        (open::ALARM, 2) => OpenItem::Alarm(read_alarm(r)?),
        (open::NOTICE, 2) => OpenItem::Notice(r.entry()?),
        (open::CONFLICT, 3) => OpenItem::Conflict(Pair {
            ours: r.entry()?,
            theirs: r.entry()?,
        }),
        (open::CHECK, 2) => OpenItem::Check(r.entry()?),
        (open::CHECK_DUE, 2) => OpenItem::CheckDue(r.line()?),
        (open::EXPORT, 2) => {
            OpenItem::Export(r.bytes_of::<16>().copied().map(ExportId::from_random)?)
        }
        (open::SILENT, 3) => OpenItem::Silent {
            subject: r.entry()?,
            unit: UnitId::new(r.slug()?),
        },
        (open::DRAFT, 2) => OpenItem::Draft(read_notice_id(r)?),
        _unknown => return expected("an open item"),
    })
}

fn order(part: &[u8]) -> Read<Order> {
    let mut r = Reader::new(part);
    r.array_of(3)?;
    let order = Order {
        by: r.text(MAX_NAME)?.to_owned(),
        words: r.text(MAX_WORDS)?.to_owned(),
        dissent: r.optional(|r| r.text(MAX_WORDS).map(str::to_owned))?,
    };
    r.finish()?;
    Ok(order)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::samples::comes_back;
    use super::super::{MAX_SEALED, SALT, decode, encode};
    use super::*;
    use crate::testing::{at, entry, line};
    use model::code::Lane;
    use model::event::{Actor, AlarmCause, Fact};
    use model::ids::NoticeId;

    const WORDS: &str = "take it now, whatever the form says";

    fn every_item() -> Vec<OpenItem> {
        let (call, notice) = (entry(Lane::Stop, 4), entry(Lane::Main, 9));
        vec![
            OpenItem::Call(call),
            OpenItem::Alarm(AlarmCause::StopCall { call }),
            OpenItem::Notice(notice),
            OpenItem::Conflict(Pair {
                ours: notice,
                theirs: notice,
            }),
            OpenItem::Check(notice),
            OpenItem::CheckDue(line()),
            OpenItem::Export(ExportId::from_random([5; 16])),
            OpenItem::Silent {
                subject: call,
                unit: "u12".parse().unwrap(),
            },
            OpenItem::Draft(NoticeId::from_random([4; 16])),
        ]
    }

    fn handed_over(items: Vec<OpenItem>) -> Event {
        Event::Watch(WatchEvent::HandedOver {
            desk: Desk::Air,
            from: Some("a-duval".parse().unwrap()),
            to: "m-weber".parse().unwrap(),
            card_at_hand: true,
            count: 9,
            left_out: 0,
            items,
        })
    }

    fn directed(order: Option<Order>) -> Event {
        Event::Watch(WatchEvent::Directed { acts: 2, order })
    }

    /// Each event of a watch, and the alarms of one, under the name of its golden bytes.
    pub(crate) fn every_event() -> Vec<(&'static str, Event)> {
        let (desk, officer) = (Desk::Air, "m-weber".parse().unwrap());
        let order = |dissent| Order::new("Gen. Alder, J3", WORDS, dissent).unwrap();
        let raised = |alarm| Event::AlarmRaised { alarm, desk };
        let locked = |officer| {
            Event::Watch(WatchEvent::WallLocked {
                desk,
                wall: "ops-east".parse().unwrap(),
                officer,
            })
        };
        vec![
            ("handed-over", handed_over(every_item())),
            ("handed-over-items-destroyed", handed_over(Vec::new())),
            (
                "taken-over-from-nobody",
                Event::Watch(WatchEvent::HandedOver {
                    desk,
                    from: None,
                    to: officer,
                    card_at_hand: false,
                    count: 0,
                    left_out: 0,
                    items: Vec::new(),
                }),
            ),
            (
                "taken-unread",
                Event::Watch(WatchEvent::TakenUnread {
                    desk,
                    officer,
                    count: 9,
                    items: every_item(),
                }),
            ),
            (
                "rostered",
                Event::Watch(WatchEvent::Rostered(Duty {
                    desk,
                    officer,
                    from: at(0),
                    until: at(60),
                })),
            ),
            (
                "duty-cancelled",
                Event::Watch(WatchEvent::DutyCancelled {
                    desk,
                    officer,
                    from: at(0),
                }),
            ),
            ("directed", directed(Some(order(None)))),
            (
                "directed-with-dissent",
                directed(Some(order(Some("not verified yet")))),
            ),
            ("directed-order-destroyed", directed(None)),
            ("wall-locked", locked(None)),
            ("wall-locked-for-an-officer", locked(Some(officer))),
            ("alarm-wall-locked", raised(AlarmCause::WallLocked { desk })),
            (
                "alarm-watch-too-few",
                raised(AlarmCause::WatchTooFew { desk }),
            ),
            (
                "alarm-phrase-waits",
                raised(AlarmCause::PhraseWaits { line: line(), desk }),
            ),
        ]
    }

    fn fact(event: Event) -> Fact {
        let by = Actor::Officer("m-weber".parse().unwrap());
        Fact {
            at: at(0),
            by,
            event,
        }
    }

    #[test]
    fn what_became_of_a_watch_comes_back() {
        for (name, event) in every_event() {
            comes_back(name, &fact(event));
        }
    }

    #[test]
    fn an_order_is_sealed_and_can_be_destroyed_and_so_can_what_was_handed_over() {
        let events = every_event();
        let of = |name: &str| {
            let found = events.iter().find(|(found, _)| *found == name);
            fact(found.unwrap().1.clone())
        };
        for (whole, destroyed, told) in [
            ("directed", "directed-order-destroyed", WORDS.as_bytes()),
            ("handed-over", "handed-over-items-destroyed", b"u12"),
        ] {
            let encoded = encode(&of(whole), None, &[9; SALT]).unwrap();
            let shown = |bytes: &[u8]| bytes.windows(told.len()).any(|part| part == told);
            assert!(!shown(&encoded.head) && shown(encoded.opening.as_ref().unwrap()));
            assert_eq!(decode(&encoded.head, None), Ok(of(destroyed)));
        }
    }

    #[test]
    fn the_longest_handover_is_kept() {
        let longest = OpenItem::Silent {
            subject: entry(Lane::Main, u64::MAX),
            unit: "u".repeat(31).parse().unwrap(),
        };
        let items = vec![longest; MAX_HANDED];
        let fact = fact(handed_over(items));
        let encoded = encode(&fact, None, &[9; SALT]).unwrap();
        assert!(encoded.opening.as_ref().unwrap().len() < MAX_SEALED);
        assert_eq!(decode(&encoded.head, encoded.opening.as_deref()), Ok(fact));
    }
}
