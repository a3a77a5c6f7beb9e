import { freePort } from "../ports";
import { startWeb, type WebServer } from "../web";
import { type DatabaseLine, openDatabaseLine } from "./database-line";

export type WebOverLine = {
  readonly web: WebServer;
  readonly line: DatabaseLine;
  stop(): Promise<void>;
};

/** One more web process of a running stack, whose line to the database can break without anybody else's. */
export async function startWebOverLine(variables: Readonly<Record<string, string>>): Promise<WebOverLine> {
  const line = await openDatabaseLine(variables.DATABASE_URL ?? "");
  const port = await freePort();
  try {
    const web = await startWeb(port, {
      ...variables,
      DATABASE_URL: line.url,
      APP_URL: `http://localhost:${port}`,
    });
    return {
      web,
      line,
      async stop() {
        web.child.kill("SIGKILL");
        await web.ended;
        await line.close();
      },
    };
  } catch (error) {
    await line.close();
    throw error;
  }
}
