//! Downloads of outputs and uploads of base pictures.

use super::fate::Fate;
use super::state::{State, error};
use crate::pictures::coded_file;
use serde_json::json;
use wiremock::{Request, ResponseTemplate};

impl State {
    pub(super) fn output(&self, file: &str) -> ResponseTemplate {
        let (id, ending) = file.split_once('.').unwrap_or((file, "jpg"));
        let Some(at) = self.find(id) else {
            return error(404, "no such output");
        };
        let prediction = &self.taken[at];
        if prediction.data_removed {
            return error(404, "no such output");
        }
        let class = match &prediction.fate {
            Some(Fate::BadOutput) => {
                return ResponseTemplate::new(200).set_body_raw("no picture", "text/plain");
            }
            Some(Fate::WrongClass(class)) => *class,
            _ => (self.classify)(&prediction.creation.prompt),
        };
        let name = format!("{id}.{ending}");
        // The offset keeps seeds apart from those of data sets: equal seeds are near-duplicates.
        let picture = coded_file(&name, class, self.quality, at as u64 + 1_000_000, (96, 96));
        let mime = if ending == "jpg" { "jpeg" } else { ending };
        ResponseTemplate::new(200).set_body_raw(picture, &format!("image/{mime}"))
    }

    /// Stores the first part of a multipart body, which ends at the next boundary.
    pub(super) fn upload(&mut self, request: &Request) -> ResponseTemplate {
        let body = &request.body;
        let find = |what: &[u8], from: usize| {
            body.get(from..)?
                .windows(what.len())
                .position(|window| window == what)
                .map(|at| at + from)
        };
        let Some(start) = find(b"\r\n\r\n", 0).map(|at| at + 4) else {
            return error(422, "no multipart body");
        };
        let end = find(b"\r\n--", start).unwrap_or(body.len());
        self.files.push(body[start..end].to_vec());
        let id = format!("file{}", self.files.len());
        ResponseTemplate::new(201).set_body_json(json!({
            "id": id,
            "size": end - start,
            "urls": {"get": format!("{}/v1/files/{id}", self.origin)},
        }))
    }
}
