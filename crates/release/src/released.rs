//! The proof that something may leave.

use model::ids::{AuthorityId, PartyId};

/// A view that the release rules let go to `to`. Only this crate can make one; only this can be queued on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released<T> {
    to: PartyId,
    view: T,
    authority: AuthorityId,
}

impl<T> Released<T> {
    pub(crate) fn new(to: PartyId, view: T, authority: AuthorityId) -> Self {
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
