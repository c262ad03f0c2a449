//! Generates pictures of an actor with Replicate; prompts, models, replay.
