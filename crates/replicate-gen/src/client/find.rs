//! Looking for a lost order in the listing of predictions.

use super::connection::ReplicateClient;
use super::failure::{not_ordered, stops_run};
use super::reply::reading;
use crate::error::{BoxError, GenerateError};
use crate::lost_order::{LostOrder, Whereabouts};
use crate::prediction::{Page, Search};
use http_support::{Idempotence, Response};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::Url;
use std::collections::BTreeSet;

/// How many pages of a listing are read at most. Replicate puts 100 predictions on each.
const MAX_PAGES: usize = 200;

impl ReplicateClient {
    /// Reads the listing, the newest first, back to a minute before the order.
    pub(super) async fn find_in_listing(
        &self,
        lost: &LostOrder,
    ) -> Result<Whereabouts, GenerateError> {
        let Some(mut search) = Search::new(lost, &self.model) else {
            let why = format!(
                "{} takes no seed, and without one the prediction of {} cannot be told from others",
                self.model.name, lost.picture
            );
            return Ok(Whereabouts::Unknowable { why });
        };
        let failed = |source: BoxError| {
            not_ordered(format!("look for {} in the listing", lost.picture), source)
        };
        let mut url = self.endpoint(&["predictions"]);
        url.query_pairs_mut()
            .append_pair("created_after", &search.since().to_string());
        let mut read = BTreeSet::new();
        while read.insert(url.clone()) {
            if read.len() > MAX_PAGES {
                let why = format!(
                    "more than {MAX_PAGES} pages of predictions were created since {}, which is too \
                     many to search for {}",
                    search.since(),
                    lost.picture
                );
                return Ok(Whereabouts::Unknowable { why });
            }
            let reply = self.page(&url, lost).await?;
            if let Some(why) = clocks_differ(&reply, search.since(), lost) {
                return Ok(Whereabouts::Unknowable { why });
            }
            let page: Page =
                serde_json::from_slice(&reply.body).map_err(|error| failed(error.into()))?;
            let goes_on = search.look_at(page.results);
            let Some(next) = page.next.filter(|next| goes_on && !next.is_empty()) else {
                return Ok(search.end());
            };
            url = self.next_page(&url, &next).map_err(failed)?;
        }
        Err(failed(
            "a page names itself or an earlier one as the next".into(),
        ))
    }

    async fn page(&self, url: &Url, lost: &LostOrder) -> Result<Response, GenerateError> {
        self.api
            .send(
                Idempotence::Repeatable,
                |http| self.authorised(http.get(url.clone())),
                reading,
            )
            .await
            .map_err(|error| {
                let tried = || format!("look for {} in the listing", lost.picture);
                stops_run(error, false).unwrap_or_else(|e| not_ordered(tried(), e.into()))
            })
    }

    /// The address of the next page. The token goes with the request, so it must be the API's own.
    fn next_page(&self, from: &Url, next: &str) -> Result<Url, BoxError> {
        let url = from.join(next)?;
        if url.origin() == self.base_url.origin() {
            Ok(url)
        } else {
            Err("the next page is on another host than the API".into())
        }
    }
}

/// Why a listing cannot hold an order that by the service's own clock is not sent yet: its time is
/// wrong, and so would be what is told by it.
fn clocks_differ(reply: &Response, since: Timestamp, lost: &LostOrder) -> Option<String> {
    let now = DateTimeParser::new()
        .parse_timestamp(reply.header("date")?)
        .ok()?;
    (now < since).then(|| {
        format!(
            "{} was ordered at {} by this machine's clock, but for the service it is only {now}; \
             compare the clocks",
            lost.picture, lost.ordered_at
        )
    })
}
