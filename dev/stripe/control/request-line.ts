export type RequestLine = {
  at: number;
  id: string;
  method: string;
  path: string;
  idempotencyKey: string | null;
  /** `null` when the connection was dropped instead of answered. */
  status: number | null;
  ms: number;
  replayed: boolean;
};
