/** Something that the person who deploys can mend; shown without a stack. */
export class DeployFailure extends Error {
  override readonly name = "DeployFailure";
}
