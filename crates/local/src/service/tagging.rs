//! The Resource Groups Tagging API: resources by their tags.
//! <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html>
//!
//! As on AWS, IAM roles are not among them.

use std::ops::ControlFlow;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::members::Members;
use super::page::{first, shown_last};
use super::{Authority, Service, TagSource, Tagged, not_offered, tags};
use crate::api;
use crate::wire::{Answer, Call, Fault};

/// The tagging service.
pub(crate) struct TaggingService {
    authority: Arc<dyn Authority>,
    sources: Vec<Arc<dyn TagSource>>,
}

const INVALID: &str = "InvalidParameterException";

impl TaggingService {
    /// The tagging service over these sources.
    pub(crate) fn new(authority: Arc<dyn Authority>, sources: Vec<Arc<dyn TagSource>>) -> Self {
        Self { authority, sources }
    }

    fn get_resources(&self, region: &str, members: Members<'_>) -> Result<Value, Fault> {
        let filters = filters(members)?;
        let kinds = members.texts("ResourceTypeFilters");
        let arns = members.texts("ResourceARNList");
        if !arns.is_empty() && (!filters.is_empty() || !kinds.is_empty()) {
            let message = "ResourceARNList cannot be combined with TagFilters or ResourceTypeFilters";
            return Err(Fault::client(INVALID, message));
        }
        // `lambda` asks for every kind of the service, `lambda:function` for one.
        let of_kind = |found: &str| {
            let is_of =
                |kind: &str| found.strip_prefix(kind).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
            kinds.is_empty() || kinds.iter().any(|kind| is_of(kind))
        };
        let fits = |found: &Tagged| {
            let tagged = filters.iter().all(|(key, values)| {
                found
                    .tags
                    .iter()
                    .any(|(known, value)| known == key && (values.is_empty() || values.contains(&value.as_str())))
            });
            of_kind(found.resource_type) && tagged && (arns.is_empty() || arns.contains(&found.arn.as_str()))
        };
        let size = members.count("ResourcesPerPage").unwrap_or(50);
        let after = shown_last(members.text("PaginationToken").filter(|token| !token.is_empty()))
            .ok_or_else(|| Fault::client("PaginationTokenExpiredException", "The pagination token is not valid"))?;
        // A source of which nothing can fit would be gone through to its end for every page.
        let sources = self.sources.iter().filter(|source| source.resource_types().into_iter().any(of_kind));
        let fitting = fitting(sources, region, &after, size, fits);
        let page = first(fitting.into_iter(), &|found: &Tagged| found.arn.clone(), size);
        let shown = |found: &Tagged| json!({"ResourceARN": found.arn, "Tags": tags::list(&found.tags)});
        Ok(json!({
            "ResourceTagMappingList": page.items.iter().map(shown).collect::<Vec<_>>(),
            "PaginationToken": page.next.unwrap_or_default(),
        }))
    }

    fn get_tag_keys(&self, region: &str) -> Value {
        let mut keys: Vec<String> = self
            .sources
            .iter()
            .flat_map(|source| source.all_tagged(region))
            .flat_map(|found| found.tags)
            .map(|(key, _)| key)
            .collect();
        keys.sort();
        keys.dedup();
        json!({"TagKeys": keys, "PaginationToken": ""})
    }
}

/// The resources after an ARN that fit, in the order of their ARNs: enough for a page and to know whether there are more.
fn fitting<'a>(
    sources: impl Iterator<Item = &'a Arc<dyn TagSource>>,
    region: &str,
    after: &str,
    size: usize,
    fits: impl Fn(&Tagged) -> bool,
) -> Vec<Tagged> {
    let mut fitting = Vec::new();
    for source in sources {
        let mut found = 0;
        source.tagged(region, after, &mut |tagged| {
            if fits(&tagged) {
                found += 1;
                fitting.push(tagged);
            }
            if found > size { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
    }
    fitting.sort_by(|one, other| one.arn.cmp(&other.arn));
    fitting
}

/// Key and wanted values; no values means any.
fn filters(members: Members<'_>) -> Result<Vec<(&str, Vec<&str>)>, Fault> {
    let filters = members.list("TagFilters").iter().map(Members::within);
    filters
        .map(|filter| {
            let key = filter.text("Key").ok_or_else(|| Fault::client(INVALID, "a tag filter needs a Key"))?;
            Ok((key, filter.texts("Values")))
        })
        .collect()
}

#[async_trait]
impl Service for TaggingService {
    async fn call(&self, call: Call) -> Result<Answer, Fault> {
        self.authority
            .authorize(&call.caller, &api::action(&call), "*")
            .map_err(|message| Fault::client("AccessDeniedException", message))?;
        api::hold(&call)?;
        let output = match call.operation.as_str() {
            "GetResources" => self.get_resources(&call.region, Members::of(&call))?,
            "GetTagKeys" => self.get_tag_keys(&call.region),
            _ => return Err(not_offered(&call)),
        };
        Ok(Answer::members(output))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Caller;

    struct Fixed;

    impl TagSource for Fixed {
        fn regions(&self) -> Vec<String> {
            vec!["us-east-1".to_owned()]
        }

        fn resource_types(&self) -> Vec<&'static str> {
            vec!["lambda:function", "states:stateMachine"]
        }

        fn tagged(&self, region: &str, after: &str, each: &mut dyn FnMut(Tagged) -> ControlFlow<()>) {
            let made = |name: &str, resource_type, user: &str| Tagged {
                arn: format!("arn:aws:{region}:{name}"),
                resource_type,
                tags: vec![("user".to_owned(), user.to_owned()), ("lab".to_owned(), "6".to_owned())],
            };
            let mut all = vec![
                made("a", "lambda:function", "ann"),
                made("b", "lambda:function", "bob"),
                made("c", "states:stateMachine", "ann"),
            ];
            all.retain(|tagged| tagged.arn.as_str() > after);
            let _ = all.into_iter().try_for_each(each);
        }
    }

    struct Open;

    impl Authority for Open {
        fn authorize(&self, _: &Caller, _: &str, _: &str) -> Result<(), String> {
            Ok(())
        }
        fn may_assume(&self, _: &str, _: &str, _: &str) -> bool {
            true
        }
        fn temporary_keys(&self, _: &str, _: &str) -> (String, String, String) {
            <(String, String, String)>::default()
        }
    }

    fn found(input: &Value) -> Result<(Vec<String>, String), String> {
        let service = TaggingService::new(Arc::new(Open), vec![Arc::new(Fixed)]);
        let answer = service.get_resources("r", Members::within(input)).map_err(|fault| fault.message)?;
        let arns = answer["ResourceTagMappingList"].as_array().unwrap().iter();
        let arns = arns.map(|found| found["ResourceARN"].as_str().unwrap().replace("arn:aws:r:", "")).collect();
        Ok((arns, answer["PaginationToken"].as_str().unwrap().to_owned()))
    }

    #[test]
    fn filters_narrow_by_tag_type_and_arn() {
        let names = |input: Value| found(&input).unwrap().0.join("");
        assert_eq!(names(json!({})), "abc");
        assert_eq!(names(json!({"TagFilters": [{"Key": "user", "Values": ["ann"]}]})), "ac");
        assert_eq!(names(json!({"TagFilters": [{"Key": "user", "Values": ["ann", "bob"]}, {"Key": "lab"}]})), "abc");
        assert_eq!(names(json!({"TagFilters": [{"Key": "none"}]})), "");
        assert_eq!(names(json!({"ResourceTypeFilters": ["lambda"]})), "ab");
        assert_eq!(names(json!({"ResourceTypeFilters": ["lambda:function", "states:stateMachine"]})), "abc");
        assert_eq!(names(json!({"ResourceTypeFilters": ["lam"]})), "");
        assert_eq!(names(json!({"ResourceARNList": ["arn:aws:r:b"]})), "b");
        assert!(found(&json!({"ResourceARNList": ["x"], "TagFilters": [{"Key": "k"}]})).is_err());
    }

    /// So many functions, and how many were ever shown.
    struct Many(u32, std::sync::atomic::AtomicUsize);

    impl TagSource for Many {
        fn regions(&self) -> Vec<String> {
            Vec::new()
        }

        fn resource_types(&self) -> Vec<&'static str> {
            vec!["lambda:function"]
        }

        fn tagged(&self, _: &str, after: &str, each: &mut dyn FnMut(Tagged) -> ControlFlow<()>) {
            let arns = (0..self.0).map(|number| format!("f{number:05}")).filter(|arn| arn.as_str() > after);
            let _ = arns.map(|arn| Tagged { arn, resource_type: "lambda:function", tags: Vec::new() }).try_for_each(
                |tagged| {
                    self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    each(tagged)
                },
            );
        }
    }

    #[test]
    fn a_page_costs_what_it_shows_however_much_there_is() {
        let many = Arc::new(Many(5000, std::sync::atomic::AtomicUsize::new(0)));
        let service = TaggingService::new(Arc::new(Open), vec![Arc::clone(&many) as Arc<dyn TagSource>]);
        let listed = |kinds: &[&str]| {
            let (mut token, mut listed) = (String::new(), 0);
            loop {
                let asked = json!({"ResourcesPerPage": 100, "PaginationToken": token, "ResourceTypeFilters": kinds});
                let page = service.get_resources("r", Members::within(&asked)).unwrap();
                listed += page["ResourceTagMappingList"].as_array().unwrap().len();
                token = page["PaginationToken"].as_str().unwrap().to_owned();
                if token.is_empty() {
                    break (listed, many.1.swap(0, std::sync::atomic::Ordering::Relaxed));
                }
            }
        };
        let (found, shown) = listed(&[]);
        assert_eq!(found, 5000);
        assert!(shown <= 5000 + 50, "{shown} were shown for fifty pages of a hundred");
        assert_eq!(listed(&["states"]), (0, 0), "what cannot fit is not gone through");
        assert_eq!(listed(&["lambda"]).0, 5000);
    }

    #[test]
    fn pages_follow_each_other() {
        let (first, token) = found(&json!({"ResourcesPerPage": 2})).unwrap();
        let (rest, end) = found(&json!({"ResourcesPerPage": 2, "PaginationToken": token})).unwrap();
        assert_eq!((first.join(""), rest.join(""), end.as_str()), ("ab".to_owned(), "c".to_owned(), ""));
    }
}
