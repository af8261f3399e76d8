/* The panel of a stage: what it is, how it went, and for each attempt its command, config and files,
 * with what changed since the attempt before. */
import { fill, h, lines } from './dom.js';
import { cpuSeconds, exitText, phasesOf } from './facts.js';
import { bytes, megabytes, oneLine, percent, plural, runTime, seconds } from './format.js';
import { attemptFirst, attemptsOf, compareFiles, compareSettings } from './history.js';
import { ansiLine } from './ansi.js';
import { figure, fileLink, madeLink, noteText, stageLink, stateBadge } from './parts.js';
import { plot } from './plot.js';
import { isCaptioned, resultAt, resultsOf } from './results.js';
import { linkTo } from './route.js';
import { STATES } from './states.js';

/** @typedef {import('./run.js').Attempt} Attempt */
/** @typedef {import('./model.js').Stage} Stage */

const MOST_FILES = 60; /* of a kind, until one asks for all */
const TAIL = 12;
const AT_ONCE = 8; /* results that are shown before one asks, beside those that belong into the report */

/** @param {import('./app.js').App} app @param {Stage} stage @returns {(Node | null)[]} */
export function stagePanel(app, stage) {
	const fact = app.facts[stage.id];
	const rest = Object.fromEntries(app.route.at);
	const attempts = attemptsOf(app.model, stage);
	const manifest = stage.manifest;
	return [
		h('div', { class: 'panel-head' }, h('h2', null, h('bdi', null, stage.name)),
			h('a', { class: 'icon close', href: linkTo(app.route.view, { ...rest, stage: null }), 'aria-label': 'close the panel', title: 'close (Escape)' }, '\u2715')),
		h('p', null, stateBadge(fact.state), fact.reason ? h('span', { class: 'faint' }, ` \u2013 ${fact.reason}`) : null),
		stage.description ? h('p', { class: 'faint' }, stage.description) : null,
		stage.tags.length ? h('p', { class: 'tags' }, stage.tags.map((tag) => h('span', { class: 'tag' }, tag))) : null,
		h('p', { class: 'links' },
			h('a', { href: linkTo('log', { source: stage.name }) }, 'Log'),
			h('a', { href: linkTo('graph', { stage: stage.name }) }, 'In the graph'),
			h('a', { href: linkTo('timeline', { stage: stage.name }) }, 'In the timeline')),
		notesOf(manifest, fact.state),
		resultsPart(app, stage),
		attempts.length ? attemptsPart(app, attempts) : h('p', { class: 'empty' }, manifest?.reason ?? 'It has never run.'),
		tailPart(stage),
		neighbours(app, 'Comes after', stage.needs),
		neighbours(app, 'Comes before', stage.feeds),
	];
}

/** What it made, with previews: first what belongs into the report.
 * @param {import('./app.js').App} app @param {Stage} stage */
function resultsPart(app, stage) {
	const results = resultsOf(stage).sort((a, b) => Number(isCaptioned(b)) - Number(isCaptioned(a)));
	if (!results.length) return null;
	return h('div', null, h('h3', null, 'Results'), more(results, 12, (one) => h('li', null, resultAt(app.model, one, results.indexOf(one) < AT_ONCE, 'panel'))));
}

/** @param {import('./types.js').Manifest | null} manifest @param {import('./states.js').State} state */
function notesOf(manifest, state) {
	const errors = manifest?.errors ?? [], warnings = manifest?.warnings ?? [];
	const rest = (manifest?.warning_count ?? 0) - warnings.length;
	if (!errors.length && !warnings.length) return null;
	return h('div', null, h('h3', null, 'Errors and warnings'),
		errors.map((one) => h('p', { class: `note ${state === 'allowed' ? state : 'error'}` }, h('span', { class: 'unseen' }, 'error: '), lines(noteText(one)))),
		warnings.map((one) => h('p', { class: 'note' }, h('span', { class: 'unseen' }, 'warning: '), lines(noteText(one)))),
		rest > 0 ? h('p', { class: 'note' }, `${plural(rest, 'more warning')} in its log`) : null);
}

/** @param {import('./app.js').App} app @param {string} head @param {number[]} ids */
function neighbours(app, head, ids) {
	if (!ids.length) return null;
	return h('div', null, h('h3', null, `${head} ${plural(ids.length, 'stage')}`), more(ids, 20,
		(id) => h('li', null, stageLink(app.model.stages[id].name, app.facts[id].state))));
}

/** A list of which the rest shows when one asks.
 * @template T @param {T[]} items @param {number} most @param {(item: T) => HTMLElement} make */
function more(items, most, make) {
	const list = h('ul', { class: 'list' }, items.slice(0, most).map(make));
	if (items.length > most) {
		const button = h('button', { type: 'button', class: 'toggle' }, `all ${plural(items.length, '').trim()}`);
		button.addEventListener('click', () => fill(list, items.map(make)));
		list.append(h('li', null, button));
	}
	return list;
}

/** @param {import('./app.js').App} app @param {Attempt[]} attempts */
function attemptsPart(app, attempts) {
	const box = h('div');
	let chosen = attemptFirst(app.model, attempts);
	const select = h('select', { 'aria-label': 'attempt' }, attempts.map((attempt, i) => {
		const option = h('option', { value: i }, `${runTime(attempt.run)}, attempt ${attempt.number}: ${
			attempt.state === 'done' ? 'succeeded' : STATES[attempt.state].word}`);
		option.selected = i === chosen;
		return option;
	}).reverse());
	const draw = () => fill(box, attemptPart(app, attempts[chosen], chosen ? attempts[chosen - 1] : null));
	select.addEventListener('change', () => {
		chosen = Number(select.value);
		draw();
	});
	draw();
	return h('div', null, h('h3', null, attempts.length > 1 ? `Attempts (${attempts.length})` : 'Attempt'),
		h('div', { class: 'attempts' }, select), box);
}

/** @param {import('./app.js').App} app @param {Attempt} attempt @param {Attempt | null} before */
function attemptPart(app, attempt, before) {
	const use = attempt.resources;
	const took = attempt.end === null ? null : attempt.end - attempt.start;
	const changes = before ? `, beside those of ${runTime(before.run)}` : '';
	return [
		h('dl', { class: 'figures facts' },
			took === null ? null : figure('Took', seconds(took)),
			attempt.exitCode === null && attempt.signal === null ? null
				: figure('Ended', exitText(attempt.exitCode, attempt.signal)),
			cpuSeconds(use) === null ? null : figure('CPU', seconds(cpuSeconds(use))),
			use.cpu_percent === undefined ? null : figure('CPU use', percent(use.cpu_percent)),
			use.memory_mb === undefined ? null : figure('Memory', megabytes(use.memory_mb)),
			use.read_mb === undefined ? null : figure('Read', megabytes(use.read_mb)),
			use.written_mb === undefined ? null : figure('Written', megabytes(use.written_mb)),
			gpuFigures(use), placeFigures(attempt.executor)),
		attempt.reasons.length ? h('div', null, h('h3', null, 'Why it ran'),
			h('ul', { class: 'list' }, attempt.reasons.map((reason) => h('li', null, reason.message)))) : null,
		attempt.command === null ? null : h('div', null, h('h3', null, 'Command'),
			before?.command && before.command !== attempt.command ? h('p', null, h('span', { class: 'change' }, 'changed')) : null,
			h('pre', { class: 'code', tabindex: '0', role: 'region', 'aria-label': 'command' }, lines(attempt.command))),
		phases(use),
		plots(attempt),
		settings(`Metrics${changes}`, attempt.metrics, before?.metrics),
		settings(`Config${changes}`, attempt.config, before?.config),
		settings(`Tools${changes}`, attempt.tools, before?.tools),
		files(app, `Inputs${changes}`, attempt.inputs, before?.inputs, attempt.inputsMore),
		files(app, `Outputs${changes}`, attempt.outputs, before?.outputs, attempt.outputsMore),
	];
}

/** Where it ran, if not where restage did.
 * @param {Attempt['executor']} executor */
function placeFigures(executor) {
	if (!executor) return [];
	return [
		figure('Ran on', [executor.host, executor.job_id && `job ${executor.job_id}`].filter(Boolean).join(', ') || executor.kind || ''),
		typeof executor.queued_seconds === 'number' ? figure('In the queue', seconds(executor.queued_seconds)) : null,
	];
}

/** @param {import('./types.js').Resources} use */
function gpuFigures(use) {
	const ids = Array.isArray(use.gpus) ? use.gpus.join(', ') : '', used = typeof use.gpu_used === 'string' ? use.gpu_used : '';
	const whose = use.gpu_scope === 'device' ? ' (of all that ran there)' : '';
	return [
		ids || used ? figure('GPU', [ids, used].filter(Boolean).join(': ')) : null,
		typeof use.gpu_percent === 'number' ? figure('GPU use', percent(use.gpu_percent) + whose) : null,
		typeof use.gpu_memory_mb === 'number' ? figure('GPU memory', megabytes(use.gpu_memory_mb) + whose) : null,
	];
}

/** @param {import('./types.js').Resources} use */
function phases(use) {
	const all = phasesOf(use);
	if (!all.length) return null;
	return h('div', null, h('h3', null, 'Phases'), h('table', { class: 'pairs phases' },
		h('thead', null, h('tr', null, ['Phase', 'Took', 'CPU', 'Memory'].map((head) => h('th', { scope: 'col' }, head)))),
		h('tbody', null, all.map((one) => h('tr', null, h('th', { scope: 'row' }, h('bdi', null, one.name)),
			h('td', { class: 'num' }, seconds(one.seconds)), h('td', { class: 'num' }, one.cpu === null ? '' : seconds(one.cpu)),
			h('td', { class: 'num' }, one.memory === null ? '' : megabytes(one.memory)))))));
}

/** @param {Attempt} attempt */
function plots(attempt) {
	const samples = attempt.samples;
	if (samples.length < 2) return null;
	const span = { from: 0, to: (attempt.end ?? samples[samples.length - 1].at) - attempt.start };
	/** @param {'memory' | 'cpu' | 'gpu' | 'gpuMemory'} of */
	const points = (of) => samples.filter((sample) => sample[of] !== null)
		.map((sample) => ({ at: sample.at - attempt.start, value: Number(sample[of]) }));
	const memory = points('memory'), cpu = points('cpu'), gpu = points('gpu'), gpuMemory = points('gpuMemory');
	return h('div', null, h('h3', null, 'While it ran'), memory.length > 1 ? plot('Memory', memory, megabytes, span) : null,
		cpu.length > 1 ? plot('CPU', cpu, percent, span) : null, gpu.length > 1 ? plot('GPU', gpu, percent, span) : null,
		gpuMemory.length > 1 ? plot('GPU memory', gpuMemory, megabytes, span) : null);
}

/** @param {string} head @param {Record<string, unknown> | null} now @param {Record<string, unknown> | null | undefined} before */
function settings(head, now, before) {
	const rows = compareSettings(now, before);
	if (!rows.length) return null;
	return h('div', null, h('h3', null, head), h('table', { class: 'pairs' }, h('tbody', null, rows.map((row) => h('tr', null,
		h('th', { scope: 'row' }, row.name),
		h('td', null, changeMark(row.change), row.change === 'changed' ? [h('span', { class: 'was' }, oneLine(row.before)), ' \u2192 '] : null,
			row.change === 'gone' ? h('span', { class: 'was' }, oneLine(row.before)) : oneLine(row.now)))))));
}

/** @param {import('./history.js').Change} change */
function changeMark(change) {
	return change === 'same' ? null : h('span', { class: `change ${change}` }, change);
}

/** @param {import('./app.js').App} app @param {string} head @param {import('./types.js').RecordFile[] | null} now
 * @param {import('./types.js').RecordFile[] | null | undefined} before @param {number} others */
function files(app, head, now, before, others) {
	const rows = compareFiles(now, before);
	if (!rows.length && !others) return null;
	const body = h('tbody');
	const draw = (/** @type {number} */ most) => fill(body, rows.slice(0, most).map((row) => h('tr', null,
		h('td', null, changeMark(row.change), row.change === 'gone' ? h('span', { class: 'was' }, row.path) : [fileLink(row.path), ' ', madeLink(app, row.path)]),
		h('td', { class: 'num', title: row.checksum }, row.change === 'changed' && row.sizeBefore !== null && row.sizeBefore !== row.size
			? [h('span', { class: 'was' }, bytes(row.sizeBefore)), ' '] : null, bytes(row.size)))));
	draw(MOST_FILES);
	const all = rows.length > MOST_FILES ? h('button', { type: 'button', class: 'toggle' }, `all ${rows.length}`) : null;
	all?.addEventListener('click', () => {
		draw(rows.length);
		all.remove();
	});
	return h('div', null, h('h3', null, head), h('table', { class: 'pairs' }, body), all,
		others ? h('p', { class: 'faint' }, `and ${plural(others, 'file')} more`) : null);
}

/** @param {Stage} stage */
function tailPart(stage) {
	const last = stage.log.split('\n').filter(Boolean).slice(-TAIL);
	if (!last.length) return null;
	return h('div', null, h('h3', null, 'End of its log'),
		h('pre', { class: 'code', tabindex: '0', role: 'region', 'aria-label': 'end of the log' },
			last.flatMap((line) => ansiLine(line.replace(/^\[[^\]]*\] \[[^\]]*\] /, '')))),
		h('p', null, h('a', { href: linkTo('log', { source: stage.name }) }, 'All of it')));
}
