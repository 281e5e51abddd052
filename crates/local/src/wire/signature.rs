//! Signature Version 4 of a request, verified.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::hex;

/// How far a request's time may be from the endpoint's.
const SKEW_SECONDS: i64 = 15 * 60;

/// The parts of a request that are signed.
pub(super) struct Signed<'request> {
    pub(super) method: &'request str,
    /// As it came, still percent-encoded.
    pub(super) path: &'request str,
    /// As it came, without `?`.
    pub(super) query: &'request str,
    /// Lower-case names.
    pub(super) headers: &'request [(String, String)],
    pub(super) body: &'request [u8],
}

/// The `Authorization` header, read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Authorization {
    pub(super) access_key_id: String,
    /// `YYYYMMDD`
    pub(super) date: String,
    pub(super) region: String,
    pub(super) service: String,
    signed_headers: Vec<String>,
    signature: Vec<u8>,
}

/// Why a request is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No signature at all.
    Missing,
    /// Not all parts of a signature, or parts that cannot be read.
    Incomplete(String),
    /// A key or token that is not known.
    UnknownKey,
    /// The signature is of something else, or made with another secret.
    Mismatch,
    /// The request's time is too far off; the sentence says by how much.
    Skewed(String),
    /// Signed for another service or for no region.
    Scope(String),
    /// A way of signing that is not offered.
    NotOffered(String),
}

impl Authorization {
    /// Reads a header such as `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
    pub(super) fn read(header: Option<&str>) -> Result<Self, Refusal> {
        let header = header.ok_or(Refusal::Missing)?;
        let (algorithm, fields) = header.split_once(' ').unwrap_or((header, ""));
        if algorithm == "AWS4-ECDSA-P256-SHA256" {
            return Err(Refusal::NotOffered("the local endpoint does not offer signature version 4A".to_owned()));
        }
        if algorithm != "AWS4-HMAC-SHA256" {
            return Err(Refusal::Missing);
        }
        let field = |name: &str| {
            let found =
                fields.split(',').filter_map(|field| field.trim().split_once('=')).find(|(key, _)| *key == name);
            found.map(|(_, value)| value).ok_or_else(|| {
                Refusal::Incomplete(format!(
                    "Authorization header requires '{name}' parameter. Authorization={algorithm}"
                ))
            })
        };
        let (credential, signed, signature) = (field("Credential")?, field("SignedHeaders")?, field("Signature")?);
        let mut scope = credential.rsplitn(5, '/');
        let (Some("aws4_request"), Some(service), Some(region), Some(date), Some(access_key_id)) =
            (scope.next(), scope.next(), scope.next(), scope.next(), scope.next())
        else {
            return Err(Refusal::Incomplete(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
            )));
        };
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            signed_headers: signed.split(';').map(str::to_ascii_lowercase).collect(),
            signature: hex::decode(signature).ok_or(Refusal::Mismatch)?,
        })
    }

    /// Checks the signature, the body's digest and the time (seconds since 1970).
    pub(super) fn verify(&self, request: &Signed<'_>, secret: &str, now: i64) -> Result<(), Refusal> {
        let time = header(request, "x-amz-date").ok_or_else(|| {
            Refusal::Incomplete(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.".to_owned(),
            )
        })?;
        self.check_time(time, now)?;
        if !self.signed_headers.iter().any(|name| name == "host") {
            return Err(Refusal::Incomplete(
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned(),
            ));
        }
        let digest = body_digest(request)?;
        let canonical = canonical_request(request, &self.signed_headers, &digest)?;
        let scope = format!("{}/{}/{}/aws4_request", self.date, self.region, self.service);
        let to_sign =
            format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex::encode(&Sha256::digest(canonical.as_bytes())));
        let key = [self.region.as_str(), &self.service, "aws4_request"]
            .iter()
            .fold(keyed(format!("AWS4{secret}").as_bytes(), &self.date).finalize().into_bytes(), |key, part| {
                keyed(&key, part).finalize().into_bytes()
            });
        // `verify_slice` takes the same time whatever differs.
        keyed(&key, &to_sign).verify_slice(&self.signature).map_err(|_| Refusal::Mismatch)
    }

    fn check_time(&self, time: &str, now: i64) -> Result<(), Refusal> {
        let unreadable = || {
            Refusal::Incomplete(format!(
                "Date must be in ISO-8601 'basic format'. Got '{time}'. See http://en.wikipedia.org/wiki/ISO_8601"
            ))
        };
        let sent = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", time).map_err(|_| unreadable())?;
        let sent = sent.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| unreadable())?.timestamp().as_second();
        if !time.starts_with(&self.date) {
            return Err(Refusal::Scope(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{time}'.",
                self.date
            )));
        }
        let (here, limit) = (basic(now), if sent < now { now - SKEW_SECONDS } else { now + SKEW_SECONDS });
        if sent < limit && sent < now {
            return Err(Refusal::Skewed(format!(
                "Signature expired: {time} is now earlier than {} ({here} - 15 min.)",
                basic(limit)
            )));
        }
        if sent > limit && sent > now {
            return Err(Refusal::Skewed(format!(
                "Signature not yet current: {time} is still later than {} ({here} + 15 min.)",
                basic(limit)
            )));
        }
        Ok(())
    }
}

fn basic(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map(|time| time.strftime("%Y%m%dT%H%M%SZ").to_string()).unwrap_or_default()
}

fn header<'request>(request: &Signed<'request>, name: &str) -> Option<&'request str> {
    request.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The body's digest as it is signed: the one in the header when it is true, otherwise the body's own.
fn body_digest(request: &Signed<'_>) -> Result<String, Refusal> {
    let own = || hex::encode(&Sha256::digest(request.body));
    match header(request, "x-amz-content-sha256") {
        None => Ok(own()),
        Some("UNSIGNED-PAYLOAD") => Ok("UNSIGNED-PAYLOAD".to_owned()),
        Some(streaming) if streaming.starts_with("STREAMING-") => {
            Err(Refusal::NotOffered(format!("the local endpoint does not offer bodies signed as {streaming}")))
        }
        Some(said) => {
            let own = own();
            if said.eq_ignore_ascii_case(&own) { Ok(own) } else { Err(Refusal::Mismatch) }
        }
    }
}

fn canonical_request(request: &Signed<'_>, signed: &[String], digest: &str) -> Result<String, Refusal> {
    let mut text =
        format!("{}\n{}\n{}\n", request.method, canonical_path(request.path), canonical_query(request.query));
    for name in signed {
        let values: Vec<String> = request
            .headers
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        if values.is_empty() {
            return Err(Refusal::Mismatch);
        }
        let _ = writeln!(text, "{name}:{}", values.join(","));
    }
    let _ = write!(text, "\n{}\n{digest}", signed.join(";"));
    Ok(text)
}

/// The path with its dots resolved and each segment encoded once more, as every service but S3 has it.
fn canonical_path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other),
        }
    }
    let encoded: Vec<String> = segments.iter().map(|segment| encoded(segment.as_bytes())).collect();
    let slash = if path.ends_with('/') && !encoded.is_empty() { "/" } else { "" };
    format!("/{}{slash}", encoded.join("/"))
}

fn canonical_query(query: &str) -> String {
    let again = |text: &str| encoded(&percent_encoding::percent_decode_str(text).collect::<Vec<u8>>());
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (again(name), again(value)))
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// Percent-encoded but for letters, digits and `-_.~`.
fn encoded(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

fn keyed(key: &[u8], message: &str) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(message.as_bytes());
    mac
}

/// Signs a request the way a client would, for tests that talk to the endpoint.
#[cfg(test)]
pub(crate) mod client {
    use super::*;

    /// The `authorization` header for these parts.
    pub(crate) fn authorization(
        parts: (&str, &str, &str),
        headers: &[(String, String)],
        body: &[u8],
        scope: (&str, &str),
        keys: (&str, &str),
    ) -> String {
        let (method, path, query) = parts;
        let signed: Vec<String> = {
            let mut names: Vec<String> = headers.iter().map(|(name, _)| name.clone()).collect();
            names.sort();
            names
        };
        let request = Signed { method, path, query, headers, body };
        let time = header(&request, "x-amz-date").unwrap();
        let date = time.split('T').next().unwrap();
        let canonical = canonical_request(&request, &signed, &body_digest(&request).unwrap()).unwrap();
        let scope_text = format!("{date}/{}/{}/aws4_request", scope.0, scope.1);
        let to_sign =
            format!("AWS4-HMAC-SHA256\n{time}\n{scope_text}\n{}", hex::encode(&Sha256::digest(canonical.as_bytes())));
        let mut key = keyed(format!("AWS4{}", keys.1).as_bytes(), date).finalize().into_bytes();
        for part in [scope.0, scope.1, "aws4_request"] {
            key = keyed(&key, part).finalize().into_bytes();
        }
        let signature = hex::encode(&keyed(&key, &to_sign).finalize().into_bytes());
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope_text}, SignedHeaders={}, Signature={signature}",
            keys.0,
            signed.join(";")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    /// 2015-08-30 12:36:00 UTC
    const THEN: i64 = 1_440_938_160;

    fn verify(
        (method, path, query): (&str, &str, &str),
        headers: &[(&str, &str)],
        body: &str,
        signed: &str,
        signature: &str,
        now: i64,
    ) -> Result<(), Refusal> {
        let text = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders={signed}, Signature={signature}"
        );
        let headers: Vec<_> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = Signed { method, path, query, headers: &headers, body: body.as_bytes() };
        Authorization::read(Some(&text))?.verify(&request, SECRET, now)
    }

    const PLAIN: [(&str, &str); 2] = [("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")];
    const VANILLA: &str = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

    /// From AWS's Signature Version 4 test suite.
    #[test]
    fn the_published_vectors_verify() {
        let plain = "host;x-amz-date";
        let form = [("content-type", "application/x-www-form-urlencoded"), PLAIN[0], PLAIN[1]];
        let cases: [(_, &[(&str, &str)], _, _, _); 4] = [
            (("GET", "/", ""), &PLAIN, "", plain, VANILLA),
            (
                ("GET", "/", "Param2=value2&Param1=value1"),
                &PLAIN,
                "",
                plain,
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
            (
                ("POST", "/", ""),
                &form,
                "Param1=value1",
                "content-type;host;x-amz-date",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
            (("GET", "/example/..", ""), &PLAIN, "", plain, VANILLA),
        ];
        for (parts, headers, body, signed, signature) in cases {
            assert_eq!(verify(parts, headers, body, signed, signature, THEN), Ok(()), "{parts:?}");
        }
    }

    #[test]
    fn anything_changed_is_a_mismatch() {
        let with =
            |parts, headers: &[(&str, &str)], body| verify(parts, headers, body, "host;x-amz-date", VANILLA, THEN);
        assert_eq!(with(("POST", "/", ""), &PLAIN, ""), Err(Refusal::Mismatch));
        assert_eq!(with(("GET", "/x", ""), &PLAIN, ""), Err(Refusal::Mismatch));
        assert_eq!(with(("GET", "/", "a=b"), &PLAIN, ""), Err(Refusal::Mismatch));
        assert_eq!(with(("GET", "/", ""), &PLAIN, "body"), Err(Refusal::Mismatch));
        assert_eq!(with(("GET", "/", ""), &[("host", "other"), PLAIN[1]], ""), Err(Refusal::Mismatch));
        let false_digest = [PLAIN[0], PLAIN[1], ("x-amz-content-sha256", "00")];
        assert_eq!(with(("GET", "/", ""), &false_digest, ""), Err(Refusal::Mismatch));
    }

    #[test]
    fn fifteen_minutes_are_the_limit_either_way() {
        let at = |now| verify(("GET", "/", ""), &PLAIN, "", "host;x-amz-date", VANILLA, now);
        assert_eq!((at(THEN + 900), at(THEN - 900)), (Ok(()), Ok(())));
        assert!(matches!(at(THEN + 901), Err(Refusal::Skewed(text)) if text.contains("earlier than 20150830T123601Z")));
        assert!(matches!(at(THEN - 901), Err(Refusal::Skewed(text)) if text.contains("later than")));
    }

    #[test]
    fn broken_headers_are_told_apart() {
        assert_eq!(Authorization::read(None), Err(Refusal::Missing));
        assert_eq!(Authorization::read(Some("Bearer x")), Err(Refusal::Missing));
        let incomplete = |text: &str| matches!(Authorization::read(Some(text)), Err(Refusal::Incomplete(_)));
        assert!(incomplete("AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request"));
        assert!(incomplete("AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=00"));
        let odd = "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature=é0";
        assert_eq!(Authorization::read(Some(odd)), Err(Refusal::Mismatch));
    }

    #[test]
    fn streaming_bodies_are_refused_by_name() {
        let headers = [PLAIN[0], PLAIN[1], ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")];
        let refusal = verify(("GET", "/", ""), &headers, "", "host;x-amz-date", VANILLA, THEN).unwrap_err();
        assert!(matches!(refusal, Refusal::NotOffered(text) if text.contains("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")));
    }

    #[test]
    fn labels_are_encoded_twice() {
        assert_eq!(canonical_path("/2017-03-31/tags/arn%3Aaws"), "/2017-03-31/tags/arn%253Aaws");
        assert_eq!(canonical_query("b=2&a=%7e&a="), "a=&a=~&b=2");
    }
}
