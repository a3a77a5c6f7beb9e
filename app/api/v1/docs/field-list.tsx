import type { Field } from "@/lib/api/fields";
import { Code, Prose } from "./code";

/** The members of a body, or what else a request takes. */
export function FieldList({
  title,
  fields,
  marksOptional = false,
}: {
  readonly title: string;
  readonly fields: readonly Field[];
  /** In requests what may be left out is said; answers always have all of their members. */
  readonly marksOptional?: boolean;
}) {
  if (fields.length === 0) return null;
  return (
    <>
      <h3 className="mt-5 mb-1 font-medium">{title}</h3>
      <dl className="divide-y divide-line">
        {fields.map((each) => (
          <div key={each.name} className="py-2 sm:grid sm:grid-cols-[14rem_minmax(0,1fr)] sm:gap-4">
            <dt>
              <Code>{each.name}</Code>
            </dt>
            <dd className="mt-1 min-w-0 [overflow-wrap:anywhere] sm:mt-0">
              <span className="text-muted text-sm">
                {each.type}
                {marksOptional && !each.required && " · optional"}
              </span>
              {each.description && (
                <span className="block">
                  <Prose text={each.description} />
                </span>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
