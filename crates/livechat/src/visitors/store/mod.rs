mod tables;

use super::model::{Introduction, PageView, Visit, VisitId, Visitor};
use base::{Digest, SiteId, Timestamp, VisitorId};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{ExprTrait, QueryOrder, QuerySelect, Set};
use sockets::{Db, StoreError, Tx};
use std::collections::{BTreeMap, HashMap};
use tables::{page_view, visit, visitor, write_variables};

/// Rows a statement, below what either engine takes.
const CHUNK: usize = 500;

/// The rows of visitors, visits and page views.
pub(super) struct VisitorStore;

impl VisitorStore {
    pub(super) async fn by_digest(db: &Db, digest: &Digest) -> Result<Option<Visitor>, StoreError> {
        let row = visitor::Entity::find().filter(visitor::COLUMN.digest.eq(digest.0.as_str())).one(db.read()).await?;
        Ok(row.map(Visitor::from))
    }

    pub(super) async fn find(db: &Db, site: SiteId, id: VisitorId) -> Result<Option<Visitor>, StoreError> {
        Ok(Self::find_all(db, site, &[id]).await?.pop())
    }

    pub(super) async fn find_all(db: &Db, site: SiteId, ids: &[VisitorId]) -> Result<Vec<Visitor>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for part in ids.chunks(CHUNK) {
            let rows = visitor::Entity::find()
                .filter(visitor::COLUMN.id.is_in(part.iter().map(|id| id.0)))
                .filter(visitor::COLUMN.site.eq(site.0))
                .all(db.read())
                .await?;
            found.extend(rows.into_iter().map(Visitor::from));
        }
        Ok(found)
    }

    pub(super) async fn visit(db: &Db, site: SiteId, id: VisitId) -> Result<Option<Visit>, StoreError> {
        Ok(Self::visits(db, site, &[id]).await?.remove(&id))
    }

    pub(super) async fn visits(db: &Db, site: SiteId, ids: &[VisitId]) -> Result<HashMap<VisitId, Visit>, StoreError> {
        let mut found = HashMap::with_capacity(ids.len());
        for part in ids.chunks(CHUNK) {
            let rows = visit::Entity::find()
                .filter(visit::COLUMN.id.is_in(part.iter().map(|id| id.0)))
                .filter(visit::COLUMN.site.eq(site.0))
                .all(db.read())
                .await?;
            found.extend(rows.into_iter().map(|row| (VisitId(row.id), Visit::from(row))));
        }
        Ok(found)
    }

    /// The latest visits, newest first.
    pub(super) async fn visits_of(db: &Db, site: SiteId, of: VisitorId, most: u64) -> Result<Vec<Visit>, StoreError> {
        let rows = visit::Entity::find()
            .filter(visit::COLUMN.visitor.eq(of.0))
            .filter(visit::COLUMN.site.eq(site.0))
            .order_by_desc(visit::COLUMN.started)
            .limit(most)
            .all(db.read())
            .await?;
        Ok(rows.into_iter().map(Visit::from).collect())
    }

    /// The latest pages of all visits, newest first.
    pub(super) async fn pages_of(db: &Db, site: SiteId, of: VisitorId, most: u64) -> Result<Vec<PageView>, StoreError> {
        let rows = page_view::Entity::find()
            .filter(page_view::COLUMN.visitor.eq(of.0))
            .filter(page_view::COLUMN.site.eq(site.0))
            .order_by_desc(page_view::COLUMN.id)
            .limit(most)
            .all(db.read())
            .await?;
        Ok(rows.into_iter().map(PageView::from).collect())
    }

    /// How many pages each of these visits of one visitor saw.
    pub(super) async fn page_counts(db: &Db, of: VisitorId, visits: &[VisitId]) -> Result<HashMap<VisitId, u32>, StoreError> {
        let rows: Vec<(i64, i64)> = page_view::Entity::find()
            .select_only()
            .column(page_view::Column::Visit)
            .column_as(page_view::COLUMN.id.count(), "pages")
            .filter(page_view::COLUMN.visitor.eq(of.0))
            .filter(page_view::COLUMN.visit.is_in(visits.iter().map(|visit| visit.0)))
            .group_by(page_view::Column::Visit)
            .into_tuple()
            .all(db.read())
            .await?;
        Ok(rows.into_iter().map(|(visit, pages)| (VisitId(visit), u32::try_from(pages).unwrap_or(u32::MAX))).collect())
    }

    /// Keeps a new visitor with its first visit, and gives that its id.
    pub(super) async fn add(tx: &Tx, visitor: &Visitor, digest: &Digest, visit: &Visit) -> Result<VisitId, StoreError> {
        let visit = Self::add_visit(tx, visit).await?;
        let row = visitor::ActiveModel::new(&Visitor { visit, ..visitor.clone() }, digest);
        visitor::Entity::insert(row).exec_without_returning(&tx.conn()).await?;
        Ok(visit)
    }

    async fn add_visit(tx: &Tx, visit: &Visit) -> Result<VisitId, StoreError> {
        let done = visit::Entity::insert(visit::ActiveModel::from(visit)).exec(&tx.conn()).await?;
        Ok(VisitId(done.last_insert_id))
    }

    /// Begins another visit; nothing when somebody else began one since `before`: then drop the transaction.
    pub(super) async fn begin_visit(tx: &Tx, before: VisitId, next: &Visit) -> Result<Option<VisitId>, StoreError> {
        let id = Self::add_visit(tx, next).await?;
        let done = visitor::Entity::update_many()
            .col_expr(visitor::Column::Visits, Expr::col(visitor::Column::Visits).add(1))
            .col_expr(visitor::Column::Visit, Expr::value(id.0))
            .col_expr(visitor::Column::LastSeen, Expr::value(next.started.millis()))
            .filter(visitor::COLUMN.id.eq(next.visitor.0))
            .filter(visitor::COLUMN.site.eq(next.site.0))
            .filter(visitor::COLUMN.visit.eq(before.0))
            .exec(&tx.conn())
            .await?;
        Ok((done.rows_affected == 1).then_some(id))
    }

    /// The variables of a visit, held until the transaction ends.
    pub(super) async fn variables(tx: &Tx, site: SiteId, id: VisitId) -> Result<Option<BTreeMap<String, String>>, StoreError> {
        let asked = visit::Entity::find_by_id(id.0).filter(visit::COLUMN.site.eq(site.0)).lock_exclusive();
        Ok(asked.one(&tx.conn()).await?.map(|row| Visit::from(row).variables))
    }

    pub(super) async fn save_variables(tx: &Tx, site: SiteId, id: VisitId, all: &BTreeMap<String, String>) -> Result<(), StoreError> {
        visit::Entity::update_many()
            .set(visit::ActiveModel { variables: Set(write_variables(all)), ..Default::default() })
            .filter(visit::COLUMN.id.eq(id.0))
            .filter(visit::COLUMN.site.eq(site.0))
            .exec(&tx.conn())
            .await?;
        Ok(())
    }

    pub(super) async fn introduce(tx: &Tx, site: SiteId, id: VisitorId, said: &Introduction) -> Result<bool, StoreError> {
        let mut change: visitor::ActiveModel = Default::default();
        for (field, said) in [(&mut change.name, &said.name), (&mut change.email, &said.email), (&mut change.phone, &said.phone)] {
            if said.is_some() {
                *field = Set(said.clone());
            }
        }
        let done = visitor::Entity::update_many()
            .set(change)
            .filter(visitor::COLUMN.id.eq(id.0))
            .filter(visitor::COLUMN.site.eq(site.0))
            .exec(&tx.conn())
            .await?;
        Ok(done.rows_affected == 1)
    }

    pub(super) async fn add_pages(tx: &Tx, views: &[PageView]) -> Result<(), StoreError> {
        for part in views.chunks(CHUNK) {
            let rows = part.iter().map(page_view::ActiveModel::from);
            // A batch whose commit was cut off may be there already.
            let once = page_view::Entity::insert_many(rows).on_conflict_do_nothing_on([page_view::Column::Id]);
            once.exec_without_returning(&tx.conn()).await?;
        }
        Ok(())
    }

    /// These visits were heard of at `now`.
    pub(super) async fn touch(tx: &Tx, heard: &[(VisitorId, VisitId)], now: Timestamp) -> Result<(), StoreError> {
        for part in heard.chunks(CHUNK) {
            visitor::Entity::update_many()
                .col_expr(visitor::Column::LastSeen, Expr::value(now.millis()))
                .filter(visitor::COLUMN.id.is_in(part.iter().map(|(visitor, _)| visitor.0)))
                .filter(visitor::COLUMN.last_seen.lt(now.millis()))
                .exec(&tx.conn())
                .await?;
            visit::Entity::update_many()
                .col_expr(visit::Column::LastSeen, Expr::value(now.millis()))
                .filter(visit::COLUMN.id.is_in(part.iter().map(|(_, visit)| visit.0)))
                .filter(visit::COLUMN.last_seen.lt(now.millis()))
                .exec(&tx.conn())
                .await?;
        }
        Ok(())
    }
}
