//! Each parser that reads a peer's bytes, or what a person types, as a function from any bytes to nothing.
//!
//! A target panics where its parser does, and where what it accepted breaks a promise (comes back as other bytes, goes
//! over a bound). Two things call them: `tests/mutations.rs`, in every test run, and libFuzzer, by `scripts/fuzz`.
//!
//! A peer has keys: what it sends can be wrong in its content and rightly signed. So most targets also sign what they are
//! given, with the keys of the parties in the golden files, and feed that.

pub mod documents;
pub mod keys;
pub mod line;
pub mod log;
pub mod maps;
pub mod seeds;
pub mod signed;
pub mod typed;

/// One parser.
pub struct Target {
    pub name: &'static str,
    pub run: fn(&[u8]),
    /// Good input to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Inputs of it in a test run: fewer where one takes long.
    pub tries: usize,
}

const fn target(
    name: &'static str,
    run: fn(&[u8]),
    seeds: fn() -> Vec<Vec<u8>>,
    tries: usize,
) -> Target {
    Target {
        name,
        run,
        seeds,
        tries,
    }
}

/// All of them. `fuzz/libfuzzer/fuzz_targets` has a file of the same name for each; a test says so.
pub const TARGETS: &[Target] = &[
    target("cbor", line::cbor, seeds::cbor, 20_000),
    target("envelope", line::envelope, seeds::envelopes, 4_000),
    target("opening", line::opening, seeds::openings, 10_000),
    target("frame", line::frame, seeds::frames, 2_000),
    target("hello", line::hello, seeds::hello, 10_000),
    target("preamble", line::preamble, seeds::preamble, 10_000),
    target("stream", line::stream, seeds::stream, 4_000),
    target("manifest", documents::manifest, seeds::manifests, 2_000),
    target("card", documents::card, seeds::cards, 1_000),
    target("epoch", documents::epoch, seeds::epochs, 4_000),
    target(
        "arrangement",
        documents::arrangement,
        seeds::arrangements,
        600,
    ),
    target("file", documents::file, seeds::files, 300),
    target("import", documents::import, seeds::stream, 200),
    target("record", documents::record, seeds::records, 20_000),
    target(
        "private_key",
        documents::private_key,
        seeds::private_keys,
        4_000,
    ),
    target("note", log::note, seeds::notes, 4_000),
    target("checkpoint", log::checkpoint, seeds::notes, 2_000),
    target("proof", log::proof, seeds::proofs, 2_000),
    target("inclusion", log::inclusion, seeds::trees, 10_000),
    target("tile", log::tile, seeds::tiles, 10_000),
    target(
        "coordinates",
        typed::coordinates,
        seeds::coordinates,
        20_000,
    ),
    target("rules", typed::rules, seeds::rules, 40),
    target("csv", maps::csv, seeds::tables, 4_000),
    target("geojson", maps::geojson, seeds::geojson, 4_000),
    target("kml", maps::kml, seeds::kml, 4_000),
];

/// Input of two parts: two bytes of length, big-endian, the first part, the second.
pub fn halves(data: &[u8]) -> (&[u8], &[u8]) {
    let Some((len, rest)) = data.split_first_chunk::<2>() else {
        return (data, &[]);
    };
    rest.split_at(usize::from(u16::from_be_bytes(*len)).min(rest.len()))
}

/// What [`halves`] takes apart. A first part over 65,535 bytes is cut.
pub fn joined(first: &[u8], second: &[u8]) -> Vec<u8> {
    let len = u16::try_from(first.len()).unwrap_or(u16::MAX);
    [&len.to_be_bytes(), &first[..usize::from(len)], second].concat()
}
