//! Files that only their owner may read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The longest private file, in bytes.
pub const MAX_FILE: u64 = 1 << 20;

/// Why a file of a party's folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error(
        "`{path}` can be read or entered by others (mode {mode:03o}): run `chmod {wanted:03o} {path}`"
    )]
    Open {
        path: PathBuf,
        mode: u32,
        wanted: u32,
    },
    #[error("`{path}` belongs to another user: run this as its owner, or make it your own")]
    NotOurs { path: PathBuf },
    #[error("`{path}` is a link: name the file itself")]
    Link { path: PathBuf },
    #[error("`{path}` is there already: it is not overwritten; move it away or name another place")]
    Exists { path: PathBuf },
    #[error("there is no folder `{path}`: make it, or mount the disk that it is on")]
    NoFolder { path: PathBuf },
    #[error("there is no `{path}`: check the name, or put it there")]
    Missing { path: PathBuf },
    #[error(
        "`{path}` is larger than {MAX_FILE} bytes, which is all that is read: name the file that is meant"
    )]
    TooLarge { path: PathBuf },
    #[error("cannot use `{path}`: check its disk and its rights")]
    Disk {
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error("`{path}` is not {what}: {then}")]
    Content {
        path: PathBuf,
        what: &'static str,
        /// What to do about it.
        then: &'static str,
    },
}

fn disk(path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |cause| match cause.kind() {
        io::ErrorKind::NotFound => FileError::Missing { path },
        io::ErrorKind::AlreadyExists => FileError::Exists { path },
        _other => FileError::Disk { path, cause },
    }
}

/// Makes a folder that only its owner may enter, and its parents where they are missing.
///
/// # Errors
/// [`FileError::Disk`], or [`FileError::Open`] where it is there and others may enter it.
pub fn make_folder(path: &Path) -> Result<(), FileError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(disk(path))?;
    check_folder(path)
}

/// # Errors
/// [`FileError::Missing`], [`FileError::NotOurs`] or [`FileError::Open`].
pub fn check_folder(path: &Path) -> Result<(), FileError> {
    check(path, &fs::metadata(path).map_err(disk(path))?, 0o700)
}

fn check(path: &Path, found: &fs::Metadata, wanted: u32) -> Result<(), FileError> {
    let path = path.to_owned();
    if found.uid() != own_user().map_err(disk(&path))? {
        return Err(FileError::NotOurs { path });
    }
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(FileError::Open { path, mode, wanted });
    }
    Ok(())
}

/// The user this process runs as, as the system shows it.
fn own_user() -> io::Result<u32> {
    Ok(fs::metadata("/proc/self")?.uid())
}

/// Writes a new private file, durably.
///
/// # Errors
/// [`FileError::Exists`], [`FileError::Disk`].
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(disk(path))?;
    file.write_all(bytes).map_err(disk(path))?;
    file.sync_all().map_err(disk(path))?;
    sync_parent(path)
}

/// Whether a new file can be written at `path`: its folder is there, and takes one.
///
/// # Errors
/// [`FileError::NoFolder`], [`FileError::Exists`], [`FileError::Disk`].
pub fn can_be_written(path: &Path) -> Result<(), FileError> {
    let parent = parent(path);
    if !parent.is_dir() {
        // Not made here: it may be that of a disk that is not mounted.
        return Err(FileError::NoFolder {
            path: parent.to_owned(),
        });
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".try");
    let probe = PathBuf::from(name);
    write_new(&probe, b"")?;
    fs::remove_file(&probe).map_err(disk(&probe))
}

/// Puts `bytes` in the place of a private file, whole or not at all, durably.
///
/// # Errors
/// [`FileError::Disk`].
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let beside = PathBuf::from(name);
    match fs::remove_file(&beside) {
        Ok(()) => {}
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
        Err(cause) => return Err(disk(&beside)(cause)),
    }
    write_new(&beside, bytes)?;
    fs::rename(&beside, path).map_err(disk(path))?;
    sync_parent(path)
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}

fn sync_parent(path: &Path) -> Result<(), FileError> {
    let parent = parent(path);
    File::open(parent)
        .and_then(|folder| folder.sync_all())
        .map_err(disk(parent))
}

/// Reads a private file.
///
/// # Errors
/// [`FileError`]: above all where others may read it too.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let found = fs::symlink_metadata(path).map_err(disk(path))?;
    if found.is_symlink() {
        return Err(FileError::Link {
            path: path.to_owned(),
        });
    }
    let mut file = File::open(path).map_err(disk(path))?;
    check(path, &file.metadata().map_err(disk(path))?, 0o600)?;
    read_bounded(path, &mut file)
}

/// Reads a file that others may read: cards, arrangements, configuration.
///
/// # Errors
/// [`FileError::Missing`], [`FileError::TooLarge`], [`FileError::Disk`].
pub fn read_public(path: &Path) -> Result<Vec<u8>, FileError> {
    read_bounded(path, &mut File::open(path).map_err(disk(path))?)
}

fn read_bounded(path: &Path, file: &mut File) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(disk(path))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(FileError::TooLarge {
            path: path.to_owned(),
        });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_file_is_0600_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        write_new(&path, b"secret").unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert!(matches!(
            write_new(&path, b"other"),
            Err(FileError::Exists { .. })
        ));
        assert_eq!(read(&path).unwrap(), b"secret");
    }

    #[test]
    fn a_file_that_others_may_read_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        write_new(&path, b"secret").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = read(&path).unwrap_err().to_string();
        assert!(
            refused.contains("mode 640") && refused.contains("chmod 600"),
            "{refused}"
        );
    }

    #[test]
    fn a_folder_that_others_may_enter_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("party");
        make_folder(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).unwrap();
        assert!(matches!(check_folder(&path), Err(FileError::Open { .. })));
    }

    #[test]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        write_new(&path, b"secret").unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(read(&link), Err(FileError::Link { .. })));
    }

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("big");
        let limit = usize::try_from(MAX_FILE).unwrap();
        write_new(&path, &vec![0; limit]).unwrap();
        assert_eq!(read(&path).unwrap().len(), limit);
        replace(&path, &vec![0; limit + 1]).unwrap();
        assert!(matches!(read(&path), Err(FileError::TooLarge { .. })));
    }
}
