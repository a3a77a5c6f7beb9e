import { createHmac } from "node:crypto";
import type { Sign } from "./context";

/** Signs with the secret of this installation. Another purpose is another signature of the same text. */
export const createSign =
  (secret: string): Sign =>
  (purpose, text) =>
    createHmac("sha256", secret).update(`refill mail ${purpose}\n${text}`).digest("base64url");
