import { existsSync } from "node:fs";

const INSTALLED: Partial<Record<NodeJS.Platform, string[]>> = {
  darwin: [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
  ],
  linux: ["/usr/bin/google-chrome", "/usr/bin/chromium", "/usr/bin/chromium-browser"],
  win32: [
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe",
  ],
};

/** The browser to test with: `CHROME_PATH`, the one that came with npm (Linux x64), or an installed Chrome. */
export async function findBrowser(): Promise<string> {
  const named = process.env.CHROME_PATH;
  if (named) {
    if (!existsSync(named)) throw new Error(`CHROME_PATH=${named}: there is no such file`);
    return named;
  }
  if (process.platform === "linux" && process.arch === "x64") return unpackBrowser();
  const installed = INSTALLED[process.platform]?.find((path) => existsSync(path));
  if (installed) return installed;
  throw new Error("No browser found. Install Google Chrome, or set CHROME_PATH to a Chrome or Chromium.");
}

async function unpackBrowser(): Promise<string> {
  // Read when the package is loaded: makes it unpack the system libraries the browser needs, and point to them.
  process.env.AWS_LAMBDA_JS_RUNTIME = "nodejs22.x";
  const { default: chromium } = await import("@sparticuz/chromium");
  return chromium.executablePath();
}
