/* When each stage ran: a row a stage with a bar an attempt, the critical path, and above them how many
 * ran at once and what they used together. */
import { fill, h, later } from './dom.js';
import { stepsOf } from './facts.js';
import { megabytes, percent, plural, seconds, tick, timeStep } from './format.js';
import { currentRun, isGoingOn } from './model.js';
import { empty, searchBox, stageLink, toggle } from './parts.js';
import { plot, sumOverTime } from './plot.js';
import { runSeconds } from './run.js';
import { STATES } from './states.js';
import { virtualNew } from './virtual.js';

/** @typedef {import('./run.js').Attempt} Attempt */

/** Between the end of one stage and the start of the next are moments in which fewer run: too short to
 * see, and not to be drawn.
 * @param {import('./plot.js').Point[]} points @param {number} shortest seconds */
function withoutGaps(points, shortest) {
	return points.filter((point, i) => {
		const next = points[i + 1], before = points[i - 1];
		return !next || !before || next.at - point.at >= shortest || point.value >= Math.min(next.value, before.value);
	});
}

/** @param {import('./app.js').App} app @returns {import('./app.js').View} */
export function viewTimeline(app) {
	let onlyCritical = false, text = '', zoom = 1, whole = 1;
	/** @type {{name: string, attempts: Attempt[]}[]} */
	let rowsShown = [];
	let critical = new Set(app.critical);

	const search = searchBox('filter the timeline', 'Filter stages', (value) => {
		text = value.trim().toLowerCase();
		soon();
	});
	const soon = later(refill, 80);
	const tools = h('div', { class: 'chips' });
	const said = h('span', { class: 'faint', role: 'status' });
	const plots = h('div', { class: 'plots' });
	const axis = h('div', { class: 'axis', 'aria-hidden': 'true' });
	const body = h('div', { class: 'gantt-rows' });
	const gantt = h('div', { class: 'gantt' }, axis, body);
	const scroller = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'timeline' }, plots, gantt);
	const none = empty('Nothing ran in this run');
	const element = h('section', { class: 'view', 'aria-label': 'timeline' }, h('div', { class: 'tools' }, search, tools, said), scroller, none);
	const rows = virtualNew(scroller, body, 26);

	function drawTools() {
		fill(tools, app.critical.length ? toggle(onlyCritical, () => {
			onlyCritical = !onlyCritical;
			drawTools();
			refill();
		}, 'Critical path') : null,
		h('button', { type: 'button', class: 'toggle', 'aria-label': 'stretch', onclick: () => stretch(2) }, '+'),
		h('button', { type: 'button', class: 'toggle', 'aria-label': 'shrink', onclick: () => stretch(0.5) }, '\u2212'));
	}

	/** @param {number} factor */
	function stretch(factor) {
		const middle = (scroller.scrollLeft + scroller.clientWidth / 2) / Math.max(1, scroller.scrollWidth);
		zoom = Math.min(256, Math.max(1, zoom * factor));
		drawAxis();
		scroller.scrollLeft = middle * scroller.scrollWidth - scroller.clientWidth / 2;
	}

	function drawAxis() {
		gantt.style.setProperty('--zoom', String(zoom));
		const room = Math.max(200, (scroller.clientWidth - 200) * zoom);
		const step = timeStep(whole, Math.max(2, room / 90));
		const ticks = [];
		for (let at = 0; at <= whole * 1.0001 && ticks.length < 2000; at += step)
			ticks.push(h('span', { '--at': `${(at / whole) * 100}%` }, tick(at)));
		fill(axis, h('div', { class: 'gantt-name' }), h('div', { class: 'track' }, ticks));
	}

	function drawPlots() {
		const run = currentRun(app.model);
		if (!run) return void fill(plots);
		const now = isGoingOn(app.model, run) ? run.last : null;
		const steps = withoutGaps(stepsOf(run.attempts, now).map((step) => ({ at: step.at, value: step.running })), whole / 500);
		const memory = sumOverTime(run.attempts, 'memory', run.last), cpu = sumOverTime(run.attempts, 'cpu', run.last);
		const span = { from: 0, to: whole, isStep: true };
		fill(plots, steps.length ? plot('Ran at once', steps, (value) => String(Math.round(value)), span) : null,
			memory.length > 1 ? plot('Memory of all', memory, megabytes, span) : null,
			cpu.length > 1 ? plot('CPU of all', cpu, percent, span) : null);
	}

	function refill() {
		const run = currentRun(app.model);
		const all = run ? [...run.stages].filter(([, stage]) => stage.attempts.length) : [];
		rowsShown = all.map(([name, stage]) => ({ name, attempts: stage.attempts }))
			.filter(({ name }) => (!onlyCritical || critical.has(app.model.byName.get(name)?.id ?? -1)) &&
				(!text || name.toLowerCase().includes(text)))
			.sort((a, b) => a.attempts[0].start - b.attempts[0].start);
		const length = app.critical.reduce((sum, id) => sum + (app.facts[id].seconds ?? 0), 0);
		said.textContent = onlyCritical || rowsShown.length === all.length
			? (app.critical.length ? `Critical path: ${plural(app.critical.length, 'stage')}, ${seconds(length)} of ${seconds(whole)}` : '')
			: `${rowsShown.length} of ${plural(all.length, 'stage')}`;
		none.hidden = all.length > 0;
		scroller.hidden = !all.length;
		rows.set({ count: rowsShown.length, render });
	}

	/** @param {number} i */
	function render(i) {
		const { name, attempts } = rowsShown[i];
		const stage = app.model.byName.get(name);
		const isCritical = critical.has(stage?.id ?? -1);
		const run = currentRun(app.model);
		return h('div', { class: `gantt-row${isCritical ? ' critical' : ''}`, 'data-stage': name,
			'aria-current': app.route.at.get('stage') === name ? 'true' : null },
		h('div', { class: 'gantt-name', title: name }, stageLink(name, stage ? app.facts[stage.id].state : attempts[0].state),
			isCritical ? h('span', { class: 'unseen' }, ', on the critical path') : null),
		h('div', { class: 'track' }, attempts.map((attempt) => {
			const end = attempt.end ?? run?.last ?? attempt.start, took = end - attempt.start;
			const says = `${STATES[attempt.state].word}, from ${tick(attempt.start)}, took ${seconds(took)}`;
			return h('span', { class: `gantt-bar ${attempt.state}`, '--from': `${(attempt.start / whole) * 100}%`,
				'--long': `${(took / whole) * 100}%`, title: says },
			h('span', { class: (attempt.start + end) / 2 > whole * 0.7 ? 'took left' : 'took' }, seconds(took)), h('span', { class: 'unseen' }, says));
		})));
	}

	return {
		element,
		search,
		update(reason) {
			const run = currentRun(app.model);
			whole = Math.max(1e-6, run ? Math.max(runSeconds(run), ...run.attempts.slice(-1).map((one) => one.end ?? 0)) : 1);
			critical = new Set(app.critical);
			if (reason === 'data') {
				drawTools();
				refill();
				drawPlots();
				drawAxis();
			} else refill();
			const name = app.route.at.get('stage');
			const at = name === null ? -1 : rowsShown.findIndex((row) => row.name === name);
			if (reason === 'route' && at >= 0) rows.show(at);
		},
	};
}
