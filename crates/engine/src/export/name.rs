//! Names as the engines take them.

/// A name for people as a logical ID: `order-validator` becomes `OrderValidator`.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html>: letters and digits alone.
pub(super) fn logical(text: &str) -> String {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric());
    words
        .flat_map(|word| {
            let mut rest = word.chars();
            let first = rest.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(rest).collect::<Vec<_>>()
        })
        .collect()
}

/// A name as Terraform takes it: letters, digits, `_` and `-`, the first no digit and no dash.
/// <https://developer.hashicorp.com/terraform/language/syntax/configuration#identifiers>
pub(super) fn identifier(text: &str) -> String {
    let text = text.trim_start_matches('/');
    let mut name: String = text
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() || character == '-' { character } else { '_' })
        .collect();
    if !name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
        name.insert(0, '_');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_what_the_engines_take() {
        assert_eq!(logical("order-validator"), "OrderValidator");
        assert_eq!(logical("/aws/lambda/x_y.fifo"), "AwsLambdaXYFifo");
        assert_eq!(identifier("/aws/lambda/ann-f"), "aws_lambda_ann-f");
        assert_eq!(identifier("1st"), "_1st");
        assert_eq!(identifier("q.fifo"), "q_fifo");
    }
}
