//! AWS's partitions: separate clouds, each with regions, ARNs and host names of its own.

/// A partition. Figures: botocore's `partitions.json` (1.44.8, 2026-11-28).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The second field of its ARNs.
    pub id: &'static str,
    /// What its host names end in.
    pub dns_suffix: &'static str,
    /// Where its IAM answers.
    pub iam_host: &'static str,
    /// How its regions begin; a word and a number follow (`us-gov`, `-east-1`).
    starts: &'static [&'static str],
}

/// The first is the one that a region of no partition's pattern is taken to be in, as the SDKs do.
const PARTITIONS: [Partition; 8] = [
    Partition {
        id: "aws",
        dns_suffix: "amazonaws.com",
        iam_host: "iam.amazonaws.com",
        starts: &["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"],
    },
    Partition {
        id: "aws-cn",
        dns_suffix: "amazonaws.com.cn",
        iam_host: "iam.cn-north-1.amazonaws.com.cn",
        starts: &["cn"],
    },
    Partition {
        id: "aws-us-gov",
        dns_suffix: "amazonaws.com",
        iam_host: "iam.us-gov.amazonaws.com",
        starts: &["us-gov"],
    },
    Partition {
        id: "aws-eusc",
        dns_suffix: "amazonaws.eu",
        iam_host: "iam.eusc-de-east-1.amazonaws.eu",
        starts: &["eusc-de"],
    },
    Partition {
        id: "aws-iso",
        dns_suffix: "c2s.ic.gov",
        iam_host: "iam.us-iso-east-1.c2s.ic.gov",
        starts: &["us-iso"],
    },
    Partition {
        id: "aws-iso-b",
        dns_suffix: "sc2s.sgov.gov",
        iam_host: "iam.us-isob-east-1.sc2s.sgov.gov",
        starts: &["us-isob"],
    },
    Partition {
        id: "aws-iso-e",
        dns_suffix: "cloud.adc-e.uk",
        iam_host: "iam.eu-isoe-west-1.cloud.adc-e.uk",
        starts: &["eu-isoe"],
    },
    Partition {
        id: "aws-iso-f",
        dns_suffix: "csp.hci.ic.gov",
        iam_host: "iam.us-isof-south-1.csp.hci.ic.gov",
        starts: &["us-isof"],
    },
];

impl Partition {
    /// The partition of a region.
    pub fn of_region(region: &str) -> Self {
        let [aws, ..] = PARTITIONS;
        PARTITIONS.into_iter().find(|partition| partition.has_shape_of(region)).unwrap_or(aws)
    }

    /// Whether a partition of this name exists.
    pub fn exists(id: &str) -> bool {
        PARTITIONS.iter().any(|partition| partition.id == id)
    }

    /// Whether a region is shaped as those of any partition are; it may be one that is newer than this table.
    pub fn any_has_shape_of(region: &str) -> bool {
        PARTITIONS.iter().any(|partition| partition.has_shape_of(region))
    }

    fn has_shape_of(&self, region: &str) -> bool {
        self.starts.iter().any(|start| {
            let rest = region.strip_prefix(start).and_then(|rest| rest.strip_prefix('-'));
            let parts = rest.and_then(|rest| rest.split_once('-'));
            parts.is_some_and(|(word, number)| {
                let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
                !word.is_empty()
                    && word.chars().all(is_word)
                    && !number.is_empty()
                    && number.chars().all(|digit| digit.is_ascii_digit())
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_lie_in_the_partitions_that_the_sdks_put_them_in() {
        for (region, id, suffix) in [
            ("us-east-1", "aws", "amazonaws.com"),
            ("me-west-1", "aws", "amazonaws.com"),
            ("mx-central-9", "aws", "amazonaws.com"),
            ("cn-northwest-1", "aws-cn", "amazonaws.com.cn"),
            ("us-gov-east-1", "aws-us-gov", "amazonaws.com"),
            ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
            ("us-iso-west-1", "aws-iso", "c2s.ic.gov"),
            ("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"),
            ("eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk"),
            ("us-isof-south-1", "aws-iso-f", "csp.hci.ic.gov"),
            // Of no pattern, as botocore resolves them.
            ("eusc-fr-west-1", "aws", "amazonaws.com"),
            ("xx-east-1", "aws", "amazonaws.com"),
            ("cn-north", "aws", "amazonaws.com"),
        ] {
            let partition = Partition::of_region(region);
            assert_eq!((partition.id, partition.dns_suffix), (id, suffix), "{region}");
        }
        assert!(Partition::exists("aws-iso-f") && !Partition::exists("aws-us"));
        assert!(Partition::any_has_shape_of("sa-west-1") && !Partition::any_has_shape_of("us-gov-east"));
    }
}
