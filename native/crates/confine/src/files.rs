use landlock::{
    ABI, Access, AccessFs, BitFlags, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
    path_beneath_rules,
};

use crate::{Error, Reach};

/// The newest rules that are asked for; a kernel that knows fewer keeps those that it knows.
const NEWEST: ABI = ABI::V6;

pub(crate) fn close(reach: &Reach) -> Result<(), Error> {
    match restrict(reach) {
        Ok(RulesetStatus::NotEnforced) => Err(Error::Unsupported),
        Ok(_) => Ok(()),
        Err(error) => Err(Error::Files(error.to_string())),
    }
}

fn restrict(reach: &Reach) -> Result<RulesetStatus, RulesetError> {
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(path_beneath_rules(&reach.reads, AccessFs::from_read(NEWEST)))?
        .add_rules(path_beneath_rules(&reach.writes, making()))?
        .add_rules(path_beneath_rules(&reach.lists, AccessFs::ReadDir))?
        .add_rules(path_beneath_rules(&reach.devices, AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev))?
        .restrict_self()?;
    Ok(status.ruleset)
}

/// Files and directories, and nothing that leads elsewhere: no link, no device, no socket; and nothing to run.
fn making() -> BitFlags<AccessFs> {
    AccessFs::ReadFile
        | AccessFs::ReadDir
        | AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::MakeReg
        | AccessFs::MakeDir
        | AccessFs::RemoveFile
        | AccessFs::RemoveDir
        | AccessFs::Refer
}
