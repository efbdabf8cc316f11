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
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    create_private_folder(folder)?;
    let mut neighbour = tempfile::NamedTempFile::new_in(folder)?;
    neighbour.write_all(content)?;
    neighbour.as_file().sync_all()?;
    neighbour.persist(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

/// Makes a folder and its missing parents, each readable by its owner only.
///
/// # Errors
/// Whatever the file system says.
pub fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

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
