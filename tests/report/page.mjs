/* The page as a reader uses it, each part of it, made of fixtures.
 *
 *	RESTAGE_REPORT_MODULES=DIR node page.mjs PAGE OUT
 *
 * PAGE is the page without data; what is made of it is put in OUT. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { closePage, cpuOf, goTo, openPage, runTests, seriousFindings, startBrowser } from './browser.mjs';
import { useEveryPart } from './walk.mjs';
import { allowFailures, escapeData, HOSTILE, hostile, madeInParts, manyStages, packData, withMetrics, withSlow, writePage } from './fixture.mjs';

const [template, out] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const small = join(out, 'small.html'), few = join(out, 'few.html'), large = join(out, 'large.html'), huge = join(out, 'huge.html'), bad = join(out, 'hostile.html');
const smallData = manyStages(40);
writePage(template, smallData, small);
/* Kinds of things as in the small one, but fewer of each: axe looks at every one. */
writePage(template, manyStages(17), few);
writePage(template, manyStages(1000), large);
writePage(template, manyStages(10000, 200000), huge);
writePage(template, hostile(), bad);
const partial = join(out, 'partial.html'), partialData = madeInParts();
writePage(template, partialData, partial);
const failing = join(out, 'failing.html'), mild = join(out, 'mild.html');
const failingData = withSlow(manyStages(300), 'asr/ep0007');
writePage(template, failingData, failing);
writePage(template, allowFailures(manyStages(300)), mild);
const scored = join(out, 'metrics.html');
const scoredData = withMetrics();
writePage(template, scoredData, scored);
const browser = await startBrowser();
const VIEWS = ['stages', 'graph', 'timeline', 'files', 'problems', 'log'];

/** Names of the stages in the table, as far as they are in sight. */
const namesIn = (page) => page.locator('table.stages tbody th').allInnerTexts();
const failedStage = smallData.stages.find((stage) => stage.state === 'failed')?.name ?? null;
const doneStage = smallData.stages.find((stage) => stage.state === 'done' && stage.name.startsWith('asr/')).name;

/** Counted by brute force: at each start, how many had started and not ended. */
function mostAtOnce(record) {
	const bars = record.filter((one) => one.event === 'done' || one.event === 'fail').map((one) => [one.at - one.seconds, one.at]);
	return Math.max(...bars.map(([at]) => bars.filter(([from, to]) => from <= at && at < to).length));
}

/** Scrolls and searches the log of the huge page. */
async function readLines(page) {
	const status = page.locator('[aria-label="log"] [role="status"]');
	const lines = Number((await status.innerText()).replace(/[^\d]/g, ''));
	assert.ok(lines > 200000, `${lines} lines`);
	const log = page.locator('.scroll.log');
	for (const part of [0.25, 0.5, 0.999, 1]) {
		await log.evaluate((one, at) => (one.scrollTop = one.scrollHeight * at), part);
		await page.waitForTimeout(60);
		assert.ok(await log.evaluate((one) => {
			const box = one.getBoundingClientRect();
			return !!document.elementFromPoint(box.left + 30, box.top + box.height / 2)?.closest('.line');
		}), `lines at ${part}`);
		assert.ok((await page.locator('.line').count()) < 120);
	}
	await page.getByLabel('search all lines').fill('frame 99999 ');
	await page.waitForFunction(() => /match/.test(document.querySelector('[aria-label="log"] [role="status"]').textContent));
}

/** Opens a page, does something, and sees that the page asked for nothing and complained of nothing. */
function on(file, action, options) {
	return async () => {
		const page = await openPage(browser, file, options);
		await action(page);
		await closePage(page);
	};
}

await runTests({
	'the report of the subtitles job is used in every part': async () => {
		const file = join(out, 'subtitles.html');
		writePage(template, JSON.parse(readFileSync(new URL('subtitles.json', import.meta.url), 'utf8')), file);
		await useEveryPart(browser, file);
	},
	'the head tells outcome, times and counts': on(small, async (page) => {
		assert.match(await page.locator('.outcome').innerText(), failedStage ? /failed/ : /succeeded/);
		const head = await page.locator('.figures').innerText();
		for (const word of ['Run time', 'Saved', '6 m 52 s', 'CPU', 'Cost', '1.37', 'At once'])
			assert.ok(head.includes(word), `${word} in ${head}`);
		const key = await page.locator('.strip-key').innerText();
		assert.match(key, /done/);
		assert.match(key, /up to date/);
	}),
	'the table sorts by any column': on(small, async (page) => {
		const took = () => page.$$eval('td.c-seconds', (cells) => cells.map((cell) => cell.innerText));
		const asMs = (text) => (text.endsWith('ms') ? parseFloat(text) : parseFloat(text) * 1000);
		await page.getByRole('button', { name: 'Took' }).click();
		const most = (await took()).map(asMs).filter(Number.isFinite);
		assert.deepEqual(most, [...most].sort((a, b) => b - a));
		await page.getByRole('button', { name: 'Took' }).click();
		const least = (await took()).map(asMs).filter(Number.isFinite);
		assert.deepEqual(least, [...least].sort((a, b) => a - b));
		assert.notDeepEqual(least, most);
		await page.getByRole('button', { name: 'Stage', exact: true }).click();
		assert.equal(await page.locator('th.c-name[aria-sort]').getAttribute('aria-sort'), 'ascending');
		const names = await namesIn(page);
		assert.deepEqual(names, [...names].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })));
	}),
	'the table filters by words and by state': on(small, async (page) => {
		await page.keyboard.press('/');
		await page.keyboard.type('ep0003');
		await page.waitForFunction(() => document.querySelectorAll('table.stages tbody th').length === 5);
		assert.ok((await namesIn(page)).every((name) => name.endsWith('/ep0003')));
		await page.getByLabel('filter stages').fill('');
		await page.getByRole('button', { name: /^ ?up to date/ }).click();
		await page.waitForFunction(() => [...document.querySelectorAll('td.c-state')].every((cell) => cell.textContent.includes('up to date')));
		assert.ok((await namesIn(page)).length > 0);
	}),
	'a stage opens beside the table with its attempts and what changed': on(small, async (page) => {
		await page.locator(`tr[data-stage="${doneStage}"] a.stage-link`).click();
		const panel = page.locator('aside.panel');
		await panel.waitFor();
		assert.equal(await panel.locator('h2').innerText(), doneStage);
		const text = await panel.innerText();
		for (const word of ['Command', 'python3 tools/asr.py', 'Phases', 'load <model>', 'Config', 'Inputs', 'Why it ran', 'While it ran', 'End of its log',
			'0, 3: 2 x Stand-in 40GB', '150 % (of all that ran there)', 'GPU memory 2.0 GB'])
			assert.ok(text.includes(word), `${word} in ${text}`);
		await page.keyboard.press('Escape');
		await panel.waitFor({ state: 'hidden' });
		assert.equal(await page.evaluate(() => document.activeElement?.textContent), doneStage, 'the focus goes back');
	}),
	'an attempt shows what changed since the one before': on(small, async (page) => {
		const changed = smallData.stages.find((stage) => stage.state === 'done' && smallData.runs[0].record.some((line) => line.stage === stage.name));
		await goTo(page, `#stages?stage=${encodeURIComponent(changed.name)}`);
		const config = page.locator('aside .pairs').filter({ hasText: 'rate' });
		assert.match(await config.innerText(), /rate\s+changed\s*8000 → 16000/);
		await page.getByLabel('attempt').selectOption('0');
		assert.match(await config.innerText(), /rate\s+8000/);
	}),
	'a box of the graph leads to its stage': on(small, async (page) => {
		await goTo(page, '#graph');
		await page.locator('svg.graph a.box').first().waitFor();
		assert.equal(await page.locator('svg.graph a.box').count(), smallData.stages.length);
		await page.locator(`svg.graph a.box[data-to="${doneStage}"]`).click();
		assert.equal(await page.locator('aside.panel h2').innerText(), doneStage);
	}),
	'the graph zooms, moves and finds': on(small, async (page) => {
		await goTo(page, '#graph');
		const place = () => page.locator('svg.graph > g').getAttribute('transform');
		const scale = async () => Number(/scale\((.*)\)/.exec(await place())[1]);
		const first = await scale();
		await page.getByLabel('zoom in').click();
		await page.waitForTimeout(50);
		assert.ok((await scale()) > first * 1.2);
		const box = await page.locator('svg.graph').boundingBox();
		const before = await place();
		await page.mouse.move(box.x + 20, box.y + 20);
		await page.mouse.down();
		await page.mouse.move(box.x + 120, box.y + 60, { steps: 4 });
		await page.mouse.up();
		await page.waitForTimeout(50);
		assert.notEqual(await place(), before);
		await page.mouse.wheel(0, 300);
		await page.locator('svg.graph').focus();
		await page.keyboard.press('0');
		await page.waitForTimeout(80);
		assert.ok(Math.abs((await scale()) - first) < 1e-6);
		await page.getByLabel('find a stage').fill('ep0004');
		await page.waitForTimeout(80);
		assert.equal(await page.locator('svg.graph .ring.found').count(), 5);
		await page.getByLabel('find a stage').press('Enter');
		await page.waitForTimeout(80);
		assert.equal(await page.locator('svg.graph .ring.now').count(), 1);
	}),
	'a large graph is folded, and unfolds': on(large, async (page) => {
		await goTo(page, '#graph');
		assert.equal(await page.locator('svg.graph a.box').count(), 7);
		await page.locator('svg.graph a.box.group').first().click();
		await page.waitForFunction(() => document.querySelector('[aria-label="graph"] [role="status"]').textContent === '997 stages in 205 boxes');
		assert.match(await page.locator('svg.graph a.box').first().textContent(), /demux\/ep/);
		await page.getByRole('button', { name: 'Fold instances' }).click();
		await page.waitForFunction(() => document.querySelectorAll('svg.graph .far path').length > 1);
		const d = await page.$$eval('svg.graph .far path', (paths) => paths.map((path) => path.getAttribute('d').split('M').length - 1));
		assert.equal(d.reduce((a, b) => a + b), 997);
	}),
	'the timeline shows bars, the critical path and how many ran at once': on(small, async (page) => {
		await goTo(page, '#timeline');
		await page.locator('.gantt-bar').first().waitFor();
		assert.equal(await page.locator('.gantt-row').count(), new Set(smallData.runs[1].record.filter((one) => one.event === 'start').map((one) => one.stage)).size);
		assert.match(await page.locator('.plots').innerText(), new RegExp(`Ran at once\\s+${mostAtOnce(smallData.runs[1].record)}\\s`));
		assert.equal(await page.locator('.plots svg').count(), 4);
		const bar = page.locator('.gantt-row[data-stage^="asr/"] .gantt-bar:has(.gantt-phase)').first();
		const [whole, load, recognise] = await Promise.all([bar, bar.locator('.gantt-phase').nth(0), bar.locator('.gantt-phase').nth(1)]
			.map((one) => one.boundingBox()));
		assert.ok(Math.abs(load.width - whole.width / 4) < 2 && Math.abs(load.x - whole.x) < 2, 'a phase lies in the bar of its stage');
		assert.ok(Math.abs(recognise.x + recognise.width - whole.x - whole.width) < 2, 'and the last one ends with it');
		assert.match(await bar.locator('.gantt-phase').first().getAttribute('title'), /^load <model>, took /);
		const all = await page.locator('.gantt-row').count();
		await page.getByRole('button', { name: 'Critical path' }).click();
		await page.waitForTimeout(50);
		const critical = await page.locator('.gantt-row').count();
		assert.ok(critical > 1 && critical < all, `${critical} of ${all}`);
		const wide = () => page.locator('.gantt').evaluate((one) => one.scrollWidth);
		const before = await wide();
		await page.getByLabel('stretch').click();
		assert.ok((await wide()) > before * 1.5);
	}, { height: 1600 }),
	'a failed run opens on its problems, unless the address names a view': async () => {
		const page = await openPage(browser, failing);
		assert.equal(await page.locator('.tabs [aria-current]').innerText().then((text) => text.replace(/\s*\d+$/, '')), 'Problems');
		assert.equal(new URL(page.url()).hash, '#problems');
		const first = await page.locator('.problem').first().boundingBox();
		assert.ok(first && first.y + first.height < 800, 'the first failure is in sight');
		assert.match(await page.locator('.problem').first().innerText(), /Failure asr\//);
		assert.deepEqual(await seriousFindings(page), []);
		await closePage(page);
		for (const [hash, name] of [['#stages', 'Stages'], ['#timeline', 'Timeline']]) {
			const other = await openPage(browser, failing, { hash });
			assert.equal(await other.locator('.tabs [aria-current]').innerText(), name);
			await closePage(other);
		}
	},
	'an allowed failure is told as one, and is no failure of the run': on(mild, async (page) => {
		assert.equal(await page.locator('.tabs [aria-current]').innerText(), 'Stages');
		assert.match(await page.locator('.outcome').innerText(), /succeeded/);
		assert.match(await page.locator('.strip-key').innerText(), /failed, allowed/);
		assert.doesNotMatch(await page.locator('.strip-key').innerText(), /\d failed(?!, allowed)/);
		assert.equal(await page.locator('.tabs .badge').count(), 0);
		const colour = (state) => page.evaluate((name) => {
			const one = document.body.appendChild(document.createElement('i'));
			one.className = name;
			return getComputedStyle(one).getPropertyValue('--c');
		}, state);
		const colours = await Promise.all(['allowed', 'failed', 'blocked', 'done', 'restored', 'running', 'idle'].map(colour));
		assert.equal(new Set(colours).size, colours.length, 'a colour of its own');
		await goTo(page, '#problems');
		assert.match(await page.locator('.problem').first().innerText(), /Allowed failure asr\//);
		assert.equal(await page.locator('.problem.failure, .problem.error').count(), 0);
		assert.deepEqual(await seriousFindings(page, ['color-contrast']), []);
	}),
	'metrics of ten runs have their trend, and stand beside the parameters': async () => {
		for (const look of [{}, { colours: 'dark' }, { width: 390, height: 844 }]) {
			const page = await openPage(browser, scored, { hash: '#metrics', ...look });
			const rows = await page.locator('.metrics tbody tr').allInnerTexts();
			assert.deepEqual(rows.map((row) => row.split(/\s+/).filter(Boolean).join(' ')),
				['asr/ep0001 wer 0.14 0.16 -12.5%', 'asr/ep0001 by.de 4 4', 'score/ep0001 words 109 108 +0.926%']);
			assert.match(await page.locator('.spark').first().getAttribute('aria-label'), /^9 runs: 0.3, 0.28, .*0.16, 0.14$/);
			await page.screenshot({ path: join(out, `metrics-${look.colours ?? look.width ?? 'light'}.png`) });
			assert.deepEqual(await seriousFindings(page), []);
			await page.getByRole('button', { name: 'By run' }).click();
			const head = await page.locator('.by-run thead').innerText();
			assert.deepEqual(head.trim().split(/\s+/), ['Run', 'model', 'asr/ep0001.wer', 'asr/ep0001.by.de', 'score/ep0001.words']);
			const last = await page.locator('.by-run tbody tr').first().locator('td').allInnerTexts();
			assert.deepEqual(last, ['large', '', '', '109']);
			assert.equal(await page.locator('.by-run tbody tr').count(), 10);
			await page.screenshot({ path: join(out, `metrics-runs-${look.colours ?? look.width ?? 'light'}.png`) });
			assert.deepEqual(await seriousFindings(page), []);
			await page.getByRole('button', { name: 'By job' }).click();
			const cells = (row) => row.locator('th, td').allInnerTexts();
			assert.deepEqual(await cells(page.locator('.by-job thead tr')),
				['Job', 'model', 'constructor', 'asr/ep0001.wer', 'score/ep0001.rare', 'asr/ep0001.by.de', 'score/ep0001.words']);
			const jobs = page.locator('.by-job tbody tr');
			assert.deepEqual([await cells(jobs.nth(0)), await cells(jobs.nth(1)), await cells(jobs.nth(2))], [
				['tiny', 'tiny', '1', '0.4', '7', '', ''],
				[`${scoredData.job} (this one)`, 'large', '', '0.14', '', '4', '109'],
				[HOSTILE, '', '', '', '', '', '12345.7']]);
			assert.equal(await page.locator('.by-job tr[aria-current] th').innerText(), `${scoredData.job} (this one)`);
			assert.match(await page.locator('[aria-label="metrics"] [role="status"]').innerText(), /^4 metrics; 3 older jobs not shown$/);
			await page.screenshot({ path: join(out, `metrics-jobs-${look.colours ?? look.width ?? 'light'}.png`) });
			assert.deepEqual(await seriousFindings(page), []);
			await page.getByRole('button', { name: 'By run' }).click();
			await page.getByLabel('filter metrics').fill('words');
			await page.waitForFunction(() => document.querySelectorAll('.by-run thead th').length === 3);
			await goTo(page, `#stages?stage=${encodeURIComponent('score/ep0001')}`);
			const panel = await page.locator('aside.panel').innerText();
			assert.match(panel, /Metrics, beside those of[^]*words\s+changed\s*108 \u2192 109/);
			assert.match(panel, /language de/);
			await closePage(page);
		}
	},
	'a job that is alone is not compared': async () => {
		const alone = join(out, 'alone.html');
		writePage(template, { ...withMetrics(), jobs: null }, alone);
		const page = await openPage(browser, alone, { hash: '#metrics' });
		assert.deepEqual(await page.locator('[aria-label="how metrics are shown"] button').allInnerTexts(), ['Trend', 'By run']);
		await closePage(page);
	},
	'a job without numbers has no tab for them': on(small, async (page) => {
		assert.equal(await page.locator('.tabs a', { hasText: 'Metrics' }).count(), 0);
	}),
	'what is done stands at the left of the bar': on(failing, async (page) => {
		const parts = await page.locator('.strip-bar i').evaluateAll((all) => all.map((one) => one.className));
		assert.equal(parts[0], 'done');
		assert.ok(parts.indexOf('failed') > 0 && parts.indexOf('blocked') > parts.indexOf('failed'), parts.join());
		assert.deepEqual(await page.locator('.strip-key svg').evaluateAll((all) => all.map((one) => one.classList[1])), parts);
	}),
	'boxes of the graph show whole durations': async () => {
		for (const [file, n] of [[small, 40], [failing, 300]]) {
			const page = await openPage(browser, file, { hash: '#graph', height: 1200 });
			const fold = page.getByRole('button', { name: 'Fold instances' });
			if ((await fold.getAttribute('aria-pressed')) === 'true') await fold.click();
			await page.getByLabel('find a stage').fill('asr/ep0001');
			await page.waitForFunction(() => document.querySelectorAll('svg.graph a.box').length > 1);
			const words = await page.locator('svg.graph a.box .sub').allTextContents();
			assert.ok(words.some((text) => /\d+ s, (done|up to date)/.test(text)), `of ${n}: ${words.slice(0, 9)}`);
			assert.deepEqual(words.filter((text) => text.includes('\u2026')), []);
			await closePage(page);
		}
	},
	'a timeline of many instances has a row a section, which says who is slow and unfolds': on(failing, async (page) => {
		const rows = page.locator('.gantt-row');
		await rows.first().waitFor();
		assert.equal(await rows.count(), 5);
		const asr = page.locator('.gantt-row.section').filter({ hasText: 'asr' }).first();
		const took = failingData.runs[1].record.filter((line) => ['done', 'fail'].includes(line.event) && line.stage.startsWith('asr/')).map((line) => line.seconds).sort((a, b) => a - b);
		const median = took.length % 2 ? took[(took.length - 1) / 2] : (took[took.length / 2 - 1] + took[took.length / 2]) / 2;
		const text = await asr.innerText();
		assert.ok(text.includes(`median ${Math.round(median)} s`), `${median} in ${text}`);
		assert.match(text, /half of them \d+ s to \d+ s, \d+ slow, longest asr\/ep0007/);
		await asr.getByRole('button').click();
		await page.waitForFunction((n) => document.querySelectorAll('.gantt-row').length > 5 && document.querySelectorAll('.gantt-row:not(.section)').length <= n, took.length + 2);
		assert.equal(await asr.getByRole('button').getAttribute('aria-expanded'), 'true');
		assert.equal(await page.evaluate(() => document.activeElement?.matches('.gantt-row.section button')), true, 'the focus stays');
		assert.match(await page.locator('.gantt-row.slow[data-stage="asr/ep0007"]').innerText(), /slow/);
		await asr.getByRole('button').click();
		await page.waitForFunction(() => document.querySelectorAll('.gantt-row').length === 5);
		await goTo(page, '#timeline?stage=denoise%2Fep0003');
		assert.equal(await page.locator('.gantt-row[aria-current]').getAttribute('data-stage'), 'denoise/ep0003', 'a link to an instance unfolds its section');
		await page.getByRole('button', { name: 'Fold instances' }).click();
		await page.waitForFunction(() => document.querySelectorAll('.gantt-row.section').length === 0);
		assert.deepEqual(await seriousFindings(page), []);
	}, { hash: '#timeline', height: 1400 }),
	'lineage leads from a file to its source and to its result': on(small, async (page) => {
		await goTo(page, '#files');
		await page.getByLabel('filter files').fill('03_asr/ep0001');
		await page.waitForFunction(() => document.querySelectorAll('.file-row').length === 1);
		await page.locator('.file-row a').click();
		const detail = page.locator('.file-detail');
		assert.match(await detail.locator('h2').innerText(), /03_asr\/ep0001\/asr\.dat/);
		assert.match(await detail.innerText(), /Made by – 3 stages all the way up/);
		await detail.locator('.opens[aria-expanded="false"]').first().click();
		await detail.getByRole('link', { name: /media\/ep0001\.mp4/ }).click();
		await page.waitForFunction(() => document.querySelector('.file-detail h2').textContent === 'media/ep0001.mp4');
		assert.match(await detail.innerText(), /it is a source/);
		assert.match(await detail.innerText(), /Used by – 7 stages all the way down/);
		const closed = detail.locator('.opens[aria-expanded="false"]');
		if (await closed.count()) {
			await closed.first().click();
			assert.equal(await detail.locator('.opens[aria-expanded="true"] + ul').first().isVisible(), true);
		}
		await detail.locator('a.stage-link').first().click();
		await page.locator('aside.panel').waitFor();
	}),
	'problems name failures with the end of their log': on(large, async (page) => {
		await goTo(page, '#problems');
		assert.match(await page.locator('.problem.failure').first().innerText(), /exit code 1[^]*no speech found/);
		const many = await page.locator('.problem').count();
		await page.getByLabel('filter problems').fill('clipped');
		await page.waitForFunction((most) => document.querySelectorAll('.problem').length < most, many);
		await page.locator('.problem a.to-log').first().click();
		await page.locator('.line').first().waitFor();
		assert.match(page.url(), /#log\?source=/);
	}),
	'the log searches all lines, by level and by stage, and links to one': on(large, async (page) => {
		await goTo(page, '#log');
		await page.getByLabel('search all lines').fill('no speech found');
		await page.waitForFunction(() => /1 of 2 matches/.test(document.querySelector('[aria-label="log"] [role="status"]').textContent));
		assert.equal(await page.locator('.line.hit mark').innerText(), 'no speech found');
		await page.getByLabel('search all lines').press('Enter');
		await page.waitForFunction(() => /2 of 2 matches/.test(document.querySelector('[aria-label="log"] [role="status"]').textContent));
		await page.getByRole('button', { name: 'Only matches' }).click();
		await page.waitForFunction(() => document.querySelectorAll('.line').length === 2);
		await page.getByLabel('search all lines').fill('');
		await page.getByRole('button', { name: /^ERROR/ }).click();
		await page.waitForFunction(() => [...document.querySelectorAll('.line')].every((line) => line.classList.contains('l-error')));
		await page.locator('.line .line-number').first().click();
		await page.locator('.log-line-whole', { hasText: 'no speech found' }).waitFor();
		assert.match(page.url(), /line=\d+/);
		const link = page.url();
		const other = await openPage(browser, large, { hash: new URL(link).hash });
		assert.match(await other.locator('.line[aria-current]').innerText(), /no speech found/);
		await closePage(other);
		await page.getByRole('combobox', { name: 'stage' }).fill('demux/ep0002');
		await page.getByRole('combobox', { name: 'stage' }).press('Enter');
		await page.waitForFunction(() => location.hash.includes('demux'));
	}),
	'another run can be looked at': on(small, async (page) => {
		const before = await page.locator('.figures').innerText();
		await page.locator('#run-picker').selectOption('20261123_090000');
		await page.waitForFunction((text) => document.querySelector('.figures').innerText !== text, before);
		assert.match(await page.locator('.outcome').innerText(), /succeeded/);
	}),
	'the job as made shows the last success of each stage, whichever run it is of': on(partial, async (page) => {
		await goTo(page, '#timeline');
		assert.equal(await page.locator('.gantt-row').count(), 1, 'the run had one stage');
		await page.locator('#run-picker').selectOption({ label: 'The job as made' });
		await page.waitForFunction((n) => document.querySelectorAll('.gantt-row').length === n, partialData.stages.length);
		assert.match(await page.locator('.outcome').innerText(), /as made: the last success of each stage/);
		const head = await page.locator('.figures').innerText();
		assert.ok(head.includes('Longest chain') && !head.includes('Began'), head);
		const [first, second] = partialData.stages.filter((stage) => /ep0001/.test(stage.name));
		const left = (name) => page.locator(`.gantt-row[data-stage="${name}"] .gantt-bar`).evaluate((one) => one.getBoundingClientRect().left);
		assert.ok((await left(second.name)) > (await left(first.name)), 'what needs another begins behind it');
		await goTo(page, '#stages');
		await page.waitForFunction((n) => document.querySelectorAll('tr[data-stage] .c-state').length === n, partialData.stages.length);
		assert.deepEqual([...new Set(await page.locator('tr[data-stage]:not([data-stage="publish"]) .c-state').allInnerTexts())].map((text) => text.trim()), ['done']);
		assert.match(await page.locator('tr[data-stage="publish"]').innerText(), /failed[^]*last time; what it made before is there[^]*1\.5 s/);
		await goTo(page, '#files?file=out%2Fpublished');
		assert.match(await page.locator('.file-detail').innerText(), /Made by[^]*publish/);
		assert.deepEqual(await seriousFindings(page), []);
		await page.locator('#run-picker').selectOption('only-one');
		await page.waitForFunction(() => document.querySelector('.figures').innerText.includes('Began'));
	}, { hash: '#stages', height: 1700 }),
	'colours follow the system and the switch': async () => {
		const page = await openPage(browser, small, { colours: 'dark' });
		const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
		const dark = await ground();
		await page.locator('#theme').click();
		const light = await ground();
		assert.equal(light, 'rgb(255, 255, 255)');
		assert.notEqual(light, dark);
		await page.reload();
		await page.locator('#theme').waitFor();
		assert.equal(await ground(), light, 'kept over a reload');
		await closePage(page);
	},
	'keys lead everywhere': on(small, async (page) => {
		for (const [i, view] of VIEWS.entries()) {
			await page.keyboard.press(String(i + 1));
			await page.waitForFunction((name) => location.hash.startsWith('#' + name), view);
		}
		await page.keyboard.press('1');
		for (let i = 0; i < 60 && !(await page.evaluate(() => document.activeElement?.matches('a.stage-link'))); i++) await page.keyboard.press('Tab');
		await page.keyboard.press('Enter');
		await page.locator('aside.panel').waitFor();
		assert.equal(await page.evaluate(() => document.activeElement?.matches('aside.panel')), true);
	}),
	'axe finds nothing serious, light or dark': async () => {
		for (const colours of ['light', 'dark']) {
			const page = await openPage(browser, few, { colours });
			for (const view of VIEWS) {
				await goTo(page, `#${view}${view === 'files' ? '?file=media/ep0001.mp4' : view === 'log' ? '?source=asr%2Fep0001&line=2' : `?stage=${encodeURIComponent(doneStage)}`}`);
				assert.deepEqual(await seriousFindings(page, colours === 'dark' ? ['color-contrast'] : null), [], `${view}, ${colours}`);
			}
			await closePage(page);
		}
	},
	'nothing is wider than a phone': async () => {
		const page = await openPage(browser, small, { width: 390, height: 800 });
		for (const view of [...VIEWS, `stages?stage=${encodeURIComponent(doneStage)}`, 'files?file=media/ep0001.mp4', 'log?source=asr%2Fep0001&line=2']) {
			await goTo(page, `#${view}`);
			assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390, view);
			const outside = await page.$$eval('button, input, select, .tabs a', (all) => all.filter((one) => {
				const box = one.getBoundingClientRect();
				return box.width && !one.closest('.scroll, .panel, .chips, .tabs') && (box.right > 390.5 || box.left < 0);
			}).map((one) => one.outerHTML.slice(0, 80)));
			assert.deepEqual(outside, [], view);
		}
		await closePage(page);
	},
	'hostile names and lines are inert': async () => {
		const data = hostile(), page = await openPage(browser, bad);
		for (const hash of [...VIEWS.map((view) => '#' + view), ...data.stages.map((stage) => `#stages?stage=${encodeURIComponent(stage.name)}`),
			`#files?file=${encodeURIComponent(`out/${HOSTILE}/${HOSTILE}`)}`, `#log?source=${encodeURIComponent(HOSTILE)}&line=3`, `#problems?of=${encodeURIComponent(HOSTILE)}`, `#${HOSTILE}`]) {
			await goTo(page, hash);
			const found = await page.evaluate(() => ({ broken: window.broken, images: document.images.length,
				scripts: document.scripts.length, handlers: [...document.querySelectorAll('*')].filter((one) =>
					one.getAttributeNames().some((name) => name.startsWith('on')) || /^javascript:/i.test(one.getAttribute('href') ?? '')).length,
				polluted: Object.keys(Object.prototype).length + Number({}.rate !== undefined),
				acting: /[\u202a-\u202e\u2066-\u2069\u001b\u0000\u0008]/.test(document.body.innerText) }));
			assert.deepEqual(found, { broken: undefined, images: 0, scripts: 0, handlers: 0, polluted: 0, acting: false }, hash);
		}
		await goTo(page, '#stages');
		assert.equal(await page.locator('table.stages tbody tr[data-stage]').count(), data.stages.length);
		assert.ok((await namesIn(page)).includes(HOSTILE), 'a name is shown as it is');
		await goTo(page, `#log?source=${encodeURIComponent(HOSTILE)}`);
		const text = await page.locator('.log-rows').innerText();
		assert.match(text, /bold red/);
		assert.match(text, /⟨202E⟩esrever ⟨2066⟩ <img src=x onerror="window.broken=1">/);
		assert.doesNotMatch(text, /\[2J|\[1;31m/);
		assert.equal(await page.locator('.a-b').first().innerText(), 'bold red');
		assert.equal(await page.evaluate(() => getComputedStyle([...document.querySelectorAll('.line-text span')].find((one) => one.textContent === 'true')).color), 'rgb(1, 2, 3)');
		await closePage(page);
	},
	'the policy stops what is not the page itself': on(small, async (page) => {
		const found = await page.evaluate(async () => {
			const blocked = [];
			document.addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));
			const script = document.createElement('script');
			script.textContent = 'window.broken = 1';
			document.head.append(script);
			const image = document.createElement('img');
			image.src = 'https://restage.invalid/x.png';
			document.body.append(image);
			const style = document.createElement('style');
			style.textContent = 'body { display: none }';
			document.head.append(style);
			const connects = await fetch('https://restage.invalid/').then(() => true, () => false);
			document.body.setAttribute('onclick', 'window.broken = 2');
			document.body.click();
			await new Promise((done) => setTimeout(done, 50));
			return { broken: window.broken, connects, policy: document.querySelector('meta[http-equiv]').content.replace(/'sha256-[^']+'/g, 'DIGEST'), blocked: [...new Set(blocked)].sort() };
		});
		assert.deepEqual(found, { broken: undefined, connects: false,
			policy: "default-src 'none'; script-src DIGEST; style-src DIGEST; img-src 'self' data:; media-src 'self' data:; frame-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'",
			blocked: ['connect-src', 'img-src', 'script-src-attr', 'script-src-elem', 'style-src-elem'] });
		page.said.length = 0; /* Chromium says what it stopped */
		assert.deepEqual(page.asked.splice(0), ['https://restage.invalid/x.png'], 'only what this test tried');
	}),
	'of a thousand stages, of ten thousand, and of 200,000 lines only what is in sight is drawn': async () => {
		for (const [file, many, most] of [[large, 997, 2], [huge, 9997, 12]]) {
			const page = await openPage(browser, file, { hash: '#stages' }), cpu = await cpuOf(page);
			assert.ok(cpu < most, `${many} stages took ${cpu} s of processor time`);
			assert.match(await page.locator('.view:not([hidden]) [role="status"]').innerText(), new RegExp(`${Math.floor(many / 1000) || ''},?${many % 1000} stages`));
			for (const view of VIEWS) {
				await goTo(page, `#${view}`);
				const drawn = await page.evaluate(() => document.querySelectorAll('*').length);
				assert.ok(drawn < 12000, `${view}: ${drawn} elements`);
			}
			if (file === huge) await readLines(page);
			await closePage(page);
		}
	},
	'five thousand stages are packed into a page of less than 3 MB': async () => {
		const file = join(out, 'packed.html'), data = manyStages(5000);
		writePage(template, packData(data), file);
		assert.ok(statSync(file).size < 3e6, `${statSync(file).size} bytes`);
		const page = await openPage(browser, file, { hash: '#timeline' });
		assert.ok((await cpuOf(page)) < 8);
		assert.equal(await page.locator('.gantt-row').count(), new Set(data.runs[1].record.filter((line) => line.event === 'start').map((line) => line.stage.split('/')[0])).size);
		await goTo(page, '#stages');
		assert.match(await page.locator('.view:not([hidden]) [role="status"]').innerText(), /4,997 stages/);
		await closePage(page);
	},
	'a browser that cannot unpack says so': async () => {
		const file = join(out, 'packed-small.html');
		writePage(template, packData(smallData), file);
		const context = await browser.newContext(), page = await context.newPage();
		await page.addInitScript(() => delete window.DecompressionStream);
		await page.goto('file://' + file);
		await page.waitForSelector('main .empty');
		assert.match(await page.locator('main').innerText(), /cannot unpack[^]*restage serve/);
		await context.close();
	},
	'a page that is served follows the run, and goes on after a break': async () => {
		const stage = smallData.stages.find((one) => one.name.startsWith('publish'));
		const data = { ...smallData, live: { events: 'events' }, runs: [{ run: 'r1', record: [{ event: 'run_begin', at: 0, run: 'r1', time: '2026-11-24T14:00:00.000000+00:00' }] }], run: 'r1' };
		const page0 = readFileSync(template, 'utf8').replace('/*DATA*/', () => escapeData(data));
		const events = [{ event: 'start', at: 1, stage: stage.name, attempt: 1, reasons: [] }, { event: 'stage', stage: stage.name, log: '[2026-11-24 14:00:00] [publish] [INFO] first\n' },
			{ event: 'stage', stage: stage.name, log_more: '[2026-11-24 14:00:01] [publish] [ERROR] second <b>\n' },
			{ event: 'done', at: 3, stage: stage.name, attempt: 1, seconds: 2, exit_code: 0, restored_from: { run: 'r0', job: 'other' } },
			{ event: 'run_end', at: 3, outcome: 'success', seconds: 3, ran: 0, restored: 1 }];
		/** Sends two events a connection, from the one after that which was seen last, then breaks. */
		const asked = [];
		const server = createServer((request, response) => {
			if (request.url !== '/events') return void response.setHeader('content-type', 'text/html').end(page0);
			const last = Number(request.headers['last-event-id'] ?? 0);
			asked.push(last);
			response.writeHead(200, { 'content-type': 'text/event-stream' });
			response.write('retry: 50\n\n');
			events.slice(last, last + 2).forEach((event, i) => response.write(`id: ${last + i + 1}\ndata: ${JSON.stringify(event)}\n\n`));
			if (last < events.length) setTimeout(() => response.end(), 300);
		});
		await new Promise((done) => server.listen(0, '127.0.0.1', done));
		const origin = `http://127.0.0.1:${server.address().port}/`;
		const page = await openPage(browser, origin, { hash: '#log?source=publish', height: 1700 });
		await page.waitForFunction(() => document.querySelector('.outcome').textContent.includes('succeeded'));
		assert.match(await page.locator('.log-rows').innerText(), /first[^]*second <b>/);
		assert.deepEqual(asked.slice(0, 3), [0, 2, 4]);
		await goTo(page, '#stages');
		assert.match(await page.locator(`tr[data-stage="${stage.name}"] .c-state`).innerText(), /restored/);
		assert.ok(page.asked.every((url) => url === origin + 'events'), page.asked.join());
		page.asked.length = 0;
		page.said.length = 0;
		await closePage(page);
	},
	'data of another kind, or none, is said in words': async () => {
		for (const [name, text, words] of [['none', null, /no data/], ['other', { schema: 'else/9' }, /else\/9/]]) {
			const file = join(out, `${name}.html`);
			if (text) writePage(template, text, file);
			const context = await browser.newContext();
			const page = await context.newPage();
			await page.goto('file://' + (text ? file : template));
			assert.match(await page.locator('main').innerText(), words);
			await context.close();
		}
		for (const data of [{ schema: 'restage.report/1' }, { schema: 'restage.report/1', graph: { stages: [{ name: 'a' }, { name: 'b', needs: ['a', 'gone'] }] }, runs: [{ run: 'x', record: [] }] }]) {
			const file = join(out, 'bare.html');
			writePage(template, data, file);
			const page = await openPage(browser, file);
			for (const view of VIEWS) await goTo(page, `#${view}`);
			await closePage(page);
		}
	},
});
await browser.close();
process.exit(); /* a server of a test that failed may still be there */
