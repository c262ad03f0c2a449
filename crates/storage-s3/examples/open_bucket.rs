//! Builds an S3 client from explicit settings and opens a bucket with it. No request is sent.
#![allow(clippy::print_stdout, reason = "an example")]

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Config, Credentials, Region};
use std::sync::Arc;
use storage::ObjectStore;
use storage_s3::{S3Options, S3Store};

fn main() {
    let credentials = Credentials::new("an id", "a secret", None, None, "example");
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-west-1"))
        .endpoint_url("http://127.0.0.1:9000")
        .force_path_style(true)
        .credentials_provider(credentials)
        .build();
    let client = Client::from_conf(config);
    let store: Arc<dyn ObjectStore> =
        Arc::new(S3Store::new(client, "pictures", S3Options::default()));
    println!("opened {store} without sending a request");
}
