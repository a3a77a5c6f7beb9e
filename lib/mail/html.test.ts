import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { html } from "./html";

describe("a body in HTML", () => {
  it("escapes what is put in, also inside of attributes", () => {
    const name = `<img src=x onerror="alert('1')"> & co`;
    expect(html`<p title="${name}">${name}</p>`.text).toBe(
      '<p title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; co">&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt; &amp; co</p>',
    );
  });

  it("keeps markup that was made the same way", () => {
    const rows = ["a", "<b>"].map((each) => html`<li>${each}</li>`);
    expect(html`<ul>${rows}</ul>${html`<hr>`}`.text).toBe("<ul><li>a</li><li>&lt;b&gt;</li></ul><hr>");
  });

  test.prop([fc.string({ unit: "binary" })])("no text opens or closes anything", (text) => {
    expect(html`${text}`.text).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
  });
});
