use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use reelway_confine::Reach;

use crate::arguments::ConfineArguments;
use crate::failure::Failure;

/// Becomes the program, confined. Returns only where that fails; the words begin with `confine: ` then.
pub(crate) fn confine(options: &ConfineArguments) -> Result<(), Failure> {
    let [program, arguments @ ..] = options.command.as_slice() else {
        return Err(Failure::Usage("confine: there is no program".to_owned()));
    };
    let reach = Reach {
        reads: options.read.clone(),
        writes: options.write.clone(),
        lists: options.list.clone(),
        devices: options.device.clone(),
        filter: options.filter.0.clone(),
    };
    reelway_confine::confine(&reach).map_err(|error| Failure::Io(format!("confine: {}: {error}", error.code())))?;
    let error = Command::new(program).args(arguments).exec();
    Err(Failure::Io(format!("confine: {}: {error}", Path::new(program).display())))
}
