//! Reads one partition ahead, as far as the credit goes, for as long as it is ours.

use super::cluster::Topic;
use super::consumption::{Hold, Message};
use super::progress::Progress;
use rskafka::client::error::{Error, ProtocolError};
use rskafka::record::RecordAndOffset;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

/// Of one answer, unless a single message is larger.
const MOST_BYTES: i32 = 1_000_000;
/// For so long after a message the next one is waited for briskly: some servers look only at the half of the time that they may wait.
const BRISK: Duration = Duration::from_secs(5);
/// How often a reader that gets nothing looks whether its place is still one of the topic's.
const DOUBT: Duration = Duration::from_secs(3);

pub(super) async fn read(hold: Arc<Hold>, part: i32, fence: i64, progress: Progress, stop: CancellationToken) {
    let mut reader = Reader { hold, part, fence, position: progress.next(), progress };
    let mut pause = Duration::from_millis(50);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            ended = reader.read_on() => {
                tracing::debug!(topic = &*reader.hold.topic, part, why = ended, "a partition is read anew");
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(2)),
        }
    }
}

struct Reader {
    hold: Arc<Hold>,
    part: i32,
    fence: i64,
    /// The next offset to read.
    position: i64,
    /// As it was when the partition became ours: what was done above the lowest open one is not given out again.
    progress: Progress,
}

impl Reader {
    /// Until something fails.
    async fn read_on(&mut self) -> String {
        let hold = self.hold.clone();
        let options = &hold.broker.options;
        let topic = match hold.found().await {
            Ok(topic) => topic,
            Err(err) => return err.to_string(),
        };
        let client = match timeout(options.answer, topic.open(self.part)).await {
            Ok(Ok(client)) => client,
            Ok(Err(err)) => return err.to_string(),
            Err(_) => return "no connection in time".into(),
        };
        let mut sure = Instant::now();
        // A consumer that just came has something to catch up with.
        let mut last = Instant::now();
        loop {
            self.wait_for_room().await;
            let began = Instant::now();
            let wait = if last.elapsed() < BRISK { options.brisk_wait } else { options.wait };
            let ms = i32::try_from(wait.as_millis()).unwrap_or(500);
            let answer = timeout(wait + options.answer, client.fetch_records(self.position, 1..MOST_BYTES, ms)).await;
            match answer {
                Ok(Ok((records, _))) if records.is_empty() => {
                    if sure.elapsed() > DOUBT {
                        if let Err(why) = self.find_the_range(&topic).await {
                            return why;
                        }
                        sure = Instant::now();
                    }
                    // Not every server waits as it is asked to.
                    if began.elapsed() < wait / 2 {
                        tokio::time::sleep(options.pause).await;
                    }
                }
                Ok(Ok((records, _))) => {
                    topic.is_well(self.part);
                    last = began;
                    self.take_in(records).await;
                }
                Ok(Err(Error::ServerError { protocol_error: ProtocolError::OffsetOutOfRange, .. })) => {
                    if let Err(why) = self.find_the_range(&topic).await {
                        return why;
                    }
                    tokio::time::sleep(options.pause).await;
                }
                Ok(Err(err)) => {
                    if matches!(err, Error::ServerError { protocol_error: ProtocolError::UnknownTopicOrPartition, .. }) {
                        hold.broker.cluster.forget_topic(&hold.topic);
                    } else {
                        hold.broker.cluster.failed(&topic, self.part, &err.to_string());
                    }
                    return err.to_string();
                }
                Err(_) => {
                    hold.broker.cluster.failed(&topic, self.part, "no answer in time");
                    return "no answer in time".into();
                }
            }
        }
    }

    async fn wait_for_room(&self) {
        loop {
            let stirred = self.hold.stirred.notified();
            tokio::pin!(stirred);
            stirred.as_mut().enable();
            if self.hold.room() > 0 {
                return;
            }
            stirred.await;
        }
    }

    async fn take_in(&mut self, records: Vec<RecordAndOffset>) {
        let seen_before = self.hold.state().parts.get(&self.part).map_or(0, |part| part.seen_before);
        for RecordAndOffset { record, offset } in records {
            if offset < self.position {
                continue;
            }
            if offset > self.position {
                self.hold.skip(self.part, self.fence, self.position, offset - 1);
                self.position = offset;
            }
            if !self.progress.is_done(offset) {
                let message = Message {
                    key: String::from_utf8_lossy(&record.key.unwrap_or_default()).into(),
                    body: record.value.unwrap_or_default().into(),
                    part: self.part,
                    offset,
                    redelivered: offset < seen_before,
                };
                while !self.hold.arrive(self.fence, message.clone()) {
                    self.wait_for_room().await;
                    // Room, and yet not taken in: the partition is on its way to somebody else.
                    tokio::task::yield_now().await;
                    if !self.is_ours() {
                        std::future::pending::<()>().await;
                    }
                }
            }
            self.position = offset + 1;
        }
    }

    fn is_ours(&self) -> bool {
        self.hold.state().parts.get(&self.part).is_some_and(|part| part.fence == self.fence && !part.is_leaving())
    }

    /// The server may have removed what nobody had read yet, or have lost the topic and made it anew.
    async fn find_the_range(&mut self, topic: &Topic) -> Result<(), String> {
        let (first, end) = self.hold.broker.cluster.bounds(topic, self.part).await.map_err(|err| err.to_string())?;
        let (name, part, at) = (&*self.hold.topic, self.part, self.position);
        if first > at {
            tracing::error!(name, part, lost = first - at, "Kafka removed messages before they were consumed; its retention is too short");
            self.hold.skip(self.part, self.fence, at, first - 1);
            self.position = first;
        } else if end < at {
            tracing::error!(name, part, at, end, "Kafka has less than was read already: the topic was made anew; it is read from its start");
            self.hold.begin_anew(self.part, self.fence, first);
            self.progress = Progress::read(first, "");
            self.position = first;
        }
        Ok(())
    }
}
