//! Who may wait at a door before anyone knows who they are: the listener of the lines, and the web server.
//!
//! Whoever has not said who they are takes a place, and a place costs a stranger nothing. So no place is kept for long,
//! nobody is refused because others dawdle, and a newcomer takes the place of whoever has waited longest at the source
//! that holds the most. Sources that peers come from have a room of their own, which no stranger's crowd can fill.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Sources that are known to be somebody's; beyond it the one known for longest is forgotten.
pub const MAX_KNOWN_SOURCES: usize = 4_096;
/// Strange sources whose knocks are counted within one second; beyond it the rest share one count.
pub const MAX_COUNTED_SOURCES: usize = 4_096;

/// How much room there is, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Places of strangers, all together.
    pub strangers: usize,
    /// Places of sources that are known, all together.
    pub known: usize,
    /// Places of one source.
    pub per_source: usize,
    /// Knocks of one strange source within a second that are listened to.
    pub knocks_a_second: u32,
    /// Places of those who have said who they are.
    pub vouched: usize,
}

/// Where someone comes from: an IPv4 address, or the /64 that an IPv6 host can choose its address in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source(IpAddr);

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(six) => Ipv6Addr::from(u128::from(six) >> 64 << 64).into(),
            four @ IpAddr::V4(_) => four,
        })
    }
}

/// What a place belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Stranger,
    Known,
    Vouched,
}

struct Taken {
    source: Source,
    standing: Standing,
    leave: oneshot::Sender<()>,
}

#[derive(Default)]
struct Inside {
    next: u64,
    /// By number: the lowest has waited longest.
    taken: BTreeMap<u64, Taken>,
    /// Known sources, and when each was last known.
    known: BTreeMap<Source, u64>,
    second: Option<Instant>,
    knocks: BTreeMap<Source, u32>,
    knocks_of_the_rest: u32,
}

/// A door.
pub struct Gate {
    room: Room,
    inside: Mutex<Inside>,
}

/// A place at the door, given up when it is dropped.
pub struct Place {
    gate: Arc<Gate>,
    number: u64,
}

/// Comes true when the place is given to someone else.
pub type Leave = oneshot::Receiver<()>;

/// Why nobody listens to a knock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a source knocks too often")]
pub struct TooOften;

impl Gate {
    pub fn new(room: Room) -> Arc<Self> {
        Arc::new(Self {
            room,
            inside: Mutex::default(),
        })
    }

    /// Takes a place for someone from `address`. Whoever must leave for it is told by their [`Leave`].
    ///
    /// # Errors
    /// When a strange source has knocked too often within the second.
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Result<(Place, Leave), TooOften> {
        let source = Source::from(address);
        let mut inside = self.inside();
        let standing = match inside.known.contains_key(&source) {
            true => Standing::Known,
            false => Standing::Stranger,
        };
        if standing == Standing::Stranger {
            inside.count_knock(source, self.room.knocks_a_second)?;
        }
        if let Some(number) = inside.who_leaves(source, standing, &self.room) {
            inside.send_away(number);
        }
        let (leave, told) = oneshot::channel();
        let number = inside.next;
        inside.next += 1;
        let taken = Taken {
            source,
            standing,
            leave,
        };
        inside.taken.insert(number, taken);
        drop(inside);
        let place = Place {
            gate: self.clone(),
            number,
        };
        Ok((place, told))
    }

    /// From now on `address` is one that somebody we know comes from.
    pub fn know(&self, address: IpAddr) {
        let mut inside = self.inside();
        let now = inside.next;
        inside.known.insert(Source::from(address), now);
        if inside.known.len() > MAX_KNOWN_SOURCES
            && let Some(oldest) = (inside.known.iter().min_by_key(|(_, at)| **at)).map(|(s, _)| *s)
        {
            inside.known.remove(&oldest);
        }
    }

    /// How many places are taken by those who have not said who they are.
    pub fn waiting(&self) -> usize {
        let inside = self.inside();
        let waits = |taken: &&Taken| taken.standing != Standing::Vouched;
        inside.taken.values().filter(waits).count()
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        // Entries are whole: whatever a panic elsewhere left is valid.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn count_knock(&mut self, source: Source, most: u32) -> Result<(), TooOften> {
        let now = Instant::now();
        let is_over = |began: Instant| now.duration_since(began) >= Duration::from_secs(1);
        if self.second.is_none_or(is_over) {
            self.second = Some(now);
            self.knocks.clear();
            self.knocks_of_the_rest = 0;
        }
        let counted = match self.knocks.len() < MAX_COUNTED_SOURCES {
            true => self.knocks.entry(source).or_default(),
            false => match self.knocks.get_mut(&source) {
                Some(counted) => counted,
                None => &mut self.knocks_of_the_rest,
            },
        };
        *counted = counted.saturating_add(1);
        match *counted <= most {
            true => Ok(()),
            false => Err(TooOften),
        }
    }

    /// Who leaves for one more from `source`, if anyone must.
    fn who_leaves(&self, source: Source, standing: Standing, room: &Room) -> Option<u64> {
        let waiting = |taken: &Taken| taken.standing != Standing::Vouched;
        let of_source = |of: Source| {
            let all = self.taken.iter();
            all.filter(move |(_, taken)| taken.source == of && waiting(taken))
        };
        if of_source(source).count() >= room.per_source {
            return of_source(source).next().map(|(number, _)| *number);
        }
        let places = match standing {
            Standing::Known => room.known,
            Standing::Stranger | Standing::Vouched => room.strangers,
        };
        let mut sources: BTreeMap<Source, usize> = BTreeMap::new();
        for taken in self.taken.values().filter(|t| t.standing == standing) {
            *sources.entry(taken.source).or_default() += 1;
        }
        if sources.values().sum::<usize>() < places {
            return None;
        }
        let (crowd, _) = sources.into_iter().max_by_key(|(_, count)| *count)?;
        let mut of_crowd = of_source(crowd).filter(|(_, taken)| taken.standing == standing);
        of_crowd.next().map(|(number, _)| *number)
    }

    fn send_away(&mut self, number: u64) {
        if let Some(taken) = self.taken.remove(&number) {
            // They may have gone by themselves.
            let _ = taken.leave.send(());
        }
    }
}

impl Place {
    /// They have said who they are: they no longer stand in anyone's way, as long as there is room for such.
    pub fn vouch(&self) {
        let mut inside = self.gate.inside();
        let vouched = |taken: &&Taken| taken.standing == Standing::Vouched;
        let is_room = inside.taken.values().filter(vouched).count() < self.gate.room.vouched;
        if is_room && let Some(taken) = inside.taken.get_mut(&self.number) {
            taken.standing = Standing::Vouched;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.gate.inside().taken.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room {
        strangers: 4,
        known: 4,
        per_source: 3,
        knocks_a_second: 1_000,
        vouched: 2,
    };

    fn from(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn must_leave(leave: &mut Leave) -> bool {
        leave.try_recv().is_ok()
    }

    #[test]
    fn beyond_its_share_a_source_gives_up_its_own_oldest_place() {
        let gate = Gate::new(ROOM);
        let mut places: Vec<_> = (0..3).map(|_| gate.enter(from(1)).unwrap()).collect();
        let _fourth = gate.enter(from(1)).unwrap();
        let gone: Vec<bool> = places.iter_mut().map(|(_, l)| must_leave(l)).collect();
        assert_eq!(gone, [true, false, false]);
        assert_eq!(gate.waiting(), 3);
    }

    #[test]
    fn beyond_so_many_sources_that_knock_in_a_second_the_rest_count_as_one() {
        let mut inside = Inside::default();
        let source = |number: usize| {
            let [.., high, low] = number.to_be_bytes();
            Source::from(IpAddr::from([10, 0, high, low]))
        };
        // Within one second: that of a slow machine begins anew.
        let mut heard = 0;
        for number in 0..MAX_COUNTED_SOURCES + 10 {
            inside.second = Some(Instant::now());
            heard += usize::from(inside.count_knock(source(number), 1).is_ok());
        }
        assert_eq!(heard, MAX_COUNTED_SOURCES + 1);
        assert_eq!(inside.knocks.len(), MAX_COUNTED_SOURCES);
    }

    #[test]
    fn when_all_room_is_taken_the_source_that_holds_the_most_gives_way() {
        let gate = Gate::new(ROOM);
        let (_alone, mut alone) = gate.enter(from(1)).unwrap();
        let mut crowd: Vec<_> = (0..3).map(|_| gate.enter(from(2)).unwrap()).collect();
        let _new = gate.enter(from(3)).unwrap();
        assert!(must_leave(&mut crowd[0].1) && !must_leave(&mut alone));
        assert_eq!(gate.waiting(), 4);
    }

    #[test]
    fn no_crowd_of_strangers_takes_the_room_of_known_sources() {
        let gate = Gate::new(ROOM);
        gate.know(from(1));
        let (_known, mut known) = gate.enter(from(1)).unwrap();
        let _strangers: Vec<_> = (2..200).map(|n| gate.enter(from(n)).unwrap()).collect();
        assert!(!must_leave(&mut known));
        assert_eq!(gate.waiting(), 1 + ROOM.strangers);
    }

    #[test]
    fn a_strange_source_that_knocks_too_often_is_not_heard_and_a_known_one_is() {
        let gate = Gate::new(Room {
            knocks_a_second: 5,
            ..ROOM
        });
        gate.know(from(1));
        let heard = |of: u8| {
            let knocks = (0..20).filter(|_| gate.enter(from(of)).is_ok());
            knocks.count()
        };
        assert!(heard(2) <= 10, "two seconds at most have begun");
        assert_eq!(heard(1), 20);
        assert!(heard(3) >= 5, "others are heard");
    }

    #[test]
    fn who_has_said_who_they_are_is_never_sent_away_up_to_the_limit() {
        let gate = Gate::new(ROOM);
        let mut places: Vec<_> = (0..3).map(|_| gate.enter(from(1)).unwrap()).collect();
        places.iter().for_each(|(place, _)| place.vouch());
        assert_eq!(gate.waiting(), 1, "there is room for two such");
        let _more: Vec<_> = (0..9).map(|_| gate.enter(from(1)).unwrap()).collect();
        let gone: Vec<bool> = places.iter_mut().map(|(_, l)| must_leave(l)).collect();
        assert_eq!(gone, [false, false, true]);
    }

    #[test]
    fn a_place_is_given_back_when_it_is_dropped() {
        let gate = Gate::new(ROOM);
        drop(gate.enter(from(1)).unwrap());
        assert_eq!(gate.waiting(), 0);
    }

    #[test]
    fn hosts_of_one_network_are_one_source() {
        let one: IpAddr = "2001:db8:1:2::1".parse().unwrap();
        let other: IpAddr = "2001:db8:1:2:ffff::9".parse().unwrap();
        let third: IpAddr = "2001:db8:1:3::1".parse().unwrap();
        assert_eq!(Source::from(one), Source::from(other));
        assert_ne!(Source::from(one), Source::from(third));
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
        assert_eq!(Source::from(mapped), Source::from(from(1)));
    }

    #[test]
    fn known_sources_are_forgotten_at_their_limit_oldest_first() {
        let gate = Gate::new(ROOM);
        for n in 0..=u32::try_from(MAX_KNOWN_SOURCES).unwrap() {
            gate.inside().next = u64::from(n);
            gate.know(std::net::Ipv4Addr::from(n).into());
        }
        let inside = gate.inside();
        assert_eq!(inside.known.len(), MAX_KNOWN_SOURCES);
        assert!(
            !inside
                .known
                .contains_key(&Source::from(IpAddr::from([0, 0, 0, 0])))
        );
    }
}
