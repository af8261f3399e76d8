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
			const attempt = run.stages.get(stage.name)?.attempts.findLast((one) => one.state === 'done' || one.state === 'restored');
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

/** Parameters that are not the same in all of these.
 * @param {Record<string, string>[]} all */
export function paramsOf(all) {
	const names = new Set(all.flatMap((params) => Object.keys(params)));
	return [...names].filter((name) => new Set(all.map((params) => paramIn(params, name))).size > 1);
}

/** @param {Record<string, string> | undefined} params @param {string} name */
export function paramIn(params, name) {
	return params && Object.hasOwn(params, name) ? String(params[name]) : '';
}

/** @typedef {{job: string, params: Record<string, string>, metrics: Map<string, number>}} Job */
/** @typedef {{rows: Job[], names: string[], more: number}} Jobs */

/** The jobs of the pipeline with their numbers; those of this one are as its stages have them now.
 * @param {import('./model.js').Model} model @param {Metric[]} own @returns {Jobs} */
export function jobsOf(model, own) {
	const held = own.filter((one) => one.now !== null);
	const rows = (model.data.jobs?.rows ?? []).map((row) => ({ job: row.job, params: row.params ?? {}, metrics: new Map(row.job === model.data.job
		? held.map((one) => [`${one.stage}.${one.name}`, /** @type {number} */ (one.now)]) : numbersOf(row.metrics)) }));
	return { rows, names: [...new Set(rows.flatMap((row) => [...row.metrics.keys()]))], more: model.data.jobs?.more ?? 0 };
}
