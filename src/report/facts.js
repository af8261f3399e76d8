/* What the table, the graph and the header say of stages: figures of the run that is looked at, or
 * the recorded ones of a stage that did not have to run. */
import { addCosts, anyCosts, costsOf, manifestCosts } from './costs.js';
import { attemptIn, currentRun, isGoingOn, isMade, manifestIsOfRun, statesOf } from './model.js';
import { runSeconds } from './run.js';
import { ALONG, isFailure } from './states.js';

/** @typedef {import('./costs.js').Costs} Costs */
/** @typedef {import('./model.js').Model} Model */
/** @typedef {import('./model.js').Stage} Stage */
/** @typedef {import('./states.js').State} State */

/** Figures are null where nothing is known. `isOld` says that they are of an earlier run.
 * @typedef {{stage: Stage, state: State, reason: string, isOld: boolean, start: number | null,
 *   seconds: number | null, cpu: number | null, cpuPercent: number | null, memory: number | null,
 *   gpu: number | null, read: number | null, written: number | null, outBytes: number | null, warnings: number,
 *   errors: number, costs: Costs | null, attempts: number, progress: number | null}} Fact */

/** @param {unknown} value @returns {number | null} */
function number(value) {
	return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** @param {import('./types.js').Resources} use */
export function cpuSeconds(use) {
	const sum = (number(use.cpu_user_seconds) ?? 0) + (number(use.cpu_system_seconds) ?? 0);
	return number(use.cpu_seconds) ??
		(use.cpu_user_seconds === undefined && use.cpu_system_seconds === undefined ? null : sum);
}

/** A part of a stage, as the stage told it; `from` in seconds since the epoch.
 * @typedef {{name: string, from: number, seconds: number, cpu: number | null, memory: number | null}} Phase */

/** @param {import('./types.js').Resources} use @returns {Phase[]} */
export function phasesOf(use) {
	return (Array.isArray(use.phases) ? use.phases : []).filter((one) => one && typeof one === 'object').map((one) => ({
		name: String(one.name ?? ''), from: Date.parse(String(one.started)) / 1000, seconds: number(one.seconds) ?? 0,
		cpu: number(one.cpu_seconds), memory: number(one.memory_mb) }));
}

/** @param {import('./run.js').Attempt | null} attempt @param {string} exit */
function failureText(attempt, exit) {
	if (!attempt?.text || attempt.text.startsWith('exit code ') || !attempt.exitCode) return attempt?.text ?? exit;
	return `${exit}: ${attempt.text}`;
}

/** Why a stage ran, or did not, in one line.
 * @param {Model} model @param {Stage} stage @param {State} state @param {import('./run.js').Attempt | null} attempt */
function reasonOf(model, stage, state, attempt) {
	const known = currentRun(model)?.stages.get(stage.name);
	if (state === 'running' && known)
		return known.progressText || (attempt?.reasons[0]?.message ?? '');
	if (isFailure(state) && isMade(model))
		return `${exitText(stage.manifest?.exit_code, stage.manifest?.signal)} last time${attempt ? '; what it made before is there' : ''}`;
	if (isFailure(state) || state === 'interrupted')
		return failureText(attempt, exitText(attempt?.exitCode ?? stage.manifest?.exit_code, attempt?.signal));
	if (state === 'blocked') return known?.text ? `behind ${known.text}` : 'something before it failed';
	if (state === 'skipped') return known?.text || stage.manifest?.reason || 'disabled';
	if (state === 'fresh') return '';
	if (state === 'waiting') return known?.text ?? '';
	if (state === 'idle') return stage.manifest ? '' : 'never ran';
	const reasons = attempt?.reasons.length ? attempt.reasons : (stage.manifest?.reasons ?? []);
	if (!reasons.length) return '';
	return reasons[0].message + (reasons.length > 1 ? ` (+${reasons.length - 1} more)` : '');
}

/** @param {number | null | undefined} code @param {number | string | null | undefined} signal */
export function exitText(code, signal) {
	if (signal !== null && signal !== undefined) return `ended by signal ${signal}`;
	return code === null || code === undefined ? '' : `exit code ${code}`;
}

/** @param {Model} model @returns {Fact[]} */
export function factsOf(model) {
	const states = statesOf(model), run = currentRun(model);
	return model.stages.map((stage, i) => {
		const state = states[i], attempt = attemptIn(model, stage), manifest = stage.manifest;
		const isOfRun = manifestIsOfRun(model, stage);
		const isRunning = state === 'running';
		const isOld = !attempt && !(isOfRun && run !== null) && run !== null;
		const use = attempt && Object.keys(attempt.resources).length ? attempt.resources
			: isRunning ? {} : (manifest?.resources ?? {});
		const isKnown = !!attempt || state !== 'idle' || run === null;
		const sizes = manifest?.outputs ?? [];
		return {
			stage, state, reason: reasonOf(model, stage, state, attempt), isOld,
			start: attempt?.start ?? null,
			seconds: attempt ? (attempt.end ?? run?.last ?? attempt.start) - attempt.start
				: isKnown ? number(manifest?.duration_seconds) ?? stage.graphSeconds : null,
			cpu: cpuSeconds(use), cpuPercent: number(use.cpu_percent), memory: number(use.memory_mb),
			gpu: number(use.gpu_seconds),
			read: number(use.read_mb), written: number(use.written_mb),
			outBytes: attempt?.outputs?.length && !isOfRun
				? attempt.outputs.reduce((sum, file) => sum + (number(file[2]) ?? 0), 0)
				: sizes.length && !isRunning ? sizes.reduce((sum, file) => sum + (file.size_bytes ?? 0), 0) : null,
			warnings: isOfRun || !attempt ? manifest?.warning_count ?? manifest?.warnings?.length ?? 0 : attempt.warningCount ?? attempt.warnings.length,
			errors: isOfRun && manifest?.status === 'failed' ? (manifest.errors?.length ?? 0) : 0,
			costs: attempt?.costs ?? manifestCosts(manifest?.resources),
			attempts: run?.stages.get(stage.name)?.attempts.length ?? 0,
			progress: isRunning ? (run?.stages.get(stage.name)?.progress ?? null) : null,
		};
	});
}

/** How many stages there are of each state, those that there are, in the order of the bar.
 * @param {Fact[]} facts @returns {{state: State, count: number}[]} */
export function tally(facts) {
	/** @type {Map<State, number>} */
	const counts = new Map();
	for (const fact of facts) counts.set(fact.state, (counts.get(fact.state) ?? 0) + 1);
	return ALONG.filter((state) => counts.has(state))
		.map((state) => ({ state, count: /** @type {number} */ (counts.get(state)) }));
}

/** @typedef {{seconds: number | null, saved: number | null, cpu: number | null, costs: Costs | null,
 *   atOnce: number, warnings: number}} Totals */

/** @param {Model} model @param {Fact[]} facts @returns {Totals} */
export function totalsOf(model, facts) {
	const run = currentRun(model);
	const end = run?.end;
	/** @param {(fact: Fact) => number | null} of @param {(fact: Fact) => boolean} which */
	const sum = (of, which) => {
		let total = 0, any = false;
		for (const fact of facts) {
			const value = which(fact) ? of(fact) : null;
			if (value === null) continue;
			total += value;
			any = true;
		}
		return any ? total : null;
	};
	/** @type {Costs} */
	const costs = {};
	for (const attempt of run?.attempts ?? []) addCosts(costs, attempt.costs);
	return {
		seconds: run ? runSeconds(run) : null,
		saved: end?.saved_seconds ?? sum((fact) => fact.seconds, (fact) => fact.state === 'fresh'),
		cpu: end?.cpu_seconds ?? sum((fact) => fact.cpu, (fact) => !fact.isOld),
		costs: (end && costsOf(end)) ?? anyCosts(costs),
		atOnce: run ? mostAtOnce(run.attempts, isGoingOn(model, run) ? run.last : null) : 0,
		warnings: facts.reduce((total, fact) => total + fact.warnings, 0),
	};
}

/** Times at which the number of running attempts changes, and that number from then on.
 * @param {import('./run.js').Attempt[]} attempts @param {number | null} now end of what still runs
 * @returns {{at: number, running: number}[]} */
export function stepsOf(attempts, now) {
	const marks = [];
	for (const attempt of attempts) {
		marks.push({ at: attempt.start, by: 1 });
		marks.push({ at: attempt.end ?? now ?? attempt.start, by: -1 });
	}
	marks.sort((a, b) => a.at - b.at || a.by - b.by);
	/** @type {{at: number, running: number}[]} */
	const steps = [];
	let running = 0;
	for (const mark of marks) {
		running += mark.by;
		const last = steps[steps.length - 1];
		if (last && last.at === mark.at) last.running = running;
		else steps.push({ at: mark.at, running });
	}
	return steps;
}

/** @param {import('./run.js').Attempt[]} attempts @param {number | null} now */
function mostAtOnce(attempts, now) {
	return stepsOf(attempts, now).reduce((most, step) => Math.max(most, step.running), 0);
}

/** The chain of stages that made the run as long as it was: the longest way through the graph by
 * what each stage took in this run. Ids, first to last.
 * @param {Model} model @param {Fact[]} facts @returns {number[]} */
export function criticalPath(model, facts) {
	const order = [...model.stages].sort((a, b) => a.rank - b.rank);
	const best = new Float64Array(facts.length);
	const from = new Int32Array(facts.length).fill(-1);
	let last = -1;
	for (const stage of order) {
		for (const need of stage.needs)
			if (best[need] > 0 && (from[stage.id] < 0 || best[need] > best[from[stage.id]]))
				from[stage.id] = need;
		const fact = facts[stage.id];
		const own = fact.attempts ? (fact.seconds ?? 0) : 0;
		best[stage.id] = own + (from[stage.id] < 0 ? 0 : best[from[stage.id]]);
		if (best[stage.id] > (last < 0 ? 0 : best[last])) last = stage.id;
	}
	const path = [];
	for (let id = last; id >= 0; id = from[id]) if (facts[id].attempts) path.push(id);
	return path.reverse();
}
