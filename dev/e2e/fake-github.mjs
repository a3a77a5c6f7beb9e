// Loaded into a web process before everything else: what it asks GitHub is asked at FAKE_GITHUB instead.
import http from "node:http";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";

const fake = new URL(process.env.FAKE_GITHUB ?? "");
const isGitHub = (host) => host === "github.com" || host === "api.github.com";

const reallyRequest = https.request;
https.request = function request(first, ...rest) {
  const asked = typeof first === "string" ? new URL(first) : first;
  if (!isGitHub(asked.hostname ?? asked.host)) return reallyRequest.call(this, first, ...rest);
  const options = typeof rest[0] === "object" ? rest.shift() : {};
  const path = asked instanceof URL ? asked.pathname + asked.search : asked.path;
  const { agent: _, ...plain } = asked instanceof URL ? options : { ...asked, ...options };
  const there = { protocol: "http:", hostname: fake.hostname, host: fake.hostname, port: fake.port, path };
  return http.request({ ...plain, ...there }, ...rest);
};
syncBuiltinESMExports();

const reallyFetch = globalThis.fetch;
globalThis.fetch = (resource, options) =>
  reallyFetch(String(resource).replace("https://api.github.com", fake.origin), options);
