use super::*;
use proptest::prelude::*;

fn refused(bytes: &[u8]) -> CborError {
    check(bytes).expect_err("not deterministic")
}

#[test]
fn numbers_and_lengths_must_be_the_shortest() {
    for long in [
        &[0x18, 23][..],
        &[0x19, 0, 255],
        &[0x1a, 0, 0, 255, 255],
        &[0x1b, 0, 0, 0, 0, 255, 255, 255, 255],
        &[0x58, 3, 1, 2, 3],
        &[0x98, 0],
        &[0x38, 0],
    ] {
        assert_eq!(refused(long), CborError::NotShortest, "{long:x?}");
        assert_eq!(refused(long).fault(), Fault::NotDeterministic);
    }
    assert_eq!(check(&[0x18, 24]), Ok(()));
}

#[test]
fn indefinite_lengths_and_floats_are_refused() {
    for open in [&[0x9f, 0xff][..], &[0x5f, 0xff], &[0xbf, 0xff], &[0xff]] {
        assert_eq!(refused(open), CborError::Indefinite, "{open:x?}");
    }
    for float in [
        &[0xf9, 0, 0][..],
        &[0xfa, 0, 0, 0, 0],
        &[0xfb, 0, 0, 0, 0, 0, 0, 0, 0],
    ] {
        assert_eq!(refused(float), CborError::Float, "{float:x?}");
    }
    for reserved in [&[0xf7][..], &[0xf8, 32], &[0x1c], &[0xe0]] {
        assert_eq!(refused(reserved), CborError::Reserved, "{reserved:x?}");
    }
}

#[test]
fn map_keys_are_sorted_and_single() {
    assert_eq!(check(&[0xa2, 1, 0, 2, 0]), Ok(()));
    assert_eq!(refused(&[0xa2, 2, 0, 1, 0]), CborError::KeyOrder);
    assert_eq!(refused(&[0xa2, 1, 0, 1, 0]), CborError::KeyOrder);
    // By their bytes, as RFC 8949, 4.2.1 has it: 24 is 18 18, -1 is 20.
    assert_eq!(check(&[0xa2, 0x18, 24, 0, 0x20, 0]), Ok(()));
}

#[test]
fn nothing_may_follow_and_nothing_may_be_missing() {
    assert_eq!(refused(&[0, 0]), CborError::Trailing);
    for short in [&[][..], &[0x42, 1], &[0x82, 1], &[0x19, 1], &[0x9b, 255]] {
        assert_eq!(refused(short), CborError::Truncated, "{short:x?}");
    }
    assert_eq!(refused(&[0x61, 0xff]), CborError::NotUtf8);
}

#[test]
fn items_lie_as_deep_as_the_limit_and_no_deeper() {
    let nested = |depth: usize| [vec![0x81; depth], vec![0]].concat();
    assert_eq!(check(&nested(MAX_DEPTH)), Ok(()));
    assert_eq!(refused(&nested(MAX_DEPTH + 1)), CborError::TooDeep);
    assert_eq!(refused(&nested(1_000_000)), CborError::TooDeep);
}

#[test]
fn a_length_that_no_memory_holds_is_refused_without_taking_it() {
    assert_eq!(
        refused(&[0x5b, 0x7f, 255, 255, 255, 255, 255, 255, 255]),
        CborError::Truncated
    );
    let mut reader = Reader::new(&[0x9b, 0x7f, 255, 255, 255, 255, 255, 255, 255]);
    assert!(matches!(reader.array(10), Err(CborError::TooLong { .. })));
}

#[test]
fn a_byte_string_and_a_text_are_taken_at_their_limit() {
    let bytes = Writer::new().bytes(&[7; 5]).text("abc").as_slice().to_vec();
    let mut reader = Reader::new(&bytes);
    assert!(reader.bytes(4).is_err());
    let mut reader = Reader::new(&bytes);
    assert_eq!(reader.bytes(5), Ok(&[7; 5][..]));
    assert_eq!(reader.text(3), Ok("abc"));
    assert_eq!(reader.finish(), Ok(()));
}

/// Any deterministic item, as bytes.
fn item() -> impl Strategy<Value = Vec<u8>> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(|n| Writer::new().int(n).as_slice().to_vec()),
        any::<u64>().prop_map(|n| Writer::new().uint(n).as_slice().to_vec()),
        any::<bool>().prop_map(|b| Writer::new().bool(b).as_slice().to_vec()),
        Just(Writer::new().null().as_slice().to_vec()),
        ".{0,30}".prop_map(|t| Writer::new().text(&t).as_slice().to_vec()),
        proptest::collection::vec(any::<u8>(), 0..300)
            .prop_map(|b| Writer::new().bytes(&b).as_slice().to_vec()),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(|items| Writer::new()
                .array(items.len())
                .raw(&items.concat())
                .as_slice()
                .to_vec()),
            proptest::collection::btree_map(inner.clone(), inner, 0..5).prop_map(|map| {
                let mut writer = Writer::new();
                writer.map(map.len());
                for (key, value) in &map {
                    writer.raw(key).raw(value);
                }
                writer.into_bytes()
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_deterministic(bytes in item()) {
        prop_assert_eq!(check(&bytes), Ok(()));
    }

    #[test]
    fn numbers_come_back(unsigned: u64, signed: i64) {
        let mut writer = Writer::new();
        writer.uint(unsigned).int(signed);
        let mut reader = Reader::new(writer.as_slice());
        prop_assert_eq!(reader.uint(), Ok(unsigned));
        prop_assert_eq!(reader.int::<i64>(), Ok(signed));
        prop_assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = check(&bytes);
    }

    #[test]
    fn a_cut_item_is_refused(bytes in item(), cut: proptest::sample::Index) {
        let cut = cut.index(bytes.len());
        prop_assert!(check(&bytes[..cut]).is_err());
    }
}
