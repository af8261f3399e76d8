/* Debian's Chromium, and what the tests of the page ask of it. The packages lie in a build directory:
 * RESTAGE_REPORT_MODULES names it. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = process.env.RESTAGE_REPORT_MODULES;
if (!modules) throw new Error('RESTAGE_REPORT_MODULES must name the directory of node_modules');
const require = createRequire(join(modules, 'none.js'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export function startBrowser() {
	return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
		/* in a container Chromium runs as root, and then without its sandbox or not at all */
		args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
			'--disable-component-update', '--disable-sync'] });
}

/** Opens a page from disk, or from an address. What it asks for besides itself, what it says on the
 * console and what it throws is kept in `asked` and `said`. */
export async function openPage(browser, file, { hash = '', width = 1300, height = 800, colours = 'light' } = {}) {
	const context = await browser.newContext({ viewport: { width, height }, colorScheme: colours });
	const page = await context.newPage();
	const address = (/^https?:/.test(file) ? file : pathToFileURL(file).href) + hash;
	page.asked = [];
	page.said = [];
	page.on('request', (request) => {
		if (request.url().split('#')[0] !== address.split('#')[0] && !request.url().startsWith('data:')) page.asked.push(request.url());
	});
	page.on('console', (message) => page.said.push(message.text()));
	page.on('pageerror', (error) => page.said.push(String(error.stack)));
	page.on('dialog', (dialog) => {
		page.said.push(`dialog: ${dialog.message()}`);
		dialog.dismiss();
	});
	page.debug = await context.newCDPSession(page);
	await page.debug.send('Performance.enable', { timeDomain: 'threadTicks' });
	page.setDefaultTimeout(60000); /* the machine may be busy with other tests */
	await page.goto(address);
	await page.waitForSelector('main .view');
	return page;
}

/** Seconds of processor time that the page's main thread has used: what it takes to show, whatever else
 * the machine does. */
export async function cpuOf(page) {
	const { metrics } = await page.debug.send('Performance.getMetrics');
	return metrics.find((one) => one.name === 'TaskDuration').value;
}

export async function closePage(page) {
	assert.deepEqual(page.asked, [], 'the page asked for something');
	assert.deepEqual(page.said, [], 'the page complained');
	await page.context().close();
}

export function goTo(page, hash) {
	return page.evaluate((to) => new Promise((done) => {
		if (location.hash === to) return done();
		addEventListener('hashchange', () => requestAnimationFrame(() => setTimeout(done, 60)), { once: true });
		location.hash = to;
	}), hash);
}

/** What axe finds that is serious or critical, in words. The policy of the page forbids scripts that
 * are not its own; axe is put in through the debugger. All rules, unless some are named. */
export async function seriousFindings(page, rules = null) {
	if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
	const { violations } = await page.evaluate((only) => axe.run(document, { resultTypes: ['violations'],
		...(only ? { runOnly: { type: 'rule', values: only } } : {}) }), rules);
	return violations.filter((one) => one.impact === 'serious' || one.impact === 'critical')
		.map((one) => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')}`);
}

/** Runs tests in their order; ends with 1 if one failed. */
export async function runTests(tests) {
	const only = process.env.RESTAGE_REPORT_ONLY;
	let failed = 0;
	for (const [name, test] of Object.entries(tests)) {
		if (only && !name.includes(only)) continue;
		const began = Date.now();
		try {
			await test();
			console.log(`ok     ${name} (${Date.now() - began} ms)`);
		} catch (error) {
			failed++;
			console.log(`FAILED ${name}\n${error.stack}`);
		}
	}
	if (failed) process.exitCode = 1;
}
