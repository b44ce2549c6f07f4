//! The socket side of the chat: what clients send goes to [`crate::chat`], what happens comes to their sockets.
//!
//! - `socket` is the engine's chat: it lets sockets in, hands their events to `handlers`, and sees them off.
//! - `hub` knows who is here; `stay` prepares everything for a user before the client is told that it is connected.
//! - `inbox` reads the fan-out. It may lose, delay and repeat, so nothing rests on it: events that were seen are
//!   dropped, a newer membership is loaded before anything is delivered (`settler`), and `heads` compares with the
//!   store and tells whoever is behind.
//! - `presence` counts a user's sockets over all gateways, and lets in one more or does not.
//! - `expiry`, `typing`, `observer` (presence) and `drain` each own one task or one pass.
//!
//! Rules of the chat do not belong here, nor does anything of the protocol.

mod client_event;
mod drain;
mod expiry;
mod frames;
mod handlers;
mod heads;
mod hub;
mod inbox;
mod observer;
mod presence;
mod session;
mod settler;
mod socket;
mod stay;
mod subscriptions;
mod typing;
mod viewing;

use std::sync::Arc;

use talkline_core::{Result, event::Channel};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use self::{client_event::ClientEvent, session::Session};
use self::{
    expiry::Expiries, heads::Heads, hub::Hub, inbox::Reader, observer::Observer, presence::Register, settler::Settler,
    stay::Host, subscriptions::Subscriptions, typing::Typists,
};
use crate::{auth::Authenticator, chat::Chat, engine};

/// The socket side of one gateway. A clone is the same one.
#[derive(Clone)]
pub struct Realtime {
    inner: Arc<Inner>,
}

struct Inner {
    chat: Arc<Chat>,
    authenticator: Authenticator,
    hub: Arc<Hub>,
    host: Host,
    observer: Observer,
    expiries: Expiries,
    typists: Typists,
    register: Register,
    tasks: TaskTracker,
}

impl Realtime {
    /// Joins the fan-out and starts the tasks, which run on `tasks` until `stop`.
    ///
    /// # Errors
    /// Those of the fan-out.
    pub async fn start(
        chat: Arc<Chat>,
        authenticator: Authenticator,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<Self> {
        let (subscription, inbox) = chat.ports().fan_out.attach().await?;
        subscriptions::subscribe(&*subscription, &[Channel::Gateway(chat.gateway().to_owned())]).await?;
        let hub = Hub::new(&chat);
        let host = Host {
            hub: hub.clone(),
            store: chat.ports().store.clone(),
            subscriptions: Arc::new(Subscriptions::new(subscription)),
            recents: chat.recents().clone(),
        };
        let observer = Observer::start(chat.clone(), hub.clone(), tasks, stop);
        let settler = Settler::start(chat.clone(), host.clone(), tasks, stop);
        let reader = Reader {
            heads: Heads::start(chat.clone(), hub.clone(), settler.clone(), tasks, stop),
            chat: chat.clone(),
            authenticator: authenticator.clone(),
            hub: hub.clone(),
            settler,
            observer: observer.clone(),
        };
        tasks.spawn(reader.run(inbox, stop.clone()));
        tasks.spawn(subscriptions::sweeping(host.clone(), stop.clone()));
        tasks.spawn(presence::beating(chat.clone(), observer.clone(), stop.clone()));
        let inner = Inner {
            expiries: Expiries::start(hub.clone(), chat.ports().clock.clone(), tasks, stop),
            typists: Typists::start(chat.clone(), tasks, stop),
            register: Register::new(chat.clone(), observer.clone(), tasks),
            chat,
            authenticator,
            hub,
            host,
            observer,
            tasks: tasks.clone(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Settings of the engine that this side decides over; the others stay as `base` has them.
    pub fn engine_config(base: engine::Config) -> engine::Config {
        engine::Config {
            resync: frames::resync(None),
            ..base
        }
    }
}
