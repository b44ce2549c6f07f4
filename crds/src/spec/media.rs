//! Uploads, and where they are kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Credentials, bounded};

/// Uploads. Exactly one of `volume` and `s3` says where they are kept; `talkline up` keeps them in its data folder instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(extend("x-kubernetes-validations" = [{
    "rule": "has(self.volume) != has(self.s3)",
    "message": "exactly one of volume and s3 must be given"
}]))]
pub struct MediaSpec {
    /// A volume that all gateways mount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<MediaVolume>,

    /// A bucket of an S3-compatible store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3: Option<S3>,

    /// The largest upload, in bytes.
    #[schemars(range(min = 1_024, max = 1_073_741_824))]
    pub max_upload_bytes: u32,

    /// Media types accepted, judged by content and not by name.
    #[schemars(
        length(min = 1, max = 64),
        inner(length(max = 127), regex(pattern = r"^[a-z]+/[a-z0-9.+-]+$"))
    )]
    pub content_types: Vec<String>,
}

/// A volume of uploads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct MediaVolume {
    /// Its size.
    #[schemars(schema_with = "bounded::quantity")]
    pub size: String,

    /// Its storage class, which must offer ReadWriteMany when there is more than one gateway. Absent: the cluster's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub storage_class: Option<String>,
}

/// A bucket of an S3-compatible store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct S3 {
    /// The bucket.
    #[schemars(length(min = 3, max = 63))]
    pub bucket: String,

    /// The region.
    #[schemars(length(min = 1, max = 63))]
    pub region: String,

    /// The store's address. Absent: AWS's for the region.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1_024), regex(pattern = r"^https?://"))]
    pub endpoint: Option<String>,

    /// Put before the objects' names.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 255))]
    pub prefix: String,

    /// Access key (user name) and secret key (password). Absent: the pod's own identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credentials: Option<Credentials>,
}

impl MediaSpec {
    /// What a cluster that says nothing of media gets: a volume.
    pub fn on_volume() -> Self {
        Self {
            volume: Some(MediaVolume::default()),
            ..Self::default()
        }
    }
}

impl Default for MediaSpec {
    fn default() -> Self {
        let types = [
            "image/jpeg",
            "image/png",
            "image/gif",
            "image/webp",
            "application/pdf",
            "text/plain",
        ];
        Self {
            volume: None,
            s3: None,
            max_upload_bytes: 10_000_000,
            content_types: types.map(str::to_owned).to_vec(),
        }
    }
}

impl Default for MediaVolume {
    fn default() -> Self {
        Self {
            size: "10Gi".to_owned(),
            storage_class: None,
        }
    }
}
