/* The page as `restage report` makes it, of jobs that really ran, and as `restage serve` shows it
 * while one runs.
 *
 *	RESTAGE=restage RESTAGE_REPORT_MODULES=DIR node real.mjs OUT */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closePage, goTo, openPage, runTests, seriousFindings, startBrowser } from './browser.mjs';
import { dataOf, useEveryPart } from './walk.mjs';

const [out] = process.argv.slice(2), restage = process.env.RESTAGE;
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const browser = await startBrowser();

/** A directory with a pipeline and files. */
function place(name, files) {
	const root = join(out, name);
	mkdirSync(root, { recursive: true });
	for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
	return root;
}

function run(root, ...args) {
	return execFileSync(restage, ['-C', root, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A server of the job below root; no address if the program was built without. */
async function serve(root) {
	const server = spawn(restage, ['-C', root, 'serve'], { stdio: ['ignore', 'pipe', 'pipe'] });
	let said = '', ended = null;
	server.stdout.on('data', (text) => (said += text));
	server.stderr.on('data', (text) => (said += text));
	server.on('exit', (code) => (ended = code));
	while (!/http:\S+/.test(said) && ended === null) await new Promise((done) => setTimeout(done, 20));
	if (ended === 3) console.log(`       ${said.trim()}`);
	return { server, address: /http:\S+/.exec(said)?.[0] };
}

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const RESULTS = { 'pipeline.ini': `[pipeline]
name = results
[stage:make]
command = echo ${PNG} | base64 -d | tee {{output.other}} > {{output.picture}}
    { printf 'RIFF\\244\\037\\0\\0WAVEfmt \\020\\0\\0\\0\\001\\0\\001\\0\\100\\037\\0\\0\\100\\037\\0\\0\\001\\0\\010\\0data\\200\\037\\0\\0'; head -c 8064 /dev/zero | tr '\\0' '\\200'; } > {{output.sound}}
    printf 'name,wer\\n"a, b",0.1\\n"c ""d""",0.25\\n' > {{output.table}}
    echo '{"wer": 0.25}' > {{output.numbers}}
    echo '{"deep": [1, 2]}' > {{output.more}}
    echo '<h1>static</h1><script>top.broken = 1; document.querySelector("h1").textContent = "ran"</script><img src=x onerror="top.broken = 2">' > {{output.page}}
    echo hello > {{output.text}}
    head -c 5000000 /dev/zero > {{output.large}}
output.picture = picture.png
output.picture.report = The picture
output.sound = sound.wav
output.sound.report = The sound
output.table = table.csv
output.table.report = The table
output.numbers = numbers.json
output.numbers.report = The numbers
output.page = page.html
output.page.report = The page
output.large = large.txt
output.large.report = Too large
output.other = other.png
output.more = more.json
output.text = plain b#%.txt
` };

/** What is alike from disk and from a server. */
async function useResults(page, part) {
	assert.match(await part('The numbers').locator('pre').innerText(), /"wer": 0\.25/);
	assert.deepEqual(await seriousFindings(page), []);
	await page.setViewportSize({ width: 390, height: 800 });
	assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
	await page.setViewportSize({ width: 1300, height: 1400 });
}

const WORDS = {
	'a.txt': 'one two three two\n', 'b.txt': 'four five four\n',
	'pipeline.ini': `[pipeline]
name = words
[stage:split]
foreach.text = *.txt
command = tr ' ' '\\n' < {{input.text}} > {{output.words}}
    echo "warning: short text" >&2
    printf '\\033[32mgreen\\033[0m done\\n'
input.text = {{each.text}}
output.words = words.txt
config.kind = lines
[stage:count]
command = cat {{input.words}} | sort | uniq -c > {{output.counts}}
    echo counted
    seq -f 'warning: number %g' 150
    printf '%s\\n' '{"event":"cost","amount":2,"currency":"EUR","what":"x"}' '{"event":"cost","amount":0.5,"currency":"USD","what":"x"}' >> $STAGEIO_EVENTS
input.words = {{split.words}}
output.counts = counts.txt
`,
};

const MARKUP = '<img src=x onerror=window.broken=1>';
const HOSTILE = {
	[`${MARKUP}.txt`]: 'x\n', 'a\u202eb.txt': 'y\n', '__proto__.txt': 'z\n', 'line\nbreak.txt': 'w\n',
	'pipeline.ini': `[pipeline]
name = hostile
description = </script>${MARKUP}
[stage:copy]
foreach.text = *.txt
command = cat {{input.text}} > {{output.copy}}
    printf '%s\\n' '</script>${MARKUP}' '<!--' >&2
    printf '\\033[31mred\\033[0m \\033]0;title\\007 \\342\\200\\256right to left\\n'
input.text = {{each.text}}
output.copy = copy.txt
config.${'x'} = </script>${MARKUP}
[stage:fails]
command = echo 'error: ${MARKUP}' >&2
    exit 3
after = copy
`,
};

await runTests({
	'the report of a job that ran is used in every part': async () => {
		const root = place('words', WORDS), file = join(out, 'words.html');
		run(root, 'run');
		writeFileSync(join(root, 'a.txt'), 'one two\n');
		run(root, 'run');
		run(root, 'report', '-o', file);
		const data = dataOf(readFileSync(file, 'utf8'));
		assert.equal(data.schema, 'restage.report/1');
		assert.equal(data.runs.length, 2);
		await useEveryPart(browser, file);
		const page = await openPage(browser, file, { hash: '#stages' });
		assert.match(await page.locator('.strip-key').innerText(), /1 up to date/);
		assert.match(await page.locator('.figures').innerText(), /Saved/);
		assert.match(await page.locator('.figures').innerText(), /Cost\s*2\.00 EUR, 0\.50 USD/);
		await goTo(page, '#problems?of=count');
		assert.match(await page.locator('.problems').innerText(), /warning: number 1\b[^]*50 more warnings in its log/);
		await goTo(page, '#stages?stage=split%2Fa');
		assert.match(await page.locator('aside.panel').innerText(), /Attempts \(2\)[^]*Inputs, beside those of[^]*changed\s*a\.txt/);
		await closePage(page);
	},
	'names and lines of a hostile job are inert in its report': async () => {
		const root = place('hostile', HOSTILE), file = join(out, 'hostile.html');
		assert.throws(() => run(root, 'run', '-k'));
		run(root, 'report', '-o', file);
		const data = dataOf(readFileSync(file, 'utf8'));
		assert.equal(data.stages.length, 5);
		const page = await openPage(browser, file);
		for (const hash of ['stages', 'graph', 'timeline', 'files', 'problems', 'log', ...data.stages.map((stage) => `stages?stage=${encodeURIComponent(stage.name)}`)]) {
			await goTo(page, `#${hash}`);
			assert.deepEqual(await page.evaluate(() => [window.broken, document.images.length, document.scripts.length,
				/[\u202a-\u202e\u2066-\u2069\u001b\u0007]/.test(document.body.innerText)]), [undefined, 0, 0, false], hash);
		}
		await goTo(page, '#log');
		// Where the line stands among those of other stages is not known: only what is in sight is drawn.
		await page.getByLabel('search all lines').fill('</script>');
		await page.waitForFunction((text) => document.querySelector('.log-rows').innerText.includes(text), `</script>${MARKUP}`);
		await goTo(page, '#problems');
		assert.match(await page.locator('.problem.failure').innerText(), /exit code 3/);
		await closePage(page);
	},
	'results are opened, looked at, and in the page itself where they belong into the report': async () => {
		const root = place('results', RESULTS), file = join(root, 'out/results/report.html');
		run(root, 'run');
		run(root, 'report');
		const data = dataOf(readFileSync(file, 'utf8'));
		assert.equal(data.root, '../..');
		const page = await openPage(browser, file, { hash: '#stages?stage=make', height: 1400 });
		const panel = page.locator('aside.panel');
		/* what has a caption is there at once */
		const part = (name) => panel.locator('.result').filter({ hasText: name });
		await page.waitForFunction(() => [...document.images].filter((image) => image.naturalWidth === 1).length === 2);
		assert.ok(page.asked.every((url) => url.endsWith('/other.png') || url === 'about:srcdoc'), page.asked.join());
		assert.match(await part('other.png').locator('img').getAttribute('src'), /^\.\.\/\.\.\/out\/results\/01_make\/other\.png$/);
		assert.match(await panel.locator('.result').first().innerText(), /^The picture/);
		assert.match(await part('The picture').locator('img').getAttribute('src'), /^data:image\/png;base64,/);
		assert.match(await part('The sound').locator('audio').getAttribute('src'), /^data:audio\/wav;base64,/);
		assert.ok(await part('The sound').locator('audio').evaluate((one) => new Promise((done) => {
			if (one.readyState >= 1) return done(one.duration > 0);
			one.addEventListener('loadedmetadata', () => done(one.duration > 0));
			one.addEventListener('error', () => done(false));
			one.load();
		})), 'the sound can be played');
		assert.deepEqual(await part('The table').locator('tr').evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent))),
			[['name', 'wer'], ['a, b', '0.1'], ['c "d"', '0.25']]);
		assert.match(await part('The page').locator('iframe').getAttribute('srcdoc'), /<script>/);
		assert.equal(await part('The page').locator('iframe').getAttribute('sandbox'), '');
		assert.equal(await page.evaluate(() => window.broken), undefined);
		assert.match(await part('Too large').innerText(), /not in this page/);
		await useResults(page, part);
		/* the link leads to the file */
		const link = await part('plain').locator('a.open-file').first().getAttribute('href');
		assert.equal(fileURLToPath(new URL(link, page.url())), resolve(root, 'out/results/01_make/plain b#%.txt'));
		await part('plain').getByRole('button', { name: 'Preview' }).click();
		assert.equal(await part('plain').locator('iframe').getAttribute('sandbox'), '');
		const inner = await (await part('plain').locator('iframe').elementHandle()).contentFrame();
		await inner.waitForFunction(() => /hello/.test(document.body?.innerText ?? ''));
		await goTo(page, '#results');
		assert.equal(await page.locator('.results > li').count(), 6);
		await goTo(page, `#files?file=${encodeURIComponent('out/results/01_make/other.png')}`);
		assert.equal(await page.locator('.file-detail a.open-file').count(), 1);
		assert.ok(page.asked.every((url) => /^(file:|about:srcdoc)/.test(url)), page.asked.join());
		page.asked.length = 0;
		page.said = page.said.filter((text) => !/sandboxed|Content Security Policy|local resource/.test(text)); /* Chromium says what it stopped */
		await closePage(page);
	},
	'serve gives the results of stages, and shows them': async () => {
		const root = place('served', RESULTS);
		run(root, 'run');
		const { server, address } = await serve(root);
		if (!address) return;
		const page = await openPage(browser, address, { hash: '#stages?stage=make', height: 1400 });
		const part = (name) => page.locator('aside.panel .result').filter({ hasText: name });
		await page.waitForFunction(() => [...document.images].some((image) => image.naturalWidth === 1));
		await page.waitForFunction(() => document.querySelectorAll('.sheet tr').length === 3);
		assert.equal(await part('The page').locator('iframe').getAttribute('sandbox'), '');
		const inner = await (await part('The page').locator('iframe').elementHandle()).contentFrame();
		assert.equal(await inner.locator('h1').innerText(), 'static', 'no script of it ran');
		await useResults(page, part);
		for (const [name, text] of [['plain', /hello/], ['more.json', /"deep": \[/]]) {
			const button = part(name).getByRole('button', { name: 'Preview' }); /* where many others stand before it */
			if (await button.count()) await button.click();
			await part(name).locator('pre').waitFor();
			assert.match(await part(name).locator('pre').innerText(), text);
		}
		/* the page is drawn anew with every event, and what is shown stays */
		await page.evaluate(() => (document.querySelector('aside.panel audio').isTheSame = true));
		const before = await page.locator('aside.panel').getAttribute('data-round');
		run(root, 'run');
		await page.waitForFunction((round) => document.querySelector('aside.panel').getAttribute('data-round') !== round, before);
		assert.equal(await page.evaluate(() => document.querySelector('aside.panel audio').isTheSame), true);
		/* opened by itself it runs nothing either, and belongs to nobody */
		const link = new URL(await part('The page').locator('a.open-file').getAttribute('href'), address).href;
		const other = await page.context().newPage();
		await other.goto(link);
		assert.equal(await other.locator('h1').innerText(), 'static');
		await other.close();
		assert.ok(page.asked.every((url) => new URL(url).origin === new URL(address).origin || url.startsWith('about:')), page.asked.join());
		page.asked.length = 0;
		page.said = page.said.filter((text) => !/sandboxed|Content Security Policy/.test(text));
		await closePage(page);
		server.kill('SIGINT');
	},
	'serve shows a run while it goes on': async () => {
		const root = place('live', { 'pipeline.ini': `[pipeline]
name = live
[stage:first]
command = echo begun
    until [ -e go ]; do sleep 0.05; done
    echo "<b>ended</b>" | tee {{output.x}}
output.x = x
[stage:second]
command = cp {{input.x}} {{output.y}}
input.x = {{first.x}}
output.y = y
` });
		const { server, address } = await serve(root);
		if (!address) return;
		const job = spawn(restage, ['-C', root, 'run'], { stdio: 'ignore' });
		const page = await openPage(browser, address, { hash: '#stages' });
		await page.waitForFunction(() => /running/.test(document.querySelector('tr[data-stage="first"] .c-state')?.textContent ?? ''));
		assert.match(await page.locator('.outcome').innerText(), /running/);
		writeFileSync(join(root, 'go'), '');
		await page.waitForFunction(() => /succeeded/.test(document.querySelector('.outcome').textContent));
		assert.match(await page.locator('tr[data-stage="second"] .c-state').innerText(), /done/);
		await goTo(page, '#log?source=first');
		await page.waitForFunction(() => document.querySelector('.log-rows').textContent.includes('<b>ended</b>'));
		assert.ok(page.asked.every((url) => new URL(url).origin === new URL(page.url()).origin), page.asked.join());
		page.asked.length = 0;
		await closePage(page);
		server.kill('SIGINT');
		job.kill();
	},
});
await browser.close();
process.exit();
