// Looks at pages in a real Chromium, without JavaScript of their own, at two widths, and has axe
// judge them. Arguments: chromium, folder for pictures ("" for none), then NAME=URL ….
// Prints one JSON document: [{name, width, violations: [...], overflow, scripts, title}].
import {chromium} from 'playwright-core';
import {createRequire} from 'node:module';
import path from 'node:path';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const [executablePath, pictures, ...pages] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const found = [];
for (const [width, height, colorScheme] of [[1280, 900, 'light'], [390, 844, 'light'], [390, 844, 'dark']]) {
  for (const page of pages) {
    const [name, url] = [page.slice(0, page.indexOf('=')), page.slice(page.indexOf('=') + 1)];
    const context = await browser.newContext({
      viewport: {width, height}, colorScheme, javaScriptEnabled: false, bypassCSP: true});
    const tab = await context.newPage();
    const answer = await tab.goto(url);
    const html = await tab.content();
    if (pictures) {
      await tab.screenshot({path: path.join(pictures, `${name}-${width}-${colorScheme}.png`), fullPage: true});
    }
    await context.close();

    // axe itself needs script: the same page again, with ours still having none.
    const judged = await browser.newContext({viewport: {width, height}, colorScheme, bypassCSP: true});
    const other = await judged.newPage();
    await other.goto(url);
    await other.addScriptTag({path: axe});
    const report = await other.evaluate(() => axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}));
    const overflow = await other.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    found.push({
      name, width, colorScheme, overflow, status: answer.status(), title: await other.title(),
      scripts: (html.match(/<script/g) || []).length,
      violations: report.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n => n.html).slice(0, 3)})),
    });
    await judged.close();
  }
}
await browser.close();
console.log(JSON.stringify(found));
