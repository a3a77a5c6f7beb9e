import type Stripe from "stripe";
import { newId } from "../ids";
import { invalidParameter, missing, refused } from "../wire/errors";
import { pageOf } from "../wire/list";
import { needed, pageShape, word } from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { nowOf } from "./clock";
import { emit } from "./events";

type Customer = Stripe.Customer;

/** The kinds there are, from the SDK's `CustomerCreateTaxIdParams.type`. */
const TYPES = new Set(
  (
    "ad_nrt ae_trn al_tin am_tin ao_tin ar_cuit au_abn au_acn au_arn au_wpn aw_tin az_tin ba_tin bb_tin bd_bin bf_ifu bg_uic bh_vat bj_ifu bo_tin br_cnpj br_cpf bs_tin bw_vat by_tin " +
    "ca_bn ca_gst_hst ca_pst_bc ca_pst_mb ca_pst_sk ca_qst cd_nif ch_uid ch_vat ci_vat cl_tin cm_niu cn_tin co_nit cr_tin cv_nif cz_dic de_stn do_rcn ec_ruc eg_tin es_cif et_tin eu_oss_vat eu_vat " +
    "fo_vat fr_siren fr_siret fr_spi gb_vat ge_vat gh_tin gi_tin gn_nif hk_br hr_oib hu_tin ic_nif id_npwp il_vat in_gst is_kt is_vat it_cf jp_cn jp_rn jp_trn ke_pin kg_tin kh_tin kr_brn kz_bin la_tin li_uid li_vat lk_vat " +
    "ma_vat md_cf md_vat me_pib mk_vat mr_nif mu_vat mx_rfc my_frp my_itn my_sst mz_nuit ng_tin no_vat no_voec np_pan nz_bn nz_gst om_vat pe_ruc ph_tin pl_nip pt_nif py_ruc ro_tin rs_pib ru_inn ru_kpp " +
    "sa_vat sg_gst sg_uen si_tin sm_coe sn_ninea sr_fin sv_nit th_vat tj_tin tr_tin tt_bir tt_vat tw_vat tz_vat ua_vat ug_tin us_ein uy_ruc uz_tin uz_vat ve_rif vn_tin za_vat zm_tin zw_tin"
  ).split(" "),
);

/**
 * What a value must look like, for a few kinds: made from the examples of docs.stripe.com/billing/customer/tax-ids. The rest is
 * taken as it is; real Stripe knows more of them.
 */
const SHAPES: Readonly<Record<string, RegExp>> = {
  ae_trn: /^\d{15}$/,
  au_abn: /^\d{11}$/,
  br_cnpj: /^\d{2}\.?\d{3}\.?\d{3}\/?\d{4}-?\d{2}$/,
  ca_bn: /^\d{9}$/,
  ch_vat: /^CHE-?\d{3}\.?\d{3}\.?\d{3} ?(MWST|TVA|IVA)$/,
  eu_vat:
    /^(AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)[A-Z0-9]{8,12}$/,
  gb_vat: /^GB\d{9}$/,
  in_gst: /^\d{2}[A-Z0-9]{13}$/,
  nz_gst: /^\d{8,9}$/,
  us_ein: /^\d{2}-?\d{7}$/,
};

/** Those whose values are looked up with an authority: docs.stripe.com/billing/customer/tax-ids, Validation. */
const LOOKED_UP = new Set(["au_abn", "eu_vat", "gb_vat"]);

const taxIdsOf = (work: Work, customer: string): Stripe.TaxId[] =>
  work.store.list("tax_id").filter((row) => row.customer === customer);

/** What an invoice shows of them (docs.stripe.com/api/invoices/object, `customer_tax_ids`); here from its draft on. */
export const shownTaxIds = (work: Work, customer: string): Stripe.Invoice.CustomerTaxId[] =>
  taxIdsOf(work, customer)
    .toReversed()
    .map(({ type, value }) => ({ type, value }));

function owner(work: Work, id: string): Customer {
  const customer = work.store.get("customer", id);
  if (!customer) throw missing("customer", id);
  return customer;
}

/** Also at `/v1/tax_ids`, which nobody asks here. */
export const taxIdRoutes: Route[] = [
  route(
    "POST",
    "/v1/customers/:id/tax_ids",
    { type: needed(word), value: needed(word) },
    (work, { type, value }, id) => {
      const customer = owner(work, id);
      if (!TYPES.has(type))
        throw invalidParameter(`Invalid type: must be one of ${[...TYPES].join(", ")}`, "type");
      // Code and sentence as they were seen with eu_vat "DE123" on a live account (a public repository's note of 2026-09-01).
      if (SHAPES[type] && !SHAPES[type].test(value))
        throw refused(`Invalid value for ${type}.`, { code: "tax_id_invalid", param: "value" });
      // Whether Stripe takes the same one twice is documented nowhere; products guard against a refusal, so there is one here.
      if (taxIdsOf(work, id).some((row) => row.type === type && row.value === value))
        throw refused("This customer already has this tax ID.", { code: "resource_already_exists" });
      const status = LOOKED_UP.has(type) ? "pending" : "unavailable";
      const row = work.store.put("tax_id", {
        id: newId("txi"),
        object: "tax_id",
        country:
          type.slice(0, 2) === "eu" ? value.slice(0, 2).replace("EL", "GR") : type.slice(0, 2).toUpperCase(),
        created: nowOf(work, id),
        customer: customer.id,
        customer_account: null,
        livemode: false,
        owner: { type: "customer", customer: customer.id, customer_account: null },
        type,
        value,
        verification: { status, verified_address: null, verified_name: null },
      } as Stripe.TaxId);
      emit(work, "customer.tax_id.created", row);
      return row;
    },
  ),
  route("GET", "/v1/customers/:id/tax_ids", pageShape, (work, params, id) => {
    owner(work, id);
    return pageOf(taxIdsOf(work, id), params, `/v1/customers/${id}/tax_ids`, "tax_id");
  }),
  route("DELETE", "/v1/customers/:id/tax_ids/:taxId", {}, (work, _params, id, taxId) => {
    const row = work.store.get("tax_id", taxId ?? "");
    if (!row || row.customer !== id) throw missing("tax_id", taxId ?? "");
    work.store.delete("tax_id", row.id);
    emit(work, "customer.tax_id.deleted", row);
    return { id: row.id, object: "tax_id", deleted: true };
  }),
];
