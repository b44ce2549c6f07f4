//! The load that a plan is made for.

use talkline_costs::{MEASURED_FAN_OUT, PerMessage, Table};
use talkline_crds::spec::CapacitySpec;

/// The stated load with its headroom, per second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    /// What a unit of it costs.
    pub(super) costs: &'static Table,
    /// Sockets, at the same time.
    pub(super) connections: u64,
    /// Messages.
    pub(super) messages: u64,
    /// REST requests.
    requests: u64,
    /// Sockets that a message is delivered to.
    fan_out: u64,
}

impl Load {
    pub(super) fn of(capacity: &CapacitySpec, costs: &'static Table) -> Self {
        let with_headroom = |load: u32| (u64::from(load) * u64::from(100 + capacity.headroom_percent)).div_ceil(100);
        Self {
            costs,
            connections: with_headroom(capacity.connections),
            messages: with_headroom(capacity.messages_per_second),
            requests: with_headroom(capacity.requests_per_second),
            fan_out: u64::from(capacity.fan_out),
        }
    }

    /// CPU of all gateways, in nanoseconds a second, when there are `gateways`: a message is delivered to every socket, and its signal
    /// reaches each gateway that has one of them.
    pub(super) fn gateway_cpu(&self, gateways: u64) -> u64 {
        let deliveries = self.fan_out.saturating_sub(MEASURED_FAN_OUT);
        let signals = self.fan_out.min(gateways).saturating_sub(MEASURED_FAN_OUT);
        let costs = self.costs;
        self.cpu(costs.message.gateway)
            + self.messages * (deliveries * costs.delivery.value + signals * costs.signal.value)
            + self.requests * costs.request.value
    }

    /// CPU of all messages in a role, in nanoseconds a second.
    pub(super) fn cpu(&self, of: PerMessage) -> u64 {
        self.costs.message.cpu(of, self.messages)
    }
}
