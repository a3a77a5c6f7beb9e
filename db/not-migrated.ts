/** Why a database is not migrated, in sentences for whoever ran it. */
export class NotMigrated extends Error {
  override name = "NotMigrated";
  /** Whether a part was done, which stays so. */
  readonly changed: boolean;

  constructor(message: string, { changed = false }: { readonly changed?: boolean } = {}) {
    super(message);
    this.changed = changed;
  }
}
