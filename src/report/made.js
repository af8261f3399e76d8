/* The job as it was made: the last success of each stage, from whatever run, as if it were one run in
 * which every stage began as soon as what it needs was there. */
import { attemptFromManifest } from './history.js';
import { successOf } from './model.js';
import { runNew } from './run.js';
import { stateFrom } from './states.js';

/** In the place of a run's id. */
export const MADE = 'made';

/** @param {import('./model.js').Stage} stage @param {boolean} isLive @returns {import('./states.js').State} */
function stateOf(stage, isLive) {
	const { manifest, given } = stage;
	if (!manifest) return 'idle';
	const state = stateFrom(manifest.status, stage.mayFail);
	if (state !== 'done') return state;
	/* what would run next time is known when the page is made, and not any more while runs go on */
	const is = manifest.restored_from ? 'restored' : 'done';
	return !isLive && stateFrom(given, false) === 'stale' ? 'stale' : is;
}

/** @param {import('./model.js').Model} model @returns {import('./run.js').Run} */
export function madeRun(model) {
	const run = runNew(MADE), ends = new Float64Array(model.stages.length);
	for (const stage of [...model.stages].sort((a, b) => a.rank - b.rank)) {
		const success = successOf(stage), state = stateOf(stage, model.isLive);
		const start = stage.needs.reduce((latest, id) => Math.max(latest, ends[id]), 0);
		const attempts = [];
		ends[stage.id] = start;
		if (success) {
			const attempt = attemptFromManifest(stage, success);
			attempt.start = start;
			attempt.end = ends[stage.id] = start + (success.duration_seconds ?? 0);
			attempts.push(attempt);
		}
		run.stages.set(stage.name, { state, text: stage.manifest?.reason ?? '', attempts, progress: null, progressText: '' });
	}
	for (const stage of run.stages.values()) run.attempts.push(...stage.attempts);
	run.attempts.sort((a, b) => a.start - b.start);
	run.last = ends.reduce((latest, end) => Math.max(latest, end), 0);
	run.end = { event: 'run_end', outcome: MADE };
	return run;
}
