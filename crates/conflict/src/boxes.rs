//! Boxes around runs of neighbouring pieces, in levels, so that far ones are passed over at once.

/// How many boxes of one level share one of the next.
const FAN: usize = 8;

/// An axis-parallel box, its boundary included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds<const D: usize> {
    pub low: [f64; D],
    pub high: [f64; D],
}

impl<const D: usize> Bounds<D> {
    /// Around a segment, widened by `margin`.
    pub fn of_segment(a: [f64; D], b: [f64; D], margin: f64) -> Self {
        let axis = |pick: fn(f64, f64) -> f64, margin: f64| {
            std::array::from_fn(|axis| pick(a[axis], b[axis]) + margin)
        };
        Self {
            low: axis(f64::min, -margin),
            high: axis(f64::max, margin),
        }
    }

    #[inline]
    pub fn joined(mut self, other: Self) -> Self {
        // Loops, for whole arrays made by a closure are not always inlined.
        for axis in 0..D {
            self.low[axis] = self.low[axis].min(other.low[axis]);
            self.high[axis] = self.high[axis].max(other.high[axis]);
        }
        self
    }

    pub fn meets(&self, other: &Self) -> bool {
        (0..D).all(|axis| self.low[axis] <= other.high[axis] && other.low[axis] <= self.high[axis])
    }

    /// Widened by `margin` on every side.
    #[inline]
    pub fn widened(mut self, margin: f64) -> Self {
        for axis in 0..D {
            self.low[axis] -= margin;
            self.high[axis] += margin;
        }
        self
    }

    /// Distance to another box; 0 where they meet.
    pub fn gap(&self, other: &Self) -> f64 {
        let squares = (0..D).map(|axis| {
            let off = (self.low[axis] - other.high[axis])
                .max(other.low[axis] - self.high[axis])
                .max(0.0);
            off * off
        });
        libm::sqrt(squares.sum())
    }

    /// Distance from `point`; 0 inside.
    pub fn distance(&self, point: [f64; D]) -> f64 {
        let squares = (0..D).map(|axis| {
            let off = (self.low[axis] - point[axis])
                .max(point[axis] - self.high[axis])
                .max(0.0);
            off * off
        });
        libm::sqrt(squares.sum())
    }
}

/// Boxes of items 0, 1, 2, ... in their order, which must be one in which neighbours lie together.
#[derive(Debug, Clone)]
pub struct Boxes<const D: usize> {
    /// The first level has one box an item; the last has at most `FAN`.
    levels: Vec<Vec<Bounds<D>>>,
}

impl<const D: usize> Boxes<D> {
    pub fn new(items: Vec<Bounds<D>>) -> Self {
        let mut levels = vec![items];
        while let Some(last) = levels.last().filter(|last| last.len() > FAN) {
            let next = last
                .chunks(FAN)
                .map(|run| run[1..].iter().fold(run[0], |all, one| all.joined(*one)))
                .collect();
            levels.push(next);
        }
        Self { levels }
    }

    /// Calls `item` with each item all of whose boxes are `wanted`; stops when it returns false.
    ///
    /// `state` is handed to both, so that what one finds can narrow what the other wants.
    pub fn visit<S>(
        &self,
        state: &mut S,
        wanted: impl Fn(&S, &Bounds<D>) -> bool,
        mut item: impl FnMut(&mut S, usize) -> bool,
    ) {
        let top = self.levels.len() - 1;
        let mut stack: Vec<(usize, usize)> = (0..self.levels[top].len())
            .rev()
            .map(|index| (top, index))
            .collect();
        while let Some((level, index)) = stack.pop() {
            if !wanted(state, &self.levels[level][index]) {
                continue;
            }
            if level > 0 {
                let below = self.levels[level - 1].len().min((index + 1) * FAN);
                stack.extend((index * FAN..below).rev().map(|child| (level - 1, child)));
            } else if !item(state, index) {
                return;
            }
        }
    }

    /// Around all items.
    pub fn whole(&self) -> Bounds<D> {
        let top = &self.levels[self.levels.len() - 1];
        top[1..].iter().fold(top[0], |all, one| all.joined(*one))
    }

    /// Calls `item` with each pair of items, one of either side, whose boxes are all `wanted` by the distance between
    /// them; near pairs come early. Stops when `item` returns false.
    pub fn visit_pairs<S>(
        &self,
        other: &Self,
        state: &mut S,
        wanted: impl Fn(&S, f64) -> bool,
        mut item: impl FnMut(&mut S, usize, usize) -> bool,
    ) {
        let gap = |one: Node, two: Node| self.at(one).gap(other.at(two));
        let mut stack: Vec<(f64, Node, Node)> = Vec::new();
        for one in self.roots() {
            stack.extend(other.roots().map(|two| (gap(one, two), one, two)));
        }
        nearest_last(&mut stack);
        while let Some((apart, one, two)) = stack.pop() {
            if !wanted(state, apart) {
                continue;
            }
            let before = stack.len();
            if one.level >= two.level && one.level > 0 {
                stack.extend(self.below(one).map(|one| (gap(one, two), one, two)));
            } else if two.level > 0 {
                stack.extend(other.below(two).map(|two| (gap(one, two), one, two)));
            } else if !item(state, one.index, two.index) {
                return;
            }
            nearest_last(&mut stack[before..]);
        }
    }

    fn at(&self, node: Node) -> &Bounds<D> {
        &self.levels[node.level][node.index]
    }

    fn roots(&self) -> impl Iterator<Item = Node> {
        let level = self.levels.len() - 1;
        (0..self.levels[level].len()).map(move |index| Node { level, index })
    }

    fn below(&self, node: Node) -> impl Iterator<Item = Node> {
        let level = node.level - 1;
        let end = self.levels[level].len().min((node.index + 1) * FAN);
        (node.index * FAN..end).map(move |index| Node { level, index })
    }
}

/// A box by its place in the levels.
#[derive(Debug, Clone, Copy)]
struct Node {
    level: usize,
    index: usize,
}

/// The stack gives its last element first.
fn nearest_last(pairs: &mut [(f64, Node, Node)]) {
    pairs.sort_unstable_by(|one, other| other.0.total_cmp(&one.0));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_finds_what_a_look_at_every_box_finds() {
        let boxes: Vec<Bounds<2>> = (0..1_000)
            .map(|index| {
                let x = f64::from(index * 37 % 1_000);
                Bounds::of_segment([x, 0.0], [x + 1.0, 2.0], 0.1)
            })
            .collect();
        let window = Bounds {
            low: [100.0, 0.0],
            high: [110.0, 1.0],
        };
        let slow: Vec<usize> = (0..1_000)
            .filter(|index| boxes[*index].meets(&window))
            .collect();
        let mut found = Vec::new();
        Boxes::new(boxes).visit(
            &mut found,
            |_, bounds| bounds.meets(&window),
            |found, index| {
                found.push(index);
                true
            },
        );
        assert_eq!(found, slow);
    }

    #[test]
    fn a_visit_of_pairs_finds_each_pair_that_is_near_enough() {
        let row = |count: u32, step: f64, y: f64| -> Vec<Bounds<2>> {
            (0..count)
                .map(|index| {
                    let x = f64::from(index) * step;
                    Bounds::of_segment([x, y], [x + 1.0, y + 1.0], 0.0)
                })
                .collect()
        };
        let (one, other) = (row(500, 1.5, 0.0), row(90, 7.0, 4.0));
        let mut slow = Vec::new();
        for (i, a) in one.iter().enumerate() {
            let near = other.iter().enumerate().filter(|(_, b)| a.gap(b) < 3.5);
            slow.extend(near.map(|(j, _)| (i, j)));
        }
        let mut found = Vec::new();
        Boxes::new(one).visit_pairs(
            &Boxes::new(other),
            &mut found,
            |_, apart| apart < 3.5,
            |found, i, j| {
                found.push((i, j));
                true
            },
        );
        found.sort_unstable();
        assert!(!slow.is_empty());
        assert_eq!(found, slow);
    }
}
