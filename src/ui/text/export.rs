//! `labctl export` as text.

use super::super::style::{Style, counted_len};
use super::super::view::{Document, ExportView};

/// The text of the document: the summary line, and what to do with the files.
pub(in crate::ui) fn export(document: &Document<ExportView>, style: Style) -> String {
    let view = &document.body;
    let folder = view.folder.display();
    let mut text = style.wrap(&format!("Wrote {} to `{folder}`.", counted_len(view.files.len(), "file")), 2);
    let commands = match &view.bucket {
        Some(bucket) => format!(
            "\nPut the packages into the bucket, then make a stack of each user (or a StackSet: docs/scale.md):\n  \
             aws s3 sync {folder}/code s3://{bucket}/code\n  \
             aws cloudformation deploy --template-file {folder}/template.json --s3-bucket {bucket} \\\n    \
             --stack-name lab-USER --parameter-overrides User=USER --capabilities CAPABILITY_NAMED_IAM\n"
        ),
        None => format!(
            "\nTake over what is there, and make the rest:\n  terraform -chdir={folder} init\n  terraform -chdir={folder} plan\n  \
             terraform -chdir={folder} apply\n"
        ),
    };
    text.push_str(&commands);
    text
}
