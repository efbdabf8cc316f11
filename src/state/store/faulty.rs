//! A bucket of this process whose writes go wrong as they are told to, for tests.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Mutex;

use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// What becomes of a write.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// It is done, and the answer is lost.
    Lost,
    /// It is not done.
    Down,
    /// It is not allowed.
    Denied,
    /// It is refused, as if somebody else had written.
    Conflict,
    /// It is not done and never answered, and so are all after it.
    Hang,
}

/// The bucket.
#[derive(Debug, Default)]
pub struct Faulty {
    inner: InMemory,
    next: Mutex<VecDeque<Fault>>,
}

impl Faulty {
    /// The next writes go wrong like this.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.next.lock().unwrap().extend(faults);
    }
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("faulty")
    }
}

fn failed() -> Error {
    Error::Generic {
        store: "faulty",
        source: "as it was told to".into(),
    }
}

#[async_trait::async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let fault = {
            let mut next = self.next.lock().unwrap();
            match next.front() {
                Some(Fault::Hang) => Some(Fault::Hang),
                _ => next.pop_front(),
            }
        };
        match fault {
            None => self.inner.put_opts(location, payload, options).await,
            Some(Fault::Lost) => {
                self.inner.put_opts(location, payload, options).await?;
                Err(failed())
            }
            Some(Fault::Down) => Err(failed()),
            Some(Fault::Denied) => Err(Error::PermissionDenied {
                path: location.to_string(),
                source: "as it was told to".into(),
            }),
            Some(Fault::Conflict) => Err(Error::AlreadyExists {
                path: location.to_string(),
                source: "as it was told to".into(),
            }),
            Some(Fault::Hang) => std::future::pending().await,
        }
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn put_multipart_opts(
        &self,
        _: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        unreachable!("the state is written whole")
    }

    fn delete_stream(
        &self,
        paths: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, _: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        unreachable!("the state is listed folder by folder")
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        unreachable!("nothing of the state is copied")
    }
}
