//! An alarm on the desk's machine, through the operating system.
