/* The head of the page: what, when, how it ended, and the sums. */
import { fill, h } from './dom.js';
import { tally } from './facts.js';
import { count, money, plural, runTime, seconds, when } from './format.js';
import { MADE } from './made.js';
import { currentRun, isGoingOn, isMade } from './model.js';
import { figure } from './parts.js';
import { linkTo } from './route.js';
import { runOutcome } from './run.js';
import { shape, STATES } from './states.js';

/** @type {Record<string, {state: import('./states.js').State, word: string}>} */
const OUTCOMES = {
	success: { state: 'done', word: 'succeeded' },
	failed: { state: 'failed', word: 'failed' },
	interrupted: { state: 'interrupted', word: 'interrupted' },
	error: { state: 'failed', word: 'stopped by an error' },
	running: { state: 'running', word: 'running' },
	killed: { state: 'interrupted', word: 'was killed, or still runs' },
};

/** @param {import('./app.js').App} app @param {HTMLElement} header */
export function drawHeader(app, header) {
	const { model, totals, facts } = app;
	const { data } = model;
	const run = currentRun(model);
	const outcome = isMade(model) ? madeOutcome(facts) : run ? (OUTCOMES[runOutcome(run, isGoingOn(model, run))] ?? OUTCOMES.error) : null;
	const focused = header.contains(document.activeElement) ? document.activeElement?.id : '';
	fill(header,
		h('div', { class: 'title' },
			h('h1', null, h('bdi', null, data.pipeline ?? data.job ?? 'restage'),
				data.job && data.job !== data.pipeline ? h('span', { class: 'job' }, ' / ', h('bdi', null, data.job)) : null),
			outcome ? h('p', { class: `outcome ${outcome.state}`, role: 'status' }, shape(outcome.state, 16), ' ', outcome.word)
				: h('p', { class: 'outcome' }, 'has never run'),
			h('div', { class: 'corner' }, app.status ? h('span', { class: 'live', role: 'status' }, app.status) : null,
				runPicker(app), themeButton())),
		data.description ? h('p', { class: 'about' }, data.description) : null,
		run?.end?.error ? h('p', { class: 'error-line' }, shape('failed'), ' ', run.end.error) : null,
		h('dl', { class: 'figures' },
			isMade(model) ? figure('All stages', seconds(facts.reduce((sum, fact) => sum + (fact.seconds ?? 0), 0)), 'what the last successes of all stages took together') : null,
			isMade(model) ? figure('Longest chain', seconds(totals.seconds), 'what a run of all stages takes at least') : null,
			run && !isMade(model) ? figure('Began', when(run.begin?.time) || runTime(run.run)) : null,
			totals.seconds === null || isMade(model) ? null : figure('Run time', seconds(totals.seconds)),
			totals.saved && !isMade(model) ? figure('Saved', seconds(totals.saved), 'what the stages that did not have to run took when they last ran') : null,
			totals.cpu ? figure('CPU', seconds(totals.cpu), 'processor time of all stages that ran') : null,
			totals.atOnce && !isMade(model) ? figure('At once', `${totals.atOnce}${run?.processors ? ` of ${run.processors} CPUs` : ''}`,
				'the most stages that ran at the same time') : null,
			totals.costs ? figure('Cost', money(totals.costs)) : null,
			totals.warnings ? figure('Warnings', h('a', { href: linkTo('problems') }, count(totals.warnings))) : null,
			data.generated_at && !model.isLive ? figure('Report of', when(data.generated_at), `made by restage ${data.version ?? ''}`) : null),
		strip(tally(facts), facts.length));
	if (focused) document.getElementById(focused)?.focus();
}

/** @param {import('./facts.js').Fact[]} facts @returns {{state: import('./states.js').State, word: string}} */
function madeOutcome(facts) {
	const made = facts.filter((fact) => fact.attempts).length;
	return { state: made === facts.length ? 'done' : 'stale', word: made === facts.length ? 'as made: the last success of each stage'
		: `as made: ${made} of ${plural(facts.length, 'stage')}` };
}

/** The stages by state as one line, each part as long as it is many.
 * @param {{state: import('./states.js').State, count: number}[]} parts @param {number} all */
function strip(parts, all) {
	return h('div', { class: 'strip' },
		h('div', { class: 'strip-bar', 'aria-hidden': 'true' },
			parts.map(({ state, count: many }) => h('i', { class: state, 'width%': (many / Math.max(1, all)) * 100 }))),
		h('ul', { class: 'strip-key', 'aria-label': plural(all, 'stage') },
			parts.map(({ state, count: many }) => h('li', null,
				h('a', { href: linkTo('stages', { state }), title: STATES[state].about }, shape(state, 13), ' ', count(many), ' ', STATES[state].word)))));
}

/** @param {import('./app.js').App} app */
function runPicker(app) {
	const { model } = app;
	if (!model.runs.size) return null;
	const made = h('option', { value: MADE }, 'The job as made');
	made.selected = isMade(model);
	const select = h('select', { id: 'run-picker', 'aria-label': 'run' }, [...model.runs.values()].reverse().map((run, i) => {
		const option = h('option', { value: run.run },
			`${runTime(run.run)}${i ? '' : ' (last)'}${run.end && run.end.outcome !== 'success' ? ` \u2013 ${run.end.outcome}` : ''}`);
		option.selected = run.run === model.current;
		return option;
	}), made);
	select.addEventListener('change', () => {
		model.current = select.value;
		app.changed();
	});
	return select;
}

const THEMES = [
	{ id: '', sign: '\u25d0', word: 'as the system' },
	{ id: 'light', sign: '\u2600\ufe0e', word: 'light' },
	{ id: 'dark', sign: '\u263e\ufe0e', word: 'dark' },
];

function themeNow() {
	return document.documentElement.dataset.theme ?? '';
}

/** @param {string} id */
export function setTheme(id) {
	if (id) document.documentElement.dataset.theme = id;
	else delete document.documentElement.dataset.theme;
	try {
		localStorage.setItem('restage-theme', id);
	} catch {
		/* a page from disk may not be allowed to keep anything */
	}
}

export function restoreTheme() {
	try {
		setTheme(localStorage.getItem('restage-theme') ?? '');
	} catch {
		/* as above */
	}
}

function themeButton() {
	const button = h('button', { type: 'button', id: 'theme', class: 'icon' });
	const draw = () => {
		const theme = THEMES.find((one) => one.id === themeNow()) ?? THEMES[0];
		fill(button, h('span', { 'aria-hidden': 'true' }, theme.sign));
		button.setAttribute('aria-label', `colours: ${theme.word}`);
		button.title = `colours: ${theme.word}`;
	};
	button.addEventListener('click', () => {
		const i = THEMES.findIndex((one) => one.id === themeNow());
		setTheme(THEMES[(i + 1) % THEMES.length].id);
		draw();
	});
	draw();
	return button;
}
