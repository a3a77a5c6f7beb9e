/** How far a run is: lines that stay, and on a terminal one that says what goes on now. */
export type Progress = {
  say(line: string): void;
  now(line: string): void;
};

const CLEAR = "\r\u001b[K";

export const progressOn = (output: NodeJS.WriteStream): Progress => ({
  say: (line) => void output.write(`${output.isTTY ? CLEAR : ""}${line}\n`),
  now: (line) => void (output.isTTY && output.write(`${CLEAR}${line}`)),
});
