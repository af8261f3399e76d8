/* The page as `restage report` makes it, of jobs that really ran, and as `restage serve` shows it
 * while one runs.
 *
 *	RESTAGE=restage RESTAGE_REPORT_MODULES=DIR node real.mjs OUT */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { closePage, goTo, openPage, runTests, startBrowser } from './browser.mjs';
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
		const server = spawn(restage, ['-C', root, 'serve'], { stdio: ['ignore', 'pipe', 'pipe'] });
		let said = '', ended = null;
		server.stdout.on('data', (text) => (said += text));
		server.stderr.on('data', (text) => (said += text));
		server.on('exit', (code) => (ended = code));
		while (!/http:\S+/.test(said) && ended === null) await new Promise((done) => setTimeout(done, 20));
		if (ended === 3) return void console.log(`       ${said.trim()}`); /* built without the library */
		const job = spawn(restage, ['-C', root, 'run'], { stdio: 'ignore' });
		const page = await openPage(browser, /http:\S+/.exec(said)[0], { hash: '#stages' });
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
