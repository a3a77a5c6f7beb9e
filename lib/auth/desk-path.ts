import { safeCallbackPath } from "./callback-url";

/** The operator's desk. */
export const DESK_PATH = "/admin";
/** Where the desk asks again who it is. */
export const STEP_UP_PATH = "/admin/step-up";

/** A path of the desk that is safe to lead to; its front page for everything else. */
export function safeDeskPath(text: unknown): string {
  const path = safeCallbackPath(text, DESK_PATH);
  const isOfDesk = path === DESK_PATH || /^\/admin[/?]/.test(path);
  return isOfDesk && !path.startsWith(STEP_UP_PATH) ? path : DESK_PATH;
}

export const stepUpPath = (callback: unknown): string => {
  const path = safeDeskPath(callback);
  return path === DESK_PATH ? STEP_UP_PATH : `${STEP_UP_PATH}?callbackUrl=${encodeURIComponent(path)}`;
};
