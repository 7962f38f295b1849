//! A C2SP transparency log: tiles, checkpoints, proofs, cosignatures; knows nothing of airspace
