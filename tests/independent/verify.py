#!/usr/bin/env python3
"""Checks proofs that an entry was received, with Python's standard library and nothing of Standclear's.

    verify.py [--root PARTY=WORDS]... FOLDER

FOLDER holds for each proof NAME.tlog-proof, NAME.entry, NAME.vkeys (lines `log <vkey>` and `cosigner <vkey>`; where
that is missing, `vkeys` is for all), NAME.log.manifest and NAME.cosigner.manifest (which keys are whose, signed by the
root keys of the two parties), and perhaps NAME.opening (what was said): see README.md.

WORDS is the fingerprint of that party's root key, sixteen words or forty digits, as it stands on the card that you were
given or was read to you by somebody you know there; never as the folder, or whoever gave it to you, says.

Prints what each proof shows, and
  exits 0 if every key is bound to a root key that you gave;
  exits 3 if the proofs are right in themselves, and a root key is still to be compared, or a key was revoked since;
  prints FAILED and the first thing that is wrong, and exits 1.

Specifications: c2sp.org/tlog-proof, tlog-checkpoint, tlog-cosignature, signed-note; RFC 6962 (trees), RFC 8032
(Ed25519, section 5.1.7; the code follows its section 6), RFC 8949 (CBOR), RFC 9052 (COSE_Sign1).
"""
import argparse
import base64
import datetime
import hashlib
import pathlib
import re
import sys

LIMIT = 1 << 20
# How deep arrays may lie in each other.
MAX_DEPTH = 16


class Wrong(Exception):
    pass


# ---- the words of the field, as numbers; the project's tests hold them against its own lists

KINDS = {
    1: "stop-call", 2: "stop-details", 3: "stop-renewal", 4: "stop-acceptance", 5: "stop-answer", 6: "stop-end",
    7: "stop-lifted", 8: "stop-resumed", 9: "stop-raised-in-error", 14: "received", 15: "refused",
    32: "air-activity", 33: "hazard-area", 34: "position-area", 35: "movement", 36: "protected-site",
    37: "no-fire-area", 38: "restricted-fire-area", 39: "coordination-line", 40: "caution-area",
    41: "transit-request", 49: "withdrawal", 50: "displayed", 51: "read-back", 52: "answer", 53: "downstream",
    56: "line-check", 57: "line-check-answer", 60: "standing", 64: "phrase",
    65: "translation", 66: "translation-challenge", 68: "claim", 69: "claim-answer", 70: "claim-statement",
    72: "warning", 73: "warning-received",
}
SLOTS = {
    1: "element", 2: "authority", 3: "subject", 4: "amends", 5: "area", 6: "second-description", 7: "band",
    8: "window", 9: "label", 10: "precision", 11: "contact", 12: "remarks", 13: "place", 14: "since", 15: "until",
    16: "name", 17: "times", 18: "items", 19: "shown-at", 20: "review-by", 21: "answer-by", 22: "count",
    23: "speed", 24: "challenge", 25: "phrase", 26: "language", 27: "text", 28: "bearing", 29: "distance", 30: "evidence", 31: "whose", 40: "stop-whom", 41: "stop-cause", 42: "stop-answer", 43: "stop-reason",
    44: "answer", 45: "downstream", 46: "line-check-result", 47: "standing", 48: "refusal", 49: "air-activity",
    50: "hazard", 51: "presence", 52: "site", 53: "restriction", 54: "caution", 55: "withdrawal-reason", 56: "marker",
    57: "claim", 58: "claim-answer", 59: "certainty", 60: "warning", 61: "level",
}
# What a code means, slot by slot.
CODES = {
    "stop-whom": {
        0: "unspecified", 1: "own-forces", 2: "protected-site", 3: "convoy", 4: "civilians",
    },
    "stop-cause": {
        0: "unspecified", 1: "air-strike", 2: "artillery", 3: "direct-fire", 4: "drone", 5: "about-to-be-hit",
        6: "unsafe-approach",
    },
    "stop-answer": {
        1: "pause-ordered", 2: "pause-confirmed", 3: "cannot-pause", 4: "not-ours", 5: "unknown",
    },
    "stop-reason": {
        1: "self-defence", 2: "troops-in-contact", 3: "weapons-in-flight", 4: "no-contact-with-unit",
        5: "not-under-our-control", 6: "verified-otherwise", 7: "limit-reached", 99: "other",
    },
    "answer": {
        1: "no-objection", 2: "objection", 3: "concern", 4: "cannot-comply",
    },
    "downstream": {
        1: "not-all-yet", 2: "all-units",
    },
    "line-check-result": {
        1: "received-and-read", 2: "trouble",
    },
    "standing": {
        1: "open", 2: "suspended",
    },
    "refusal": {
        1: "unknown-kind", 2: "unknown-version", 3: "unknown-slot", 4: "unknown-code", 5: "unreadable-slots",
        6: "missing-slot", 7: "wrong-lane", 8: "unknown-purpose", 9: "outside-area", 10: "descriptions-disagree",
        11: "single-description", 12: "bad-geometry", 13: "bad-band", 14: "bad-window", 15: "unknown-subject",
        16: "not-yours", 17: "not-in-force", 18: "too-precise", 19: "unknown-reference-point",
        20: "desk-not-in-arrangement", 21: "read-back-differs", 22: "role-not-allowed",
        23: "free-text-not-allowed", 24: "in-the-future",
    },
    "air-activity": {
        0: "unspecified", 1: "transit", 2: "patrol", 3: "strike", 4: "reconnaissance", 5: "refuelling",
        6: "transport", 7: "drone", 8: "training", 9: "rescue",
    },
    "hazard": {
        0: "unspecified", 1: "artillery", 2: "demolition", 3: "mines", 4: "live-fire", 5: "air-defence",
        6: "jamming", 7: "laser", 8: "drop",
    },
    "presence": {
        0: "unspecified", 1: "troops", 2: "vehicles", 3: "headquarters", 4: "checkpoint", 5: "logistics",
        6: "medical", 7: "aid-convoy", 8: "evacuation",
    },
    "site": {
        0: "unspecified", 1: "hospital", 2: "clinic", 3: "camp", 4: "school", 5: "water", 6: "warehouse",
        7: "worship", 8: "heritage", 9: "office",
    },
    "restriction": {
        0: "unspecified", 1: "no-artillery", 2: "no-air-weapons", 3: "no-heavy-weapons", 4: "no-night-fire",
        5: "call-before-fire",
    },
    "caution": {
        0: "unspecified", 1: "close-forces", 2: "civilian-movement", 3: "search-and-rescue",
        4: "unexploded-ordnance", 5: "dense-air-traffic",
    },
    "withdrawal-reason": {
        1: "finished", 2: "cancelled", 3: "replaced", 4: "given-in-error",
    },
    "marker": {
        1: "question", 2: "answer", 3: "information", 4: "intention", 5: "warning", 6: "request", 7: "correction",
        8: "cancel",
    },
    "claim": {
        1: "strike-on-forces", 2: "strike-on-protected-site", 3: "fire-on-forces", 4: "fire-on-protected-site",
        5: "shelling", 6: "drone-attack", 7: "unsafe-approach", 8: "airspace-violation", 9: "line-crossed",
        10: "damage-to-convoy", 11: "damage-to-site", 12: "casualties", 13: "stop-not-heeded", 99: "other",
    },
    "claim-answer": {
        1: "accepted", 2: "not-accepted", 3: "under-review", 4: "not-ours", 5: "not-under-our-control", 6: "unknown",
    },
    "certainty": {
        1: "certain", 2: "probable", 3: "possible", 4: "reported",
    },
    "warning": {
        1: "presence-of-forces", 2: "consequence", 3: "area", 4: "standing",
    },
    "level": {
        1: "desk", 2: "two-star", 3: "three-star", 4: "four-star",
    },
}
MEDIA = {
    1: "image/jpeg", 2: "image/png", 3: "image/tiff", 4: "application/pdf", 5: "video/mp4", 6: "audio/wav",
    7: "text/plain",
}
DESKS = {1: "air", 2: "ground", 3: "protection", 4: "senior"}
LANES = {1: "stop", 2: "main"}
WORDS = """
acorn actor adobe album almond amber anchor ankle apron arch arrow attic autumn avenue bacon badge bamboo banana
banjo barrel basket bazaar beach beaver berry biscuit blossom bonnet bottle branch bread bridge broom bubble
buffalo butter cabin cactus camel candle canoe carpet castle cavern cedar chalk charm cheese chimney cinema circus
clover cobalt cocoa coffee collar comet copper coral cotton cousin cradle cricket crystal curtain cushion daisy
dancer desert diamond ditch doctor dolphin donkey dragon drawer drizzle duck eagle easel echo elbow emerald engine
estuary fabric falcon feather fennel ferret fiddle finger fjord flower flute forest fossil furnace galaxy garlic
gate gecko geyser giraffe glove goblet granite grape gravel guitar hamlet hammer harbor hazel helmet hermit heron
horizon hyena igloo indigo inkwell insect iris island ivory jaguar jasmine jelly jewel jigsaw juniper kayak kettle
kiosk kitchen knot koala ladder lagoon lantern lattice ledger lemon leopard library lily linen lobster locket lotus
lunch magnet mango marble meadow mirror mitten mosaic mountain muffin mulberry museum napkin nectar needle nephew
nickel nomad nugget nutmeg oasis oatmeal ocean octopus olive onion orange orbit orchard otter oyster palace panda
paprika parrot parsley peanut pebble pelican pencil piano pigeon pirate planet plaza poet pony pretzel puppet
puzzle pyramid quartz quilt quiver rabbit radish raisin rhubarb ribbon robin ruby saddle saffron salmon scarf
school shelf silver slipper spider sugar summer sunset syrup tadpole teapot thimble tiger tomato topaz trumpet
tulip tundra tunnel turnip turtle twilight umbrella uncle valley vanilla vineyard violin vulture wagon walnut
walrus whistle willow window wizard yogurt zebra zigzag zipper
""".split()


# ---- Ed25519 (RFC 8032, section 6): slow, short and plain

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def same(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def recover_x(y, sign):
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - x2) % P:
        return None
    return P - x if (x & 1) != sign else x


def decompress(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


GY = 4 * pow(5, P - 2, P) % P
GX = recover_x(GY, 0)
BASE = (GX, GY, 1, GX * GY % P)


def signed(key, message, signature):
    """Whether `signature` is `key`'s over `message`; keys and points of small order are refused."""
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r = decompress(key), decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER:
        return False
    if same(times(8, a), (0, 1, 1, 0)) or same(times(8, r), (0, 1, 1, 0)):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    return same(times(s, BASE), add(r, times(k, a)))


# ---- notes and checkpoints

def b64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise Wrong("a part that should be base64 is not") from None
    if base64.b64encode(data).decode() != text:
        raise Wrong("a part in base64 is not written in the one right way")
    return data


class Key:
    """A verifier key: NAME+ID+BASE64, where ID is the hash of name, algorithm and key (c2sp.org/signed-note)."""

    def __init__(self, text, algorithm):
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise Wrong(f"`{text}` is not a verifier key")
        self.name, ident, data = parts[0], parts[1], b64(parts[2])
        if not data or data[0] != algorithm or len(data) != 33:
            raise Wrong(f"the key of `{self.name}` is not of the algorithm expected")
        self.id = hashlib.sha256(self.name.encode() + b"\n" + data).digest()[:4]
        if self.id.hex() != ident:
            raise Wrong(f"the key of `{self.name}` does not have the identity it states")
        self.key = data[1:]


def open_checkpoint(note, log, cosigners):
    """The checkpoint's size and root, and for each cosigner the time it signed at."""
    text, blank, lines = note.partition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise Wrong("the checkpoint is not a signed note")
    body = text + "\n"
    signatures = {}
    for line in lines.splitlines():
        if not line.startswith("\u2014 "):
            raise Wrong("a signature line of the checkpoint is malformed")
        name, _, data = line[2:].partition(" ")
        data = b64(data)
        if (name, data[:4]) in signatures:
            raise Wrong(f"`{name}` signed the checkpoint twice")
        signatures[(name, data[:4])] = data[4:]
    if not signed(log.key, body.encode(), signatures.get((log.name, log.id), b"")):
        raise Wrong(f"the log `{log.name}` did not sign this checkpoint")
    times_signed = {}
    for cosigner in cosigners:
        data = signatures.get((cosigner.name, cosigner.id), b"")
        if len(data) != 72:
            raise Wrong(f"`{cosigner.name}` did not sign for this checkpoint")
        at = int.from_bytes(data[:8], "big")
        message = f"cosignature/v1\ntime {at}\n{body}".encode()
        if not signed(cosigner.key, message, data[8:]):
            raise Wrong(f"the signature of `{cosigner.name}` on this checkpoint is not right")
        times_signed[cosigner.name] = at
    parts = text.split("\n")
    if len(parts) < 3 or parts[0] != log.name or str(int(parts[1])) != parts[1]:
        raise Wrong("the checkpoint is not of this log")
    return int(parts[1]), b64(parts[2]), times_signed


# ---- trees (RFC 9162, 2.1.3.2)

def included(index, size, leaf, path, root):
    if index >= size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = hashlib.sha256(b"\x01" + p + r).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = hashlib.sha256(b"\x01" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


# ---- CBOR and COSE_Sign1, in the one form that is used

class Cbor:
    """Reads definite lengths: numbers, bytes, text, arrays, an empty map, tags, true, false, null."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if self.at + count > len(self.data):
            raise Wrong("it ends in the middle")
        self.at += count
        return self.data[self.at - count:self.at]

    def item(self, depth=0):
        if depth > MAX_DEPTH:
            raise Wrong("it is nested too deep")
        first = self.take(1)[0]
        major, low = first >> 5, first & 31
        if low > 27:
            raise Wrong("it has a form that is not used")
        number = low if low < 24 else int.from_bytes(self.take(1 << (low - 24)), "big")
        if major == 0:
            return number
        if major == 1:
            return -1 - number
        if major == 2:
            return self.take(number)
        if major == 3:
            return self.take(number).decode()
        if major == 4:
            return [self.item(depth + 1) for _ in range(number)]
        if major == 5 and number == 0:
            return {}
        if major == 6:
            return (number, self.item(depth + 1))
        if major == 7 and low in (20, 21, 22):
            return {20: False, 21: True, 22: None}[low]
        raise Wrong("it has a form that is not used")


def cbor(data):
    reader = Cbor(data)
    item = reader.item()
    if reader.at != len(data):
        raise Wrong("something follows its end")
    return item


def head(major, number):
    for size, low in ((1, 24), (2, 25), (4, 26)):
        if number < 24:
            return bytes([major << 5 | number])
        if number < 1 << 8 * size:
            return bytes([major << 5 | low]) + number.to_bytes(size, "big")
    raise Wrong("it is too large")


def string(data):
    return head(2, len(data)) + data


def key_id(public):
    return hashlib.sha256(b"standclear/key/1" + public).digest()[:8]


class Message:
    """A COSE_Sign1 whose form is right; nothing in it is to be believed before `is_by`."""

    def __init__(self, data):
        tagged = cbor(data)
        if not isinstance(tagged, tuple) or tagged[0] != 18 or not isinstance(tagged[1], list) or len(tagged[1]) != 4:
            raise Wrong("not a COSE_Sign1")
        self.protected, plain, self.payload, self.signature = tagged[1]
        binary = all(isinstance(part, bytes) for part in (self.protected, self.payload, self.signature))
        if not binary or plain != {} or len(self.protected) != 13 or self.protected[:5] != b"\xa2\x01\x27\x04\x48":
            raise Wrong("not a COSE_Sign1 of EdDSA and a key's name")
        self.key = self.protected[5:]

    def is_by(self, public, purpose):
        parts = string(self.protected) + string(purpose.encode()) + string(self.payload)
        message = head(4, 4) + head(3, 10) + b"Signature1" + parts
        return key_id(public) == self.key and signed(public, message, self.signature)


# ---- whose the keys are

OPERATIONAL, LOG, COSIGNING = 2, 3, 4
REASONS = {1: "lost", 2: "captured", 3: "replaced", 99: "other"}


class Manifest:
    """Which keys are a party's, signed by the root key that it names; a person must compare that root key."""

    def __init__(self, data):
        message = Message(data)
        parts = cbor(message.payload)
        if not isinstance(parts, list) or len(parts) != 10 or parts[0] != 1:
            raise Wrong("not a manifest of format 1")
        _, self.party, self.version, self.exercise, _, root, keys, _, _, revoked = parts
        if root[0] != "Ed25519" or not message.is_by(root[1], "standclear/manifest/1"):
            raise Wrong(f"the root key that the manifest of `{self.party}` names did not sign it")
        if not re.fullmatch("[a-z][a-z0-9-]{0,30}", self.party):
            raise Wrong("the manifest names its party as no card does")
        self.root = root[1]
        self.keys = [(role, public) for role, algorithm, public, _, _ in keys if algorithm == "Ed25519"]
        self.revoked = {key: (since, REASONS.get(reason, "other")) for key, since, reason in revoked}
        half = hashlib.sha256(b"standclear/fingerprint/1" + self.root).digest()[:16]
        self.words = " ".join(WORDS[byte] for byte in half)
        self.digits = " ".join(f"{half[at] << 8 | half[at + 1]:05}" for at in range(0, 16, 2))

    def has(self, role, public):
        return (role, public) in self.keys

    def is_root(self, heard):
        return heard in (self.words.replace(" ", ""), self.digits.replace(" ", ""))

    def warning(self, public, did):
        """What to say of a key that was taken out of trust."""
        if key_id(public) not in self.revoked:
            return None
        since, reason = self.revoked[key_id(public)]
        return (f"REVOKED: the key of {self.party} that {did} was revoked since {when(since)} ({reason}): somebody "
                "else may have used it, whatever time it states")


# ---- what was said

def when(ms):
    at = datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc)
    return f"{at:%Y-%m-%d %H:%M:%S}.{ms % 1000:03}Z"


def point(latitude, longitude):
    return f"{latitude / 1e7:.7f}, {longitude / 1e7:.7f}"


def points(numbers):
    return "; ".join(point(*pair) for pair in zip(numbers[::2], numbers[1::2]))


def metres(mm):
    # Outward, where it is too large to be measured finer.
    return f"{-(-mm // 1000)} m" if mm > 10_000 else f"{mm / 1000:g} m"


def height(stated):
    if stated[0] == 3:
        return f"FL{stated[1]:03}"
    if stated[0] == 4:
        unit, above = {1: "ft", 2: "m"}[stated[2]], {1: "above the ellipsoid", 2: "MSL", 3: "AGL"}[stated[3]]
        return f"{stated[1]} {unit} {above}"
    return {1: "surface", 2: "unlimited"}[stated[0]]


def area(stated):
    if stated[0] == 1:
        return f"circle of {metres(stated[3])} about {point(*stated[1:3])}"
    if stated[0] == 2:
        return f"polygon {points(stated[1])}"
    return f"corridor of {metres(stated[1])} along {points(stated[2])}"


def entry_named(stated):
    senders, lane, epoch, index = stated
    return f"entry {index} of the {LANES[lane]} log {epoch} of {'the sender' if senders else 'the receiver'}"


def shown(slot, value):
    """A value for a person; what is of no known form is shown as it is."""
    try:
        name = SLOTS[slot]
        if name in CODES:
            return CODES[name][value]
        if name in ("since", "until", "shown-at", "review-by", "answer-by"):
            return when(value)
        if name == "window":
            return f"{when(value[0])} to {when(value[1])}"
        if name == "band":
            return f"{height(value[0])} to {height(value[1])}"
        if name == "area":
            return area(value)
        if name == "place":
            return f"{point(*value[:2])}, good to {metres(value[2])}"
        if name == "second-description":
            return (f"{value[3] / 1000:g} degrees (good to {value[4] / 1000:g}), {metres(value[5])} (good to "
                    f"{metres(value[6])}) from {value[0]}")
        if name in ("subject", "amends"):
            return entry_named(value)
        if name == "times":
            return "; ".join(f"{index} at {when(at)}" for index, at in zip(value[::2], value[1::2]))
        if name == "items":
            return "; ".join(f"{SLOTS[of]}: {shown(of, item)}" for of, item in zip(value[::2], value[1::2]))
        if name == "evidence":
            files = zip(value[::3], value[1::3], value[2::3])
            return "; ".join(f"{MEDIA[media]} of {size} bytes, SHA-256 {digest.hex()}" for digest, media, size in files)
        if name in ("precision", "distance"):
            return metres(value)
        if name == "bearing":
            return f"{value / 1000:g} degrees"
        if name == "speed":
            return f"{value / 1000:g} m/s"
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        pass
    # One line, whatever the text holds.
    return repr(value) if not isinstance(value, str) else value if value.isprintable() else repr(value)


def slots_of(kind, commitments, data):
    """The fields that an opening shows, each held against the envelope's commitments."""
    reader = Cbor(data)
    if reader.take(1) != b"\x83" or reader.item() != 1:
        raise Wrong("not an opening of version 1")
    start = reader.take(1)[0]
    if start >> 5 != 4 or start & 31 > 23:
        raise Wrong("not an opening of version 1")
    given = [commitments[at:at + 32] for at in range(0, len(commitments), 32)]
    fields = []
    for _ in range(start & 31):
        if reader.take(1) != b"\x83":
            raise Wrong("a field is malformed")
        slot, salt, begin = reader.item(), reader.item(), reader.at
        value = reader.item()
        raw = data[begin:reader.at]
        if not isinstance(slot, int) or not 0 <= slot < 1 << 16 or not isinstance(salt, bytes) or len(salt) != 16:
            raise Wrong("a field is malformed")
        hashed = b"standclear/slot/1" + kind.to_bytes(2, "big") + slot.to_bytes(2, "big") + salt + raw
        name = SLOTS.get(slot, f"field {slot}")
        if hashlib.sha256(hashed).digest() not in given:
            raise Wrong(f"`{name}` is not what the sender signed: it was altered")
        fields.append((name, shown(slot, value)))
    padding = reader.item()
    if not isinstance(padding, bytes) or padding.strip(b"\0") or reader.at != len(data):
        raise Wrong("the opening does not end as it should")
    return fields


def said(entry, index, log, sender, receiver, opening):
    """What the entry says, by its sender's signature; and whether the key that signed was revoked."""
    message = Message(entry)
    parts = cbor(message.payload)
    if not isinstance(parts, list) or len(parts) < 17:
        raise Wrong("the entry is no envelope")
    _, line, by, to, epoch, lane, at, kind, _, _, _, desk, sent_at = parts[:13]
    commitments = parts[15]
    name = f"standclear/{line.hex()}/{by}/{LANES.get(lane)}/{epoch}"
    if (name, by, to, at) != (log.name, sender.party, receiver.party, index):
        raise Wrong("the entry says of itself that it stands elsewhere, or is of other parties")
    keys = [public for role, public in sender.keys if role == OPERATIONAL]
    keys = [public for public in keys if message.is_by(public, "standclear/envelope/1")]
    if not keys:
        raise Wrong(f"no key of `{by}` signed the entry")
    lines = [f"{KINDS.get(kind, f'kind {kind}')} from {by} to {to}, desk {DESKS.get(desk, desk)}, sent {when(sent_at)} "
             f"by the clock of {by}, signed by {by}"]
    if opening is not None:
        fields = slots_of(kind, commitments, opening)
        lines += [f"  {field}: {value}" for field, value in fields]
        lines += ["each field is as it was signed; one that is not here was not given, was withheld or was destroyed"]
    return lines, sender.warning(keys[0], "signed the entry")


# ---- the folder

def read(path):
    with open(path, "rb") as file:
        data = file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise Wrong(f"{path.name} is larger than {LIMIT} bytes")
    return data


def text_of(path):
    try:
        return read(path).decode()
    except UnicodeDecodeError:
        raise Wrong("not UTF-8: at least one byte was altered") from None


def check(proof, log, cosigners):
    entry = read(proof.with_suffix(".entry"))
    head, blank, note = text_of(proof).partition("\n\n")
    lines = head.split("\n")
    if not blank or lines[0] != "c2sp.org/tlog-proof@v1":
        raise Wrong("not a tlog-proof")
    lines = lines[1:]
    if lines and lines[0].startswith("extra "):
        lines = lines[1:]
    if not lines or not lines[0].startswith("index ") or not lines[0][6:].isdigit():
        raise Wrong("the index is missing")
    index = int(lines[0][6:])
    path = [b64(line) for line in lines[1:]]
    size, root, at = open_checkpoint(note, log, cosigners)
    leaf = hashlib.sha256(b"\x00" + entry).digest()
    if not included(index, size, leaf, path, root):
        raise Wrong(f"{proof.stem}.entry is not entry {index} under the signed root: it, or the proof, was altered")
    return index, size, at, entry


def keys_of(path):
    """The key of the log, and those of the cosigners."""
    log, cosigners = None, []
    for line in text_of(path).splitlines():
        kind, _, key = line.partition(" ")
        if kind == "log" and log is None:
            log = Key(key, 1)
        elif kind == "cosigner":
            cosigners.append(Key(key, 4))
        else:
            raise Wrong(f"a line is neither `log` (once) nor `cosigner`: {line[:40]}")
    if log is None:
        raise Wrong("no key of the log")
    return log, cosigners


def tell(text):
    """Prints it; a character that could do something to the terminal is shown as `?`."""
    print("".join(char if char.isprintable() or char == "\n" else "?" for char in text))


class Roots:
    """The root keys that the person who runs this has from elsewhere, and which of them were needed."""

    def __init__(self, given):
        self.heard, self.used, self.unbound = {}, set(), {}
        for root in given:
            party, equals, words = root.partition("=")
            heard = "".join(re.findall("[a-z0-9]+", words.lower()))
            if not equals or not party or not heard:
                raise Wrong(f"--root {root}: write PARTY=WORDS, with the words of that party's fingerprint")
            self.heard[party] = heard

    def bind(self, manifest):
        """How the root key of a party stands, in words."""
        party = manifest.party
        both = f"{manifest.words}\n      {manifest.digits}"
        if party not in self.heard:
            self.unbound[party] = manifest
            return f"root key of {party}, NOT COMPARED: {both}"
        if not manifest.is_root(self.heard[party]):
            raise Wrong(f"the root key of `{party}` here is not the one that you gave: these are not the keys of that "
                        f"party; here it is {manifest.words}")
        self.used.add(party)
        return f"root key of {party}, as you gave it: {both}"


def bound(stem, folder, log, cosigners):
    """The manifests beside a proof, held against its keys; none where they are missing."""
    paths = [folder / f"{stem}.log.manifest", folder / f"{stem}.cosigner.manifest"]
    if not all(path.exists() for path in paths):
        return None
    sender, receiver = (Manifest(read(path)) for path in paths)
    origin = log.name.split("/")
    if len(origin) != 5 or origin[2] != sender.party or not sender.has(LOG, log.key):
        raise Wrong(f"the key of the log `{log.name}` is none of `{sender.party}`")
    for cosigner in cosigners:
        if cosigner.name != f"standclear/{receiver.party}/cosigner" or not receiver.has(COSIGNING, cosigner.key):
            raise Wrong(f"the key of `{cosigner.name}` is none of `{receiver.party}`")
    if not cosigners:
        raise Wrong("no cosigner is named: nobody says that it was received")
    if sender.party == receiver.party or sender.root == receiver.root:
        raise Wrong("sender and receiver are the same party, or have the same root key")
    if sender.exercise != receiver.exercise:
        raise Wrong("the keys of one party are for exercise, those of the other are live")
    return sender, receiver


def main(folder, given):
    folder = pathlib.Path(folder)
    current = str(folder)
    loose = set()
    try:
        roots = Roots(given)
        proofs = sorted(folder.glob("*.tlog-proof"))
        if not proofs:
            raise Wrong("there is no .tlog-proof in the folder")
        for proof in proofs:
            vkeys = proof.with_suffix(".vkeys")
            vkeys = vkeys if vkeys.exists() else folder / "vkeys"
            current = vkeys.name
            log, cosigners = keys_of(vkeys)
            current = proof.name
            index, size, at, entry = check(proof, log, cosigners)
            current = f"{proof.stem}.log.manifest, {proof.stem}.cosigner.manifest or {vkeys.name}"
            manifests = bound(proof.stem, folder, log, cosigners)
            tell(f"{proof.stem}: entry {index} of {log.name}, a log of {size}")
            for name, seconds in at.items():
                signed_at = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
                tell(f"  held, and signed for, by {name} at {signed_at:%Y-%m-%d %H:%M:%SZ} by its own clock; received "
                     "by then")
            if manifests is None:
                loose.add("no manifests lie beside it")
                tell("  NOT BOUND: no manifests lie beside it, and nothing says whose these keys are")
                continue
            sender, receiver = manifests
            if sender.exercise:
                tell("  EXERCISE: keys for exercises only")
            opening = folder / f"{proof.stem}.opening"
            current = opening.name if opening.exists() else f"{proof.stem}.entry"
            opened = read(opening) if opening.exists() else None
            lines, warning = said(entry, index, log, sender, receiver, opened)
            for line in lines:
                tell(f"  {line}")
            warnings = [warning, sender.warning(log.key, "signed the log")]
            warnings += [receiver.warning(cosigner.key, "signed for it") for cosigner in cosigners]
            for warning in filter(None, warnings):
                loose.add("a key was revoked")
                tell(f"  {warning}")
            for manifest in manifests:
                current = f"--root {manifest.party}"
                tell(f"  {roots.bind(manifest)}")
        current = "--root"
        for party in roots.heard.keys() - roots.used:
            raise Wrong(f"no proof here is of `{party}`: the parties are named as on their cards")
    except (Wrong, OSError, ValueError, TypeError, IndexError, KeyError, OverflowError) as wrong:
        tell(f"FAILED: {current}: {wrong}")
        return 1
    if not loose and not roots.unbound:
        tell(f"{len(proofs)} proofs verified")
        return 0
    tell(f"{len(proofs)} proofs are right in themselves, and prove nothing by themselves yet:")
    for why in sorted(loose):
        tell(f"  {why}: see above")
    if roots.unbound:
        tell(f"  compare the root key of {' and of '.join(sorted(roots.unbound))} above with the card that you were "
             "given, by somebody other than whoever gave you this folder, and give it with --root PARTY=WORDS")
    return 3


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", action="append", default=[], metavar="PARTY=WORDS")
    parser.add_argument("folder")
    arguments = parser.parse_args()
    sys.exit(main(arguments.folder, arguments.root))
