//! The [`ImageGenerator`] implementation for Replicate.

use super::connection::ReplicateClient;
use crate::error::GenerateError;
use crate::generator::{
    Generated, GenerationRequest, GeneratorIdentity, GeneratorKind, ImageGenerator,
};
use crate::lost_order::{LostOrder, Whereabouts};
use crate::started::Started;
use async_trait::async_trait;
use std::fmt;
use tdbal_types::{PredictionId, Usd};

#[async_trait]
impl ImageGenerator for ReplicateClient {
    async fn start(&self, request: &GenerationRequest) -> Result<Started, GenerateError> {
        // Upload before ordering: if the upload fails, nothing has been paid for.
        let image = self.base_image(request).await?;
        let prediction = self.order(request, &image).await?;
        tracing::debug!(id = %prediction.id, picture = request.picture(), "picture ordered");
        Ok(Started {
            id: prediction.id,
            model: self.model.name.to_string(),
        })
    }

    async fn finish(&self, id: &PredictionId) -> Result<Generated, GenerateError> {
        let url = self.wait(id).await?;
        let bytes = self.download(id, &url).await?;
        Ok(Generated {
            bytes,
            id: id.clone(),
            model: self.model.name.to_string(),
            cost: self.model.price_usd,
        })
    }

    async fn find(&self, lost: &LostOrder) -> Result<Whereabouts, GenerateError> {
        self.find_in_listing(lost).await
    }

    fn price(&self) -> Usd {
        self.model.price_usd
    }

    fn identity(&self) -> GeneratorIdentity {
        GeneratorIdentity {
            kind: GeneratorKind::Live,
            model: self.model.name.to_string(),
        }
    }
}

impl fmt::Display for ReplicateClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.base_url.host_str().unwrap_or_default();
        write!(f, "{} on Replicate ({host})", self.model.name)
    }
}
