use super::{Connections, Pass, store};
use base::SiteId;
use serde_json::Value;

impl Connections {
    /// The settings, for something that somebody waits for at this moment: none when the site is not connected, or when the
    /// destination is being left alone.
    pub(crate) async fn settings_at_once(&self, site: SiteId, kind: &'static str) -> Option<Value> {
        let found = store::find(self.db().read(), site, kind).await;
        let connection = found.inspect_err(|err| tracing::debug!(%site, kind, error = %err, "a connection could not be read")).ok()?;
        let open = connection.enabled && connection.breaker.pass(self.db().clock().now()) == Pass::Go;
        open.then_some(connection.settings)
    }
}
