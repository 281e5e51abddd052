// What a browser makes of a report: no error, no request, accessible in both colours with everything opened, at phone width and printed.
//
// Usage: node page.mjs CHROMIUM FILE [--axe] [--fast] [--print PAGES] [--shots FOLDER] [--text TEXT…]
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const [, , executablePath, file, ...options] = process.argv;
const has = (name) => options.includes(name);
const value = (name) => options[options.indexOf(name) + 1];
const address = pathToFileURL(file).href;
const problems = [];
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });

async function open(settings) {
  const context = await browser.newContext(settings);
  const page = await context.newPage();
  page.on("console", (message) => { if (message.type() === "error") problems.push(`console: ${message.text()}`); });
  page.on("pageerror", (error) => problems.push(`error: ${error}`));
  page.on("request", (request) => { if (request.url() !== address) problems.push(`request: ${request.url()}`); });
  await page.goto(address);
  return page;
}

const unfold = (page) => page.evaluate(() => document.querySelectorAll("details").forEach((it) => { it.open = true; }));

async function look(colorScheme) {
  const page = await open({ colorScheme, viewport: { width: 1280, height: 900 }, bypassCSP: has("--axe") });
  const { load, nodes } = await page.evaluate(() => {
    let nodes = 0;
    for (const walk = document.createTreeWalker(document); walk.nextNode(); ) nodes += 1;
    return { load: performance.getEntriesByType("navigation")[0].loadEventEnd, nodes };
  });
  console.log(`${colorScheme}: loaded in ${Math.round(load)} ms, ${nodes} nodes`);
  if (nodes > 60_000) problems.push(`${nodes} nodes`);
  if (has("--shots")) await page.screenshot({ path: `${value("--shots")}/${colorScheme}.png` });
  await unfold(page);
  if (has("--axe")) {
    await page.addScriptTag({ content: readFileSync(require.resolve("axe-core/axe.min.js"), "utf8") });
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    for (const found of violations) {
      problems.push(`${colorScheme}: ${found.id}: ${found.help}: ${found.nodes.slice(0, 3).map((it) => it.html.slice(0, 160)).join(" | ")} (${found.nodes.length})`);
    }
  }
  await page.context().close();
}

async function narrow() {
  const page = await open({ viewport: { width: 360, height: 780 } });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  if (width > 360) problems.push(`at 360 px the page is ${width} px wide`);
  if (has("--shots")) await page.screenshot({ path: `${value("--shots")}/phone.png` });
  await page.context().close();
}

// The keyboard reaches the filter, and what it leaves is counted; a link into a folded part opens it.
async function use() {
  const page = await open({ viewport: { width: 1280, height: 900 } });
  const rows = () => page.locator(".board tbody tr:visible").count();
  const all = await rows();
  if (all > 1) {
    const name = await page.locator(".board tbody th a").first().textContent();
    await page.getByRole("searchbox").focus();
    await page.keyboard.type(name);
    if (!((await rows()) < all)) problems.push("the filter leaves everybody");
    await page.getByRole("searchbox").fill("");
    await page.locator("#board").getByRole("button", { name: "Points" }).press("Enter");
    if ((await page.locator("th[aria-sort=ascending]").count()) !== 1) problems.push("nothing is sorted");
    await page.locator(".board tbody th a").first().press("Enter");
    // The page hears of the new fragment a moment later.
    await page.waitForSelector("details.user[open]", { state: "attached", timeout: 5_000 }).catch(() => {});
    const opened = await page.locator("details.user[open]").count();
    if (opened !== 1) problems.push(`${opened} students were opened by a link`);
  }
  await page.context().close();
  const plain = await open({ javaScriptEnabled: false, viewport: { width: 1280, height: 900 } });
  if (!(await plain.locator(".board").isVisible())) problems.push("without scripts there is no board");
  await plain.context().close();
}

async function print() {
  const page = await open({});
  const path = `${file}.pdf`;
  const pdf = await page.pdf({ path, preferCSSPageSize: true });
  const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  console.log(`printed: ${pages} pages`);
  if (pages === 0 || pages > Number(value("--print"))) problems.push(`${pages} printed pages`);
  // What is printed is what has a place while the page is laid out for print.
  await page.emulateMedia({ media: "print" });
  const unprinted = await page.evaluate(() => {
    const seen = (it) => it.checkVisibility({ checkVisibilityCSS: true, contentVisibilityAuto: false }) && it.getBoundingClientRect().height > 0;
    const printed = [...document.querySelectorAll(".causes li, .cause > p:first-child")].filter(seen).map((it) => it.textContent).join("\n");
    return [...document.querySelectorAll(".cause > p:first-child")].map((it) => it.textContent).filter((text) => !printed.includes(text));
  });
  if (unprinted.length > 0 && !(await page.locator("body.many").count())) problems.push(`${unprinted.length} causes are not printed: ${unprinted[0]}`);
  if (has("--shots")) writeFileSync(`${value("--shots")}/print.pdf`, pdf);
  await page.context().close();
}

await look("light");
if (!has("--fast")) await look("dark");
await narrow();
await use();
if (has("--print")) await print();
await browser.close();
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);
