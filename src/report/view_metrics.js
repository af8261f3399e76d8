/* The metrics of all stages: each with its trend over the runs, or the runs, or the jobs of the
 * pipeline, with their numbers and the parameters in which they differ. */
import { fill, h, later, s } from './dom.js';
import { plural, runTime } from './format.js';
import { changeOf, figureOf, jobsOf, metricsOf, paramIn, paramsOf } from './metrics.js';
import { successOf } from './model.js';
import { searchBox, stageLink, toggle } from './parts.js';

/** @typedef {import('./metrics.js').Metric} Metric */

const MOST = 500; /* rows; a search finds the others */
const MOST_COLUMNS = 40;

/** @param {import('./model.js').Model} model */
export function hasMetrics(model) {
	return model.stages.some((stage) => successOf(stage)?.metrics) || [...model.runs.values()].some((run) => run.attempts.some((one) => one.metrics));
}

/** @param {import('./app.js').App} app @returns {import('./app.js').View} */
export function viewMetrics(app) {
	let text = '', by = 'Trend';
	const search = searchBox('filter metrics', 'Filter: stage or metric', (value) => {
		text = value.trim().toLowerCase();
		soon();
	});
	const soon = later(draw, 80);
	const chips = h('div', { class: 'chips', role: 'group', 'aria-label': 'how metrics are shown' });
	const said = h('span', { class: 'faint', role: 'status' });
	const box = h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'metrics' });
	const element = h('section', { class: 'view', 'aria-label': 'metrics' }, h('div', { class: 'tools' }, search, chips, said), box);

	function draw() {
		const metrics = metricsOf(app.model), jobs = jobsOf(app.model, metrics);
		const all = by === 'By job' ? jobs.names : metrics.map((one) => `${one.stage}.${one.name}`);
		const isShown = all.map((name) => !text || name.toLowerCase().includes(text));
		const count = isShown.filter(Boolean).length;
		const most = by === 'Trend' ? MOST : MOST_COLUMNS;
		said.textContent = (count === all.length ? plural(all.length, 'metric') : `${count} of ${plural(all.length, 'metric')}`)
			+ (count > most ? `, the first ${most} are shown` : '')
			+ (by === 'By job' && jobs.more ? `; ${plural(jobs.more, 'older job')} not shown` : '');
		/** @template T @param {T[]} list @returns {T[]} */
		const chosen = (list) => list.filter((_, i) => isShown[i]).slice(0, most);
		fill(chips, ['Trend', 'By run', ...(jobs.rows.length > 1 ? ['By job'] : [])].map((name) => toggle(by === name, () => choose(name), name)));
		fill(box, by === 'By job' ? byJob(app, jobs, chosen(jobs.names)) : by === 'By run' ? byRun(app, chosen(metrics)) : trends(app, chosen(metrics)));
	}

	/** @param {string} wish */
	function choose(wish) {
		by = wish;
		draw();
		/** @type {HTMLElement | null} */ (chips.querySelector('[aria-pressed="true"]'))?.focus();
	}

	return { element, search, update(reason) {
		if (reason === 'data') draw();
	} };
}

/** @param {import('./app.js').App} app @param {Metric[]} metrics */
function trends(app, metrics) {
	return h('table', { class: 'metrics' }, h('thead', null, h('tr', null, ['Stage', 'Metric'].map((name) => h('th', { scope: 'col' }, name)),
		['Now', 'Before', 'Change'].map((name) => h('th', { scope: 'col', class: 'num' }, name)), h('th', { scope: 'col' }, 'Trend'))),
	h('tbody', null, metrics.map((metric) => {
		const last = metric.points.at(-1)?.value ?? null, now = metric.now ?? last;
		const before = metric.points.at(-2)?.value ?? null;
		return h('tr', null, h('td', null, stageLink(metric.stage, app.facts[app.model.byName.get(metric.stage)?.id ?? 0].state)),
			h('th', { scope: 'row' }, h('bdi', null, metric.name)), h('td', { class: 'num' }, now === null ? '' : figureOf(now)),
			h('td', { class: 'num' }, before === null ? '' : figureOf(before)),
			h('td', { class: 'num' }, before === null || now === null || before === now ? '' : changeOf(before, now)),
			h('td', null, spark(metric)));
	})));
}

const W = 120, H = 24, EDGE = 3;

/** A line through what the runs made; a word for who does not see it.
 * @param {Metric} metric */
function spark(metric) {
	const values = metric.points.map((point) => point.value);
	if (values.length < 2) return null;
	const least = Math.min(...values), span = Math.max(...values) - least;
	/** @param {number} i */
	const x = (i) => (EDGE + (i / (values.length - 1)) * (W - 2 * EDGE)).toFixed(1);
	/** @param {number} value */
	const y = (value) => (span ? EDGE + (1 - (value - least) / span) * (H - 2 * EDGE) : H / 2).toFixed(1);
	const told = `${plural(values.length, 'run')}: ${values.map(figureOf).join(', ')}`;
	return s('svg', { viewBox: `0 0 ${W} ${H}`, width: W, height: H, class: 'spark', role: 'img', 'aria-label': told },
		s('title', null, told), s('path', { d: values.map((value, i) => `${i ? 'L' : 'M'}${x(i)} ${y(value)}`).join('') }),
		s('circle', { cx: x(values.length - 1), cy: y(values[values.length - 1]), r: 2.5 }));
}

/** @param {import('./app.js').App} app @param {Metric[]} metrics */
function byRun(app, metrics) {
	const ids = new Set(metrics.flatMap((metric) => metric.points.map((point) => point.run)));
	const runs = [...app.model.runs.values()].filter((run) => ids.has(run.run));
	const params = paramsOf(runs.map((run) => run.begin?.params ?? {}));
	return h('table', { class: 'metrics by-run' }, h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Run'),
		params.map((name) => h('th', { scope: 'col' }, h('bdi', null, name))),
		metrics.map((metric) => h('th', { scope: 'col', class: 'num' }, h('bdi', null, `${metric.stage}.${metric.name}`))))),
	h('tbody', null, runs.reverse().map((run) => h('tr', null, h('th', { scope: 'row' }, runTime(run.run)),
		params.map((name) => h('td', null, h('bdi', null, paramIn(run.begin?.params, name)))),
		metrics.map((metric) => {
			const point = metric.points.find((one) => one.run === run.run);
			return h('td', { class: 'num' }, point ? figureOf(point.value) : '');
		})))));
}

/** @param {import('./app.js').App} app @param {import('./metrics.js').Jobs} jobs @param {string[]} names */
function byJob(app, jobs, names) {
	const params = paramsOf(jobs.rows.map((row) => row.params));
	return h('table', { class: 'metrics by-run by-job' }, h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Job'),
		params.map((name) => h('th', { scope: 'col' }, h('bdi', null, name))),
		names.map((name) => h('th', { scope: 'col', class: 'num' }, h('bdi', null, name))))),
	h('tbody', null, jobs.rows.map((row) => {
		const isThis = row.job === app.model.data.job;
		return h('tr', { 'aria-current': isThis ? 'true' : null }, h('th', { scope: 'row' }, h('bdi', null, row.job), isThis ? ' (this one)' : null),
			params.map((name) => h('td', null, h('bdi', null, paramIn(row.params, name)))),
			names.map((name) => h('td', { class: 'num' }, row.metrics.has(name) ? figureOf(Number(row.metrics.get(name))) : '')));
	})));
}
