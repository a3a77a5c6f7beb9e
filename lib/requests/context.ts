import { AsyncLocalStorage } from "node:async_hooks";

/** Who caused what happens: for logs, which name no person. */
export type Actor = "customer" | "operator" | "api_key" | "job";

/** What is being done: a request that is answered, or a job. What becomes known of it on the way is noted in it. */
export type Doing = {
  readonly requestId?: string;
  readonly task?: string;
  readonly jobId?: string;
  actor?: Actor;
  /** `acct_…` */
  account?: string | undefined;
  /** `rk_…`: an API key's id. */
  key?: string;
};

// Kept for the process: the framework loads this module once for what runs before its pages, and again for them.
const kept = globalThis as typeof globalThis & { refillDoing?: AsyncLocalStorage<Doing> };

function storage(): AsyncLocalStorage<Doing> {
  kept.refillDoing ??= new AsyncLocalStorage<Doing>();
  return kept.refillDoing;
}

/** Runs something as part of what is being done: every log line of it says so. */
export const whileDoing = <T>(doing: Doing, run: () => T): T => storage().run(doing, run);

/** What is being done; undefined outside of requests and jobs. What several of them wait for is of the one that began it. */
export const currentDoing = (): Doing | undefined => storage().getStore();

/** Notes who is asking, once that is known. */
export function noteWho(who: Pick<Doing, "actor" | "account" | "key">): void {
  const doing = currentDoing();
  if (doing) Object.assign(doing, who);
}

/** What a log line says of what is being done. */
export function doingFields(): Readonly<Record<string, string>> {
  const doing = currentDoing();
  if (!doing) return {};
  const { requestId, task, jobId, actor, account } = doing;
  return {
    ...(requestId && { requestId }),
    ...(task && { task }),
    ...(jobId && { jobId }),
    ...(actor && { actor }),
    ...(account && { account }),
  };
}
