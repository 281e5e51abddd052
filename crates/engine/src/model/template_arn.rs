//! An ARN as a template has it, so that it holds for every user, region and account.

/// The ARN with `{{partition}}`, `{{region}}`, `{{account}}` and `{{user}}` for what is one student's. What is no ARN stays as it is.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
pub fn arn_in_template(arn: &str, user: Option<&str>) -> String {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [front @ "arn", partition, service, region, account, resource] = parts.as_slice() else {
        return arn.to_owned();
    };
    let general =
        |part: &str, name: &str| if part.is_empty() || part == "*" { part.to_owned() } else { name.to_owned() };
    let resource =
        user.map_or_else(|| (*resource).to_owned(), |user| resource.replace(&format!("{user}-"), "{{user}}-"));
    [
        (*front).to_owned(),
        general(partition, "{{partition}}"),
        (*service).to_owned(),
        general(region, "{{region}}"),
        general(account, "{{account}}"),
        resource,
    ]
    .join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_one_students_is_a_name() {
        let of = |arn: &str| arn_in_template(arn, Some("ann"));
        assert_eq!(
            of("arn:aws:dynamodb:us-east-1:123456789012:table/ann-results"),
            "arn:{{partition}}:dynamodb:{{region}}:{{account}}:table/{{user}}-results"
        );
        assert_eq!(of("arn:aws:s3:::ann-pictures/*"), "arn:{{partition}}:s3:::{{user}}-pictures/*");
        assert_eq!(of("*"), "*");
    }
}
