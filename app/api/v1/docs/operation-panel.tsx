import { Panel } from "@/app/_components/panel";
import { type Field, fieldsOf } from "@/lib/api/fields";
import { type JsonSchema, parametersOf } from "@/lib/api/openapi";
import { type Operation, problemsOf } from "@/lib/api/operations";
import { documented } from "@/lib/api/parts";
import { Code, Prose, Sample } from "./code";
import { curlOf } from "./curl";
import { FieldList } from "./field-list";

type Schemas = Readonly<Record<string, JsonSchema>>;

/** What an operation does, takes and answers, with an example. */
export function OperationPanel({
  operation,
  schemas,
  origin,
}: {
  readonly operation: Operation;
  readonly schemas: Schemas;
  readonly origin: string;
}) {
  return (
    <Panel id={operation.id} title={operation.summary} className="scroll-mt-4">
      <p className="font-mono text-sm [overflow-wrap:anywhere]">
        <span className="mr-2 rounded bg-soft px-1.5 py-0.5 font-semibold text-accent">
          {operation.method}
        </span>
        /api/v1{operation.path}
      </p>
      <p className="mt-3">
        <Prose text={operation.description} /> Needs the scope <Code>{operation.scope}</Code>.
      </p>
      <FieldList title="Takes" fields={takes(operation, schemas)} marksOptional />
      <FieldList title={`Answers ${operation.status}`} fields={membersOf(operation.answer, schemas)} />
      <Sample label="Request" text={curlOf(operation, origin)} />
      <Sample label={`Answer ${operation.status}`} text={JSON.stringify(operation.example.answer, null, 2)} />
      <h3 className="mt-5 mb-1 font-medium">Problems</h3>
      <ul className="flex flex-wrap gap-x-3 gap-y-1">
        {problemsOf(operation).map((code) => (
          <li key={code}>
            <a href={`#${code}`} className="text-accent text-sm underline underline-offset-2">
              {code}
            </a>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function takes(operation: Operation, schemas: Schemas): Field[] {
  const parameters = parametersOf(operation).map(({ name, required, schema, ...each }): Field => {
    const [only] = fieldsOf({ properties: { [name]: schema } }, schemas);
    const place = { path: "in the address", query: "in the query", header: "a header" }[each.in];
    return {
      name,
      required,
      type: `${only?.type ?? "string"} · ${place}`,
      description: each.description ?? null,
    };
  });
  const body = operation.shownBody ?? operation.body;
  return body ? [...parameters, ...membersOf(body, schemas)] : parameters;
}

const membersOf = (schema: Operation["answer"], schemas: Schemas): Field[] =>
  fieldsOf(schemas[documented.get(schema)?.id ?? ""] ?? {}, schemas);
