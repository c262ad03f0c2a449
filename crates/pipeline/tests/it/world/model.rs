//! A model that reads its answers off the sheet.

use super::*;

/// A model that answers by the colours in the middle of the cells.
#[derive(Debug, Default)]
pub(crate) struct LookingModel {
    pub(crate) calls: AtomicUsize,
    /// Changes a reply before it is sent.
    pub(crate) distort: Option<fn(&mut Value)>,
}

#[async_trait]
impl VisionModel for LookingModel {
    async fn ask(&self, question: &Question) -> Result<Reply, VisionError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let sheet = image::load_from_memory(&question.sheet.jpeg)
            .unwrap()
            .to_rgb8();
        assert_eq!(
            (sheet.width(), sheet.height()),
            (question.sheet.width, question.sheet.height)
        );
        let judge = |x: u32, y: u32| {
            let Rgb(rgb) = *sheet.get_pixel(x, y);
            let (channel, level) = rgb.iter().enumerate().max_by_key(|(_, v)| **v).unwrap();
            let quality = ((f64::from(*level) - 50.0) / 20.0).round() as i64;
            (ImageClass::ALL[channel], quality)
        };
        let mut reply = if question.look == LookKind::Close {
            let (class, quality) = judge(sheet.width() / 2, sheet.height() / 2);
            json!({ "seen": "a colour", "class": class, "faults": [], "quality": quality })
        } else {
            let pictures: Vec<Value> = question
                .pictures
                .iter()
                .map(|shown| {
                    let position = u32::try_from(shown.number.position()).unwrap();
                    let (x, y) = (position % 5 * 200 + 100, position / 5 * 200 + 100);
                    let (class, quality) = judge(x, y);
                    let number = shown.number;
                    json!({ "number": number, "class": class, "quality": quality, "faults": [] })
                })
                .collect();
            json!({ "pictures": pictures, "analysis": "looked" })
        };
        if let Some(distort) = self.distort {
            distort(&mut reply);
        }
        Ok(Reply {
            text: reply.to_string(),
            model: "looking".into(),
            request_id: Some("req_1".into()),
            tokens: Tokens {
                input: 1000,
                cached: 0,
                output: 100,
            },
            cost: Usd::from_dollars(0.001),
        })
    }

    fn identity(&self) -> ModelIdentity {
        ModelIdentity {
            kind: ModelKind::Live,
            model: "looking".into(),
            prompt_version: "1".into(),
            schema_digest: Digest::from_bytes([0; 32]),
        }
    }

    fn estimate(&self, _: LookKind, _: usize, _: u32, _: u32) -> Estimate {
        Estimate::default()
    }
}

impl std::fmt::Display for LookingModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("looking model")
    }
}
