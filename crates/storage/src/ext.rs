//! Convenience methods on top of [`ObjectRead`].

use crate::{Object, ObjectKey, ObjectRead, StoreError};
use async_trait::async_trait;

/// Reads for which a missing object is an ordinary result. Implemented for every [`ObjectRead`].
#[async_trait]
pub trait ObjectReadExt: ObjectRead {
    /// Reads an object of at most `limit` bytes; `None` if it does not exist.
    ///
    /// # Errors
    /// The errors of [`ObjectRead::get`], except [`StoreError::NotFound`].
    async fn get_optional(
        &self,
        key: &ObjectKey,
        limit: u64,
    ) -> Result<Option<Object>, StoreError> {
        match self.get(key, limit).await {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether the object exists.
    ///
    /// # Errors
    /// The errors of [`ObjectRead::head`], except [`StoreError::NotFound`].
    async fn exists(&self, key: &ObjectKey) -> Result<bool, StoreError> {
        match self.head(key).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
impl<T: ObjectRead + ?Sized> ObjectReadExt for T {}
