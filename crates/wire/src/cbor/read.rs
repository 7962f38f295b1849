//! Reading, strictly.

use super::{CborError, FALSE, MAX_DEPTH, NULL, TRUE, major};

/// Reads items one after the other and refuses what is not in its one deterministic form.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How far it has read.
    pub fn position(&self) -> usize {
        self.at
    }

    /// What was read since `position`, as it stands.
    pub fn since(&self, position: usize) -> &'a [u8] {
        self.bytes.get(position..self.at).unwrap_or(&[])
    }

    /// That nothing is left over.
    pub fn finish(self) -> Result<(), CborError> {
        match self.at == self.bytes.len() {
            true => Ok(()),
            false => Err(CborError::Trailing),
        }
    }

    #[inline]
    fn take(&mut self, len: usize) -> Result<&'a [u8], CborError> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let taken = rest.get(..len).ok_or(CborError::Truncated)?;
        self.at += len;
        Ok(taken)
    }

    #[inline]
    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], CborError> {
        let taken = self.take(N)?;
        taken.try_into().map_err(|_| CborError::Truncated)
    }

    /// Major type and argument of the next item. Simple values are read by [`Reader::bool`] and the like.
    #[inline]
    fn head(&mut self) -> Result<(u8, u64), CborError> {
        let [first] = self.fixed()?;
        let (major, info) = (first >> 5, first & 0x1f);
        if major == major::SIMPLE {
            return self.simple(first);
        }
        let (argument, least) = match info {
            0..=23 => return Ok((major, u64::from(info))),
            24 => (u64::from(u8::from_be_bytes(self.fixed()?)), 24),
            25 => (u64::from(u16::from_be_bytes(self.fixed()?)), 0x100),
            26 => (u64::from(u32::from_be_bytes(self.fixed()?)), 0x1_0000),
            27 => (u64::from_be_bytes(self.fixed()?), 0x1_0000_0000),
            31 => return Err(CborError::Indefinite),
            _reserved => return Err(CborError::Reserved),
        };
        match argument >= least {
            true => Ok((major, argument)),
            false => Err(CborError::NotShortest),
        }
    }

    #[cold]
    fn simple(&self, first: u8) -> Result<(u8, u64), CborError> {
        match first {
            FALSE | TRUE | NULL => Ok((major::SIMPLE, u64::from(first))),
            0xf9..=0xfb => Err(CborError::Float),
            0xff => Err(CborError::Indefinite),
            _other => Err(CborError::Reserved),
        }
    }

    #[inline]
    fn expect(&mut self, wanted: u8, expected: &'static str) -> Result<u64, CborError> {
        match self.head()? {
            (major, argument) if major == wanted => Ok(argument),
            _other => Err(CborError::Unexpected { expected }),
        }
    }

    #[inline]
    pub fn uint(&mut self) -> Result<u64, CborError> {
        self.expect(major::UINT, "a whole number")
    }

    /// A whole number that fits `T`.
    #[inline]
    pub fn number<T: TryFrom<u64>>(&mut self) -> Result<T, CborError> {
        let expected = "a smaller number";
        T::try_from(self.uint()?).map_err(|_| CborError::Unexpected { expected })
    }

    /// A whole number of either sign that fits `T`.
    #[inline]
    pub fn int<T: TryFrom<i64>>(&mut self) -> Result<T, CborError> {
        let number = match self.head()? {
            (major::UINT, argument) => i64::try_from(argument).ok(),
            (major::NEGATIVE, argument) => i64::try_from(argument).ok().map(|n| !n),
            _other => None,
        };
        number
            .and_then(|number| T::try_from(number).ok())
            .ok_or(CborError::Unexpected {
                expected: "a number in range",
            })
    }

    #[inline]
    fn limited(&mut self, len: u64, most: usize) -> Result<&'a [u8], CborError> {
        let most = most as u64;
        if len > most {
            return Err(CborError::TooLong { given: len, most });
        }
        self.take(usize::try_from(len).map_err(|_| CborError::Truncated)?)
    }

    /// A byte string of at most `most` bytes.
    #[inline]
    pub fn bytes(&mut self, most: usize) -> Result<&'a [u8], CborError> {
        let len = self.expect(major::BYTES, "a byte string")?;
        self.limited(len, most)
    }

    /// A byte string of exactly `N` bytes.
    #[inline]
    pub fn bytes_of<const N: usize>(&mut self) -> Result<&'a [u8; N], CborError> {
        let expected = "a byte string of another length";
        let bytes = self.bytes(N)?;
        bytes
            .try_into()
            .map_err(|_| CborError::Unexpected { expected })
    }

    /// A text of at most `most` bytes.
    #[inline]
    pub fn text(&mut self, most: usize) -> Result<&'a str, CborError> {
        let len = self.expect(major::TEXT, "a text")?;
        std::str::from_utf8(self.limited(len, most)?).map_err(|_| CborError::NotUtf8)
    }

    /// The number of items of an array of at most `most`.
    #[inline]
    pub fn array(&mut self, most: usize) -> Result<usize, CborError> {
        let len = self.expect(major::ARRAY, "an array")?;
        let too_long = CborError::TooLong {
            given: len,
            most: most as u64,
        };
        match usize::try_from(len) {
            Ok(len) if len <= most => Ok(len),
            Ok(_) | Err(_) => Err(too_long),
        }
    }

    /// That an array of exactly `len` items begins.
    #[inline]
    pub fn array_of(&mut self, len: usize) -> Result<(), CborError> {
        match self.expect(major::ARRAY, "an array")? == len as u64 {
            true => Ok(()),
            false => Err(CborError::Unexpected {
                expected: "an array of another length",
            }),
        }
    }

    #[inline]
    pub fn bool(&mut self) -> Result<bool, CborError> {
        match self.head()? {
            (major::SIMPLE, value) if value == u64::from(TRUE) => Ok(true),
            (major::SIMPLE, value) if value == u64::from(FALSE) => Ok(false),
            _other => Err(CborError::Unexpected {
                expected: "true or false",
            }),
        }
    }

    /// Whether the next item is null; if so, it is read.
    #[inline]
    pub fn is_null(&mut self) -> bool {
        let null = self.bytes.get(self.at) == Some(&NULL);
        self.at += usize::from(null);
        null
    }

    /// Nothing for null, else what `read` makes of the next item.
    pub fn optional<T, E: From<CborError>>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        match self.is_null() {
            true => Ok(None),
            false => read(self).map(Some),
        }
    }

    /// That the next item has this tag.
    pub fn tag(&mut self, tag: u64) -> Result<(), CborError> {
        match self.expect(major::TAG, "a tag")? == tag {
            true => Ok(()),
            false => Err(CborError::Unexpected {
                expected: "another tag",
            }),
        }
    }

    /// Reads one item of any kind, whatever it means, and returns it as it stands.
    pub fn skip(&mut self) -> Result<&'a [u8], CborError> {
        let start = self.at;
        self.item(MAX_DEPTH)?;
        Ok(self.since(start))
    }

    fn item(&mut self, depth: usize) -> Result<(), CborError> {
        let (major, argument) = self.head()?;
        let deeper = || depth.checked_sub(1).ok_or(CborError::TooDeep);
        match major {
            major::BYTES => self.limited(argument, usize::MAX).map(|_| ()),
            major::TEXT => std::str::from_utf8(self.limited(argument, usize::MAX)?)
                .map(|_| ())
                .map_err(|_| CborError::NotUtf8),
            major::ARRAY => {
                let depth = deeper()?;
                (0..argument).try_for_each(|_| self.item(depth))
            }
            major::MAP => self.entries(argument, deeper()?),
            major::TAG => self.item(deeper()?),
            _number_or_simple => Ok(()),
        }
    }

    fn entries(&mut self, count: u64, depth: usize) -> Result<(), CborError> {
        let mut last: &[u8] = &[];
        for index in 0..count {
            let start = self.at;
            self.item(depth)?;
            let key = self.since(start);
            if index > 0 && key <= last {
                return Err(CborError::KeyOrder);
            }
            last = key;
            self.item(depth)?;
        }
        Ok(())
    }
}

/// That `bytes` are one deterministic item, whatever it means.
pub fn check(bytes: &[u8]) -> Result<(), CborError> {
    let mut reader = Reader::new(bytes);
    reader.skip()?;
    reader.finish()
}
