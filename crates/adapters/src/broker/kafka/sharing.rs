//! How a consumption shares the partitions of a topic with the others: who is there, what is ours, what goes and what comes.

use super::consumption::{Hold, Part, State, lose, note, unavailable};
use super::places::{Note, Place};
use sockets::broker::{BrokerError, Delivery};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What is in hand of a partition that should go to somebody else may be finished for so long.
const FAREWELL: Duration = Duration::from_secs(10);

impl Hold {
    /// Looks after the leases until told to stop.
    pub async fn keep(self: Arc<Self>, to: mpsc::Sender<Result<Vec<Delivery>, BrokerError>>, stop: CancellationToken) {
        let mut beat: Option<Instant> = None;
        let mut troubled = false;
        loop {
            if beat.is_none_or(|at| at.elapsed() >= self.places.lease / 3) {
                match self.beat().await {
                    Ok(()) => beat = Some(Instant::now()),
                    Err(err) => tracing::warn!(topic = &*self.topic, error = %err, "leases of partitions could not be renewed"),
                }
            }
            match self.look_round().await {
                Ok(()) => troubled = false,
                Err(err @ (BrokerError::NoQueue(_) | BrokerError::Fatal(_))) => {
                    let _gone = to.try_send(Err(err));
                }
                Err(err) if troubled => tracing::debug!(topic = &*self.topic, error = %err, "partitions cannot be shared out"),
                Err(err) => {
                    troubled = true;
                    tracing::warn!(topic = &*self.topic, error = %err, "partitions cannot be shared out; it is tried again");
                }
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(self.broker.options.look) => {}
            }
        }
        let notes = {
            let mut state = self.state();
            state.desk.clear();
            std::mem::take(&mut state.parts).into_iter().map(|(number, part)| note(number, &part)).collect::<Vec<_>>()
        };
        let farewell = async {
            self.places.let_go(&notes).await?;
            let rest = self.places.all().await?;
            let rest: Vec<Note> = rest.iter().filter(|place| place.holder == self.member).map(Place::as_note).collect();
            self.places.let_go(&rest).await?;
            self.places.leave(&self.member).await
        };
        if let Err(err) = farewell.await {
            tracing::debug!(topic = &*self.topic, error = ?err, "partitions could not be given up; their leases will lapse");
        }
    }

    /// Says that we are there, and renews what is ours.
    async fn beat(&self) -> Result<(), BrokerError> {
        self.places.appear(&self.member).await.map_err(unavailable)?;
        let began = Instant::now();
        let ours = self.places.renew(&self.member).await.map_err(unavailable)?;
        let mut state = self.state();
        for (number, fence) in ours {
            if let Some(part) = state.parts.get_mut(&number).filter(|part| part.fence == fence) {
                part.renewed = began;
            }
        }
        Ok(())
    }

    async fn look_round(self: &Arc<Self>) -> Result<(), BrokerError> {
        let all = self.places.all().await.map_err(unavailable)?;
        self.drop_what_others_took(&all);
        // Ours by the book alone: taking or giving it up was cut off half-way.
        let orphans: Vec<Note> = {
            let state = self.state();
            all.iter().filter(|place| place.holder == self.member && !state.parts.contains_key(&place.part)).map(Place::as_note).collect()
        };
        self.places.let_go(&orphans).await.map_err(unavailable)?;
        let members = self.places.members().await.map_err(unavailable)?;
        let share = share(all.len(), &members, &self.member);
        let going = self.choose_who_goes(share);
        self.places.let_go(&going).await.map_err(unavailable)?;
        let ours = self.state().parts.len();
        let free = all.iter().filter(|place| self.places.is_free(place) && place.holder != self.member);
        for place in free.take(share.saturating_sub(ours)) {
            if let Some(taken) = self.places.take(place, &self.member).await.map_err(unavailable)? {
                self.begin(taken, !place.holder.is_empty()).await?;
            }
        }
        Ok(())
    }

    pub fn drop_what_others_took(&self, all: &[Place]) {
        let mut state = self.state();
        let lost: Vec<i32> = state
            .parts
            .iter()
            .filter(|(number, part)| !all.iter().any(|place| place.part == **number && place.fence == part.fence && place.holder == self.member))
            .map(|(number, _)| *number)
            .collect();
        for part in lost {
            lose(&mut state, part);
            tracing::warn!(topic = &*self.topic, part, "a partition went to somebody else; what was in hand of it comes again there");
        }
        drop(state);
        self.stirred.notify_waiters();
    }

    /// Partitions above our share: those of which nothing is in hand go at once, others when that is done.
    fn choose_who_goes(&self, share: usize) -> Vec<Note> {
        let mut state = self.state();
        let in_hand = |state: &State, number: i32| state.desk.held_items().any(|message| message.part == number);
        let surplus = state.parts.len().saturating_sub(share);
        let leaving = state.parts.values().filter(|part| part.leaving.is_some()).count();
        let mut idle_first: Vec<i32> = state.parts.iter().filter(|(_, part)| part.leaving.is_none()).map(|(number, _)| *number).collect();
        idle_first.sort_by_key(|number| in_hand(&state, *number));
        for number in idle_first.into_iter().take(surplus.saturating_sub(leaving)) {
            if let Some(part) = state.parts.get_mut(&number) {
                part.leaving = Some(Instant::now());
            }
            state.desk.forget_waiting(|message| message.part == number);
        }
        let ready: Vec<i32> = state
            .parts
            .iter()
            .filter(|(number, part)| part.leaving.is_some_and(|since| since.elapsed() > FAREWELL || !in_hand(&state, **number)))
            .map(|(number, _)| *number)
            .collect();
        let notes = ready.iter().filter_map(|number| state.parts.get(number).map(|part| note(*number, part))).collect();
        for number in ready {
            lose(&mut state, number);
        }
        drop(state);
        self.stirred.notify_waiters();
        notes
    }

    /// A partition is ours from now on. `lapsed`: whoever had it did not give it up.
    async fn begin(self: &Arc<Self>, place: Place, lapsed: bool) -> Result<(), BrokerError> {
        let topic = self.found().await?;
        let seen_before = if lapsed { self.broker.cluster.bounds(&topic, place.part).await?.1.max(place.given) } else { place.given };
        let reading = CancellationToken::new();
        let part = Part {
            fence: place.fence,
            progress: place.progress.clone(),
            given: place.given,
            seen_before,
            renewed: Instant::now(),
            leaving: None,
            reading: reading.clone().drop_guard(),
        };
        let mut state = self.state();
        if state.closed {
            return Ok(());
        }
        state.parts.insert(place.part, part);
        drop(state);
        tokio::spawn(super::reader::read(self.clone(), place.part, place.fence, place.progress, reading));
        Ok(())
    }
}

/// How many partitions are ours: all members reckon alike. Who reckons is there, even when its sign of life is late.
fn share(parts: usize, members: &[String], me: &str) -> usize {
    let others = members.iter().filter(|member| *member != me).count();
    let place = members.iter().filter(|member| member.as_str() < me).count();
    let all = others + 1;
    parts / all + usize::from(place < parts % all)
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn shares_of_all_members_make_up_the_whole() {
        let members: Vec<String> = ["a", "b", "c"].map(str::to_owned).into();
        for parts in 0..20 {
            let shares: Vec<usize> = members.iter().map(|me| share(parts, &members, me)).collect();
            assert_eq!(shares.iter().sum::<usize>(), parts);
            assert!(shares.iter().max().expect("three") - shares.iter().min().expect("three") <= 1);
        }
        assert_eq!((share(8, &members, "stranger"), share(8, &[], "alone")), (2, 8));
    }
}
