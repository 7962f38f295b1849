//! What a desk is told when its node is gone.
