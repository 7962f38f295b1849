//! Facts and messages, sealed into the records of a batch.

use super::{Pending, Unwritten, Writer};
use crate::core::recent::Sealed;
use crate::core::work::Signed;
use channel::effect::{Append, Outgoing};
use model::event::{Event, Fact};
use model::line::{Digest, EntryRef, LogHead, LogRef, Seen, Side};
use model::message::Content;
use model::units::Timestamp;
use store::{Entry, Journal, Record};

impl<J: Journal> Writer<J> {
    pub(super) fn append(
        &mut self,
        append: Append,
        signed: Option<Signed>,
        now: Timestamp,
        pending: &mut Pending,
    ) -> Result<(), Unwritten> {
        let Append { fact, kept } = append;
        // A log has a name only once its line has a peer, which may be what this fact says.
        if let Event::ArrangementInForce { .. }
        | Event::ManifestTaken { .. }
        | Event::EpochOpened { .. } = &fact.event
        {
            self.fold(&fact);
        }
        if let Some(signed) = signed {
            self.keep_note(&fact.event, &signed, now, pending)?;
        }
        let entry = match kept {
            Some(kept) => {
                let sealed = Sealed {
                    envelope: kept.envelope,
                    opening: kept.opening,
                };
                Some((kept.entry, sealed))
            }
            None => None,
        };
        self.add(fact, entry, pending)
    }

    pub(super) fn send(
        &mut self,
        outgoing: Outgoing,
        pending: &mut Pending,
    ) -> Result<(), Unwritten> {
        let line = outgoing.entry.log.line;
        let peer = self.trust.peer(line).ok_or(Unwritten::UnknownLine)?;
        let seen = self.seen(outgoing.entry.log);
        let mut has_random = true;
        let random = &mut self.seals.random;
        let sealed = wire::line::seal(
            &outgoing,
            &seen,
            self.trust.party(),
            peer,
            &self.seals.operational,
            &mut |bytes| has_random &= random(bytes),
        )?;
        if !has_random {
            return Err(Unwritten::Random);
        }
        let fact = Fact {
            at: outgoing.at,
            by: outgoing.by,
            event: Event::MessageSent {
                entry: outgoing.entry,
                leaf: sealed.leaf,
                header: sealed.header,
                content: Content::Open(outgoing.message.view().slots.clone()),
                authority: outgoing.message.authority(),
                notice: outgoing.notice,
            },
        };
        let entry = Sealed {
            envelope: sealed.envelope,
            opening: sealed.opening,
        };
        self.add(fact, Some((outgoing.entry, entry)), pending)
    }

    pub(super) fn add(
        &mut self,
        fact: Fact,
        entry: Option<(EntryRef, Sealed)>,
        pending: &mut Pending,
    ) -> Result<(), Unwritten> {
        let mut salt = [0; wire::record::SALT];
        if !(self.seals.random)(&mut salt) {
            return Err(Unwritten::Random);
        }
        let travelled = entry.as_ref().map(|(_, sealed)| &sealed.opening[..]);
        let encoded = wire::record::encode(&fact, travelled, &salt)?;
        let stored = match &entry {
            Some((at, sealed)) => Some(Entry {
                log: self.origin(at.log)?,
                index: at.index,
                envelope: sealed.envelope.to_vec(),
            }),
            None => None,
        };
        let record = Record {
            at: fact.at.as_unix_ms(),
            head: encoded.head,
            opening: encoded.opening,
            entry: stored,
        };
        pending.bytes += record.head.len()
            + record.opening.as_ref().map_or(0, Vec::len)
            + record
                .entry
                .as_ref()
                .map_or(0, |entry| entry.envelope.len());
        pending.batch.records.push(record);
        pending.facts.push(fact);
        pending.entries.extend(entry);
        Ok(())
    }

    /// What we hold durably as we seal an entry of `log`.
    fn seen(&self, log: LogRef) -> Seen {
        let empty = |epoch| LogHead {
            epoch,
            size: 0,
            root: Digest(tlog::EMPTY_ROOT.0),
        };
        let other = LogRef {
            lane: match log.lane {
                model::code::Lane::Stop => model::code::Lane::Main,
                model::code::Lane::Main => model::code::Lane::Stop,
            },
            ..log
        };
        let epoch = self
            .epochs
            .get(&(log.line, Side::Peer))
            .copied()
            .unwrap_or(1);
        let of_peer = |lane| {
            let of = LogRef {
                line: log.line,
                side: Side::Peer,
                lane,
                epoch,
            };
            self.cosigned.get(&of).copied().unwrap_or(empty(epoch))
        };
        Seen {
            own_other: self
                .durable
                .get(&other)
                .copied()
                .unwrap_or(empty(log.epoch)),
            peer_stop: of_peer(model::code::Lane::Stop),
            peer_main: of_peer(model::code::Lane::Main),
        }
    }
}
