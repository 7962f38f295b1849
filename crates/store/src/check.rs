//! The check of a journal when it is opened: every record is hashed again, and so is every tree.

use std::collections::BTreeMap;
use std::fmt;

use rusqlite::{Connection, OptionalExtension};
use tlog::{Frontier, Hash};

use crate::record::{NoteSlot, Origin, record_leaf, short_sum};
use crate::schema::{Unusable, damage};
use crate::trees::{JOURNAL_TREE, KEPT_LEVELS, Log, Node, Trees, grow};

/// A place in a journal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The database file as a whole.
    File,
    /// What says which journal this is, and under which key.
    Meta,
    /// The end of the journal.
    Head,
    Record {
        seq: u64,
    },
    /// Some record from `from` on and before `to`.
    Records {
        from: u64,
        to: u64,
    },
    Entry {
        log: Origin,
        index: u64,
        seq: u64,
    },
    Opening {
        seq: u64,
    },
    Log {
        log: Origin,
    },
    Note {
        log: Origin,
        slot: NoteSlot,
    },
    Snapshot {
        size: u64,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("the database file"),
            Self::Meta => f.write_str("the journal's name and key check"),
            Self::Head => f.write_str("the journal's end"),
            Self::Record { seq } => write!(f, "record {seq}"),
            Self::Records { from, to } => write!(f, "records {from} to {}", to.saturating_sub(1)),
            Self::Entry { log, index, seq } => {
                write!(f, "entry {index} of log `{log}` (record {seq})")
            }
            Self::Opening { seq } => write!(f, "the opening of record {seq}"),
            Self::Log { log } => write!(f, "log `{log}`"),
            Self::Note { log, slot } => write!(f, "the {slot} of log `{log}`"),
            Self::Snapshot { size } => write!(f, "the snapshot at {size} records"),
        }
    }
}

/// Damage, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Fault {
    pub place: Place,
    pub what: String,
}

impl Fault {
    pub(crate) fn new(place: Place, what: impl Into<String>) -> Self {
        Self {
            place,
            what: what.into(),
        }
    }
}

/// The origins of all trees, by tree.
pub(crate) struct Origins(BTreeMap<i64, Origin>);

impl Origins {
    pub(crate) fn of(trees: &Trees) -> Self {
        Self(
            trees
                .logs
                .iter()
                .map(|(origin, log)| (log.tree, origin.clone()))
                .collect(),
        )
    }

    pub(crate) fn read(conn: &Connection) -> rusqlite::Result<Self> {
        let mut statement =
            conn.prepare_cached("SELECT tree, origin FROM trees WHERE tree <> ?")?;
        let rows = statement.query_map([JOURNAL_TREE], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?))
        })?;
        let mut origins = BTreeMap::new();
        for row in rows {
            let (tree, name) = row?;
            // A name that is no origin belongs to no record: the records that use it report the damage.
            if let Ok(origin) = Origin::new(&name) {
                origins.insert(tree, origin);
            }
        }
        Ok(Self(origins))
    }

    pub(crate) fn get(&self, tree: i64) -> Option<&Origin> {
        self.0.get(&tree)
    }
}

/// The columns that [`Row::from`] reads, of `journal j`.
pub(crate) const ROW_COLUMNS: &str = "j.seq, j.at, j.opening, j.tree, j.idx, j.leaf, j.sum, j.head";

/// A row of the journal.
pub(crate) struct Row<'r> {
    pub(crate) seq: u64,
    pub(crate) at: i64,
    pub(crate) has_opening: bool,
    pub(crate) entry: Option<RowEntry>,
    sum: i64,
    pub(crate) head: &'r [u8],
}

pub(crate) struct RowEntry {
    pub(crate) tree: i64,
    pub(crate) index: u64,
    pub(crate) leaf: Hash,
}

impl<'r> Row<'r> {
    pub(crate) fn from(row: &'r rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let entry = match row.get::<_, Option<i64>>(3)? {
            None => None,
            Some(tree) => Some(RowEntry {
                tree,
                index: row.get(4)?,
                leaf: Hash(row.get(5)?),
            }),
        };
        Ok(Self {
            seq: row.get(0)?,
            at: row.get(1)?,
            has_opening: row.get::<_, i64>(2)? != 0,
            entry,
            sum: row.get(6)?,
            head: row.get_ref(7)?.as_blob()?,
        })
    }

    /// The record's leaf, compared with the sum in its row.
    pub(crate) fn leaf(&self, origins: &Origins, buffer: &mut Vec<u8>) -> Result<Hash, Fault> {
        let place = || Place::Record { seq: self.seq };
        let entry = match &self.entry {
            None => None,
            Some(entry) => {
                let origin = origins
                    .get(entry.tree)
                    .ok_or_else(|| Fault::new(place(), "it belongs to a log that is not there"))?;
                Some((origin.as_str(), entry.index, &entry.leaf))
            }
        };
        let leaf = record_leaf(self.at, self.has_opening, entry, self.head, buffer);
        if short_sum(&leaf) == self.sum {
            Ok(leaf)
        } else {
            Err(Fault::new(
                place(),
                "its hash is not the one it was written with",
            ))
        }
    }
}

/// Hashes every record after the ones in `start`, and answers with the trees as they must be. Each
/// inner hash on the way is compared with the one that is kept.
pub(crate) fn rehash(conn: &Connection, start: Trees) -> Result<Trees, Unusable> {
    let mut trees = Rehashed::new(start);
    let first = trees.journal.size();
    let unusable = |error, seq| match damage(Place::Record { seq }, error) {
        Ok(fault) => Unusable::Fault(fault),
        Err(error) => Unusable::Disk(error),
    };
    let sql = format!("SELECT {ROW_COLUMNS} FROM journal j WHERE j.seq >= ? ORDER BY j.seq");
    let mut statement = conn.prepare(&sql).map_err(|error| unusable(error, first))?;
    let mut rows = statement
        .query([first])
        .map_err(|error| unusable(error, first))?;
    let mut buffer = Vec::new();
    loop {
        let seq = trees.journal.size();
        let Some(row) = rows.next().map_err(|error| unusable(error, seq))? else {
            break;
        };
        let row = Row::from(row).map_err(|error| unusable(error, seq))?;
        if row.seq != seq {
            return Err(Fault::new(Place::Record { seq }, "it is missing").into());
        }
        trees.push(&row, &mut buffer)?;
        for node in std::mem::take(&mut trees.nodes) {
            compare_node(conn, &node, &trees.origins)?;
        }
    }
    Ok(trees.into_trees())
}

struct Rehashed {
    journal: Frontier,
    logs: BTreeMap<i64, (Origin, Frontier)>,
    origins: Origins,
    nodes: Vec<Node>,
}

impl Rehashed {
    fn new(start: Trees) -> Self {
        let origins = Origins::of(&start);
        let logs = start
            .logs
            .into_iter()
            .map(|(origin, log)| (log.tree, (origin, log.frontier)));
        Self {
            journal: start.journal,
            logs: logs.collect(),
            origins,
            nodes: Vec::new(),
        }
    }

    fn push(&mut self, row: &Row<'_>, buffer: &mut Vec<u8>) -> Result<(), Fault> {
        let leaf = row.leaf(&self.origins, buffer)?;
        let nodes = &mut self.nodes;
        grow(JOURNAL_TREE, &mut self.journal, leaf, |node| {
            nodes.push(node)
        });
        let Some(entry) = &row.entry else {
            return Ok(());
        };
        // `Row::leaf` has found the log.
        let Some((origin, frontier)) = self.logs.get_mut(&entry.tree) else {
            return Ok(());
        };
        if frontier.size() != entry.index {
            let place = Place::Entry {
                log: origin.clone(),
                index: entry.index,
                seq: row.seq,
            };
            let what = format!("it stands where entry {} belongs", frontier.size());
            return Err(Fault::new(place, what));
        }
        grow(entry.tree, frontier, entry.leaf, |node| nodes.push(node));
        Ok(())
    }

    fn into_trees(self) -> Trees {
        let log = |(tree, (origin, frontier))| (origin, Log { tree, frontier });
        // Commits are not hashed: the mark tells whether some are missing.
        Trees {
            commits: 0,
            journal: self.journal,
            logs: self.logs.into_iter().map(log).collect(),
        }
    }
}

fn compare_node(conn: &Connection, node: &Node, origins: &Origins) -> Result<(), Unusable> {
    let found = stored_node(conn, node.tree, node.level, node.index);
    let place = || node_place(node, origins);
    match found {
        Ok(Some(hash)) if hash == node.hash => Ok(()),
        Ok(_) => Err(Fault::new(place(), "the hash kept over them is another").into()),
        Err(error) => Err(match damage(place(), error) {
            Ok(fault) => fault.into(),
            Err(error) => Unusable::Disk(error),
        }),
    }
}

/// Where the leaves below a node are.
pub(crate) fn node_place(node: &Node, origins: &Origins) -> Place {
    match origins.get(node.tree) {
        Some(log) => Place::Log { log: log.clone() },
        None => Place::Records {
            from: node.index << node.level,
            to: (node.index + 1) << node.level,
        },
    }
}

pub(crate) fn stored_node(
    conn: &Connection,
    tree: i64,
    level: u8,
    index: u64,
) -> rusqlite::Result<Option<Hash>> {
    debug_assert!(level != 0 && level.is_multiple_of(KEPT_LEVELS));
    conn.prepare_cached("SELECT hash FROM nodes WHERE tree=? AND level=? AND idx=?")?
        .query_row((tree, level, index), |row| row.get(0).map(Hash))
        .optional()
}

/// Compares the trees as hashed with the trees as stored.
pub(crate) fn compare_trees(hashed: &Trees, stored: &Trees) -> Result<(), Fault> {
    let (records, expected) = (hashed.journal.size(), stored.journal.size());
    if records != expected {
        let what = format!("there are {records} records, and {expected} were written");
        return Err(Fault::new(Place::Head, what));
    }
    if hashed.journal != stored.journal {
        return Err(Fault::new(
            Place::Head,
            "the hashes kept of it are not those of the records",
        ));
    }
    for (origin, log) in &stored.logs {
        if hashed.logs.get(origin) != Some(log) {
            let place = Place::Log {
                log: origin.clone(),
            };
            return Err(Fault::new(
                place,
                "the hashes kept of it are not those of its entries",
            ));
        }
    }
    Ok(())
}
