//! Release rules, withholding and coarsening: the only maker of Released<T>
