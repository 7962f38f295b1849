#!/usr/bin/env python3
"""Checks proofs that an entry was received, with Python's standard library and nothing of Standclear's.

    verify.py FOLDER

FOLDER holds for each proof NAME.tlog-proof, NAME.entry, and NAME.vkeys (lines `log <vkey>` and `cosigner <vkey>`; where
that is missing, `vkeys` is for all): see README.md. Prints what each proof shows and exits 0, or prints FAILED and the first thing that is wrong, exit 1.

Specifications: c2sp.org/tlog-proof, tlog-checkpoint, tlog-cosignature, signed-note; RFC 6962 (trees), RFC 8032
(Ed25519, section 5.1.7; the code follows its section 6).
"""
import base64
import datetime
import hashlib
import pathlib
import sys

LIMIT = 1 << 20


class Wrong(Exception):
    pass


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
    return index, size, at


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


def main(folder):
    folder = pathlib.Path(folder)
    current = str(folder)
    try:
        proofs = sorted(folder.glob("*.tlog-proof"))
        if not proofs:
            raise Wrong("there is no .tlog-proof in the folder")
        for proof in proofs:
            vkeys = proof.with_suffix(".vkeys")
            vkeys = vkeys if vkeys.exists() else folder / "vkeys"
            current = vkeys.name
            log, cosigners = keys_of(vkeys)
            current = proof.name
            index, size, at = check(proof, log, cosigners)
            print(f"{proof.stem}: entry {index} of {log.name}, a log of {size}")
            for name, seconds in at.items():
                when = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
                print(f"  held, and signed for, by {name} at {when:%Y-%m-%d %H:%M:%SZ} by its own clock; received by then")
    except (Wrong, OSError, ValueError, OverflowError) as wrong:
        print(f"FAILED: {current}: {wrong}")
        return 1
    print(f"{len(proofs)} proofs verified")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
