use super::record::{Fields, read};
use super::{RedisLive, feed};
use async_trait::async_trait;
use base::{ChatId, Page, SiteId, Timestamp, UserId, VisitorId};
use redis::Script;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sockets::live::{
    AgentFilter, AgentPatch, Audience, Changes, ChatFilter, ChatPatch, Cursor, Gap, Gone, LiveAgent, LiveChat, LiveError, LiveQuery,
    LiveState, LiveVisitor, Logged, Silence, Topic, VisitorFilter, VisitorPatch,
};
use std::sync::Arc;
use tokio::sync::watch;

/// How many ghosts one sweep of one site takes away.
const SWEPT_AT_ONCE: &str = "200";

/// `ok` with a record, `missing`, `changed`, or `full` with the agent's id.
type Said = (String, Option<Vec<String>>);

fn millis(time: Option<Timestamp>) -> String {
    time.map(|time| time.millis().to_string()).unwrap_or_default()
}

fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).unwrap_or_default().to_string()
}

impl RedisLive {
    /// Runs a changing script: what comes before the fields, then the fields.
    async fn change(&self, script: &Script, site: SiteId, front: &[String], fields: &Fields) -> Result<Said, LiveError> {
        let back = fields.0.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        let args: Vec<&str> = front.iter().map(String::as_str).chain(back).collect();
        let mut said: Vec<redis::Value> = self.0.call(script, site, &args).await?;
        let broken = |err: redis::ParsingError| LiveError::Broken(err.to_string());
        let record = if said.len() > 1 { Some(redis::from_redis_value(said.remove(1)).map_err(broken)?) } else { None };
        let word = said.into_iter().next().unwrap_or(redis::Value::Nil);
        Ok((redis::from_redis_value(word).map_err(broken)?, record))
    }

    async fn list<T: DeserializeOwned>(&self, site: SiteId, ask: List) -> Result<Page<T>, LiveError> {
        let args = ask.args();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let (next, found): (String, Vec<Vec<String>>) = self.0.call(&self.0.scripts.list, site, &args).await?;
        let items = found.iter().map(|flat| read(flat)).collect::<Result<_, _>>()?;
        Ok(Page { items, next: Some(next).filter(|next| !next.is_empty()) })
    }

    async fn log(&self, topic: &Topic, after: &str) -> Result<(Cursor, bool, Vec<(u64, String)>), LiveError> {
        let name = topic.to_string();
        let mut said: Vec<String> = self.0.call(&self.0.scripts.since, topic.site(), &[&name, after]).await?;
        let entries = said.split_off(3.min(said.len()));
        let number = |text: &str| text.parse::<u64>().map_err(|err| LiveError::Broken(format!("a number of {name}: {err}")));
        let [epoch, head, known] = said.as_slice() else {
            return Err(LiveError::Broken(format!("a short answer about {name}")));
        };
        let cursor = Cursor { epoch: number(epoch)?, seq: number(head)? };
        let entries = entries.chunks_exact(2).map(|pair| Ok((number(&pair[0])?, pair[1].clone())));
        Ok((cursor, known == "1", entries.collect::<Result<_, LiveError>>()?))
    }
}

/// What `list.lua` is asked.
struct List {
    kind: &'static str,
    limit: u32,
    down: bool,
    after: Option<(i64, uuid::Uuid)>,
    ids: Vec<String>,
    indexes: Vec<String>,
    filters: Vec<(&'static str, String)>,
}

impl List {
    fn new(kind: &'static str, query: &LiveQuery) -> Result<Self, LiveError> {
        let after = query.after.as_deref().map(super::super::place).transpose()?;
        Ok(Self { kind, limit: query.limit, down: false, after, ids: Vec::new(), indexes: vec!["all".to_owned()], filters: Vec::new() })
    }

    /// This field must have this value; there is an index of it.
    fn with(mut self, field: &'static str, value: Option<impl Serialize>) -> Self {
        if let Some(value) = value {
            let value = word(value);
            self.indexes.push(format!("{field}:{value}"));
            self.filters.push((field, value));
        }
        self
    }

    fn args(self) -> Vec<String> {
        let (score, member) = self.after.map_or_else(Default::default, |(score, id)| (score.to_string(), id.to_string()));
        let mut args = vec![self.kind.to_owned(), self.limit.to_string(), u8::from(self.down).to_string(), score, member];
        for list in [self.ids, self.indexes] {
            args.push(list.len().to_string());
            args.extend(list);
        }
        args.extend(self.filters.into_iter().flat_map(|(field, value)| [field.to_owned(), value]));
        args
    }
}

fn stored<T: DeserializeOwned>(said: Said, what: impl FnOnce() -> String) -> Result<T, LiveError> {
    match (said.0.as_str(), said.1) {
        ("ok", Some(flat)) => read(&flat),
        ("missing", _) => Err(LiveError::Missing(what())),
        ("changed", _) => Err(LiveError::Changed(what())),
        ("full", Some(agent)) => {
            let id = agent.first().and_then(|id| id.parse().ok());
            Err(LiveError::NoRoom(id.ok_or_else(|| LiveError::Broken("an agent without a number".to_owned()))?))
        }
        (other, _) => Err(LiveError::Broken(format!("a script said {other:?}"))),
    }
}

fn removed<T: DeserializeOwned>(said: Said) -> Result<Option<T>, LiveError> {
    said.1.map(|flat| read(&flat)).transpose()
}

fn revision(rev: Option<u64>) -> String {
    rev.map(|rev| rev.to_string()).unwrap_or_default()
}

#[async_trait]
impl LiveState for RedisLive {
    async fn create_visitor(&self, visitor: LiveVisitor) -> Result<LiveVisitor, LiveError> {
        self.0.note_site(visitor.site).await?;
        let front = [visitor.id.to_string(), visitor.rev.to_string(), millis(Some(visitor.seen))];
        let said = self.change(&self.0.scripts.create_visitor, visitor.site, &front, &Fields::visitor(&visitor)).await?;
        stored(said, || format!("visitor {}", visitor.id))
    }

    async fn create_chat(&self, chat: LiveChat) -> Result<LiveChat, LiveError> {
        let front = [chat.id.to_string(), chat.rev.to_string()];
        let said = self.change(&self.0.scripts.create_chat, chat.site, &front, &Fields::chat(&chat)).await?;
        stored(said, || format!("chat {}", chat.id))
    }

    async fn create_agent(&self, agent: LiveAgent) -> Result<LiveAgent, LiveError> {
        self.0.note_site(agent.site).await?;
        let front = [agent.id.to_string(), agent.rev.to_string(), millis(Some(agent.seen))];
        let said = self.change(&self.0.scripts.create_agent, agent.site, &front, &Fields::agent(&agent)).await?;
        stored(said, || format!("agent {}", agent.id))
    }

    async fn remove_visitor(&self, site: SiteId, visitor: VisitorId) -> Result<Option<LiveVisitor>, LiveError> {
        removed(self.change(&self.0.scripts.remove_visitor, site, &[visitor.to_string()], &Fields::default()).await?)
    }

    async fn remove_chat(&self, site: SiteId, chat: ChatId) -> Result<Option<LiveChat>, LiveError> {
        removed(self.change(&self.0.scripts.remove_chat, site, &[chat.to_string()], &Fields::default()).await?)
    }

    async fn remove_agent(&self, site: SiteId, agent: UserId) -> Result<Option<LiveAgent>, LiveError> {
        removed(self.change(&self.0.scripts.remove_agent, site, &[agent.to_string()], &Fields::default()).await?)
    }

    async fn update_visitor(&self, site: SiteId, visitor: VisitorId, patch: VisitorPatch) -> Result<LiveVisitor, LiveError> {
        let front = [visitor.to_string(), revision(patch.if_rev), millis(patch.seen)];
        let said = self.change(&self.0.scripts.update_visitor, site, &front, &Fields::visitor_patch(&patch)).await?;
        stored(said, || format!("visitor {visitor}"))
    }

    async fn update_chat(&self, site: SiteId, chat: ChatId, patch: ChatPatch) -> Result<LiveChat, LiveError> {
        let front = [chat.to_string(), revision(patch.if_rev), u8::from(patch.if_room).to_string()];
        let said = self.change(&self.0.scripts.update_chat, site, &front, &Fields::chat_patch(&patch)).await?;
        stored(said, || format!("chat {chat}"))
    }

    async fn send_chat_message(&self, site: SiteId, chat: ChatId, seq: u64, body: Arc<str>) -> Result<bool, LiveError> {
        self.0.call(&self.0.scripts.send_chat_message, site, &[&chat.to_string(), &seq.to_string(), &body]).await
    }

    async fn update_agent(&self, site: SiteId, agent: UserId, patch: AgentPatch) -> Result<LiveAgent, LiveError> {
        let front = [agent.to_string(), revision(patch.if_rev), millis(patch.seen)];
        let said = self.change(&self.0.scripts.update_agent, site, &front, &Fields::agent_patch(&patch)).await?;
        stored(said, || format!("agent {agent}"))
    }

    async fn send_agent_message(&self, site: SiteId, agent: UserId, body: Arc<str>) -> Result<Cursor, LiveError> {
        self.publish(&Topic::Agent(site, agent), body).await
    }

    async fn get_visitors(&self, site: SiteId, filter: &VisitorFilter, query: &LiveQuery) -> Result<Page<LiveVisitor>, LiveError> {
        let ids = filter.ids.iter().map(ToString::to_string).collect();
        let ask = List { down: true, ids, ..List::new("v", query)? }
            .with("status", filter.status)
            .with("agent", filter.agent)
            .with("department", filter.department)
            .with("chat", filter.chat);
        let mut page: Page<LiveVisitor> = self.list(site, ask).await?;
        if !filter.ids.is_empty() {
            page.items.sort_unstable_by_key(|visitor| std::cmp::Reverse((visitor.since, visitor.id)));
        }
        Ok(page)
    }

    async fn get_agents(&self, site: SiteId, filter: &AgentFilter) -> Result<Vec<LiveAgent>, LiveError> {
        let exact = filter.ids.is_empty();
        let index = match (filter.with_room, filter.department) {
            (true, Some(department)) => format!("room:{department}"),
            (true, None) => "room".to_owned(),
            (false, Some(department)) => format!("department:{department}"),
            (false, None) => "all".to_owned(),
        };
        let limit = filter.limit.filter(|_| exact).unwrap_or(u32::MAX);
        let ids = filter.ids.iter().map(ToString::to_string).collect();
        let mut ask = List { limit, ids, ..List::new("a", &LiveQuery::default())? }.with("status", filter.status);
        ask.indexes = vec![index];
        let mut agents: Vec<LiveAgent> = self.list(site, ask).await?.items;
        agents.retain(|agent| filter.takes(agent));
        agents.sort_by_key(|agent| (agent.load, agent.last_assigned, agent.id));
        agents.truncate(filter.limit.map_or(usize::MAX, |limit| limit as usize));
        Ok(agents)
    }

    async fn get_chats(&self, site: SiteId, filter: &ChatFilter, query: &LiveQuery) -> Result<Page<LiveChat>, LiveError> {
        let ids = filter.ids.iter().map(ToString::to_string).collect();
        let ask = List { ids, ..List::new("c", query)? }
            .with("status", filter.status)
            .with("agent", filter.agent)
            .with("department", filter.department)
            .with("visitor", filter.visitor);
        let mut page: Page<LiveChat> = self.list(site, ask).await?;
        if !filter.ids.is_empty() {
            page.items.sort_unstable_by_key(|chat| (super::super::rank(chat), chat.id));
        }
        Ok(page)
    }

    async fn publish(&self, topic: &Topic, body: Arc<str>) -> Result<Cursor, LiveError> {
        if topic.is_durable() {
            return Err(super::super::only_sql_numbers(topic));
        }
        let name = topic.to_string();
        let (epoch, seq): (u64, u64) = self.0.call(&self.0.scripts.publish, topic.site(), &[&name, &body]).await?;
        Ok(Cursor { epoch, seq })
    }

    async fn publish_ephemeral(&self, topic: &Topic, audience: Audience, body: Arc<str>) -> Result<(), LiveError> {
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(&self.0.feed).arg(feed::once(topic, audience, &body));
        self.0.line.run(|mut connection| async move { publish.exec_async(&mut connection).await }).await
    }

    async fn head(&self, topic: &Topic) -> Result<Cursor, LiveError> {
        Ok(self.log(topic, "").await?.0)
    }

    async fn since(&self, topic: &Topic, after: Cursor) -> Result<Result<Vec<Logged>, Gap>, LiveError> {
        let (head, known, entries) = self.log(topic, &after.seq.to_string()).await?;
        if !known || after.epoch != head.epoch || after.seq > head.seq {
            return Ok(Err(Gap { head }));
        }
        let entries = entries.into_iter().map(|(seq, body)| Logged { cursor: Cursor { seq, ..head }, body: body.into() }).collect();
        Ok(super::super::without_hole(entries, after, head))
    }

    async fn sweep(&self, now: Timestamp, silence: Silence) -> Result<Vec<Gone>, LiveError> {
        let (visitors, agents) = (millis(Some(now.minus(silence.visitors))), millis(Some(now.minus(silence.agents))));
        let mut gone = Vec::new();
        for site in self.0.known_sites().await? {
            let (ghosts, left): (Vec<Vec<String>>, Vec<Vec<String>>) =
                self.0.call(&self.0.scripts.sweep, site, &[&visitors, &agents, SWEPT_AT_ONCE]).await?;
            for flat in ghosts {
                gone.push(Gone::Visitor(Box::new(read(&flat)?)));
            }
            for flat in left {
                gone.push(Gone::Agent(read(&flat)?));
            }
        }
        Ok(gone)
    }

    fn changes(&self) -> Changes {
        Changes::new(self.0.changes.subscribe())
    }

    fn epochs(&self) -> watch::Receiver<u64> {
        self.0.epochs.subscribe()
    }
}
