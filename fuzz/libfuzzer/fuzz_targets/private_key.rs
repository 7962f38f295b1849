#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::documents::private_key(data));
