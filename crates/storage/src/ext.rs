//! Sugar on top of the reading trait; nobody implements it.

use crate::{Object, ObjectKey, ObjectRead, StoreError};
use async_trait::async_trait;

/// Reading where a missing object is an ordinary answer.
#[async_trait]
pub trait ObjectReadExt: ObjectRead {
    /// Reads an object of at most `limit` bytes; `None` where it does not exist.
    ///
    /// # Errors
    /// As [`ObjectRead::get`], but for [`StoreError::NotFound`].
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

    /// Whether there is such an object.
    ///
    /// # Errors
    /// When the store cannot tell.
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
