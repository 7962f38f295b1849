//! The proof that something may leave.

use model::ids::{AuthorityId, PartyId};

pub mod advice;
pub mod evaluation;
pub mod explanation;
pub mod standing;

/// A view that the release rules let go to `to`. Only this crate can make one; only this can be queued on a line.
///
/// It can be read and copied by anyone:
///
/// ```
/// fn recipient(going: &release::Released<model::message::Message>) -> model::ids::PartyId {
///     let copy = going.clone();
///     assert_eq!(copy.to(), going.to());
///     going.to()
/// }
/// ```
///
/// It cannot be made by anyone else, written out or through the constructor:
///
/// ```compile_fail,E0451
/// let to: model::ids::PartyId = "red".parse().unwrap();
/// let authority: model::ids::AuthorityId = "watch".parse().unwrap();
/// let forged = release::Released { to, view: "the plan", authority };
/// ```
///
/// ```compile_fail,E0624
/// let to: model::ids::PartyId = "red".parse().unwrap();
/// let authority: model::ids::AuthorityId = "watch".parse().unwrap();
/// let forged = release::Released::new(to, "the plan", authority);
/// ```
///
/// It cannot be sent to someone else, or say something else, once it is made:
///
/// ```compile_fail,E0616
/// fn redirect(going: &mut release::Released<u8>, other: model::ids::PartyId) {
///     going.to = other;
/// }
/// ```
///
/// ```compile_fail,E0594
/// fn rewrite(going: &mut release::Released<u8>) {
///     *going.view() = 7;
/// }
/// ```
///
/// And it does not come out of nothing, or out of bytes:
///
/// ```compile_fail,E0277
/// fn made<T: Default>() -> T { T::default() }
/// let forged: release::Released<u8> = made();
/// ```
///
/// ```compile_fail,E0277
/// fn read<'de, T: serde::Deserialize<'de>>() {}
/// read::<release::Released<u8>>();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released<T> {
    to: PartyId,
    view: T,
    authority: AuthorityId,
}

impl<T> Released<T> {
    // INVARIANT: private to this module and the two below it that let go: `evaluation` and `standing`.
    fn new(to: PartyId, view: T, authority: AuthorityId) -> Self {
        Self {
            to,
            view,
            authority,
        }
    }

    pub fn to(&self) -> PartyId {
        self.to
    }

    pub fn view(&self) -> &T {
        &self.view
    }

    pub fn authority(&self) -> AuthorityId {
        self.authority
    }
}
