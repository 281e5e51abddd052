//! Times that a stand-in for AWS writes as texts.
//!
//! CloudWatch speaks CBOR, in which a time is a tagged number. One emulator writes ListDashboards' times as texts, which the SDK refuses
//! together with the whole list. Only on this machine, and only in that answer, such texts are read as the times they are.
//! <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html#timestamp-type-serialization>

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use ciborium::Value;

/// The tag of a time in seconds since 1970. <https://www.rfc-editor.org/rfc/rfc8949#section-3.4.2>
const EPOCH: u64 = 1;

/// A client whose lists of dashboards can be read whichever way their times are written.
#[derive(Clone, Debug)]
pub(super) struct TextTimes<Inner>(pub(super) Inner);

impl HttpClient for TextTimes<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(TextTimes(self.0.http_connector(settings, components)))
    }
}

impl HttpConnector for TextTimes<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let lists = request.uri().ends_with("/operation/ListDashboards");
        let answer = self.0.call(request);
        if !lists {
            return answer;
        }
        HttpConnectorFuture::new(async move {
            let mut response = answer.await?;
            let body = std::mem::replace(response.body_mut(), SdkBody::taken());
            let bytes = ByteStream::new(body).collect().await;
            let bytes = bytes.map_err(|error| ConnectorError::io(error.into()))?.to_vec();
            *response.body_mut() = SdkBody::from(with_times(&bytes).unwrap_or(bytes));
            Ok(response)
        })
    }
}

/// The list with its times as CBOR has them; `None` where nothing is to be changed.
fn with_times(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut answer: Value = ciborium::from_reader(bytes).ok()?;
    let entries = member(&mut answer, "DashboardEntries")?.as_array_mut()?;
    let mut changed = false;
    for entry in entries {
        let Some(time) = member(entry, "LastModified") else { continue };
        let Some(at) = time.as_text().and_then(|text| text.parse::<jiff::Timestamp>().ok()) else { continue };
        *time = Value::Tag(EPOCH, Box::new(Value::Float(at.as_duration().as_secs_f64())));
        changed = true;
    }
    let mut bytes = Vec::new();
    ciborium::into_writer(&answer, &mut bytes).ok().filter(|()| changed)?;
    Some(bytes)
}

fn member<'a>(value: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    let members = value.as_map_mut()?;
    members.iter_mut().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::super::kind::dashboard;
    use super::super::tests::replay::Replay;
    use super::*;

    fn list(time: Value) -> Vec<u8> {
        let text = |text: &str| Value::Text(text.to_owned());
        let entry = Value::Map(vec![(text("DashboardName"), text("ann-d")), (text("LastModified"), time)]);
        let mut bytes = Vec::new();
        let answer = Value::Map(vec![(text("DashboardEntries"), Value::Array(vec![entry]))]);
        ciborium::into_writer(&answer, &mut bytes).unwrap();
        bytes
    }

    #[tokio::test]
    async fn a_list_of_dashboards_is_read_whichever_way_its_times_are_written() {
        let text = list(Value::Text("2026-11-23T02:30:00.500000+00:00".to_owned()));
        let tagged = list(Value::Tag(EPOCH, Box::new(Value::Float(1_795_401_000.5))));
        assert_eq!(with_times(&text).unwrap(), tagged);
        assert_eq!(with_times(&tagged), None);
        assert_eq!(with_times(b"not CBOR"), None);
        let account = Replay::default().answer("ListDashboards", 200, text).account();
        assert_eq!(dashboard::names(&account, None).await.unwrap(), ["ann-d"]);
    }
}
