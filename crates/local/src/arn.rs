//! Amazon Resource Names, as the endpoint reads and writes them. Its own, so that it is an independent witness.

/// The six fields of an ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arn<'text> {
    /// `aws`, `aws-cn`, `aws-eusc`, …
    pub(crate) partition: &'text str,
    /// `lambda`, `states`, …
    pub(crate) service: &'text str,
    /// Empty for global services.
    pub(crate) region: &'text str,
    /// Twelve digits, or empty.
    pub(crate) account: &'text str,
    /// Everything after the fifth colon, colons included.
    pub(crate) resource: &'text str,
}

impl<'text> Arn<'text> {
    /// The fields of a text that has the form of an ARN.
    pub(crate) fn parse(text: &'text str) -> Option<Self> {
        let mut fields = text.splitn(6, ':');
        if fields.next() != Some("arn") {
            return None;
        }
        let arn = Self {
            partition: fields.next()?,
            service: fields.next()?,
            region: fields.next()?,
            account: fields.next()?,
            resource: fields.next()?,
        };
        (!arn.partition.is_empty() && !arn.service.is_empty() && !arn.resource.is_empty()).then_some(arn)
    }
}

/// The partitions by how their regions begin; all others are in `aws`. As botocore's `partitions.json` (1.44.8) has them.
const BY_REGION: [(&str, &str); 7] = [
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("eusc-de-", "aws-eusc"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-isof-", "aws-iso-f"),
];

/// The partition that a region belongs to.
pub(crate) fn partition(region: &str) -> &'static str {
    BY_REGION.iter().find(|(start, _)| region.starts_with(start)).map_or("aws", |(_, partition)| partition)
}

/// Whether there is a partition of this name.
pub(crate) fn is_partition(name: &str) -> bool {
    name == "aws" || BY_REGION.iter().any(|(_, partition)| *partition == name)
}

/// An ARN in the region's partition.
pub(crate) fn arn(service: &str, region: &str, account: &str, resource: &str) -> String {
    format!("arn:{}:{service}:{region}:{account}:{resource}", partition(region))
}

/// `us-east-1`, `us-gov-west-1`, …
pub(crate) fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    match parts.as_slice() {
        [first, middle @ .., last] => {
            first.len() == 2
                && word(first)
                && !middle.is_empty()
                && middle.iter().all(word)
                && last.len() == 1
                && last.bytes().all(|byte| byte.is_ascii_digit())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resource_keeps_its_colons() {
        let arn = Arn::parse("arn:aws:logs:eu-west-1:000000000000:log-group:/a:*").unwrap();
        assert_eq!((arn.service, arn.region, arn.resource), ("logs", "eu-west-1", "log-group:/a:*"));
    }

    #[test]
    fn what_is_no_arn_is_none() {
        for text in ["", "arn", "arn:aws:iam::1", "urn:aws:iam::1:role/x", "arn::iam::1:role/x", "arn:aws:iam::1:"] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    #[test]
    fn china_and_government_regions_have_partitions_of_their_own() {
        assert_eq!(arn("sqs", "cn-north-1", "1", "q"), "arn:aws-cn:sqs:cn-north-1:1:q");
        assert_eq!(partition("us-gov-west-1"), "aws-us-gov");
        assert_eq!(
            arn("states", "eusc-de-east-1", "1", "stateMachine:m"),
            "arn:aws-eusc:states:eusc-de-east-1:1:stateMachine:m"
        );
        let iso = ["us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1"].map(partition);
        assert_eq!(iso, ["aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"]);
        assert_eq!((partition("me-west-1"), partition("eu-west-1")), ("aws", "aws"));
        assert!(is_partition("aws") && is_partition("aws-eusc") && !is_partition("aws-us"));
    }
}
