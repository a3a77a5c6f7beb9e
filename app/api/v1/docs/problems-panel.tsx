import { Panel } from "@/app/_components/panel";
import { PROBLEM_CODES, PROBLEMS } from "@/lib/api/problems";
import { Code, Prose } from "./code";

/** Every way in which a request can fail, each at the address its `type` names. */
export function ProblemsPanel() {
  return (
    <Panel id="problems" title="Problems" className="scroll-mt-4">
      <p>
        What fails is answered with a status of 400 or more and a document of type{" "}
        <Code>application/problem+json</Code> (RFC 9457): <Code>type</Code>, <Code>title</Code>,{" "}
        <Code>status</Code>, <Code>detail</Code>, <Code>code</Code>, <Code>request_id</Code>, and what is
        named below. Decide by <Code>code</Code>: codes stay, sentences may be bettered.
      </p>
      <dl className="mt-4 divide-y divide-line">
        {PROBLEM_CODES.map((code) => (
          <div
            key={code}
            id={code}
            className="scroll-mt-4 py-3 target:bg-soft sm:grid sm:grid-cols-[16rem_minmax(0,1fr)] sm:gap-4"
          >
            <dt className="flex flex-wrap items-baseline gap-x-2">
              <span className="text-muted text-sm tabular-nums">{PROBLEMS[code].status}</span>
              <Code>{code}</Code>
            </dt>
            <dd className="mt-1 min-w-0 sm:mt-0">
              {PROBLEMS[code].title}. <Prose text={PROBLEMS[code].detail} />
              <Members names={Object.keys(PROBLEMS[code].members)} />
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

function Members({ names }: { readonly names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <span className="mt-1 flex flex-wrap gap-x-2 text-muted text-sm">
      with
      {names.map((name) => (
        <Code key={name}>{name}</Code>
      ))}
    </span>
  );
}
