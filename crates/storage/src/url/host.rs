//! What the host of a URL says about bucket and region.

use url::Url;

/// Where bucket and key stand.
pub(super) enum Place<'a> {
    /// The bucket stands in the host, the whole path is the key.
    Host {
        bucket: String,
        region: Option<String>,
    },
    /// The bucket is the first segment of this path.
    Path {
        region: Option<String>,
        path: &'a str,
    },
}

/// Why a host names no bucket and no endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HostError {
    Unknown,
    Website,
    Unsupported,
}

/// Reads host, port and path of a URL; all but the path in lower case.
pub(super) fn place<'a>(
    scheme: &str,
    authority: &str,
    path: &'a str,
    custom_endpoints: &[Url],
) -> Result<Place<'a>, HostError> {
    let (host, port) = split_port(scheme, authority).ok_or(HostError::Unknown)?;
    // Amazon's hosts come first: where one of them is set as an endpoint, its name still tells the
    // region. What they do not explain may be an endpoint all the same, such as that of a VPC.
    let amazon = amazon(host, port, scheme, path);
    if amazon.is_ok() {
        return amazon;
    }
    custom(host, port, path, custom_endpoints).ok_or(amazon.err().unwrap_or(HostError::Unknown))
}

/// Host and port; the scheme's own port where none is given.
fn split_port<'a>(scheme: &str, authority: &'a str) -> Option<(&'a str, u16)> {
    let default = if scheme == "http" { 80 } else { 443 };
    // A colon within brackets belongs to an IPv6 address.
    match authority.rsplit_once(':') {
        Some((host, "")) if !host.is_empty() => Some((host, default)),
        Some((host, port)) if !port.ends_with(']') => Some((host, port.parse().ok()?)),
        _ => Some((authority, default)),
    }
}

fn custom<'a>(host: &str, port: u16, path: &'a str, endpoints: &[Url]) -> Option<Place<'a>> {
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
            return Some(Place::Path { region: None, path });
        }
        // Virtual-host style needs a name in front of which something can stand.
        endpoint.domain()?;
        let bucket = host.strip_suffix(own)?.strip_suffix('.')?;
        Some(Place::Host {
            bucket: bucket.to_owned(),
            region: None,
        })
    })
}

fn amazon<'a>(host: &str, port: u16, scheme: &str, path: &'a str) -> Result<Place<'a>, HostError> {
    let name = host
        .strip_suffix(".amazonaws.com")
        .or_else(|| host.strip_suffix(".amazonaws.com.cn"))
        .ok_or(HostError::Unknown)?;
    if port != if scheme == "http" { 80 } else { 443 } {
        return Err(HostError::Unsupported);
    }
    // A bucket's name can hold dots and even a label "s3": the last such label is the service's.
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
        Place::Path { region, path }
    } else {
        Place::Host { bucket, region }
    })
}

/// The region that the label of the service and what follows it tell.
fn region(label: &str, tail: &[&str], bucket: &str) -> Result<Option<String>, HostError> {
    let in_tail = |tail: &[&str]| match tail {
        [region] | ["dualstack", region] if is_region(region) => Ok(Some((*region).to_owned())),
        _ => Err(HostError::Unsupported),
    };
    // These come before the form with a dash, in which they would read as regions.
    if label.starts_with("s3-website") {
        return Err(HostError::Website);
    }
    match (label, tail) {
        ("s3", []) => Ok(None),
        ("s3" | "s3-fips", tail) => in_tail(tail),
        // An accelerated bucket has its name in one label of the host.
        ("s3-accelerate", [] | ["dualstack"]) if !bucket.is_empty() && !bucket.contains('.') => {
            Ok(None)
        }
        // The old name of the first region.
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

/// Whether a label has the shape of a region: `us-west-1`, `us-gov-east-1`, `ap-southeast-2`.
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
