//! Those whom the party speaks for: enrolled, consented, called.

use model::code::ConsentGiven;
use model::event::Event;
use model::ids::ElementId;
use model::slot::MAX_NAME;

use super::parts::read_notice_id;
use super::tag;
use crate::cbor::{Reader, Writer};
use crate::parts::{Read, ReadParts, expected};

/// The sealed part: the name, unless it was destroyed.
pub(super) fn write_enrolled(w: &mut Writer, element: ElementId, name: &str) -> Option<Vec<u8>> {
    w.array(1).text(element.as_str());
    let mut part = Writer::with_capacity(name.len() + 4);
    part.text(name);
    (!name.is_empty()).then(|| part.into_bytes())
}

/// `part`: what was sealed, unless it was destroyed.
pub(super) fn read(r: &mut Reader<'_>, number: u16, part: Option<&[u8]>) -> Read<Event> {
    Ok(match number {
        tag::ELEMENT_ENROLLED => {
            r.array_of(1)?;
            Event::ElementEnrolled {
                element: element(r)?,
                name: part.map_or_else(|| Ok(String::new()), name)?,
            }
        }
        tag::ELEMENT_CONSENT => {
            r.array_of(5)?;
            Event::ElementConsent {
                element: element(r)?,
                line: r.line()?,
                place: r.bool()?,
                named: r.bool()?,
                how: how(r)?,
            }
        }
        tag::SITE_CONSENT => {
            r.array_of(4)?;
            Event::SiteConsent {
                notice: read_notice_id(r)?,
                line: r.line()?,
                given: r.bool()?,
                how: how(r)?,
            }
        }
        tag::CALLED_FOR_ELEMENT => {
            r.array_of(2)?;
            Event::CalledForElement {
                call: r.entry()?,
                element: element(r)?,
            }
        }
        tag::ELEMENT_UNENROLLED => {
            r.array_of(1)?;
            Event::ElementUnenrolled {
                element: element(r)?,
            }
        }
        _other => return expected("an event of an element"),
    })
}

fn name(part: &[u8]) -> Read<String> {
    let mut reader = Reader::new(part);
    let name = reader.text(MAX_NAME)?.to_owned();
    reader.finish()?;
    Ok(name)
}

fn element(r: &mut Reader<'_>) -> Read<ElementId> {
    r.slug().map(ElementId::new)
}

fn how(r: &mut Reader<'_>) -> Read<ConsentGiven> {
    r.code(ConsentGiven::from_number, "a way of consenting")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::samples::comes_back;
    use super::super::{SALT, decode, encode};
    use crate::testing::{at, entry, line};
    use model::code::{ConsentGiven, Desk, Lane};
    use model::event::{Actor, AlarmCause, Event, Fact};
    use model::ids::NoticeId;

    /// Each event and alarm of elements, under the name of its golden bytes.
    pub(crate) fn every_event() -> Vec<(&'static str, Event)> {
        let (element, line) = ("aid-east".parse().unwrap(), line());
        let notice = NoticeId::from_random([4; 16]);
        let raised = |alarm| Event::AlarmRaised {
            alarm,
            desk: Desk::Protection,
        };
        let enrolled = |name: &str| Event::ElementEnrolled {
            element,
            name: name.into(),
        };
        let desk = Desk::Protection;
        vec![
            ("enrolled", enrolled("Aid East, field office")),
            ("enrolled-name-destroyed", enrolled("")),
            (
                "stop-consent",
                Event::ElementConsent {
                    element,
                    line,
                    place: true,
                    named: false,
                    how: ConsentGiven::ByLetter,
                },
            ),
            (
                "site-consent",
                Event::SiteConsent {
                    notice,
                    line,
                    given: true,
                    how: ConsentGiven::ByItsOfficer,
                },
            ),
            (
                "site-consent-withdrawn",
                Event::SiteConsent {
                    notice,
                    line,
                    given: false,
                    how: ConsentGiven::ByTelephone,
                },
            ),
            (
                "called",
                Event::CalledForElement {
                    call: entry(Lane::Stop, 4),
                    element,
                },
            ),
            (
                "alarm-called",
                raised(AlarmCause::ElementCalled { element }),
            ),
            (
                "alarm-withdrawn",
                raised(AlarmCause::ConsentWithdrawn { line, desk }),
            ),
            ("unenrolled", Event::ElementUnenrolled { element }),
        ]
    }

    fn fact(event: Event) -> Fact {
        let (at, by) = (at(0), Actor::Node);
        Fact { at, by, event }
    }

    #[test]
    fn what_became_of_an_element_comes_back() {
        for (name, event) in every_event() {
            comes_back(name, &fact(event));
        }
    }

    #[test]
    fn the_name_of_an_element_is_sealed_and_can_be_destroyed() {
        let (_, event) = every_event().swap_remove(0);
        let encoded = encode(&fact(event), None, &[9; SALT]).unwrap();
        let shown = |bytes: &[u8]| bytes.windows(9).any(|part| part == b"Aid East,");
        assert!(!shown(&encoded.head) && shown(encoded.opening.as_ref().unwrap()));
        let (_, unnamed) = every_event().swap_remove(1);
        assert_eq!(decode(&encoded.head, None), Ok(fact(unnamed)));
    }
}
