//! What was accepted and then rejected, for the sender to learn of.

use mongodb::bson::{self, RawDocument, RawDocumentBuf, doc, raw::cstr};
use talkline_core::{conversation::Rejection, id::UserId, port::StoredRejection, time::Timestamp};

use super::Collections;
use crate::mongo::{
    bulk,
    connection::each,
    error::Failure,
    value::{binary, conversation, date, field, integer, raw_binary, text, time},
};

/// Writes rejections. One that is there is the same: it follows from the record.
pub(super) async fn append(collections: &Collections, rejections: &[Rejection]) -> Result<(), Failure> {
    let documents = rejections.iter().map(write).collect::<Result<Vec<_>, _>>()?;
    bulk::insert(&collections.rejections, &documents).await.map(drop)
}

fn write(rejection: &Rejection) -> Result<RawDocumentBuf, Failure> {
    let mut key = [0; 24];
    key[..16].copy_from_slice(rejection.conversation.as_bytes());
    key[16..].copy_from_slice(&rejection.offset.get().to_be_bytes());
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("_id"), raw_binary(&key));
    document.append(cstr!("c"), raw_binary(rejection.conversation.as_bytes()));
    document.append(cstr!("o"), integer(rejection.offset.get()));
    document.append(cstr!("s"), raw_binary(rejection.sender.as_bytes()));
    document.append(cstr!("k"), rejection.client_message_id.as_str());
    document.append(
        cstr!("y"),
        bson::RawBson::try_from(bson::serialize_to_bson(&rejection.reason)?)?,
    );
    document.append(cstr!("t"), date(rejection.at));
    Ok(document)
}

/// A sender's rejections since a time, the oldest first.
pub(super) async fn of_sender(
    collections: &Collections,
    sender: UserId,
    since: Timestamp,
) -> Result<Vec<StoredRejection>, Failure> {
    let filter = doc! { "s": binary(sender.as_bytes()), "t": { "$gte": date(since) } };
    let find = collections.rejections.find(filter).sort(doc! { "t": 1, "o": 1 });
    let mut rejections = Vec::new();
    each(find, |document| {
        rejections.push(read(document)?);
        Ok(())
    })
    .await?;
    Ok(rejections)
}

fn read(document: &RawDocument) -> Result<StoredRejection, Failure> {
    const STRANGE: Failure = Failure::Corrupt("a stored rejection has an unknown reason");
    let reason = bson::Bson::try_from(field(document, "y")?)?;
    Ok(StoredRejection {
        conversation: conversation(field(document, "c")?)?,
        client_message_id: text(field(document, "k")?)?.to_owned(),
        reason: bson::deserialize_from_bson(reason).map_err(|_| STRANGE)?,
        at: time(field(document, "t")?)?,
    })
}
