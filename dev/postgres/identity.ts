import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, readFileSync, statSync } from "node:fs";
import { userInfo } from "node:os";

/** How Postgres binaries are run: as ourselves, in a user namespace, as another user, or both of the last. */
export type Identity = {
  wrap(command: string, args: string[]): [string, string[]];
  spawnAs: { uid?: number; gid?: number };
  /** Gives a file made by us to the user that Postgres runs as. */
  own(path: string): void;
};

/**
 * Postgres refuses to run as root, and initdb refuses a user without a name. Existing data keeps its owner: root
 * then runs Postgres as that owner, so that neither locks the other out.
 */
export function chooseIdentity({ directory, cluster }: { directory: string; cluster: string }): Identity {
  const uid = process.geteuid?.();
  if (uid === undefined) return identity({});
  const owner = statSync(existsSync(cluster) ? cluster : directory);
  const spawnAs = uid === 0 && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : {};
  const effectiveUid = spawnAs.uid ?? uid;
  const users = namedUsers();
  const isNamed = uid === effectiveUid ? haveName() : users.some((user) => user.uid === effectiveUid);
  if (effectiveUid !== 0 && isNamed) return identity(spawnAs);

  const stand = standIn(users);
  const namespace = ["--user", `--map-user=${stand.uid}`, `--map-group=${stand.gid}`, "--"];
  if (works("unshare", [...namespace, "true"], spawnAs)) return identity(spawnAs, namespace);
  if (effectiveUid !== 0) return identity(spawnAs);
  chmodSync(directory, 0o711);
  if (existsSync(cluster)) execFileSync("chown", ["-R", `${stand.uid}:${stand.gid}`, cluster]);
  return identity(stand);
}

function identity(spawnAs: Identity["spawnAs"], namespace?: string[]): Identity {
  return {
    spawnAs,
    wrap: (command, args) => (namespace ? ["unshare", [...namespace, command, ...args]] : [command, args]),
    own(path) {
      if (spawnAs.uid !== undefined && spawnAs.gid !== undefined) chownSync(path, spawnAs.uid, spawnAs.gid);
    },
  };
}

function haveName(): boolean {
  try {
    return userInfo().username !== "";
  } catch {
    return false;
  }
}

type User = { name: string; uid: number; gid: number };

/** An unprivileged user that exists, since initdb looks its name up. */
function standIn(users: User[]): { uid: number; gid: number } {
  const ordinary = users.filter((user) => user.uid > 0);
  const found =
    ordinary.find((user) => user.uid === 1000) ??
    ordinary.find((user) => user.name === "nobody") ??
    ordinary.find((user) => user.name === "daemon");
  return { uid: found?.uid ?? 1000, gid: found?.gid ?? 1000 };
}

function namedUsers(): User[] {
  try {
    return readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .map((line) => line.split(":"))
      .filter((fields) => fields.length >= 4 && !fields[0]?.startsWith("#"))
      .map(([name = "", , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
  } catch {
    return [];
  }
}

function works(command: string, args: string[], spawnAs: Identity["spawnAs"]): boolean {
  try {
    execFileSync(command, args, { ...spawnAs, stdio: "ignore", timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}
