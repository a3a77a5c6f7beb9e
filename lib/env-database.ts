import { addressOf, BadAddress, findUrlFault } from "../db/address";

type Given = {
  readonly DATABASE_URL: string;
  readonly DATABASE_DIRECT_URL?: string | undefined;
  readonly DATABASE_CA_FILE?: string | undefined;
  readonly DATABASE_PREPARE: boolean;
};

/** Why the database cannot be reached as these variables say, a sentence each: it names them and never a value. Reads the file. */
export function findDatabaseFaults(env: Given): string[] {
  const { DATABASE_URL, DATABASE_DIRECT_URL, DATABASE_CA_FILE, DATABASE_PREPARE } = env;
  const wrong: string[] = [];
  for (const [name, url] of Object.entries({ DATABASE_URL, DATABASE_DIRECT_URL })) {
    const fault = url && findUrlFault(url, DATABASE_CA_FILE !== undefined);
    if (fault) wrong.push(`${name}: ${fault}`);
  }
  if (!DATABASE_PREPARE && (DATABASE_DIRECT_URL ?? DATABASE_URL) === DATABASE_URL) {
    wrong.push(
      "DATABASE_DIRECT_URL: with DATABASE_PREPARE=false jobs need the server itself, past the pooler: nobody is told of anything through one",
    );
  }
  try {
    addressOf(DATABASE_URL, env);
  } catch (error) {
    if (!(error instanceof BadAddress)) throw error;
    wrong.push(error.message);
  }
  return wrong;
}
