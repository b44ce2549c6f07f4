//! Writes the definitions in `crds/` and their pages in `docs/` anew. Run it after a change of the types:
//! `cargo run -p talkline-crds --example generate`.

use std::error::Error;
use std::{fs, path::Path};

use talkline_crds::Definition;

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for definition in Definition::ALL {
        let name = definition.kind().to_lowercase();
        fs::write(here.join(&name).with_extension("yaml"), definition.yaml()?)?;
        fs::write(
            here.join("../docs").join(&name).with_extension("md"),
            definition.reference()?,
        )?;
    }
    Ok(())
}
