//! Writes `crds/chatcluster.yaml` and `docs/chatcluster.md` anew. Run it after a change of the types: `cargo run -p talkline-crds --example generate`.

use std::error::Error;
use std::{fs, path::Path};

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::write(here.join("chatcluster.yaml"), talkline_crds::crd_yaml()?)?;
    fs::write(here.join("../docs/chatcluster.md"), talkline_crds::reference()?)?;
    Ok(())
}
