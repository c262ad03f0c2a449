//! `s3s-fs` with the behaviour of Amazon S3 where tests depend on it.

use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopySource, CreateBucketInput, CreateBucketOutput,
    DeleteBucketInput, DeleteBucketOutput, DeleteObjectInput, DeleteObjectOutput,
    DeleteObjectsInput, DeleteObjectsOutput, ETag, ETagCondition, Error, GetBucketLocationInput,
    GetBucketLocationOutput, GetObjectInput, GetObjectOutput, HeadBucketInput, HeadBucketOutput,
    HeadObjectInput, HeadObjectOutput, ListBucketsInput, ListBucketsOutput, ListObjectsInput,
    ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, PutObjectInput, PutObjectOutput,
};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use std::path::{Path, PathBuf};
use tokio::sync::Mutex;

/// Stores objects as files. Differs from plain `s3s-fs` as follows:
/// - Checking a condition and writing is one atomic step. `s3s-fs` lets other requests in between.
/// - Content and ETag always match. `s3s-fs` keeps them in two files.
/// - Conditions of DELETE and COPY, and those of single keys, are checked. `s3s-fs` ignores them.
/// - PUT with If-Match on a missing key responds with 404, as Amazon S3 does. `s3s-fs` responds
///   with 412.
/// - Folders are not objects.
pub(super) struct ConditionalFiles {
    files: FileSystem,
    root: PathBuf,
    /// Held by every operation on objects until its response is complete.
    turn: Mutex<()>,
}

impl ConditionalFiles {
    pub(super) fn new(root: &Path) -> Self {
        let files = FileSystem::new(root).expect("the root folder exists");
        Self {
            files,
            root: root.to_owned(),
            turn: Mutex::new(()),
        }
    }

    fn is_folder(&self, bucket: &str, key: &str) -> bool {
        !key.ends_with('/') && self.root.join(bucket).join(key).is_dir()
    }

    fn exists(&self, bucket: &str, key: &str) -> bool {
        self.root.join(bucket).join(key).is_file()
    }

    async fn etag(&self, bucket: &str, key: &str) -> S3Result<Option<ETag>> {
        if !self.exists(bucket, key) {
            return Ok(None);
        }
        let input = HeadObjectInput {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            ..HeadObjectInput::default()
        };
        Ok(self
            .files
            .head_object(bare_request(input))
            .await?
            .output
            .e_tag)
    }
}

/// Wraps an input in a request with no headers or credentials.
fn bare_request<T>(input: T) -> S3Request<T> {
    S3Request {
        input,
        method: hyper::Method::GET,
        uri: hyper::Uri::default(),
        headers: hyper::HeaderMap::default(),
        extensions: hyper::http::Extensions::default(),
        credentials: None,
        region: None,
        service: None,
        trailing_headers: None,
    }
}

#[async_trait::async_trait]
impl S3 for ConditionalFiles {
    async fn create_bucket(
        &self,
        request: S3Request<CreateBucketInput>,
    ) -> S3Result<S3Response<CreateBucketOutput>> {
        self.files.create_bucket(request).await
    }

    async fn delete_bucket(
        &self,
        request: S3Request<DeleteBucketInput>,
    ) -> S3Result<S3Response<DeleteBucketOutput>> {
        self.files.delete_bucket(request).await
    }

    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        self.files.head_bucket(request).await
    }

    async fn list_buckets(
        &self,
        request: S3Request<ListBucketsInput>,
    ) -> S3Result<S3Response<ListBucketsOutput>> {
        self.files.list_buckets(request).await
    }

    async fn get_bucket_location(
        &self,
        request: S3Request<GetBucketLocationInput>,
    ) -> S3Result<S3Response<GetBucketLocationOutput>> {
        self.files.get_bucket_location(request).await
    }

    async fn list_objects(
        &self,
        request: S3Request<ListObjectsInput>,
    ) -> S3Result<S3Response<ListObjectsOutput>> {
        let _turn = self.turn.lock().await;
        self.files.list_objects(request).await
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let _turn = self.turn.lock().await;
        self.files.list_objects_v2(request).await
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let _turn = self.turn.lock().await;
        if !self.root.join(&request.input.bucket).is_dir() {
            return Err(s3_error!(NoSuchBucket));
        }
        if self.is_folder(&request.input.bucket, &request.input.key) {
            return Err(s3_error!(NoSuchKey));
        }
        self.files.get_object(request).await
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let _turn = self.turn.lock().await;
        if self.is_folder(&request.input.bucket, &request.input.key) {
            return Err(s3_error!(NoSuchKey));
        }
        self.files.head_object(request).await
    }

    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let _turn = self.turn.lock().await;
        let input = &request.input;
        if !self.root.join(&input.bucket).is_dir() {
            return Err(s3_error!(NoSuchBucket));
        }
        if input.if_match.is_some() && !self.exists(&input.bucket, &input.key) {
            return Err(s3_error!(NoSuchKey));
        }
        self.files.put_object(request).await
    }

    async fn copy_object(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        let _turn = self.turn.lock().await;
        let input = &request.input;
        // The file system would copy a folder; on S3 a prefix is not an object.
        if let CopySource::Bucket { bucket, key, .. } = &input.copy_source
            && self.is_folder(bucket, key)
        {
            return Err(s3_error!(NoSuchKey));
        }
        // Read from the headers: the input type of COPY has no fields for these conditions.
        if request.headers.contains_key("if-none-match") && self.exists(&input.bucket, &input.key) {
            return Err(s3_error!(PreconditionFailed));
        }
        if let Some(expected) = request.headers.get("if-match") {
            let current = self.etag(&input.bucket, &input.key).await?;
            let current = current.ok_or_else(|| s3_error!(NoSuchKey))?;
            let is_current = expected == "*"
                || ETag::parse_http_header(expected.as_bytes())
                    .is_ok_and(|expected| current.strong_cmp(&expected));
            if !is_current {
                return Err(s3_error!(PreconditionFailed));
            }
        }
        self.files.copy_object(request).await
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let _turn = self.turn.lock().await;
        let input = &request.input;
        if self.is_folder(&input.bucket, &input.key) {
            return Ok(S3Response::new(DeleteObjectOutput::default()));
        }
        if let Some(condition) = &input.if_match {
            let current = self.etag(&input.bucket, &input.key).await?;
            let Some(current) = current else {
                return Err(s3_error!(NoSuchKey));
            };
            if let ETagCondition::ETag(expected) = condition
                && !current.strong_cmp(expected)
            {
                return Err(s3_error!(PreconditionFailed));
            }
        }
        self.files.delete_object(request).await
    }

    async fn delete_objects(
        &self,
        mut request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let _turn = self.turn.lock().await;
        let (mut held, mut errors) = (Vec::new(), Vec::new());
        for object in std::mem::take(&mut request.input.delete.objects) {
            let current = self.etag(&request.input.bucket, &object.key).await?;
            let code = match (&object.e_tag, current) {
                (Some(expected), Some(current)) if !current.strong_cmp(expected) => {
                    Some("PreconditionFailed")
                }
                (Some(_), None) => Some("NoSuchKey"),
                _ => None,
            };
            match code {
                Some(code) => errors.push(Error {
                    code: Some(code.to_owned()),
                    key: Some(object.key),
                    ..Error::default()
                }),
                None => held.push(object),
            }
        }
        request.input.delete.objects = held;
        let mut response = self.files.delete_objects(request).await?;
        response.output.errors = (!errors.is_empty()).then_some(errors);
        Ok(response)
    }
}
