//! E-mail among the connections of a site: its settings are kept, checked and tested as those of other systems.

use super::settings::{self, PASSWORD};
use super::{HouseMail, KIND};
use crate::connections::{Kind, Steps};
use base::{Invalid, SiteId};
use serde_json::Value;
use sockets::mailer::Mailer;
use std::sync::Arc;

/// The kind `email`.
pub struct MailConnection {
    pub mailer: Arc<dyn Mailer>,
    pub house: HouseMail,
}

#[async_trait::async_trait]
impl Kind for MailConnection {
    fn name(&self) -> &'static str {
        KIND
    }

    fn secrets(&self) -> &'static [&'static str] {
        &[PASSWORD]
    }

    /// The whole of the site's own server: another port, or the same in the clear, is another place.
    fn destination(&self, settings: &Value) -> Value {
        settings["server"].clone()
    }

    fn check(&self, settings: &Value) -> Result<(), Invalid> {
        settings::read(settings)?.0.check_secrecy()
    }

    /// Reads the settings, connects and signs in; nothing is sent.
    async fn test(&self, _site: SiteId, settings: &Value) -> Steps {
        let mut steps = Steps::default();
        let way = settings::read(settings).map_err(|err| err.to_string()).and_then(|(settings, password)| {
            let way = self.house.way(&settings, password.as_ref());
            let way = way.ok_or_else(|| "there is no mail server, or no address to send from".to_owned())?;
            let detail = format!("{} by {}:{}", way.from, way.server.host, way.server.port);
            Ok((way, detail))
        });
        if let Some(way) = steps.note("settings", way) {
            let went = self.mailer.probe(&way.server).await;
            steps.note("connect", went.map(|()| ((), "the server takes our mail".to_owned())));
        }
        steps
    }
}
