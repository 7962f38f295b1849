//! Good input to begin with: the golden files, and what can be made from them.

use tlog::{Checkpoint, HashTree, TlogProof, leaf_hash};
use wire::file::{FileHeader, encrypt};
use wire::line::frame::PREFIX;

use crate::joined;
use crate::keys::{self, COSIGNER, FILE_KEY, KEYS, LOG};

macro_rules! golden {
    ($name:literal) => {
        include_str!(concat!("../../crates/wire/tests/golden/", $name))
    };
}

/// The lines of a golden file: a name, and one or two byte strings in hexadecimal.
fn lines(text: &str) -> impl Iterator<Item = (&str, Vec<Vec<u8>>)> {
    text.lines().map(|line| {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default();
        (name, words.map(bytes).collect())
    })
}

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |digit: &u8| {
        char::from(*digit)
            .to_digit(16)
            .expect("a hexadecimal digit") as u8
    };
    let pairs = hex.as_bytes().as_chunks::<2>().0.iter();
    pairs
        .map(|[high, low]| digit(high) << 4 | digit(low))
        .collect()
}

fn firsts(text: &str, wanted: impl Fn(&str) -> bool) -> Vec<Vec<u8>> {
    let chosen = lines(text).filter(|(name, _)| wanted(name));
    chosen
        .filter_map(|(_, parts)| parts.into_iter().next())
        .collect()
}

fn pairs(text: &str) -> Vec<Vec<u8>> {
    let pair = |(_, parts): (_, Vec<Vec<u8>>)| {
        let part = |at: usize| parts.get(at).map_or(&[][..], Vec::as_slice);
        joined(part(0), part(1))
    };
    lines(text).map(pair).collect()
}

/// An envelope and its opening, of each kind.
pub fn envelopes() -> Vec<Vec<u8>> {
    pairs(golden!("envelopes.hex"))
}

/// Each opening, behind the place of its kind in the list of kinds.
pub fn openings() -> Vec<Vec<u8>> {
    let opening = |(name, parts): (&str, Vec<Vec<u8>>)| {
        let kind = name.split_once('-').map_or(name, |(_, kind)| kind);
        let mut kinds = model::kind::Kind::ALL.iter();
        let index = kinds
            .position(|known| known.name() == kind)
            .expect("a kind") as u8;
        [&[index][..], &parts[1]].concat()
    };
    lines(golden!("envelopes.hex")).map(opening).collect()
}

/// The head of a record and its opening, of each event.
pub fn records() -> Vec<Vec<u8>> {
    [
        golden!("records.hex"),
        golden!("elements.hex"),
        golden!("exports.hex"),
        golden!("incidents.hex"),
    ]
    .into_iter()
    .flat_map(pairs)
    .collect()
}

/// Frames without their lengths.
pub fn frames() -> Vec<Vec<u8>> {
    let frames = firsts(golden!("frames.hex"), |_| true);
    frames
        .into_iter()
        .map(|frame| frame[PREFIX..].to_vec())
        .collect()
}

pub fn hello() -> Vec<Vec<u8>> {
    let frames = firsts(golden!("frames.hex"), |name| name == "hello");
    frames
        .into_iter()
        .map(|frame| frame[PREFIX..].to_vec())
        .collect()
}

/// Frames with their lengths, one by one and all together.
pub fn stream() -> Vec<Vec<u8>> {
    let mut frames = firsts(golden!("frames.hex"), |_| true);
    frames.push(frames.concat());
    frames
}

fn documents(wanted: &'static str) -> Vec<Vec<u8>> {
    firsts(golden!("documents.hex"), |name| name.starts_with(wanted))
}

pub fn preamble() -> Vec<Vec<u8>> {
    documents("preamble")
}

pub fn manifests() -> Vec<Vec<u8>> {
    documents("manifest")
}

pub fn cards() -> Vec<Vec<u8>> {
    documents("card")
}

pub fn private_keys() -> Vec<Vec<u8>> {
    documents("private-key")
}

/// Statements, as the frames that carry them hold them.
pub fn epochs() -> Vec<Vec<u8>> {
    let frames = firsts(golden!("frames.hex"), |name| name.starts_with("epoch"));
    let statement = |frame: Vec<u8>| match wire::line::frame::parse(&frame[PREFIX..]) {
        Ok(wire::line::frame::Parsed::Epoch(statement)) => Some(statement.to_vec()),
        Ok(_) | Err(_) => None,
    };
    frames.into_iter().filter_map(statement).collect()
}

/// Everything in CBOR, as it is.
pub fn cbor() -> Vec<Vec<u8>> {
    let mut all = firsts(golden!("envelopes.hex"), |_| true);
    all.extend(firsts(golden!("records.hex"), |_| true));
    all.extend(frames());
    all.extend(manifests());
    all
}

/// The text of an arrangement, with both signatures and with none.
pub fn arrangements() -> Vec<Vec<u8>> {
    let signed = golden!("arrangement.toml");
    let begin = signed.find("-----BEGIN").unwrap_or(signed.len());
    vec![signed.into(), signed[..begin].into()]
}

/// A file for the receiver, with every golden frame in it.
pub fn files() -> Vec<Vec<u8>> {
    let header = FileHeader {
        line: keys::line(),
        from: KEYS.peer().party(),
        to: KEYS.us().party(),
        created: keys::at(),
    };
    let public = FILE_KEY.public().expect("a file key");
    let frames = firsts(golden!("frames.hex"), |_| true);
    vec![encrypt(&header, &frames, &public, &[9; 32]).expect("a file")]
}

fn tree(size: u64) -> HashTree {
    (0..size)
        .map(|index| leaf_hash(&index.to_be_bytes()))
        .collect()
}

fn cosigned(size: u64) -> (Checkpoint, String) {
    let origin = KEYS.origin(keys::log());
    let checkpoint = Checkpoint::new(&origin, size, tree(size).root()).expect("a checkpoint");
    let note = checkpoint.sign(&LOG).expect("a note");
    let cosignature = COSIGNER
        .cosign(&checkpoint, 1_474_127_800)
        .expect("a cosignature");
    let note = cosignature
        .attach(&note, COSIGNER.verifier())
        .expect("a cosigned note");
    (checkpoint, note)
}

/// A checkpoint bare, signed and cosigned; both keys as texts; a cosignature.
pub fn notes() -> Vec<Vec<u8>> {
    let (checkpoint, cosigned) = cosigned(11);
    let signed = checkpoint.sign(&LOG).expect("a note");
    let cosignature = COSIGNER.cosign(&checkpoint, 1).expect("a cosignature");
    let keys = [LOG.verifier().to_string(), COSIGNER.verifier().to_string()];
    let mut notes: Vec<Vec<u8>> = keys.map(String::into_bytes).to_vec();
    notes.extend([checkpoint.body(), signed, cosigned].map(String::into_bytes));
    notes.push(cosignature.to_bytes().to_vec());
    notes
}

/// Proof files, one of them with extra data.
pub fn proofs() -> Vec<Vec<u8>> {
    let (_, note) = cosigned(11);
    let hashes = tree(11).prove_inclusion(11, 6).expect("a proof");
    let proof = TlogProof::new(6, hashes, note).expect("a proof file");
    let extra = proof.clone().with_extra(vec![7; 40]).expect("extra data");
    [proof, extra]
        .map(|proof| proof.encode().into_bytes())
        .to_vec()
}

/// Sizes and hashes of an inclusion and of a consistency proof.
pub fn trees() -> Vec<Vec<u8>> {
    let tree = tree(11);
    let root = |size| tree.root_at(size).expect("a root");
    let seed = |one: u64, other: u64, hashes: Vec<tlog::Hash>| {
        let hashes = hashes.iter().flat_map(|hash| hash.0);
        let numbers = [one.to_be_bytes(), other.to_be_bytes()].concat();
        numbers.into_iter().chain(hashes).collect()
    };
    let mut inclusion = vec![root(11), leaf_hash(&6_u64.to_be_bytes())];
    inclusion.extend(tree.prove_inclusion(11, 6).expect("a proof"));
    let mut consistency = vec![root(6), root(11)];
    consistency.extend(tree.prove_consistency(6, 11).expect("a proof"));
    vec![seed(11, 6, inclusion), seed(6, 11, consistency)]
}

/// A tile of hashes, an entry bundle, and paths.
pub fn tiles() -> Vec<Vec<u8>> {
    let mut bundle = Vec::new();
    for entry in [&b"one"[..], b"", &[7; 300]] {
        tlog::tile::push_entry(&mut bundle, entry).expect("a small entry");
    }
    let hashes = (0..9_u8).flat_map(|hash| [hash; 32]).collect();
    let paths = ["tile/0/x001/234", "tile/entries/x018/014.p/9", "tile/3/007"];
    let mut seeds = paths.map(|path| path.as_bytes().to_vec()).to_vec();
    seeds.extend([bundle, hashes]);
    seeds
}

/// What officers type.
pub fn coordinates() -> Vec<Vec<u8>> {
    let texts = [
        "35.2550 40.1400",
        "-33.9249, -18.4241",
        "35°15'18\" N 40°08'24\" E",
        "35 15.30 N 040 08.40 E",
        "35,2550; 40,1400",
        "N35.255 E040.140",
        "С 35°15'18\" В 40°08'24\"",
        "٣٥٫٢٥٥٠ ٤٠٫١٤٠٠",
        "ش 35.2550 ق 40.1400",
        "37S FV 0370 0191",
        "37SFV03700191",
        "37 N 604000 3901910",
        "SK-42 X 3905123 Y 7604123",
        "СК-42 35.2550 40.1400",
        "FL180",
        "SFC - FL240",
        "1500 ft MSL to 3000 m HAE",
        "500 ft AGL",
        "224.1 T 4670 m",
        "045°",
        "4,67 km",
        "12 NM",
        "171500Z SEP 16 to 171800Z SEP 16",
        "171555ZSEP2016",
    ];
    texts.map(|text| text.as_bytes().to_vec()).to_vec()
}

/// The shipped rules and their metadata, and one rule alone.
pub fn rules() -> Vec<Vec<u8>> {
    let shipped = concat!(
        include_str!("../../crates/release/rules/default.cedar"),
        "\0",
        include_str!("../../crates/release/rules/default.toml")
    );
    let one = "@id(\"a\")\npermit(principal == Party::\"red\", action == Action::\"send\", resource is Notice)\n\
               when { context.now < datetime(\"2027-01-01\") };";
    vec![shipped.into(), one.into()]
}

/// Lists of sites, with each separator.
pub fn tables() -> Vec<Vec<u8>> {
    let comma = "label,site,lat,lon,radius,reference,bearing,distance,from,until,remarks\n\
                 Clinic 7,clinic,35.2854 N,40.1760 E,200 m,airfield,224,4.7 km,171200Z SEP 26,171200Z OCT 26,\"one\ntwo\"\n\
                 School,school,35.3,40.2,1 km,,,,171200Z SEP 26,171200Z OCT 26,\n";
    let shapes = "kind\tpolygon\tcorridor\twidth\tband\n\
                  caution-area\t35.2 40.1 | 35.3 40.1 | 35.3 40.2\t\t\tSFC to FL240\n\
                  movement\t\t35.2 40.1 | 35.3 40.2\t2 km\t\n";
    vec![comma.into(), comma.replace(',', ";").into(), shapes.into()]
}

/// Each shape as a feature.
pub fn geojson() -> Vec<Vec<u8>> {
    let text = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","geometry":{"type":"Point","coordinates":[40.176,35.2854]},"properties":{"radius":"500 m","label":"A"}},
{"type":"Feature","geometry":{"type":"LineString","coordinates":[[40,35],[41,35.5]]},"properties":{"width":"2 km","band":"SFC to FL240"}},
{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[40,35],[40.1,35],[40.1,35.1],[40,35]]]},
 "properties":{"kind":"caution-area","reference":"airfield","bearing":"224.5","distance":"4.7 km","anchor":"vertex 1","from":"171200Z SEP 26","until":"171800Z SEP 26"}}]}"#;
    vec![
        text.into(),
        br#"{"type":"Feature","geometry":null,"properties":{"label":"x"}}"#.to_vec(),
    ]
}

/// Each shape as a placemark.
pub fn kml() -> Vec<Vec<u8>> {
    let text = "<?xml version=\"1.0\"?><kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document>\
<Placemark><name>A &amp; B</name><ExtendedData><Data name=\"radius\"><value>500 m</value></Data></ExtendedData>\
<Point><coordinates>40.176,35.2854,0</coordinates></Point></Placemark>\
<Placemark><ExtendedData><SchemaData><SimpleData name=\"width\">2 km</SimpleData></SchemaData></ExtendedData>\
<LineString><coordinates>40,35 41,35.5</coordinates></LineString></Placemark>\
<Placemark><description><![CDATA[plain]]></description><Polygon><outerBoundaryIs><LinearRing>\
<coordinates>40,35 40.1,35 40.1,35.1 40,35</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>\
</Document></kml>";
    vec![text.into()]
}
