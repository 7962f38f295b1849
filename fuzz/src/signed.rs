//! COSE_Sign1 as a peer with its keys makes it, whatever is inside. Written by RFC 9052 alone, apart from `wire::cose`.

use wire::cbor::Writer;
use wire::cose::{Purpose, Sign1};
use wire::keys::Signer;

/// `payload`, signed.
pub fn sign(signer: &Signer, purpose: Purpose, payload: &[u8]) -> Vec<u8> {
    let mut protected = Writer::new();
    // {1: -8 (EdDSA), 4: key id}
    protected.map(2).uint(1_u8).int(-8).uint(4_u8);
    protected.bytes(signer.id().as_bytes());
    let protected = protected.into_bytes();
    let mut covered = Writer::new();
    covered.array(4).text("Signature1").bytes(&protected);
    covered.bytes(purpose.text().as_bytes()).bytes(payload);
    let signature = signer.sign(covered.as_slice());
    let mut message = Writer::new();
    message.tag(18).array(4).bytes(&protected).map(0);
    message.bytes(payload).bytes(&signature);
    message.into_bytes()
}

/// `message` with its payload as it is and the right signature, if it is one at all. As long as it was.
pub fn again(message: &[u8], signer: &Signer, purpose: Purpose) -> Option<Vec<u8>> {
    let parsed = Sign1::parse(message, message.len()).ok()?;
    Some(sign(signer, purpose, parsed.payload()))
}

/// `whole`, where `part` is a piece of it that holds a message, with that message signed again.
pub fn again_within(whole: &mut [u8], at: usize, len: usize, signer: &Signer, purpose: Purpose) {
    let Some(place) = whole.get_mut(at..at + len) else {
        return;
    };
    if let Some(signed) = again(place, signer, purpose)
        && signed.len() == len
    {
        place.copy_from_slice(&signed);
    }
}

/// Where `part`, a piece of `whole`, begins in it.
pub fn offset(whole: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr().wrapping_sub(whole.as_ptr().addr())
}
