//! Files that are whole or absent, and private.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

/// Writes a file so that a reader, or a machine that lost power, sees the old content or the new,
/// never a part: a temporary neighbour is written, flushed and renamed, then the folder is flushed.
/// The file is readable by its owner only (0600); missing folders are made (0700).
///
/// # Errors
/// Whatever the file system says; the old content then still stands.
pub fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    let neighbour = write_neighbour(folder, content)?;
    neighbour.persist(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

/// Like [`write_atomically`], for a file that is never written again: false, and nothing is
/// changed, if it exists. Of several who try at once, in whatever processes, one makes the file;
/// for all of them it is lasting when this returns.
///
/// # Errors
/// Whatever the file system says; whether the file was made is then to be found by looking.
pub fn create_atomically(path: &Path, content: &[u8]) -> io::Result<bool> {
    let folder = folder_of(path);
    let made = !path.try_exists()?
        && match write_neighbour(folder, content)?.persist_noclobber(path) {
            Ok(_) => true,
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => false,
            Err(error) => return Err(error.error),
        };
    File::open(folder)?.sync_all()?;
    Ok(made)
}

/// Removes a file for good: a machine that lost power does not bring it back. A folder that is empty
/// then goes too.
///
/// # Errors
/// Whatever the file system says; no file is one of them.
pub fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    let folder = folder_of(path);
    File::open(folder)?.sync_all()?;
    // One that is not empty stays.
    match fs::remove_dir(folder) {
        Ok(()) => File::open(folder_of(folder))?.sync_all(),
        Err(_) => Ok(()),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// A flushed temporary file (0600) in a folder, which is made if it is missing.
fn write_neighbour(folder: &Path, content: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    create_private_folder(folder)?;
    let mut neighbour = tempfile::NamedTempFile::new_in(folder)?;
    neighbour.write_all(content)?;
    neighbour.as_file().sync_all()?;
    Ok(neighbour)
}

/// Makes a folder and its missing parents, each readable by its owner only, and flushes the
/// folders that hold them: a file is as lasting as the names that lead to it.
///
/// # Errors
/// Whatever the file system says.
pub fn create_private_folder(folder: &Path) -> io::Result<()> {
    let missing = folder
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .count();
    if missing == 0 && folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    for made in folder.ancestors().take(missing) {
        File::open(folder_of(made))?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_who_create_one_wins_and_its_content_stands() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/file");
        let made: Vec<(u8, bool)> = std::thread::scope(|scope| {
            let create = |byte| {
                let path = &path;
                scope.spawn(move || (byte, create_atomically(path, &[byte; 4096]).unwrap()))
            };
            let threads: Vec<_> = (0..8).map(create).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        let winners: Vec<u8> = made.iter().filter(|m| m.1).map(|m| m.0).collect();
        assert_eq!(winners.len(), 1);
        assert_eq!(fs::read(&path).unwrap(), [winners[0]; 4096]);
        let left = fs::read_dir(folder.path().join("new")).unwrap().count();
        assert_eq!(left, 1, "no temporary file stays");
    }

    #[test]
    fn replaces_content_and_keeps_it_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/file");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(
            fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "no temporary file stays"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
            assert_eq!(
                fs::metadata(path.parent().unwrap())
                    .unwrap()
                    .permissions()
                    .mode()
                    & 0o777,
                0o700
            );
        }
    }
}
