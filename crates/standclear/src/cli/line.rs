//! Lines: joined, agreed, carried by file.
