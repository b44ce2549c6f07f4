//! Writes `crds/chatcluster.yaml` anew. Run it after a change of the types: `cargo run -p talkline-crds --example generate`.

use std::error::Error;
use std::{fs, path::Path};

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("chatcluster.yaml");
    fs::write(path, talkline_crds::crd_yaml()?)?;
    Ok(())
}
