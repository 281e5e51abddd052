//! What stands for any user, account and region while a lab is rendered, so that each is found again in every text.

use serde_json::{Map, Value, json};

use crate::model::{AccountId, Place, Region, UserName};

/// Names that no lab has by chance.
const USER: &str = "zq7anyuser7qz";
const ACCOUNT: &str = "739184620517";

/// The user and place that a lab is rendered for to become a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandIn {
    /// Stands for the parameter `User`.
    pub user: UserName,
    /// Stands for the account and region of the stack.
    pub place: Place,
}

impl StandIn {
    /// The one for labs in the partition of a region; `None` where no such names exist.
    pub fn in_partition_of(region: &Region) -> Option<Self> {
        let text = region.to_string();
        let start = text.rsplitn(3, '-').last()?;
        let place =
            Place { account: AccountId::new(ACCOUNT).ok()?, region: Region::new(&format!("{start}-standin-9")).ok()? };
        let is_alike = place.partition() == region.partition().id;
        Some(Self { user: UserName::new(USER).ok()?, place }).filter(|_| is_alike)
    }

    /// A text as CloudFormation fills it in: with the parameter and the pseudo parameters in their places.
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html>
    pub(super) fn text(&self, text: &str) -> Value {
        let arn = format!("arn:{}:", self.place.partition());
        let names = [
            (self.user.as_str(), "${User}"),
            (self.place.account.as_str(), "${AWS::AccountId}"),
            (self.place.region.as_str(), "${AWS::Region}"),
            (arn.as_str(), "arn:${AWS::Partition}:"),
        ];
        // A text that looks like a reference is no mistake either, as long as it stands where references are looked for.
        if !names.iter().any(|(name, _)| text.contains(name)) && !text.contains("${") {
            return text.into();
        }
        let literal = text.replace("${", "${!");
        json!({ "Fn::Sub": names.into_iter().fold(literal, |text, (name, reference)| text.replace(name, reference)) })
    }

    /// The same of every text in a document. Keys are filled in by nobody.
    ///
    /// # Errors
    /// The key that holds a user, account or region.
    pub(super) fn document(&self, document: &Value) -> Result<Value, String> {
        Ok(match document {
            Value::String(text) => self.text(text),
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.document(item)).collect::<Result<_, _>>()?)
            }
            Value::Object(fields) => {
                let mut filled = Map::new();
                for (key, value) in fields {
                    if self.text(key).is_object() {
                        return Err(key.replace(self.user.as_str(), "{{user}}"));
                    }
                    filled.insert(key.clone(), self.document(value)?);
                }
                Value::Object(filled)
            }
            other => other.clone(),
        })
    }

    /// A text for people, with the names as a template of a pack has them.
    pub(super) fn told(&self, text: &str) -> String {
        text.replace(self.user.as_str(), "{{user}}")
            .replace(self.place.account.as_str(), "{{account}}")
            .replace(self.place.region.as_str(), "{{region}}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_partition_has_one() {
        for (region, stand_in) in [
            ("us-east-1", "us-standin-9"),
            ("eu-central-1", "eu-standin-9"),
            ("cn-north-1", "cn-standin-9"),
            ("us-gov-west-1", "us-gov-standin-9"),
            ("eusc-de-east-1", "eusc-de-standin-9"),
        ] {
            let region = Region::new(region).unwrap();
            assert_eq!(StandIn::in_partition_of(&region).unwrap().place.region.as_str(), stand_in);
        }
    }

    #[test]
    fn what_stands_in_becomes_a_parameter_and_what_looks_like_one_stays() {
        let stand_in = StandIn::in_partition_of(&Region::new("us-east-1").unwrap()).unwrap();
        let arn = format!("arn:aws:lambda:us-standin-9:{ACCOUNT}:function:{USER}-f ${{x}}");
        let filled = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${User}-f ${!x}";
        assert_eq!(stand_in.text(&arn), json!({ "Fn::Sub": filled }));
        assert_eq!(stand_in.text("${x} us-east-1"), json!({ "Fn::Sub": "${!x} us-east-1" }));
        assert_eq!(stand_in.text("$.x us-east-1"), json!("$.x us-east-1"));
        let document = stand_in.document(&json!({"a": [USER, 1, null], "b": true})).unwrap();
        assert_eq!(document, json!({"a": [{"Fn::Sub": "${User}"}, 1, null], "b": true}));
        assert_eq!(stand_in.document(&json!({ format!("{USER}-k"): 1 })), Err("{{user}}-k".to_owned()));
    }
}
