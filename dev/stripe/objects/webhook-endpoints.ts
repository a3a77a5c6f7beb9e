import { newId, randomText } from "../ids";
import { invalidParameter, missing } from "../wire/errors";
import { pageOf } from "../wire/list";
import { flag, list, mergeMetadata, metadata, needed, pageShape, text, word } from "../wire/params";
import { type Route, route } from "../wire/router";
import { API_VERSION, IS_THIS_RELEASE, type Work } from "../work";
import { assertUrl } from "./urls";

export const webhookEndpointRoutes: Route[] = [
  route(
    "POST",
    "/v1/webhook_endpoints",
    { url: needed(word), enabled_events: needed(list(word)), api_version: word, description: text, metadata },
    (work, params) => {
      assertUrl(params.url, "url");
      const api_version = params.api_version ?? API_VERSION;
      if (!IS_THIS_RELEASE.test(api_version))
        throw invalidParameter("This simulator renders events for versions of endive only.", "api_version");
      const id = newId("we");
      const endpoint = work.store.put("webhook_endpoint", {
        id,
        object: "webhook_endpoint",
        api_version,
        application: null,
        created: work.now,
        description: params.description ?? null,
        enabled_events: params.enabled_events,
        livemode: false,
        metadata: mergeMetadata({}, params.metadata),
        status: "enabled",
        url: params.url,
      });
      // Only here: https://docs.stripe.com/api/webhook_endpoints/object#webhook_endpoint_object-secret
      const { secret } = work.store.put("secret", { id, secret: `whsec_${randomText(32)}` });
      return { ...endpoint, secret };
    },
  ),
  route("GET", "/v1/webhook_endpoints", pageShape, (work, params) =>
    pageOf(work.store.list("webhook_endpoint"), params, "/v1/webhook_endpoints", "webhook_endpoint"),
  ),
  route("GET", "/v1/webhook_endpoints/:id", {}, (work, _params, id) => find(work, id)),
  route(
    "POST",
    "/v1/webhook_endpoints/:id",
    { url: word, enabled_events: list(word), disabled: flag, description: text, metadata },
    (work, params, id) => {
      const current = find(work, id);
      if (params.url) assertUrl(params.url, "url");
      const { description = current.description, url = current.url } = params;
      const status =
        params.disabled === undefined ? current.status : params.disabled ? "disabled" : "enabled";
      return work.store.update("webhook_endpoint", id, {
        description,
        enabled_events: params.enabled_events ?? current.enabled_events,
        metadata: mergeMetadata(current.metadata, params.metadata),
        status,
        url,
      });
    },
  ),
  route("DELETE", "/v1/webhook_endpoints/:id", {}, (work, _params, id) => {
    find(work, id);
    work.store.delete("webhook_endpoint", id);
    work.store.delete("secret", id);
    return { id, object: "webhook_endpoint", deleted: true };
  }),
];

function find(work: Work, id: string) {
  const endpoint = work.store.get("webhook_endpoint", id);
  if (!endpoint) throw missing("webhook endpoint", id);
  return endpoint;
}
