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

    /// What a bucket of theirs may be called, for people.
    pub const fn naming(self) -> &'static str {
        match self {
            Self::S3 => "3 to 63 lower-case letters, digits, hyphens and dots",
            Self::Google => "3 to 63 lower-case letters, digits, hyphens, underscores and dots",
            Self::Azure => "3 to 63 lower-case letters, digits and single hyphens",
        }
    }

    /// True if a bucket of theirs may have this name.
    fn names(self, name: &str) -> bool {
        let marks: &[u8] = match self {
            Self::S3 => b"-.",
            Self::Google => b"-_.",
            Self::Azure => b"-",
        };
        let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let fits = |byte: u8| word(byte) || marks.contains(&byte);
        let ends = [name.bytes().next(), name.bytes().next_back()];
        let doubled = match self {
            Self::Azure => "--",
            Self::S3 | Self::Google => "..",
        };
        (3..=63).contains(&name.len())
            && name.bytes().all(fits)
            && ends.into_iter().flatten().all(word)
            && !name.contains(doubled)
    }
}

/// Why a `[state] url` names no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPlace {
    /// It begins with nothing that is known.
    Scheme,
    /// A bucket of this vendor cannot have this name.
    Name(Vendor),
    /// What follows the bucket's name cannot be in a key.
    Prefix,
}

/// Part of a key that every vendor and every tool takes as it is.
fn is_plain(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !text.is_empty() && text.bytes().all(fits) && !matches!(text, "." | "..")
}

impl Place {
    /// Reads a `[state] url`; a folder's path is relative to `beside`.
    pub fn parse(url: &str, beside: &Path) -> Result<Self, NoPlace> {
        if let Some(path) = url.strip_prefix("file:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let folder = Self::folder(&beside.join(path));
            return (!path.is_empty()).then_some(folder).ok_or(NoPlace::Scheme);
        }
        let (scheme, rest) = url.split_once("://").ok_or(NoPlace::Scheme)?;
        let vendor = Vendor::ALL.into_iter().find(|one| one.scheme() == scheme);
        let vendor = vendor.ok_or(NoPlace::Scheme)?;
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_end_matches('/');
        if !vendor.names(name) {
            return Err(NoPlace::Name(vendor));
        }
        if !(prefix.is_empty() || prefix.split('/').all(is_plain)) {
            return Err(NoPlace::Prefix);
        }
        Ok(Self::Bucket(Bucket {
            vendor,
            name: name.to_owned(),
            prefix: prefix.to_owned(),
        }))
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
        let folder = |path: &str| Ok(Place::Folder(path.into()));
        assert_eq!(parse("file:state"), folder("/company/state"));
        assert_eq!(parse("file:///var/state"), folder("/var/state"));
        for url in [
            "s3://evidence",
            "s3://evidence.meridian.com",
            "gs://evidence_1/meridian/people",
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
            "ftp://evidence",
            "S3://evidence",
        ] {
            assert_eq!(parse(url), Err(NoPlace::Scheme), "{url}");
        }
        for url in [
            "s3://evidence//b",
            "s3://evidence/../b",
            "s3://evidence/a?x=1",
        ] {
            assert_eq!(parse(url), Err(NoPlace::Prefix), "{url}");
        }
        for (url, vendor) in [
            ("s3://", Vendor::S3),
            ("s3:///people", Vendor::S3),
            ("s3://ab", Vendor::S3),
            ("s3://Evidence", Vendor::S3),
            ("s3://evidence_1", Vendor::S3),
            ("s3://evidence..1", Vendor::S3),
            ("s3://-evidence", Vendor::S3),
            ("s3://key:secret@evidence", Vendor::S3),
            ("s3://evidence?x=1", Vendor::S3),
            ("gs://evidence-", Vendor::Google),
            ("az://evidence.people", Vendor::Azure),
            ("az://evi--dence", Vendor::Azure),
        ] {
            assert_eq!(parse(url), Err(NoPlace::Name(vendor)), "{url}");
        }
        let long = format!("s3://{}", "a".repeat(64));
        assert_eq!(parse(&long), Err(NoPlace::Name(Vendor::S3)));
    }
}
