//! The fallback sheet, said from the phrase catalogue.
