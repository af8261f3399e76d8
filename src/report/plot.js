/* A small plot of one quantity over time: a line over a faint area, a scale of two figures. */
import { h, s } from './dom.js';
import { roundStep, tick, timeStep } from './format.js';

const W = 400, H = 76, LEFT = 52, RIGHT = 8, TOP = 8, BOTTOM = 18;

/** @typedef {{at: number, value: number}} Point */

/** @param {string} name what a reader is told @param {Point[]} points in order of time
 * @param {(value: number) => string} say @param {{from: number, to: number, isStep?: boolean}} span
 * @returns {HTMLElement} */
export function plot(name, points, say, span) {
	const most = points.reduce((best, point) => Math.max(best, point.value), 0);
	const step = roundStep(most || 1, 2), top = Math.max(step, Math.ceil(most / step) * step);
	const wide = Math.max(1e-9, span.to - span.from);
	/** @param {number} at */
	const x = (at) => LEFT + ((at - span.from) / wide) * (W - LEFT - RIGHT);
	/** @param {number} value */
	const y = (value) => TOP + (1 - value / top) * (H - TOP - BOTTOM);
	let line = '';
	for (const [i, point] of points.entries()) {
		const px = x(point.at).toFixed(1), py = y(point.value).toFixed(1);
		line += i === 0 ? `M${px} ${py}` : span.isStep ? `H${px}V${py}` : `L${px} ${py}`;
	}
	const first = points[0], last = points[points.length - 1];
	const area = first ? `${line}${span.isStep ? `H${x(span.to).toFixed(1)}` : ''}V${y(0)}H${x(first.at).toFixed(1)}Z` : '';
	const svg = s('svg', { viewBox: `0 0 ${W} ${H}`, class: 'plot', role: 'img',
		'aria-label': first ? `${name}: at most ${say(most)}, ${say(last.value)} at the end` : `${name}: not known` });
	for (let value = 0; value <= top + step / 2; value += step)
		svg.append(s('line', { class: 'grid', x1: LEFT, x2: W - RIGHT, y1: y(value), y2: y(value) }),
			s('text', { x: LEFT - 6, y: y(value) + 3.5, 'text-anchor': 'end' }, say(value)));
	const ticks = timeStep(wide, 5);
	for (let at = Math.ceil(span.from / ticks) * ticks; at <= span.to + 1e-9; at += ticks)
		svg.append(s('text', { x: x(at), y: H - 3, 'text-anchor': 'middle' }, tick(at)));
	svg.append(s('path', { class: 'area', d: area }), s('path', { class: 'curve', d: line }));
	return h('figure', { class: 'plot-box' }, h('figcaption', null, name, ' ', h('b', null, say(most))), svg);
}

/** From the least to the most, a box around the middle half, a line at the median. Words beside it say
 * the same.
 * @param {import('./spread.js').Spread} spread */
export function boxPlot(spread) {
	/** @param {number} value */
	const x = (value) => (1 + (value / (spread.most || 1)) * 88).toFixed(1);
	return s('svg', { viewBox: '0 0 90 14', width: 90, height: 14, class: 'box-plot', 'aria-hidden': 'true', focusable: 'false' },
		s('path', { d: `M${x(spread.least)} 7H${x(spread.most)}M${x(spread.least)} 4V10M${x(spread.most)} 4V10` }),
		s('rect', { x: x(spread.low), y: 2.5, width: Math.max(1, Number(x(spread.high)) - Number(x(spread.low))), height: 9 }),
		s('path', { class: 'median', d: `M${x(spread.median)} 1V13` }));
}

/** Sums of what several attempts used at the same time, from their samples: each counts from one
 * sample to its next, or to its end.
 * @param {import('./run.js').Attempt[]} attempts @param {'memory' | 'cpu' | 'gpu'} of @param {number} now
 * @returns {Point[]} */
export function sumOverTime(attempts, of, now) {
	/** @type {{at: number, by: number}[]} */
	const marks = [];
	for (const attempt of attempts) {
		let had = 0;
		for (const sample of attempt.samples) {
			const value = sample[of];
			if (value === null) continue;
			marks.push({ at: sample.at, by: value - had });
			had = value;
		}
		if (had) marks.push({ at: attempt.end ?? now, by: -had });
	}
	marks.sort((a, b) => a.at - b.at);
	/** @type {Point[]} */
	const points = [];
	let sum = 0;
	for (const { at, by } of marks) {
		sum += by;
		const last = points[points.length - 1];
		if (last && at - last.at < 1e-9) last.value = Math.max(0, sum);
		else points.push({ at, value: Math.max(0, sum) });
	}
	return thin(points, 1200);
}

/** At most so many points: of each stretch of time its highest.
 * @param {Point[]} points @param {number} most */
export function thin(points, most) {
	if (points.length <= most) return points;
	const first = points[0].at, wide = points[points.length - 1].at - first;
	/** @type {Point[]} */
	const kept = [];
	let stretch = -1;
	for (const point of points) {
		const now = Math.floor(((point.at - first) / wide) * most);
		if (now !== stretch) kept.push({ ...point });
		else kept[kept.length - 1].value = Math.max(kept[kept.length - 1].value, point.value);
		stretch = now;
	}
	return kept;
}
