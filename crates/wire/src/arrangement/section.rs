//! A table of the text, and the path to it, so that an error names the key as the officer wrote it.

use toml::{Table, Value};

use super::ArrangementRefused as Refused;

pub(crate) type Read<T> = Result<T, Refused>;

/// A table and where it stands.
pub(crate) struct Section<'a> {
    table: &'a Table,
    path: String,
}

impl<'a> Section<'a> {
    /// # Errors
    /// For a key that is not among `keys`.
    pub fn new(table: &'a Table, path: &str, keys: &[&str]) -> Read<Self> {
        let section = Self {
            table,
            path: path.to_owned(),
        };
        match table.keys().find(|key| !keys.contains(&key.as_str())) {
            None => Ok(section),
            Some(unknown) => Err(Refused::UnknownKey {
                key: section.key(unknown),
                allowed: keys.join(", "),
            }),
        }
    }

    /// The whole path of `key`.
    pub fn key(&self, key: &str) -> String {
        match (self.path.as_str(), shortened(key)) {
            ("", key) => key,
            (path, key) if key.is_empty() => path.to_owned(),
            (path, key) => format!("{path}.{key}"),
        }
    }

    pub fn rule(&self, key: &str, what: impl Into<String>) -> Refused {
        Refused::Rule {
            key: self.key(key),
            what: what.into(),
        }
    }

    /// What `key` holds, made into a `T`. `expected` says what may stand there.
    pub fn value<T>(
        &self,
        key: &str,
        expected: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Read<T> {
        let value = self.table.get(key).ok_or_else(|| Refused::Missing {
            key: self.key(key),
            expected: expected.to_owned(),
        })?;
        read(value).ok_or_else(|| refused(self.key(key), value, expected))
    }

    /// A list of at most `most`, each item made into a `T`.
    pub fn list<T>(
        &self,
        key: &str,
        most: usize,
        expected: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Read<Vec<T>> {
        let items = self.items(key, most, expected)?;
        let item = |(index, value)| {
            let refused = || refused(format!("{}[{index}]", self.key(key)), value, expected);
            read(value).ok_or_else(refused)
        };
        items.iter().enumerate().map(item).collect()
    }

    fn items(&self, key: &str, most: usize, expected: &str) -> Read<&'a [Value]> {
        let expected = format!("a list of {expected}");
        let items = self.value(key, &expected, Value::as_array)?;
        let given = items.len();
        match given <= most {
            true => Ok(items),
            false => Err(Refused::TooMany {
                key: self.key(key),
                given,
                most,
            }),
        }
    }

    pub fn table(&self, key: &str, keys: &[&str]) -> Read<Section<'a>> {
        let expected = format!("a table [{}]", self.key(key));
        let table = self.value(key, &expected, Value::as_table)?;
        Section::new(table, &self.key(key), keys)
    }

    /// Tables `[[key]]`, each made into a `T`; none where there are none.
    pub fn tables<T>(
        &self,
        key: &str,
        keys: &[&str],
        read: impl Fn(Section<'a>) -> Read<T>,
    ) -> Read<Vec<T>> {
        if !self.table.contains_key(key) {
            return Ok(Vec::new());
        }
        let expected = format!("tables [[{}]]", self.key(key));
        let items = self.items(key, super::MOST, &expected)?;
        let item = |(index, value): (usize, &'a Value)| {
            let path = format!("{}[{index}]", self.key(key));
            let table = value.as_table();
            let table = table.ok_or_else(|| refused(path.clone(), value, &expected))?;
            read(Section::new(table, &path, keys)?)
        };
        items.iter().enumerate().map(item).collect()
    }

    pub fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.table.keys().map(String::as_str)
    }
}

fn refused(key: String, value: &Value, expected: &str) -> Refused {
    let given = match value {
        Value::String(text) => format!("\"{}\"", shortened(text)),
        Value::Integer(number) => number.to_string(),
        Value::Float(_) => "a number with a point".to_owned(),
        Value::Boolean(value) => value.to_string(),
        Value::Datetime(_) => "a date or time without quotation marks".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Table(_) => "a table".to_owned(),
    };
    let expected = expected.to_owned();
    Refused::Value {
        key,
        given,
        expected,
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}
