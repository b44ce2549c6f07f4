//! The law of [`Store`], law by law: what writers and what readers can rely on.

mod expiring;
mod group;
mod reading;
mod writing;

use std::sync::Arc;

use crate::port::Store;

/// Checks every law on stores that `make` gives: a new and empty one at each call, for a log of `partitions`.
///
/// # Panics
/// Where a law does not hold.
pub async fn store(partitions: u32, make: impl AsyncFn() -> Arc<dyn Store>) {
    writing::repeats_are_fine_and_contradictions_are_not(&*make().await).await;
    writing::contradicting_changes_are_conflicts(&*make().await).await;
    writing::projections_commute(&*make().await, &*make().await).await;
    writing::marks_only_grow(&*make().await).await;
    reading::readers_cut_at_holes(&*make().await, partitions).await;
    reading::no_change_before_its_effect(&*make().await).await;
    reading::facts_are_as_of_the_position(&*make().await).await;
    reading::facts_name_the_offsets_of_documents(&*make().await).await;
    reading::pages_are_dense(&*make().await).await;
    reading::changes_come_in_pages(&*make().await).await;
    reading::lists_show_what_members_see(&*make().await).await;
    writing::receipts_only_grow(&*make().await).await;
    writing::rejections_are_kept_for_their_sender(&*make().await).await;
    writing::quarantine_is_remembered(&*make().await).await;
    reading::late_members_see_nothing_of_before(&*make().await).await;
    reading::what_is_not_there_is_empty(&*make().await).await;
    expiring::what_expired_is_hidden(&*make().await).await;
    expiring::a_purge_is_seen_by_nobody(&*make().await, partitions).await;
    expiring::a_purge_is_seen_by_nobody_who_is_late(&*make().await, partitions).await;
    expiring::an_empty_conversation_goes_on(&*make().await, partitions).await;
    expiring::a_purged_message_is_remembered(&*make().await, partitions).await;
    expiring::who_is_late_is_told(&*make().await, partitions).await;
    expiring::what_was_purged_can_be_written_again(&*make().await, partitions).await;
    expiring::what_is_too_old_is_found(&*make().await).await;
    expiring::only_a_beginning_is_too_old(&*make().await).await;
    expiring::rejections_are_forgotten(&*make().await).await;
}
