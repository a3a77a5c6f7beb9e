import type { Database } from "./client";
import { shardingOf } from "./sharding";

/**
 * How many nodes of a sharded database its coordinator cannot reach: the accounts on them wait, the others do not. Zero
 * where there are none. A node from which nothing is heard within so many milliseconds counts. A database
 * that does not answer itself has none that are told of. Never throws.
 */
export async function countNodesAway(db: Database, withinMs: number): Promise<number> {
  try {
    if (!(await shardingOf(db).find())) return 0;
    const nodes = (await db.pool.unsafe(
      "select node_name as name, node_port::int as port from citus_get_active_worker_nodes()",
    )) as readonly { name: string; port: number }[];
    const answers = await Promise.all(nodes.map((node) => answersWithin(db, node, withinMs)));
    return answers.filter((each) => !each).length;
  } catch {
    return 0;
  }
}

async function answersWithin(
  db: Database,
  node: { name: string; port: number },
  ms: number,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const answer = db.pool
    .unsafe("select citus_check_connection_to_node($1, $2::int) as yes", [node.name, node.port])
    .then(
      ([row]) => (row as { yes: boolean }).yes,
      () => false,
    );
  try {
    return await Promise.race([answer, impatience]);
  } finally {
    clearTimeout(timer);
  }
}
