import type { Act } from "./act";
import { extend, takeBackExtension } from "./extend";
import { freeze, unfreeze } from "./freeze";
import { grant, writeOff } from "./give";
import type { ActKind } from "./kinds";
import { restore, revoke, take } from "./take";

/** Every act by its kind. */
export const ACTS: Readonly<Record<ActKind, Act>> = {
  grant,
  take,
  revoke,
  restore,
  write_off: writeOff,
  extend,
  take_back_extension: takeBackExtension,
  freeze,
  unfreeze,
};
