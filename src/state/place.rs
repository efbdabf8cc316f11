//! Where the state is kept: a folder, or a bucket of a vendor.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::base::foreign::escape;

/// Where the state is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A folder on this machine.
    Folder(PathBuf),
    /// Below a prefix in a bucket.
    Bucket(Bucket),
}

/// A bucket, and what of it is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Who keeps it.
    pub vendor: Vendor,
    /// Its name; Azure's word is container.
    pub name: String,
    /// Before all keys, without slashes at its ends; may be empty.
    pub prefix: String,
}

/// Who keeps buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor {
    /// Amazon S3 and what speaks as it does.
    S3,
    /// Google Cloud Storage.
    Google,
    /// Azure Blob Storage.
    Azure,
}

impl Vendor {
    const ALL: [Self; 3] = [Self::S3, Self::Google, Self::Azure];

    /// Before `://` in the files.
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Google => "gs",
            Self::Azure => "az",
        }
    }
}

impl Place {
    /// Reads a `[state] url`; a folder's path is relative to `beside`. `None` if it is no place.
    pub fn parse(url: &str, beside: &Path) -> Option<Self> {
        if let Some(path) = url.strip_prefix("file:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return (!path.is_empty()).then(|| Self::folder(&beside.join(path)));
        }
        let (scheme, rest) = url.split_once("://")?;
        let vendor = Vendor::ALL.into_iter().find(|one| one.scheme() == scheme)?;
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        let plain = |text: &str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !text.is_empty() && text.bytes().all(fits) && !matches!(text, "." | "..")
        };
        let fits = plain(name) && (prefix.is_empty() || prefix.split('/').all(plain));
        fits.then(|| {
            Self::Bucket(Bucket {
                vendor,
                name: name.to_owned(),
                prefix: prefix.to_owned(),
            })
        })
    }

    /// A folder, made absolute.
    pub fn folder(path: &Path) -> Self {
        Self::Folder(std::path::absolute(path).unwrap_or_else(|_| path.to_owned()))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => f.write_str(&escape(&path.to_string_lossy())),
            Self::Bucket(bucket) => bucket.fmt(f),
        }
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.vendor.scheme(), self.name)?;
        if !self.prefix.is_empty() {
            write!(f, "/{}", self.prefix)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_folder_or_a_bucket_and_nothing_else() {
        let parse = |url| Place::parse(url, Path::new("/company"));
        let folder = |path: &str| Some(Place::Folder(path.into()));
        assert_eq!(parse("file:state"), folder("/company/state"));
        assert_eq!(parse("file:///var/state"), folder("/var/state"));
        for url in [
            "s3://evidence",
            "gs://evidence/meridian/people",
            "az://evidence/people",
        ] {
            assert_eq!(parse(url).unwrap().to_string(), url);
        }
        assert_eq!(
            parse("s3://evidence/people/").unwrap().to_string(),
            "s3://evidence/people"
        );
        for url in [
            "file:",
            "state",
            "s3:state",
            "s3://",
            "s3:///people",
            "s3://a//b",
            "s3://a/../b",
            "ftp://evidence",
            "s3://key:secret@evidence",
            "s3://evidence?x=1",
        ] {
            assert_eq!(parse(url), None, "{url}");
        }
    }
}
