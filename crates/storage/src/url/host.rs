//! The bucket and region that the host of a URL names.

use url::Url;

/// The part of a URL that names the bucket.
pub(super) enum BucketStyle<'a> {
    /// The host names the bucket; the whole path is the key.
    VirtualHosted {
        bucket: String,
        region: Option<String>,
    },
    /// The first segment of `path` names the bucket; the rest is the key.
    Path {
        region: Option<String>,
        path: &'a str,
    },
}

/// Reason that a host is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HostError {
    Unknown,
    Website,
    Unsupported,
}

/// Determines bucket style and region. `scheme` and `authority` have to be in lower case.
pub(super) fn parse<'a>(
    scheme: &str,
    authority: &str,
    path: &'a str,
    custom_endpoints: &[Url],
) -> Result<BucketStyle<'a>, HostError> {
    let (host, port) = split_port(scheme, authority).ok_or(HostError::Unknown)?;
    // Amazon's hosts come first: if one of them is configured as a custom endpoint, its name still
    // tells the region. An Amazon host of an unknown form may be a custom endpoint, as for a VPC.
    let amazon = amazon(host, port, scheme, path);
    if amazon.is_ok() {
        return amazon;
    }
    custom(host, port, path, custom_endpoints).ok_or(amazon.err().unwrap_or(HostError::Unknown))
}

/// Splits host and port; without a port, uses the default of the scheme.
fn split_port<'a>(scheme: &str, authority: &'a str) -> Option<(&'a str, u16)> {
    let default = if scheme == "http" { 80 } else { 443 };
    // A colon inside brackets is part of an IPv6 address.
    match authority.rsplit_once(':') {
        Some((host, "")) if !host.is_empty() => Some((host, default)),
        Some((host, port)) if !port.ends_with(']') => Some((host, port.parse().ok()?)),
        _ => Some((authority, default)),
    }
}

fn custom<'a>(host: &str, port: u16, path: &'a str, endpoints: &[Url]) -> Option<BucketStyle<'a>> {
    endpoints.iter().find_map(|endpoint| {
        if endpoint.port_or_known_default() != Some(port) {
            return None;
        }
        let own = endpoint.host_str()?;
        if host == own {
            let base = endpoint.path().trim_matches('/');
            let path = if base.is_empty() {
                path
            } else {
                path.strip_prefix(base)?.strip_prefix('/')?
            };
            return Some(BucketStyle::Path { region: None, path });
        }
        // An endpoint that is an IP address cannot have a bucket name in front.
        endpoint.domain()?;
        let bucket = host.strip_suffix(own)?.strip_suffix('.')?;
        Some(BucketStyle::VirtualHosted {
            bucket: bucket.to_owned(),
            region: None,
        })
    })
}

fn amazon<'a>(
    host: &str,
    port: u16,
    scheme: &str,
    path: &'a str,
) -> Result<BucketStyle<'a>, HostError> {
    let name = host
        .strip_suffix(".amazonaws.com")
        .or_else(|| host.strip_suffix(".amazonaws.com.cn"))
        .ok_or(HostError::Unknown)?;
    if port != if scheme == "http" { 80 } else { 443 } {
        return Err(HostError::Unsupported);
    }
    // A bucket name can contain dots and even a label "s3": the last such label is the service.
    let labels: Vec<&str> = name.split('.').collect();
    let service = labels
        .iter()
        .rposition(|label| *label == "s3" || label.starts_with("s3-"))
        .ok_or(HostError::Unsupported)?;
    let (bucket, rest) = labels.split_at(service);
    let (label, tail) = rest.split_first().ok_or(HostError::Unsupported)?;
    let bucket = bucket.join(".");
    let region = region(label, tail, &bucket)?;
    Ok(if bucket.is_empty() {
        BucketStyle::Path { region, path }
    } else {
        BucketStyle::VirtualHosted { bucket, region }
    })
}

/// The region named by the service label and the labels after it.
fn region(label: &str, tail: &[&str], bucket: &str) -> Result<Option<String>, HostError> {
    let in_tail = |tail: &[&str]| match tail {
        [region] | ["dualstack", region] if is_region(region) => Ok(Some((*region).to_owned())),
        _ => Err(HostError::Unsupported),
    };
    // Checked before the dashed form, where "s3-website-…" would look like a region.
    if label.starts_with("s3-website") {
        return Err(HostError::Website);
    }
    match (label, tail) {
        ("s3", []) => Ok(None),
        ("s3" | "s3-fips", tail) => in_tail(tail),
        // Transfer Acceleration requires a bucket name without dots, in the host.
        ("s3-accelerate", [] | ["dualstack"]) if !bucket.is_empty() && !bucket.contains('.') => {
            Ok(None)
        }
        // The legacy host name of us-east-1.
        ("s3-external-1", []) => Ok(Some("us-east-1".to_owned())),
        (label, []) => {
            let dashed = label
                .strip_prefix("s3-fips-")
                .or_else(|| label.strip_prefix("s3-"));
            in_tail(&[dashed.unwrap_or_default()])
        }
        _ => Err(HostError::Unsupported),
    }
}

/// Whether a label has the form of a region name: `us-west-1`, `us-gov-east-1`, `ap-southeast-2`.
fn is_region(label: &str) -> bool {
    let letters = |part: &&str| part.bytes().all(|byte| byte.is_ascii_lowercase());
    let parts: Vec<&str> = label.split('-').collect();
    match parts.as_slice() {
        [area, middle @ .., number] => {
            (2..=4).contains(&area.len())
                && letters(area)
                && !middle.is_empty()
                && middle.iter().all(|part| !part.is_empty() && letters(part))
                && (1..=2).contains(&number.len())
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        _ => false,
    }
}
