/* The states of a stage in a run. Each is told by its word and by a shape of its own; colour comes on
 * top. */
import { s } from './dom.js';

/** @typedef {'running' | 'failed' | 'allowed' | 'interrupted' | 'blocked' | 'waiting' | 'done' | 'restored' | 'fresh' |
 *   'skipped' | 'stale' | 'idle'} State */

/** Word, shape (paths in a box of 16), and whether the shape is drawn filled. In the order in which
 * they are listed and sorted: what needs a look first.
 * @type {Record<State, {word: string, about: string, fill: string, line: string}>} */
export const STATES = {
	failed: { word: 'failed', about: 'its command failed',
		fill: 'M2 2h12v12h-12z', line: 'M5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4' },
	interrupted: { word: 'interrupted', about: 'ended by a signal or with the run',
		fill: 'M2 2h12v12h-12z', line: 'M6 5v6M10 5v6' },
	blocked: { word: 'blocked', about: 'not run, because something before it failed',
		fill: '', line: 'M5.1 1.8h5.8l3.3 3.3v5.8l-3.3 3.3h-5.8l-3.3-3.3v-5.8zM5 8h6' },
	allowed: { word: 'failed, allowed', about: 'its command failed, which its stage allows: the run goes on',
		fill: 'M8 1.4l6.8 12.4h-13.6z', line: 'M8 5.9v3.6M8 11.6v.2' },
	running: { word: 'running', about: 'runs now',
		fill: 'M8 2a6 6 0 0 1 0 12z', line: 'M8 1.8a6.2 6.2 0 1 1 0 12.4a6.2 6.2 0 1 1 0-12.4' },
	waiting: { word: 'waiting', about: 'its turn has not come',
		fill: '', line: 'M8 1.8a6.2 6.2 0 1 1 0 12.4a6.2 6.2 0 1 1 0-12.4M8 4.6v3.6l2.4 1.6' },
	stale: { word: 'out of date', about: 'would run next time',
		fill: '', line: 'M8 1.5l6.5 6.5l-6.5 6.5l-6.5-6.5zM8 5v3.4M8 10.6v.2' },
	done: { word: 'done', about: 'ran and succeeded',
		fill: 'M8 1.2a6.8 6.8 0 1 1 0 13.6a6.8 6.8 0 1 1 0-13.6', line: 'M4.8 8.3l2.2 2.2l4.2-4.6' },
	restored: { word: 'restored', about: 'its results were in the shared cache: no command ran',
		fill: 'M8 1.2a6.8 6.8 0 1 1 0 13.6a6.8 6.8 0 1 1 0-13.6', line: 'M4.9 6.2a4 4 0 0 1 6.6.4M11.8 4.2v2.6h-2.6M11.1 9.8a4 4 0 0 1-6.6-.4M4.2 11.8v-2.6h2.6' },
	fresh: { word: 'up to date', about: 'nothing of it had changed',
		fill: '', line: 'M8 1.8a6.2 6.2 0 1 1 0 12.4a6.2 6.2 0 1 1 0-12.4M5.2 8.2l1.9 1.9l3.7-4' },
	skipped: { word: 'skipped', about: 'disabled, or the stage itself said so',
		fill: '', line: 'M3 3.5l4.5 4.5l-4.5 4.5M8.5 3.5l4.5 4.5l-4.5 4.5' },
	idle: { word: 'not run', about: 'not selected, or never ran',
		fill: '', line: 'M5 8h6' },
};

/** @type {State[]} */
export const ORDER = /** @type {State[]} */ (Object.keys(STATES));

/** From left to right in the bar: what is through comes first, and what is to come last.
 * @type {State[]} */
export const ALONG = ['done', 'restored', 'fresh', 'skipped', 'allowed', 'failed', 'interrupted', 'blocked', 'running',
	'waiting', 'stale', 'idle'];

/** The shape of a state; hidden from readers, since the word stands beside it.
 * @param {State} state @param {number} [size] */
export function shape(state, size = 14) {
	const { fill, line } = STATES[state];
	return s('svg', { class: `shape ${state}`, viewBox: '0 0 16 16', width: size, height: size,
		'aria-hidden': 'true', focusable: 'false' },
	fill && s('path', { class: 'in', d: fill }),
	s('path', { class: fill && state !== 'running' ? 'on' : 'out', d: line }));
}

/** Did its command fail, whether that counts or not?
 * @param {State} state */
export function isFailure(state) {
	return state === 'failed' || state === 'allowed';
}

/** What `restage graph` and a manifest say of a stage, as one of the states here.
 * @param {string | undefined} state @param {boolean} mayFail @returns {State} */
export function stateFrom(state, mayFail) {
	switch (state) {
	case 'done': case 'success': return 'done';
	case 'restored': return 'restored';
	case 'up_to_date': case 'fresh': return 'fresh';
	case 'failed': return mayFail ? 'allowed' : 'failed';
	case 'running': return 'running';
	case 'not_run': case 'blocked': return 'blocked';
	case 'disabled': case 'skipped': return 'skipped';
	case 'out_of_date': case 'may_run': return 'stale';
	default: return 'idle';
	}
}
