import { sql } from "drizzle-orm";
import { deps } from "@/lib/deps";

/** The least that a page of ours can be: rendered for this request, for nobody in particular, with one query. */
export default async function BarePage() {
  const [row] = await deps().db.execute<{ now: string }>(sql`select now() as now`);
  return (
    <main>
      <h1>Bare page</h1>
      <p>{row?.now}</p>
    </main>
  );
}
