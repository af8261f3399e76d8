/* When each stage ran: a row a stage with a bar an attempt, the critical path, and above them how many
 * ran at once and what they used together. Many instances of a section are one row, which tells how
 * long they took and unfolds. */
import { fill, h, later } from './dom.js';
import { phasesOf, stepsOf } from './facts.js';
import { megabytes, percent, plural, seconds, tick, timeStep } from './format.js';
import { currentRun, isGoingOn, isMade } from './model.js';
import { empty, FOLD_FROM, searchBox, stageLink, toggle } from './parts.js';
import { boxPlot, plot, sumOverTime, thin } from './plot.js';
import { runSeconds } from './run.js';
import { spreadOf } from './spread.js';
import { isFailure, STATES } from './states.js';
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

const MOST_POINTS = 400; /* of a curve: more have no place of their own */
const MOST_MARKS = 100; /* in one bar: of failed and slow instances, of phases */

/** Of one stage; or the head of a section, whose stages follow when it is open.
 * @typedef {{name: string, section: string, attempts: Attempt[], isSlow: boolean, members: null}} StageRow
 * @typedef {{name: string, section: string, members: StageRow[], spread: import('./spread.js').Spread}} SectionRow */

/** @param {Attempt} attempt @param {number} now */
function took(attempt, now) {
	return (attempt.end ?? now) - attempt.start;
}

/** @param {import('./app.js').App} app @returns {import('./app.js').View} */
export function viewTimeline(app) {
	let onlyCritical = false, text = '', zoom = 1, whole = 1;
	/** What the reader chose; null: as many rows decide. @type {boolean | null} */
	let folds = null;
	/** @type {Set<string>} */
	const opened = new Set();
	/** @type {(StageRow | SectionRow)[]} */
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

	/** @param {boolean} canFold @param {boolean} isFolded */
	function drawTools(canFold, isFolded) {
		fill(tools, canFold ? toggle(isFolded, () => {
			folds = !isFolded;
			opened.clear();
			refill();
		}, 'Fold instances') : null,
		app.critical.length ? toggle(onlyCritical, () => {
			onlyCritical = !onlyCritical;
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
		if (!run || isMade(app.model)) return void fill(plots);
		const now = isGoingOn(app.model, run) ? run.last : null;
		const steps = thin(withoutGaps(stepsOf(run.attempts, now).map((step) => ({ at: step.at, value: step.running })), whole / 500), MOST_POINTS);
		const memory = sumOverTime(run.attempts, 'memory', run.last), cpu = sumOverTime(run.attempts, 'cpu', run.last);
		const gpu = sumOverTime(run.attempts, 'gpu', run.last);
		const span = { from: 0, to: whole, isStep: true };
		fill(plots, steps.length ? plot('Ran at once', steps, (value) => String(Math.round(value)), span) : null,
			memory.length > 1 ? plot('Memory of all', memory, megabytes, span) : null,
			cpu.length > 1 ? plot('CPU of all', cpu, percent, span) : null,
			gpu.length > 1 ? plot('GPUs of all', gpu, percent, span) : null);
	}

	function refill() {
		const run = currentRun(app.model);
		const all = run ? [...run.stages].filter(([, stage]) => stage.attempts.length) : [];
		const stages = all.map(([name, stage]) => rowOf(name, stage.attempts))
			.filter(({ name }) => (!onlyCritical || critical.has(app.model.byName.get(name)?.id ?? -1)) &&
				(!text || name.toLowerCase().includes(text)))
			.sort((a, b) => a.attempts[0].start - b.attempts[0].start);
		const sections = sectionsOf(stages);
		const canFold = sections.size > 0 && !text && !onlyCritical;
		const isFolded = canFold && (folds ?? stages.length > FOLD_FROM);
		/** @type {Set<string>} */
		const seen = new Set();
		rowsShown = !isFolded ? stages : stages.flatMap((row) => {
			const section = sections.get(row.section);
			if (!section) return [row];
			if (seen.has(row.section)) return [];
			seen.add(row.section);
			return opened.has(row.section) ? [section, ...section.members] : [section];
		});
		drawTools(canFold, isFolded);
		const length = app.critical.reduce((sum, id) => sum + (app.facts[id].seconds ?? 0), 0);
		said.textContent = onlyCritical || stages.length === all.length
			? (app.critical.length ? `Critical path: ${plural(app.critical.length, 'stage')}, ${seconds(length)} of ${seconds(whole)}` : '')
			: `${stages.length} of ${plural(all.length, 'stage')}`;
		if (isMade(app.model)) said.textContent += ' \u2013 as if each stage began when what it needs was there';
		none.hidden = all.length > 0;
		scroller.hidden = !all.length;
		rows.set({ count: rowsShown.length, render });
	}

	/** @param {string} name @param {Attempt[]} attempts @returns {StageRow} */
	function rowOf(name, attempts) {
		const section = app.model.byName.get(name)?.section ?? name;
		return { name, section, attempts, isSlow: false, members: null };
	}

	/** The sections of which several stages ran, with what their instances took; tells those which are
	 * slow that they are.
	 * @param {StageRow[]} stages @returns {Map<string, SectionRow>} */
	function sectionsOf(stages) {
		/** @type {Map<string, StageRow[]>} */
		const bySection = new Map();
		for (const row of stages) {
			const members = bySection.get(row.section);
			if (members) members.push(row);
			else bySection.set(row.section, [row]);
		}
		/** @type {Map<string, SectionRow>} */
		const sections = new Map();
		for (const [section, members] of bySection) {
			if (members.length < 2) continue;
			const spread = spreadOf(members.map(lastTook));
			for (const row of members) row.isSlow = members.length > 3 && lastTook(row) > spread.limit;
			sections.set(section, { name: section, section, members, spread });
		}
		return sections;
	}

	/** @param {StageRow} row */
	function lastTook(row) {
		return took(row.attempts[row.attempts.length - 1], currentRun(app.model)?.last ?? 0);
	}

	/** @param {number} i */
	function render(i) {
		const row = rowsShown[i];
		return row.members ? renderSection(row) : renderStage(row);
	}

	/** The time in which instances of a section ran, with marks for those that failed or are slow, and
	 * in it how long most took, and which took longest.
	 * @param {SectionRow} row */
	function renderSection({ name, members, spread }) {
		const now = currentRun(app.model)?.last ?? 0, isOpen = opened.has(name);
		const attempts = members.flatMap((one) => one.attempts);
		const from = attempts.reduce((least, one) => Math.min(least, one.start), Infinity);
		const to = attempts.reduce((most, one) => Math.max(most, one.end ?? now), from);
		const slow = members.filter((one) => one.isSlow).length;
		const longest = members.reduce((most, one) => (lastTook(one) > lastTook(most) ? one : most));
		const told = members.filter((one) => one.isSlow || isFailure(one.attempts[one.attempts.length - 1].state));
		const button = h('button', { type: 'button', class: 'opens', 'aria-expanded': String(isOpen), title: name, onclick: () => {
			if (!opened.delete(name)) opened.add(name);
			refill();
			const again = gantt.querySelector(`[data-section="${CSS.escape(name)}"] button`);
			if (again instanceof HTMLElement) again.focus({ preventScroll: true });
		} }, h('bdi', null, name), ` \u00d7${members.length}`);
		return h('div', { class: 'gantt-row section', 'data-section': name },
			h('div', { class: 'gantt-name' }, button),
			h('div', { class: 'track' },
				h('span', { class: 'gantt-band', '--from': `${(from / whole) * 100}%`, '--long': `${((to - from) / whole) * 100}%` }),
				told.slice(0, MOST_MARKS).map((one) => {
					const last = one.attempts[one.attempts.length - 1];
					return h('span', { class: `gantt-mark ${isFailure(last.state) ? last.state : 'slow'}`, '--from': `${(last.start / whole) * 100}%`,
						'--long': `${(took(last, now) / whole) * 100}%` });
				}),
				h('span', { class: 'spread' },
					boxPlot(spread), `median ${seconds(spread.median)}, half of them ${seconds(spread.low)} to ${seconds(spread.high)}`,
					slow ? h('b', null, `, ${slow} slow`) : null, ', longest ', stageLink(longest.name), ` ${seconds(spread.most)}`)));
	}

	/** The parts that the stage told of itself, in its bar. A run that was put together has no one beginning.
	 * @param {Attempt} attempt @param {number} long @param {import('./run.js').Run | null} run */
	function phases(attempt, long, run) {
		const begun = Date.parse(String(run?.begin?.time)) / 1000 + attempt.start;
		if (isMade(app.model) || !(long > 0) || Number.isNaN(begun)) return [];
		return phasesOf(attempt.resources).slice(0, MOST_MARKS).map((one) => {
			const from = Math.min(long, Math.max(0, one.from - begun)), part = Math.min(one.seconds, long - from);
			return h('span', { class: 'gantt-phase', '--from': `${(from / long) * 100}%`, '--long': `${(part / long) * 100}%`,
				title: `${one.name}, took ${seconds(one.seconds)}` });
		});
	}

	/** @param {StageRow} row */
	function renderStage({ name, attempts, isSlow }) {
		const stage = app.model.byName.get(name);
		const isCritical = critical.has(stage?.id ?? -1);
		const run = currentRun(app.model);
		return h('div', { class: `gantt-row${isCritical ? ' critical' : ''}${isSlow ? ' slow' : ''}`, 'data-stage': name,
			'aria-current': app.route.at.get('stage') === name ? 'true' : null },
		h('div', { class: 'gantt-name', title: name }, stageLink(name, stage ? app.facts[stage.id].state : attempts[0].state),
			isCritical ? h('span', { class: 'unseen' }, ', on the critical path') : null),
		h('div', { class: 'track' }, attempts.map((attempt) => {
			const end = attempt.end ?? run?.last ?? attempt.start, long = end - attempt.start;
			const says = `${STATES[attempt.state].word}, from ${tick(attempt.start)}, took ${seconds(long)}`;
			return h('span', { class: `gantt-bar ${attempt.state}`, '--from': `${(attempt.start / whole) * 100}%`,
				'--long': `${(long / whole) * 100}%`, title: says },
			phases(attempt, long, run),
			h('span', { class: (attempt.start + end) / 2 > whole * 0.7 ? 'took left' : 'took' }, seconds(long),
				isSlow && attempt === attempts[attempts.length - 1] ? h('b', null, ' slow') : null), h('span', { class: 'unseen' }, says));
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
				refill();
				drawPlots();
				drawAxis();
			} else refill();
			const name = app.route.at.get('stage');
			const section = name === null ? undefined : app.model.byName.get(name)?.section;
			if (reason === 'route' && section && !opened.has(section)) {
				opened.add(section);
				refill();
			}
			const at = name === null ? -1 : rowsShown.findIndex((row) => !row.members && row.name === name);
			if (reason === 'route' && at >= 0) rows.show(at);
		},
	};
}
