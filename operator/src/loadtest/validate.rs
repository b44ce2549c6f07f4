//! What only the operator refuses of a load test: what the schema cannot see into.

use talkline_crds::ChatLoadTest;

use super::{reason::Reason, standing::Standing};
use crate::build::SELECTOR;

/// Where it stands for good, if it is refused.
pub(crate) fn refused(test: &ChatLoadTest) -> Option<Standing> {
    let labels = test.spec.pod_template.as_ref().and_then(|template| {
        let labels = template.0.get("metadata")?.get("labels")?;
        labels.as_object()
    });
    let mut labels = labels.into_iter().flat_map(|labels| labels.keys());
    let label = labels.find(|label| SELECTOR.contains(&label.as_str()))?;
    Some(Standing::failed(
        Reason::InvalidScenario,
        format!("spec.podTemplate.metadata.labels.{label}: pods are found by this label: choose another name"),
    ))
}
