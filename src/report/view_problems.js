/* What went wrong and what was warned of, most serious first. */
import { ansiLine } from './ansi.js';
import { fill, h, later } from './dom.js';
import { plural, tick } from './format.js';
import { attemptIn, currentRun, manifestIsOfRun } from './model.js';
import { empty, noteText, searchBox, stageLink } from './parts.js';
import { linkTo } from './route.js';
import { isFailure, STATES } from './states.js';

/** @typedef {{stage: string | null, kind: 'failure' | 'error' | 'allowed' | 'warning', text: string, tail: string[], at: number | null}} Problem */

const MOST = 200;

/** @param {import('./app.js').App} app @returns {Problem[]} */
export function problemsOf(app) {
	/** @type {Problem[]} */
	const failures = [], /** @type {Problem[]} */ errors = [], /** @type {Problem[]} */ allowed = [], /** @type {Problem[]} */ warnings = [];
	const told = new Set();
	for (const fact of app.facts) {
		const { stage, state } = fact, attempt = attemptIn(app.model, stage);
		const manifest = manifestIsOfRun(app.model, stage) || state === 'fresh' ? stage.manifest : null;
		const said = (manifest?.errors ?? []).map(noteText); /* of an allowed failure part of it, not errors of their own */
		if (isFailure(state) || state === 'interrupted')
			(state === 'allowed' ? allowed : failures).push({ stage: stage.name, kind: state === 'allowed' ? 'allowed' : 'failure', at: attempt?.end ?? null,
				text: `${STATES[state].word}${fact.reason ? ': ' + fact.reason : ''}${state === 'allowed' ? said.map((one) => '\n' + one).join('') : ''}`,
				tail: attempt?.tail.length ? attempt.tail : stage.log.split('\n').filter(Boolean).slice(-8) });
		for (const one of said) {
			told.add(`${stage.name}\n${one}`);
			if (state !== 'allowed') errors.push({ stage: stage.name, kind: 'error', text: one, tail: [], at: attempt?.end ?? null });
		}
		for (const entry of manifest?.warnings ?? []) {
			told.add(`${stage.name}\n${noteText(entry)}`);
			warnings.push({ stage: stage.name, kind: 'warning', text: noteText(entry), tail: [], at: attempt?.end ?? null });
		}
	}
	for (const note of currentRun(app.model)?.notes ?? []) {
		if (told.has(`${note.stage}\n${note.text}`)) continue;
		if (note.level === 'ERROR') errors.push({ ...note, kind: 'error', tail: [] });
		if (note.level === 'WARNING') warnings.push({ ...note, kind: 'warning', tail: [] });
	}
	/** @type {Map<string | null, number>} */
	const listed = new Map();
	for (const one of warnings) listed.set(one.stage, (listed.get(one.stage) ?? 0) + 1);
	for (const { stage, warnings: all } of app.facts) { /* a tool may put out thousands: a manifest lists the first hundred */
		const more = all - (listed.get(stage.name) ?? 0);
		if (more > 0) warnings.push({ stage: stage.name, kind: 'warning', text: `${plural(more, 'more warning')} in its log`, tail: [], at: null });
	}
	return [...failures, ...errors, ...allowed, ...warnings];
}

const WORDS = { failure: '\u2716 Failure', error: '\u2716 Error', allowed: '\u25b2 Allowed failure', warning: '\u25b2 Warning' };

/** @param {import('./app.js').App} app @returns {import('./app.js').View} */
export function viewProblems(app) {
	let text = '', most = MOST;
	/** @type {string | null} */
	let of = null;
	const search = searchBox('filter problems', 'Filter', (value) => {
		text = value.trim().toLowerCase();
		soon();
	});
	const soon = later(refill, 80);
	const said = h('span', { class: 'faint', role: 'status' });
	const chosen = h('span');
	const list = h('ul', { class: 'problems' });
	const scroller = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'problems' }, list);
	const element = h('section', { class: 'view', 'aria-label': 'problems' }, h('div', { class: 'tools' }, search, chosen, said), scroller);

	function refill() {
		const all = problemsOf(app);
		const shown = all.filter((one) => (of === null || one.stage === of) &&
			(!text || one.text.toLowerCase().includes(text) || (one.stage ?? '').toLowerCase().includes(text)));
		/** @param {Problem['kind']} kind */
		const many = (kind) => shown.filter((one) => one.kind === kind).length;
		said.textContent = [plural(many('failure'), 'failure'), plural(many('error'), 'error'), many('allowed') ? `${many('allowed')} allowed` : '',
			plural(many('warning'), 'warning')].filter(Boolean).join(', ');
		fill(chosen, of === null ? null : h('a', { class: 'toggle', href: linkTo('problems', { stage: app.route.at.get('stage') }) }, `only ${of} \u2715`));
		if (!shown.length) return void fill(list, h('li', null, empty(all.length ? 'Nothing matches' : 'No errors and no warnings')));
		fill(list, shown.slice(0, most).map(row), shown.length > most ? h('li', null, h('button', { type: 'button', class: 'toggle', onclick: () => {
			most *= 5;
			refill();
		} }, `${shown.length - most} more`)) : null);
	}

	/** @param {Problem} one */
	function row(one) {
		return h('li', { class: `problem ${one.kind}` },
			h('p', { class: 'problem-head' }, h('b', null, WORDS[one.kind]), ' ',
				one.stage === null ? 'the run' : stageLink(one.stage),
				one.at === null ? null : h('span', { class: 'faint' }, ` at ${tick(Math.round(one.at * 10) / 10)}`),
				one.stage === null ? null : h('a', { class: 'to-log', href: linkTo('log', { source: one.stage }) }, 'log')),
			h('p', { class: 'problem-text' }, one.text.split('\n').flatMap(ansiLine)),
			one.tail.length ? h('pre', { class: 'code', tabindex: '0', role: 'region', 'aria-label': `last lines of ${one.stage}` },
				one.tail.flatMap(ansiLine)) : null);
	}

	return {
		element,
		search,
		update() {
			of = app.route.at.get('of');
			refill();
		},
	};
}

