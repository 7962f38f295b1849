//! A text to begin an arrangement with.

use model::ids::{LineId, LineName, PartyId};

/// A commented text for `standclear arrangement new`. It reads as an arrangement once the area and the telephone numbers
/// are filled in, which nobody should sign as somebody else guessed them.
pub fn template(line: LineId, name: LineName, parties: [PartyId; 2], exercise: bool) -> String {
    let [one, other] = parties;
    let nature = if exercise { "exercise" } else { "live" };
    let fallback = |party: PartyId| {
        ["air", "ground", "protection", "senior"]
            .map(|desk| {
                format!("[[fallback]]\nparty = \"{party}\"\ndesk = \"{desk}\"\nnumbers = []\n\n")
            })
            .concat()
    };
    let (ours, theirs) = (fallback(one), fallback(other));
    format!(
        r#"# The arrangement of one line. Both parties sign this text, byte for byte; any change needs both signatures anew
# and a higher version. Lengths: "500 m", "5 km", "1000 ft", "5 NM". Times: "90 s", "15 min", "24 h".

line = "{line}"
name = "{name}"
version = 1
# "exercise" or "live". Lines and keys of the two cannot be joined.
nature = "{nature}"
parties = ["{one}", "{other}"]
desks = ["air", "ground", "protection", "senior"]
# How finely it may be said where something is. In a stop call a finer place is made coarser, to a square that contains
# it. A notice is refused to its sender where the precision that it states is finer, or, where it states none, where its
# area is less than twice this across: what it declares may be anywhere in it. Its corners travel as they were typed.
finest = "100 m"
# Whether remarks in free text may be sent at all. Each is reviewed by its sender before it goes.
free_text = false
# The fewest officers who keep the watch of each desk, 1 to 9: with fewer the desk is alarmed. Without it each party decides.
# watch_officers = 2
# When people check the line by hand, in UTC.
line_checks = ["06:00Z", "18:00Z"]
# Clocks further apart than this alarm a desk.
clock_offset = "2 s"
# Kinds of notice that need no bearing and distance beside the shape. Shown as `single description`.
single_description = []

# What each party reads: en, ru, ar. For people who write remarks or telephone: nothing is translated for it.
[languages]
{one} = ["en"]
{other} = ["en"]

# Notices outside are refused. One of:
#   polygon = ["35.5, 39.8", "35.5, 40.6", "34.9, 40.6", "34.9, 39.8"]   latitude, longitude
#   circle = {{ centre = "35.3359, 40.1459", radius = "40 km" }}
[area]

# Why anything is said at all. Protective purposes only.
[[purpose]]
id = "flight-safety"
text = "Aircraft do not meet, and nobody is hit from the air by mistake"

[[purpose]]
id = "force-protection"
text = "Units on the ground do not fire on each other"

[[purpose]]
id = "protection-of-civilians"
text = "Hospitals, convoys and other protected sites are not hit"

# Kinds to keep apart, and how far. Kinds: air-activity, hazard-area, position-area, movement, protected-site,
# no-fire-area, restricted-fire-area, coordination-line, caution-area, transit-request.
[[separation]]
between = ["air-activity", "air-activity"]
horizontal = "5 NM"
vertical = "1000 ft"
time = "5 min"

[[separation]]
between = ["air-activity", "hazard-area"]
horizontal = "2 NM"
vertical = "1000 ft"
time = "5 min"

[[separation]]
between = ["hazard-area", "position-area"]
horizontal = "3 km"
vertical = "0 m"
time = "10 min"

[[separation]]
between = ["hazard-area", "protected-site"]
horizontal = "3 km"
vertical = "0 m"
time = "10 min"

# Points that both parties know, for bearing and distance. At least one is needed unless every kind is exempt above.
# [[reference_point]]
# id = "airfield"
# name = "Deir ez-Zor airfield, tower"
# position = "35.2854, 40.1760"

# answer: from when a notice was sent to a person's answer. line_check: from the time of a check by hand to when it is
# made. After either an alarm sounds. read_back: from a notice to its read-back. lead: from a notice to its window. These
# two are between people: the software does not measure them.
[deadlines]
answer = "2 h"
read_back = "10 min"
line_check = "10 min"
lead = "24 h"

# What a stop call obliges: pause and verify. accept: a person takes it, or it climbs. answer: it is answered. confirm:
# the units have confirmed an ordered pause. limit: the pause ends unless renewed. undelivered: the caller is told to
# telephone.
[stop]
accept = "15 s"
answer = "60 s"
confirm = "5 min"
limit = "30 min"
undelivered = "10 s"

[[stop.climb]]
level = "two-star"
after = "30 s"

[[stop.climb]]
level = "three-star"
after = "2 min"

[[stop.climb]]
level = "four-star"
after = "5 min"

# What is added where heights cannot be compared exactly. Without above_ground, heights above ground are refused.
[margins]
flight_level = "600 m"
# above_ground = "100 m"

# The telephones to take when the line cannot carry it: every desk of both parties.
{ours}{theirs}"#
    )
}
