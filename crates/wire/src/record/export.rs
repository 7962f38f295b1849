//! What the record holds of exports of a peer's protected sites: why, and what left, are sealed beside the event.

use model::event::Event;
use model::export::{ExportDenial, MAX_WHY};
use model::ids::{ExportId, LineId};
use model::line::Digest;

use super::tag;
use crate::cbor::{Reader, Writer};
use crate::parts::{Read, ReadParts, expected};

/// The sealed part: why, unless that was destroyed.
pub(super) fn write_asked(
    w: &mut Writer,
    export: ExportId,
    line: LineId,
    sites: u32,
    why: &str,
) -> Option<Vec<u8>> {
    w.array(3).bytes(export.as_bytes()).bytes(line.as_bytes());
    w.uint(sites);
    let mut part = Writer::with_capacity(why.len() + 4);
    part.text(why);
    (!why.is_empty()).then(|| part.into_bytes())
}

/// The sealed part: the hash of what left, unless that was destroyed.
pub(super) fn write_carried_out(
    w: &mut Writer,
    export: ExportId,
    sites: u32,
    digest: Option<Digest>,
) -> Option<Vec<u8>> {
    w.array(2).bytes(export.as_bytes()).uint(sites);
    digest.map(|digest| {
        let mut part = Writer::with_capacity(36);
        part.bytes(&digest.0);
        part.into_bytes()
    })
}

/// `part`: what was sealed, unless it was destroyed.
pub(super) fn read(r: &mut Reader<'_>, number: u16, part: Option<&[u8]>) -> Read<Event> {
    Ok(match number {
        tag::EXPORT_ASKED => {
            r.array_of(3)?;
            Event::ExportAsked {
                export: read_export(r)?,
                line: r.line()?,
                sites: r.number()?,
                why: part.map_or_else(|| Ok(String::new()), why)?,
            }
        }
        tag::EXPORT_ALLOWED => {
            r.array_of(1)?;
            Event::ExportAllowed {
                export: read_export(r)?,
            }
        }
        tag::EXPORT_REFUSED => {
            r.array_of(2)?;
            Event::ExportRefused {
                export: read_export(r)?,
                why: r.code(ExportDenial::from_number, "why an export was refused")?,
            }
        }
        tag::EXPORT_CARRIED_OUT => {
            r.array_of(2)?;
            Event::ExportCarriedOut {
                export: read_export(r)?,
                sites: r.number()?,
                digest: part.map(digest).transpose()?,
            }
        }
        _other => return expected("an event of an export"),
    })
}

fn read_export(r: &mut Reader<'_>) -> Read<ExportId> {
    r.bytes_of::<16>().copied().map(ExportId::from_random)
}

fn why(part: &[u8]) -> Read<String> {
    let mut reader = Reader::new(part);
    let why = reader.text(MAX_WHY)?.to_owned();
    reader.finish()?;
    Ok(why)
}

fn digest(part: &[u8]) -> Read<Digest> {
    let mut reader = Reader::new(part);
    let digest = reader.digest()?;
    reader.finish()?;
    Ok(digest)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::samples::comes_back;
    use super::super::{SALT, decode, encode};
    use crate::testing::{at, line};
    use model::event::{Actor, Event, Fact};
    use model::export::{ExportDenial, MAX_WHY};
    use model::ids::ExportId;
    use model::line::Digest;

    const WHY: &str = "printed list for the corps headquarters";

    /// Each event of exports, under the name of its golden bytes.
    pub(crate) fn every_event() -> Vec<(&'static str, Event)> {
        let export = ExportId::from_random([5; 16]);
        let asked = |why: &str| Event::ExportAsked {
            export,
            line: line(),
            sites: 217,
            why: why.into(),
        };
        let carried_out = |digest| Event::ExportCarriedOut {
            export,
            sites: 216,
            digest,
        };
        let refused = ExportDenial::ALL.iter().map(|why| {
            let event = Event::ExportRefused { export, why: *why };
            (why.name(), event)
        });
        let rest = [
            ("asked", asked(WHY)),
            ("asked-why-destroyed", asked("")),
            ("allowed", Event::ExportAllowed { export }),
            ("carried-out", carried_out(Some(Digest([6; 32])))),
            ("carried-out-hash-destroyed", carried_out(None)),
        ];
        rest.into_iter().chain(refused).collect()
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
    fn what_became_of_an_export_comes_back() {
        for (name, event) in every_event() {
            comes_back(name, &fact(event));
        }
    }

    #[test]
    fn why_and_what_left_are_sealed_and_can_be_destroyed() {
        let events = every_event();
        let of = |name: &str| {
            let found = events.iter().find(|(found, _)| *found == name);
            fact(found.unwrap().1.clone())
        };
        for (whole, destroyed, told) in [
            ("asked", "asked-why-destroyed", WHY.as_bytes()),
            ("carried-out", "carried-out-hash-destroyed", &[6; 32][..]),
        ] {
            let encoded = encode(&of(whole), None, &[9; SALT]).unwrap();
            let shown = |bytes: &[u8]| bytes.windows(told.len()).any(|part| part == told);
            assert!(!shown(&encoded.head) && shown(encoded.opening.as_ref().unwrap()));
            assert_eq!(decode(&encoded.head, None), Ok(of(destroyed)));
        }
    }

    #[test]
    fn the_longest_reason_is_kept() {
        let (_, event) = every_event().swap_remove(0);
        let Event::ExportAsked {
            export,
            line,
            sites,
            ..
        } = event
        else {
            unreachable!()
        };
        let why = "w".repeat(MAX_WHY);
        let fact = fact(Event::ExportAsked {
            export,
            line,
            sites,
            why,
        });
        let encoded = encode(&fact, None, &[9; SALT]).unwrap();
        assert_eq!(decode(&encoded.head, encoded.opening.as_deref()), Ok(fact));
    }
}
