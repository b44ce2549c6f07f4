//! One process per data folder.

use std::{
    fs::{self, File, TryLockError},
    path::Path,
};

use super::OpenError;

/// Locks the folder, which is made if it is missing. The lock ends with the file's last handle, also by `kill -9`.
pub(super) fn acquire(dir: &Path) -> Result<File, OpenError> {
    let unwritable = |cause| OpenError::Unwritable {
        path: dir.to_owned(),
        cause,
    };
    fs::create_dir_all(dir).map_err(unwritable)?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(dir.join("talkline.lock"))
        .map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked { path: dir.to_owned() }),
        Err(TryLockError::Error(cause)) => Err(unwritable(cause)),
    }
}
