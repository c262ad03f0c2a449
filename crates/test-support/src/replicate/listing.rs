//! Listing of predictions, newest first, in pages.

use super::state::{State, error};
use jiff::Timestamp;
use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

/// Number of predictions on a page.
const PAGE: usize = 100;

/// Query of a request for a page.
struct Asked {
    /// Number of predictions before the page.
    start: usize,
    created_after: Option<String>,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let query = |name: &str| {
            let mut pairs = request.url.query_pairs();
            pairs
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        Self {
            start: query("cursor")
                .and_then(|cursor| cursor.parse().ok())
                .unwrap_or(0),
            created_after: query("created_after"),
        }
    }
}

impl State {
    /// Returns a page. The last page completes a listing.
    pub(super) fn list(&mut self, request: &Request) -> ResponseTemplate {
        let asked = Asked::of(request);
        let after: Option<Timestamp> = match &asked.created_after {
            Some(time) => match time.parse() {
                Ok(time) => Some(time),
                Err(_) => return error(422, "created_after: not a time"),
            },
            None => None,
        };
        let after = after.filter(|_| !self.ignores_filters);
        let listed: Vec<usize> = (0..self.taken.len())
            .rev()
            .filter(|at| {
                let prediction = &self.taken[*at];
                prediction.listed_from <= self.listings
                    && after.is_none_or(|after| prediction.created_at > after)
            })
            .collect();
        let end = asked.start + PAGE;
        let results: Vec<Value> = listed
            .iter()
            .skip(asked.start)
            .take(PAGE)
            .map(|at| {
                let waiting = self.taken[*at].asked <= self.polls;
                self.describe(*at, if waiting { "processing" } else { "done" })
            })
            .collect();
        let next = (end < listed.len()).then(|| {
            let filter = asked.created_after.map_or_else(String::new, |after| {
                // A plain `+` in a query means a space.
                format!("&created_after={}", after.replace('+', "%2B"))
            });
            format!("{}/v1/predictions?cursor={end}{filter}", self.origin)
        });
        // Counted on the last page only: a client that stops early has not seen the whole listing.
        self.listings += usize::from(next.is_none());
        ResponseTemplate::new(200)
            .set_body_json(json!({"next": next, "previous": null, "results": results}))
    }
}
