// Looks at pages in a real Chromium at two widths and in both colour schemes, has axe judge them,
// and counts script in what the server sent. Arguments: chromium, folder for pictures ("" for none), then NAME=URL ….
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
  // The pages must have no script of their own (counted below); axe, which judges them, is one.
  const context = await browser.newContext({viewport: {width, height}, colorScheme, bypassCSP: true});
  for (const page of pages) {
    const [name, url] = [page.slice(0, page.indexOf('=')), page.slice(page.indexOf('=') + 1)];
    const tab = await context.newPage();
    const answer = await tab.goto(url);
    const html = await answer.text();
    if (pictures) {
      await tab.screenshot({path: path.join(pictures, `${name}-${width}-${colorScheme}.png`), fullPage: true});
    }
    await tab.addScriptTag({path: axe});
    const report = await tab.evaluate(() => axe.run(document, {
      resultTypes: ['violations'],
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}));
    found.push({
      name, width, colorScheme, status: answer.status(), title: await tab.title(),
      overflow: await tab.evaluate(() => document.documentElement.scrollWidth > window.innerWidth),
      scripts: (html.match(/<script|\son[a-z]+=|javascript:/gi) || []).length,
      violations: report.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n => n.html).slice(0, 3)})),
    });
    await tab.close();
  }
  await context.close();
}
await browser.close();
console.log(JSON.stringify(found));
