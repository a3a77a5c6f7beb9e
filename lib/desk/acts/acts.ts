import { readAccount, setPlan } from "./account";
import type { Act } from "./act";
import { extend, takeBackExtension } from "./extend";
import { freeze, unfreeze } from "./freeze";
import { grant, writeOff } from "./give";
import { refundInvoice } from "./invoices";
import { issueKey, revokeKey } from "./keys";
import type { ActKind } from "./kinds";
import { resendMail } from "./mail";
import { closeOrder, refundOrder, reopenOrder, settleOrder } from "./orders";
import { disablePerson, enablePerson, endSessions, setOperator, setRole } from "./people";
import { pausePurchases, resumePurchases } from "./purchases";
import { restore, revoke, take } from "./take";

/** Every act by its kind. */
export const ACTS: Readonly<Record<ActKind, Act>> = {
  grant,
  take,
  revoke,
  restore,
  write_off: writeOff,
  extend,
  take_back_extension: takeBackExtension,
  freeze,
  unfreeze,
  refund_order: refundOrder,
  refund_invoice: refundInvoice,
  settle_order: settleOrder,
  close_order: closeOrder,
  reopen_order: reopenOrder,
  read_account: readAccount,
  set_plan: setPlan,
  end_sessions: endSessions,
  disable_person: disablePerson,
  enable_person: enablePerson,
  set_role: setRole,
  set_operator: setOperator,
  resend_mail: resendMail,
  issue_key: issueKey,
  revoke_key: revokeKey,
  pause_purchases: pausePurchases,
  resume_purchases: resumePurchases,
};
