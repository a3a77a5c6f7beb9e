import { creditsCell } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Panel } from "@/app/_components/panel";
import type { UsageView } from "@/lib/ledger/usage";
import { numberFormat } from "@/lib/wording/formatters";
import { shareInWords } from "@/lib/wording/shares";
import { UNNAMED } from "./categories";
import { type AskedFilter, usagePath } from "./usage-query";

type Props = { readonly usage: UsageView; readonly filter: AskedFilter; readonly locale: string };
type Model = UsageView["resources"][number];

export function Models({ usage, filter, locale }: Props) {
  const others = usage.resourceCount - usage.resources.length;
  return (
    <Panel id="models" title="By model" description="Models and other resources, the most used first.">
      <DataTable
        caption="Credits used, by model"
        columns={columns({ usage, filter, locale })}
        rows={usage.resources}
        rowKey={(each) => each.resource}
      />
      {others > 0 && (
        <p className="mt-3 text-muted text-sm">
          And {numberFormat(locale, {}).format(others)} more, of which less was used.
        </p>
      )}
    </Panel>
  );
}

function columns({ usage, filter, locale }: Props): Column<Model>[] {
  return [
    {
      key: "model",
      header: "Model",
      cell: ({ resource }) => ({
        text: resource || UNNAMED,
        isQuoted: true,
        href: usagePath({ ...filter, resource }),
      }),
    },
    {
      key: "spends",
      header: "Spends",
      align: "end",
      cell: ({ spends }) => numberFormat(locale, {}).format(spends),
    },
    {
      key: "credits",
      header: "Credits",
      align: "end",
      cell: ({ credits }) => creditsCell(credits, { locale }),
    },
    {
      key: "share",
      header: "Share",
      align: "end",
      cell: ({ credits }) => shareInWords(credits, usage.credits, locale),
    },
  ];
}
