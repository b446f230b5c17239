use super::Visitors;
use base::{Actor, Secret, SiteId, VisitorId};
use web::{Answer, VisitorDoor};

#[async_trait::async_trait]
impl VisitorDoor for Visitors {
    async fn visitor(&self, token: &Secret) -> Answer<Option<(SiteId, VisitorId)>> {
        let caller = self.whose(token).await?;
        Ok(caller.and_then(|caller| match caller.actor {
            Actor::Visitor(visitor) => Some((caller.site, visitor)),
            _ => None,
        }))
    }
}
