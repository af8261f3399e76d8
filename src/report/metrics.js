/* The numbers of stages over the runs that the data has, and those that hold now. */
import { successOf } from './model.js';

/** @typedef {{run: string, value: number}} Point */

/** A metric of a stage: what each run that made it made of it, oldest first, and what it is now.
 * @typedef {{stage: string, name: string, points: Point[], now: number | null}} Metric */

/** Numbers by name, those in objects by dotted names.
 * @param {unknown} object @param {string} [before] @returns {[string, number][]} */
export function numbersOf(object, before = '') {
	if (!object || typeof object !== 'object' || Array.isArray(object) || before.length > 400) return [];
	return Object.entries(object).flatMap(([name, value]) => (typeof value === 'number' ? [/** @type {[string, number]} */ ([before + name, value])]
		: numbersOf(value, `${before}${name}.`)));
}

/** In order of the stages' definition. Of a stage whose numbers hold now no run may be in the data.
 * @param {import('./model.js').Model} model @returns {Metric[]} */
export function metricsOf(model) {
	/** @type {Metric[]} */
	const all = [];
	for (const stage of model.stages) {
		/** @type {Map<string, Metric>} */
		const own = new Map();
		/** @param {string} name */
		const of = (name) => {
			let metric = own.get(name);
			if (!metric) own.set(name, (metric = { stage: stage.name, name, points: [], now: null }));
			return metric;
		};
		const success = successOf(stage);
		for (const [name, value] of numbersOf(success?.metrics)) of(name).now ??= value;
		for (const run of model.runs.values()) {
			const attempt = run.stages.get(stage.name)?.attempts.findLast((one) => one.state === 'done');
			for (const [name, value] of numbersOf(attempt?.metrics)) of(name).points.push({ run: run.run, value });
		}
		const began = success?.run;
		if (began && !model.runs.has(began))
			for (const metric of own.values())
				if (metric.now !== null && !metric.points.length) metric.points.push({ run: began, value: metric.now });
		all.push(...own.values());
	}
	return all;
}

/** A number as people read it: as many digits as tell it from its neighbours.
 * @param {number} value */
export function figureOf(value) {
	return String(Number(value.toPrecision(6)));
}

/** How much more or less, in per cent where that means something.
 * @param {number} before @param {number} now */
export function changeOf(before, now) {
	const by = now - before, sign = by > 0 ? '+' : '';
	return before ? `${sign}${figureOf(Number(((100 * by) / Math.abs(before)).toPrecision(3)))}%` : `${sign}${figureOf(by)}`;
}

/** Parameters that were not the same in all of these runs.
 * @param {import('./run.js').Run[]} runs */
export function paramsOf(runs) {
	/** @type {Map<string, Set<string>>} */
	const values = new Map();
	for (const run of runs)
		for (const name of Object.keys(run.begin?.params ?? {})) values.set(name, new Set());
	for (const [name, seen] of values)
		for (const run of runs) seen.add(String(run.begin?.params?.[name] ?? ''));
	return [...values].filter(([, seen]) => seen.size > 1).map(([name]) => name);
}
