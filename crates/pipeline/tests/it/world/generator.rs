//! A generator that follows a script.

use super::*;

/// What the generator does with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    Good,
    Flagged,
    WrongClass,
    /// The wrong class for the first picture of each class.
    FirstOfWrongClass,
    /// The right class with quality 2.
    Poor,
    /// The right class; a near duplicate of every other picture with this salt.
    Like(u32),
    Broken,
    /// The order is taken, and the answer is lost.
    Lost,
    /// The order is not taken, and the answer is lost.
    NeverTaken,
    /// The answer is lost, and the listing cannot tell whether the order was taken.
    Unknowable,
}

/// Generates pictures of the ordered class, or misbehaves as a test says.
#[derive(Debug)]
pub(crate) struct Generator {
    pub(crate) behave: fn(usize) -> Behaviour,
    pub(crate) orders: AtomicUsize,
    pub(crate) prompts: Mutex<Vec<String>>,
    pub(crate) seeds: Mutex<Vec<u64>>,
    /// State of orders by seed, as a listing shows it.
    pub(crate) lost: Mutex<BTreeMap<u64, Whereabouts>>,
    pub(crate) waiting: Mutex<BTreeMap<String, (ImageClass, Behaviour, u32)>>,
}

impl Generator {
    pub(crate) fn new(behave: fn(usize) -> Behaviour) -> Self {
        Self {
            behave,
            orders: AtomicUsize::new(0),
            prompts: Mutex::default(),
            seeds: Mutex::default(),
            lost: Mutex::default(),
            waiting: Mutex::default(),
        }
    }

    pub(crate) fn bought(&self) -> usize {
        self.orders.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl ImageGenerator for Generator {
    async fn start(&self, request: &GenerationRequest) -> Result<Started, GenerateError> {
        let number = self.orders.fetch_add(1, Ordering::Relaxed);
        self.prompts
            .lock()
            .unwrap()
            .push(request.prompt.text.clone());
        let behaviour = match (self.behave)(number) {
            Behaviour::FirstOfWrongClass if request.ordinal == 1 => Behaviour::WrongClass,
            Behaviour::FirstOfWrongClass => Behaviour::Good,
            behaviour => behaviour,
        };
        self.seeds.lock().unwrap().push(request.seed);
        assert!(
            request.base_image.starts_with(&[0xff, 0xd8]),
            "the base image is sent as JPEG"
        );
        let id = format!("p{number}");
        let salt = u32::try_from(number).unwrap() + 1000;
        self.waiting
            .lock()
            .unwrap()
            .insert(id.clone(), (request.class, behaviour, salt));
        let started = Started {
            id: PredictionId::new(id).unwrap(),
            model: "test/model".into(),
        };
        let whereabouts = match behaviour {
            Behaviour::NeverTaken => Whereabouts::Absent,
            Behaviour::Unknowable => Whereabouts::Unknowable {
                why: "a row lacks its input".into(),
            },
            _ => Whereabouts::Found(started.clone()),
        };
        let is_lost = matches!(
            behaviour,
            Behaviour::Lost | Behaviour::NeverTaken | Behaviour::Unknowable
        );
        self.lost.lock().unwrap().insert(request.seed, whereabouts);
        if !is_lost {
            return Ok(started);
        }
        Err(GenerateError::MaybeCreated {
            picture: request.picture(),
            seed: request.seed,
            cost: Usd::from_dollars(PRICE),
            source: "connection reset".into(),
        })
    }

    async fn find(&self, lost: &LostOrder) -> Result<Whereabouts, GenerateError> {
        let known = self.lost.lock().unwrap();
        Ok(known
            .get(&lost.seed)
            .cloned()
            .unwrap_or(Whereabouts::Absent))
    }

    async fn finish(&self, id: &PredictionId) -> Result<Generated, GenerateError> {
        let (class, behaviour, salt) = self.waiting.lock().unwrap()[id.as_str()];
        let cost = Usd::from_dollars(PRICE);
        let bytes = match behaviour {
            Behaviour::Flagged => {
                let message = "flagged as sensitive (E005)".into();
                return Err(GenerateError::Flagged {
                    id: Some(id.clone()),
                    message,
                    cost,
                });
            }
            Behaviour::Broken => b"<html>not a picture</html>".to_vec(),
            Behaviour::WrongClass => {
                let other = match class {
                    ImageClass::Photorealistic => ImageClass::ColorStylized,
                    _ => ImageClass::Photorealistic,
                };
                png(other, 9, salt)
            }
            Behaviour::Poor => png(class, 2, salt),
            Behaviour::Like(salt) => png(class, 9, salt),
            _ => png(class, 9, salt),
        };
        Ok(Generated {
            bytes: bytes.into(),
            id: id.clone(),
            model: "test/model".into(),
            cost,
        })
    }

    fn price(&self) -> Usd {
        Usd::from_dollars(PRICE)
    }

    fn identity(&self) -> GeneratorIdentity {
        GeneratorIdentity {
            kind: GeneratorKind::Live,
            model: "test/model".into(),
        }
    }
}

impl std::fmt::Display for Generator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("test generator")
    }
}
