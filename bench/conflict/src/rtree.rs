//! The R*-tree of `rstar`, with the same boxes in whole and the same exact stage.

use crate::ours::{Answers, compared, quietest};
use crate::table::{Table, Times, timed};
use crate::workload::Workload;
use conflict::index::Index;
use conflict::pair::between;
use conflict::volume::Volume;
use rstar::{AABB, RTree, RTreeObject};

type Corner = [f64; 4];

#[derive(Clone, Copy, PartialEq)]
struct Entry {
    low: Corner,
    high: Corner,
    key: u32,
}

impl RTreeObject for Entry {
    type Envelope = AABB<Corner>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(self.low, self.high)
    }
}

fn entries(volume: &Volume<u32>) -> Vec<Entry> {
    let [from, until] =
        [volume.span.from(), volume.span.until()].map(|at| at.as_unix_ms() as f64 / 1_000.0);
    let boxes = volume.boxes().into_iter();
    boxes
        .map(|[low, high]| Entry {
            low: [low[0], low[1], low[2], from],
            high: [high[0], high[1], high[2], until],
            key: volume.key,
        })
        .collect()
}

fn loaded(volumes: &Index<u32>, count: u32) -> RTree<Entry> {
    let all = (0..count).filter_map(|key| volumes.volume(key));
    RTree::bulk_load(all.flat_map(|volume| entries(volume)).collect())
}

fn ask(tree: &RTree<Entry>, volumes: &Index<u32>, query: &Volume<u32>) -> Vec<u32> {
    let (matrix, boxes) = (Workload::matrix(), entries(query).into_iter());
    let near = boxes
        .flat_map(|of| tree.locate_in_envelope_intersecting(AABB::from_corners(of.low, of.high)));
    let mut near: Vec<u32> = near.map(|entry| entry.key).collect();
    near.sort_unstable();
    near.dedup();
    near.retain(|key| {
        volumes
            .volume(*key)
            .is_some_and(|other| between(query, other, &matrix).is_some())
    });
    near
}

/// The answers, and how long each query takes.
pub fn asked(volumes: &Index<u32>, count: u32, queries: &[Volume<u32>]) -> (Answers, Times) {
    let tree = loaded(volumes, count);
    let answers = queries
        .iter()
        .map(|query| ask(&tree, volumes, query))
        .collect();
    let times = quietest(|| {
        queries
            .iter()
            .map(|query| timed(|| ask(&tree, volumes, query)).1)
            .collect()
    });
    (answers, times)
}

pub fn run(
    volumes: &Index<u32>,
    count: u32,
    queries: &[Volume<u32>],
    ours: &Answers,
    table: &mut Table,
) {
    let (answers, times) = asked(volumes, count, queries);
    if !compared("rstar", ours, &answers, volumes, queries, table) {
        return;
    }
    table.add(times.row(
        "rstar",
        "query, exact, with witness",
        "",
        "loaded in bulk, the same exact stage",
    ));
    let mut tree = loaded(volumes, count);
    let some: Vec<Entry> = queries.iter().flat_map(entries).collect();
    let inserts: Times = some
        .iter()
        .map(|entry| timed(|| tree.insert(*entry)).1)
        .collect();
    let removals: Times = some
        .iter()
        .map(|entry| timed(|| tree.remove(entry)).1)
        .collect();
    table.add(inserts.row("rstar", "insert", "", "a box"));
    table.add(removals.row("rstar", "withdraw", "", "a box"));
}
