/* What a reader does with any report, whatever job it is of: every part of the page is used, and the
 * names to use are taken from the page's own data. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { closePage, goTo, openPage, seriousFindings } from './browser.mjs';

export function dataOf(html) {
	const data = JSON.parse(/<script type="application\/json" id="data">([^]*?)<\/script>/.exec(html)[1]);
	return data.deflate ? JSON.parse(inflateSync(Buffer.from(data.deflate, 'base64'))) : data;
}

const status = (page) => page.locator('.view:not([hidden]) > .tools [role="status"]');

export async function useEveryPart(browser, file) {
	const data = dataOf(readFileSync(file, 'utf8'));
	const page = await openPage(browser, file, { height: 1100 });

	/* sort */
	const column = (id) => page.$$eval(`table.stages td.c-${id}`, (cells) => cells.map((cell) => cell.innerText));
	await page.getByRole('button', { name: 'Took' }).click();
	assert.equal(await page.locator('th.c-seconds').getAttribute('aria-sort'), 'descending');
	const most = await column('seconds');
	await page.getByRole('button', { name: 'Took' }).click();
	assert.equal(await page.locator('th.c-seconds').getAttribute('aria-sort'), 'ascending');
	if (data.stages.length < 30) assert.deepEqual((await column('seconds')).length, most.length);

	/* filter */
	const made = data.stages.find((stage) => stage.manifest?.outputs?.length && stage.manifest.inputs.length && stage.log);
	assert.ok(made, 'a stage that made something of something');
	await page.getByLabel('filter stages').fill(made.name);
	await page.waitForFunction((name) => document.querySelectorAll('table.stages tr[data-stage]').length >= 1 &&
		[...document.querySelectorAll('table.stages tr[data-stage]')].every((row) => row.textContent.includes(name)), made.name);

	/* click a box of the graph: found by its name first, which unfolds nothing but moves there */
	await goTo(page, '#graph');
	const fold = page.getByRole('button', { name: 'Fold instances' });
	if ((await fold.count()) && (await fold.getAttribute('aria-pressed')) === 'true') await fold.click();
	await page.getByLabel('find a stage').fill(made.name);
	await page.waitForFunction(() => document.querySelector('svg.graph .ring.now'));
	await page.locator('svg.graph a.box').and(page.locator(`[data-to=${JSON.stringify(made.name)}]`)).click();
	const panel = page.locator('aside.panel');
	await panel.waitFor();
	assert.equal(await panel.locator('h2').innerText(), made.name);
	assert.match(await panel.innerText(), /Command[^]*Inputs[^]*Outputs/);

	/* follow the lineage of an output of it, up to an input */
	const output = made.manifest.outputs[0].path, input = made.manifest.inputs[0].path;
	await panel.getByRole('link', { name: output }).first().click();
	const detail = page.locator('.file-detail');
	await detail.waitFor();
	assert.equal(await detail.locator('h2').innerText(), output);
	assert.match(await detail.innerText(), /Made by/);
	for (const closed of await detail.locator('.ways > div').first().locator('.opens[aria-expanded="false"]').all()) await closed.click();
	await detail.getByRole('link', { name: input }).first().click();
	await page.waitForFunction((path) => document.querySelector('.file-detail h2').textContent === path, input);
	assert.match(await detail.locator('.ways > div').nth(1).innerText(), new RegExp(`Used by[^]*${made.name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`));

	/* timeline and problems */
	await goTo(page, '#timeline');
	const ran = new Set(data.runs.at(-1)?.record.filter((line) => line.event === 'start').map((line) => line.stage));
	if (ran.size && ran.size < 30) assert.equal(await page.locator('.gantt-row').count(), ran.size);
	await goTo(page, '#problems');
	assert.match(await status(page).innerText(), /failures?, \d+ errors?, \d+ warnings?/);

	/* search the log for what the last line of a stage says, and follow a link to a line of it */
	const lines = made.log.split('\n').filter(Boolean), last = lines.at(-1).replace(/^(\[[^\]]*\] ){3}/, '');
	await goTo(page, `#log?source=${encodeURIComponent(made.name)}`);
	await page.waitForFunction((n) => document.querySelectorAll('.line').length >= n, Math.min(10, lines.length));
	await page.getByLabel('search all lines').fill(last.slice(0, 30));
	await page.waitForFunction(() => document.querySelector('.line.hit mark'));
	await page.locator('.line.hit .line-number').click();
	await page.locator('.log-line-whole', { hasText: last.slice(0, 30) }).waitFor();
	const link = new URL(page.url()).hash;
	const other = await openPage(browser, file, { hash: link });
	assert.ok((await other.locator('.line[aria-current] .line-text').innerText()).includes(last.slice(0, 30)));
	assert.deepEqual(await seriousFindings(other), []);
	await closePage(other);
	await closePage(page);
}
