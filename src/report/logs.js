/* The lines of all logs as one list, without elements: cut, levelled, merged by time, filtered and
 * searched. Made for hundreds of thousands of lines: figures are in typed arrays, and a log that did
 * not change is not cut again. */
import { withoutAnsi } from './ansi.js';

export const LEVELS = ['DEBUG', 'INFO', 'WARNING', 'ERROR'];
export const PIPELINE = '(pipeline)'; /* the pipeline's own log as a source; no stage can be called that */

/** @typedef {{name: string, text: string, lines: string[], levels: Uint8Array, times: Float64Array,
 *   isCut: boolean}} Source */

/** Line i is line number[i] (from 1) of sources[source[i]].
 * @typedef {{sources: Source[], source: Uint32Array, number: Uint32Array, longest: number}} Log */

/* [2025-11-27 14:09:15] [name] [LEVEL] message */
const PREFIX = /^\[(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\] \[(.*?)\] \[(DEBUG|INFO|WARNING|ERROR)\] ?/;

/** What stands before the message, and the message.
 * @param {string} line @returns {{time: string, name: string, level: string, message: string}} */
export function lineParts(line) {
	const found = PREFIX.exec(line);
	if (!found) return { time: '', name: '', level: '', message: line };
	return { time: `${found[4]}:${found[5]}:${found[6]}`, name: found[7], level: found[8], message: line.slice(found[0].length) };
}

/** @param {string} name @param {string} text @param {boolean} isCut @returns {Source} */
function cut(name, text, isCut) {
	const lines = text.split('\n');
	if (lines[lines.length - 1] === '') lines.pop();
	const levels = new Uint8Array(lines.length), times = new Float64Array(lines.length);
	let level = 1, time = 0;
	for (let i = 0; i < lines.length; i++) {
		const found = PREFIX.exec(lines[i]);
		/* a line without a prefix goes on with what the line before was */
		if (found) {
			level = Math.max(0, LEVELS.indexOf(found[8] === 'WARN' ? 'WARNING' : found[8] === 'INFO' ? 'INFO' : LEVELS.includes(found[8]) ? found[8] : 'ERROR'));
			time = Date.UTC(+found[1], +found[2] - 1, +found[3], +found[4], +found[5], +found[6]);
		}
		levels[i] = level;
		times[i] = time;
	}
	return { name, text, lines, levels, times, isCut };
}

/** @param {import('./model.js').Model} model @param {Log | null} before what of it is the same is kept
 * @returns {Log} */
export function logOf(model, before) {
	const had = new Map((before?.sources ?? []).map((source) => [source.name, source]));
	/** @param {string} name @param {string} text @param {boolean} isCut */
	const take = (name, text, isCut) => {
		const old = had.get(name);
		return old && old.text === text ? old : cut(name, text, isCut);
	};
	const sources = [];
	if (model.pipelineLog) sources.push(take(PIPELINE, model.pipelineLog, false));
	for (const stage of model.stages) if (stage.log) sources.push(take(stage.name, stage.log, stage.logTruncated));
	const total = sources.reduce((sum, source) => sum + source.lines.length, 0);
	const source = new Uint32Array(total), number = new Uint32Array(total);
	let at = 0, longest = 0;
	sources.forEach((one, s) => {
		for (let i = 0; i < one.lines.length; i++, at++) {
			source[at] = s;
			number[at] = i + 1;
			longest = Math.max(longest, one.lines[i].length);
		}
	});
	return { sources, source, number, longest };
}

/** Indices of lines in the order in which they are shown.
 * @param {Log} log @param {{source: string, levels: Set<number>, mark: RegExp | null, only: boolean, byTime: boolean}} wanted
 * @returns {{lines: Uint32Array, hits: number[], counts: number[]}} hits are places in lines */
export function logSelect(log, wanted) {
	const exact = log.sources.some((source) => source.name === wanted.source);
	const part = wanted.source.toLowerCase();
	const takes = log.sources.map((source) => !wanted.source ||
		(exact ? source.name === wanted.source : source.name.toLowerCase().includes(part)));
	const counts = LEVELS.map(() => 0);
	const kept = new Uint32Array(log.source.length);
	let many = 0;
	for (let i = 0; i < log.source.length; i++) {
		if (!takes[log.source[i]]) continue;
		const level = log.sources[log.source[i]].levels[log.number[i] - 1];
		counts[level]++;
		if (wanted.levels.size && !wanted.levels.has(level)) continue;
		kept[many++] = i;
	}
	/** @type {Uint32Array} */
	let lines = kept.subarray(0, many);
	if (wanted.mark && wanted.only) lines = lines.filter((i) => isHit(log, i, /** @type {RegExp} */ (wanted.mark)));
	if (wanted.byTime && takes.filter(Boolean).length > 1) lines = sortByTime(log, lines);
	/** @type {number[]} */
	const hits = [];
	if (wanted.mark)
		for (let at = 0; at < lines.length; at++) if (wanted.only || isHit(log, lines[at], wanted.mark)) hits.push(at);
	return { lines, hits, counts };
}

/** @param {Log} log @param {Uint32Array} lines */
function sortByTime(log, lines) {
	const times = new Float64Array(log.source.length);
	for (const i of lines) times[i] = log.sources[log.source[i]].times[log.number[i] - 1];
	return lines.sort((a, b) => times[a] - times[b] || a - b);
}

/** @param {Log} log @param {number} i @param {RegExp} mark */
function isHit(log, i, mark) {
	mark.lastIndex = 0;
	return mark.test(withoutAnsi(lineText(log, i)));
}

/** @param {Log} log @param {number} i */
export function lineText(log, i) {
	return log.sources[log.source[i]].lines[log.number[i] - 1];
}

/** What is searched for, as an expression; upper and lower case are the same.
 * @param {string} text @returns {RegExp | null} */
export function markOf(text) {
	return text ? new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'gi') : null;
}
