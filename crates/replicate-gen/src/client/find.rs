//! The search for a lost order in the prediction listing.

use super::connection::ReplicateClient;
use super::failure::{not_ordered, stops_run};
use super::response::classify_api_response;
use crate::error::{BoxError, GenerateError};
use crate::lost_order::{LostOrder, Whereabouts};
use crate::prediction::{Page, Search};
use http_support::{Idempotence, Response};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::Url;
use std::collections::BTreeSet;

/// Maximum number of pages to read. Replicate lists 100 predictions per page.
const MAX_PAGES: usize = 200;

impl ReplicateClient {
    /// Reads the listing, newest first, back to one minute before the order.
    pub(super) async fn find_in_listing(
        &self,
        lost: &LostOrder,
    ) -> Result<Whereabouts, GenerateError> {
        let Some(mut search) = Search::new(lost, &self.model) else {
            let why = format!(
                "{} takes no seed, so the prediction for {} cannot be told apart from others",
                self.model.name, lost.picture
            );
            return Ok(Whereabouts::Unknowable { why });
        };
        // A page that fails makes the whole search fail: a partial listing cannot prove absence.
        let failed = |source: BoxError| {
            not_ordered(
                format!("search the prediction listing for {}", lost.picture),
                source,
            )
        };
        let mut url = self.endpoint(&["predictions"]);
        // If the server ignores this filter, `Search` still stops at older predictions.
        url.query_pairs_mut()
            .append_pair("created_after", &search.since().to_string());
        // Remembering the pages guards against a listing that links back to an earlier one.
        let mut read = BTreeSet::new();
        while read.insert(url.clone()) {
            if read.len() > MAX_PAGES {
                let why = format!(
                    "more than {MAX_PAGES} pages of predictions were created since {}, too many to \
                     search for {}",
                    search.since(),
                    lost.picture
                );
                return Ok(Whereabouts::Unknowable { why });
            }
            let reply = self.page(&url, lost).await?;
            // Check the clock before the rows: with a wrong clock they may be from the wrong time
            // window.
            if let Some(why) = clock_mismatch(&reply, search.since(), lost) {
                return Ok(Whereabouts::Unknowable { why });
            }
            let page: Page =
                serde_json::from_slice(&reply.body).map_err(|error| failed(error.into()))?;
            let more = search.add_page(page.results);
            let Some(next) = page.next.filter(|next| more && !next.is_empty()) else {
                return Ok(search.finish());
            };
            url = self.next_page(&url, &next).map_err(failed)?;
        }
        Err(failed(
            "the listing loops: a page links to itself or to an earlier page".into(),
        ))
    }

    /// Fetches one page of the listing.
    async fn page(&self, url: &Url, lost: &LostOrder) -> Result<Response, GenerateError> {
        self.api
            .send(
                Idempotence::Repeatable,
                |http| self.authorised(http.get(url.clone())),
                classify_api_response,
            )
            .await
            .map_err(|error| {
                let tried = || format!("search the prediction listing for {}", lost.picture);
                stops_run(error, false).unwrap_or_else(|e| not_ordered(tried(), e.into()))
            })
    }

    /// Resolves the link to the next page, which must be on the API's host because the request
    /// carries the token.
    fn next_page(&self, from: &Url, next: &str) -> Result<Url, BoxError> {
        let url = from.join(next)?;
        if url.origin() == self.base_url.origin() {
            Ok(url)
        } else {
            Err("the link to the next page leads to another host".into())
        }
    }
}

/// Returns a reason not to trust the listing if, by the service's clock, the order lies in the
/// future. One of the clocks is wrong then, and the listing would wrongly seem to lack the order.
fn clock_mismatch(reply: &Response, since: Timestamp, lost: &LostOrder) -> Option<String> {
    let now = DateTimeParser::new()
        .parse_timestamp(reply.header("date")?)
        .ok()?;
    (now < since).then(|| {
        format!(
            "{} was ordered at {} by this machine's clock, but the service's clock says {now}; \
             check this machine's clock",
            lost.picture, lost.ordered_at
        )
    })
}
