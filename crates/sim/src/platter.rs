//! How batches lie on the simulated disk: each behind its length and a sum, so that a torn one is told from a whole one.

use store::{Batch, Entry, NoteRow, NoteSlot, Origin, Record};

const PREFIX: usize = 4 + 8;

/// Writes `batch` as one piece.
pub fn write_batch(to: &mut Vec<u8>, batch: &Batch) {
    let mut body = Vec::new();
    number(&mut body, batch.records.len() as u64);
    for record in &batch.records {
        number(&mut body, record.at as u64);
        bytes(&mut body, &record.head);
        optional(&mut body, record.opening.as_deref());
        optional(
            &mut body,
            record
                .entry
                .as_ref()
                .map(|entry| entry.log.as_str().as_bytes()),
        );
        if let Some(entry) = &record.entry {
            number(&mut body, entry.index);
            bytes(&mut body, &entry.envelope);
        }
    }
    number(&mut body, batch.notes.len() as u64);
    for note in &batch.notes {
        bytes(&mut body, note.log.as_str().as_bytes());
        number(&mut body, note.slot as u64);
        number(&mut body, note.size);
        bytes(&mut body, &note.note);
    }
    piece(to, &body);
}

/// The whole batches from the front, and how many bytes they take.
pub fn read_batches(image: &[u8]) -> (Vec<Batch>, usize) {
    let (mut batches, mut rest) = (Vec::new(), image);
    while let Some((batch, after)) = read_piece(rest) {
        batches.push(batch);
        rest = after;
    }
    (batches, image.len() - rest.len())
}

fn piece(to: &mut Vec<u8>, body: &[u8]) {
    to.extend((body.len() as u32).to_be_bytes());
    to.extend(sum(body).to_be_bytes());
    to.extend(body);
}

fn read_piece(from: &[u8]) -> Option<(Batch, &[u8])> {
    let (prefix, rest) = from.split_at_checked(PREFIX)?;
    let (length, stated) = prefix.split_at(4);
    let length = u32::from_be_bytes(length.try_into().ok()?) as usize;
    let (body, after) = rest.split_at_checked(length)?;
    let mut reader = Reader(body);
    if u64::from_be_bytes(stated.try_into().ok()?) != sum(body) {
        return None;
    }
    Some((reader.batch()?, after))
}

/// FNV-1a, 64 bits.
fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn number(to: &mut Vec<u8>, number: u64) {
    to.extend(number.to_be_bytes());
}

fn bytes(to: &mut Vec<u8>, bytes: &[u8]) {
    number(to, bytes.len() as u64);
    to.extend(bytes);
}

fn optional(to: &mut Vec<u8>, value: Option<&[u8]>) {
    to.push(u8::from(value.is_some()));
    if let Some(value) = value {
        bytes(to, value);
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn batch(&mut self) -> Option<Batch> {
        let mut batch = Batch::default();
        for _ in 0..self.number()? {
            batch.records.push(self.record()?);
        }
        for _ in 0..self.number()? {
            batch.notes.push(self.note()?);
        }
        self.0.is_empty().then_some(batch)
    }

    fn record(&mut self) -> Option<Record> {
        let (at, head) = (self.number()? as i64, self.bytes()?.to_vec());
        let opening = self.optional()?.map(<[u8]>::to_vec);
        let entry = match self.optional()? {
            None => None,
            Some(log) => Some(Entry {
                log: Origin::new(std::str::from_utf8(log).ok()?).ok()?,
                index: self.number()?,
                envelope: self.bytes()?.to_vec(),
            }),
        };
        Some(Record {
            at,
            head,
            opening,
            entry,
        })
    }

    fn note(&mut self) -> Option<NoteRow> {
        let log = Origin::new(std::str::from_utf8(self.bytes()?).ok()?).ok()?;
        let slot = self.number()?;
        let slot = NoteSlot::ALL
            .into_iter()
            .find(|known| *known as u64 == slot)?;
        let (size, note) = (self.number()?, self.bytes()?.to_vec());
        Some(NoteRow {
            log,
            slot,
            size,
            note,
        })
    }

    fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_be_bytes(*number))
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn optional(&mut self) -> Option<Option<&'a [u8]>> {
        let (present, rest) = self.0.split_first()?;
        self.0 = rest;
        match present {
            0 => Some(None),
            _ => self.bytes().map(Some),
        }
    }
}
