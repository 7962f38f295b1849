//! The record: verified, backed up, restored, proved.
