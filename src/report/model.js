/* The data and the events after it, reduced to what the views show. Nothing here knows of elements. */
import { MADE, madeRun } from './made.js';
import { runApply, runNew } from './run.js';
import { isFailure, stateFrom } from './states.js';

/** @typedef {import('./types.js').ReportData} ReportData */
/** @typedef {import('./types.js').Line} Line */
/** @typedef {import('./types.js').Manifest} Manifest */
/** @typedef {import('./run.js').Run} Run */
/** @typedef {import('./run.js').Attempt} Attempt */
/** @typedef {import('./states.js').State} State */

/** A stage with what is known of it besides runs.
 * @typedef {{id: number, name: string, number: number | null, section: string, description: string,
 *   tags: string[], needs: number[], feeds: number[], rank: number, given: string | undefined,
 *   mayFail: boolean, embedded: Map<string, string>, manifest: Manifest | null, lastSuccess: Manifest | null,
 *   log: string, logTruncated: boolean,
 *   graphSeconds: number | null}} Stage */

/** @typedef {{data: ReportData, stages: Stage[], byName: Map<string, Stage>, runs: Map<string, Run>,
 *   current: string | null, made: Run | null, isLive: boolean, pipelineLog: string, change: number,
 *   listeners: Set<() => void>}} Model */

/** Ways through the graph: how many stages come before each on the longest one. Stages on a cycle,
 * which no definition has, stay at 0.
 * @param {Stage[]} stages */
function rank(stages) {
	const open = stages.map((stage) => stage.needs.length);
	const ready = stages.filter((stage) => !stage.needs.length);
	for (let i = 0; i < ready.length; i++)
		for (const next of ready[i].feeds) {
			stages[next].rank = Math.max(stages[next].rank, ready[i].rank + 1);
			if (!--open[next]) ready.push(stages[next]);
		}
}

/** @param {ReportData} data @returns {Model} */
export function modelNew(data) {
	/** @type {Map<string, import('./types.js').GraphStage>} */
	const drawn = new Map((data.graph?.stages ?? []).map((stage) => [stage.name, stage]));
	const given = data.stages ?? [...drawn.values()];
	/** @type {Stage[]} */
	const stages = given.map((row, id) => {
		const graph = drawn.get(row.name);
		const full = /** @type {import('./types.js').Stage} */ (row);
		return { id, name: String(row.name), number: row.number ?? graph?.number ?? null,
			section: graph?.section ?? String(row.name).split('/')[0],
			description: full.description ?? '', tags: full.tags ?? [], needs: [], feeds: [], rank: 0,
			given: row.state ?? graph?.state, mayFail: full.allow_failure === true, embedded: new Map(Object.entries(full.embedded ?? {})), manifest: full.manifest ?? null,
			lastSuccess: full.last_success ?? null, log: full.log ?? '',
			logTruncated: full.log_truncated === true, graphSeconds: graph?.duration_seconds ?? null };
	});
	const byName = new Map(stages.map((stage) => [stage.name, stage]));
	for (const stage of stages)
		for (const name of drawn.get(stage.name)?.needs ?? []) {
			const need = byName.get(name);
			if (!need) continue;
			stage.needs.push(need.id);
			need.feeds.push(stage.id);
		}
	if (stages.every((stage) => typeof drawn.get(stage.name)?.rank === 'number'))
		for (const stage of stages) stage.rank = /** @type {number} */ (drawn.get(stage.name)?.rank);
	else rank(stages);

	/** @type {Model} */
	const model = { data, stages, byName, runs: new Map(), current: null, made: null, isLive: !!data.live,
		pipelineLog: data.pipeline_log ?? '', change: 0, listeners: new Set() };
	for (const { run: id, record } of data.runs ?? []) {
		const run = runNew(id);
		for (const line of record ?? []) runApply(run, line);
		model.runs.set(id, run);
	}
	model.current = data.run && model.runs.has(data.run) ? data.run : ([...model.runs.keys()].pop() ?? null);
	return model;
}

/** One more event of the stream.
 * @param {Model} model @param {Line} line */
export function modelApply(model, line) {
	if (!line || typeof line.event !== 'string') return;
	model.change++;
	model.made = null;
	if (line.event === 'stage') {
		const stage = model.byName.get(String(line.stage));
		if (!stage) return;
		if (line.manifest !== undefined) {
			stage.manifest = line.manifest;
			stage.lastSuccess = line.last_success ?? null;
		}
		if (typeof line.log === 'string') stage.log = line.log;
		if (typeof line.log_more === 'string') stage.log += line.log_more;
		if (line.log_truncated !== undefined) stage.logTruncated = line.log_truncated;
		return;
	}
	if (line.event === 'pipeline_log') {
		if (typeof line.text === 'string') model.pipelineLog = line.text;
		if (typeof line.more === 'string') model.pipelineLog += line.more;
		return;
	}
	if (line.event === 'run_begin' && line.run && !model.runs.has(line.run)) {
		model.runs.set(line.run, runNew(line.run));
		model.current = line.run;
	}
	const run = newestRun(model);
	if (run) runApply(run, line);
}

/** Lines of the stream are about the newest run, whichever is looked at.
 * @param {Model} model */
export function newestRun(model) {
	let newest = null;
	for (const run of model.runs.values()) newest = run;
	return newest;
}

/** What a stage made that lies there now: its last success. null if it never succeeded.
 * @param {Stage} stage */
export function successOf(stage) {
	return stage.manifest?.status === 'success' ? stage.manifest : stage.lastSuccess;
}

/** The run that is looked at, or the job as it was made; null if it never ran.
 * @param {Model} model */
export function currentRun(model) {
	if (model.current === MADE) return (model.made ??= madeRun(model));
	return model.current === null ? null : (model.runs.get(model.current) ?? null);
}

/** Does the page follow this run while it goes on?
 * @param {Model} model @param {Run} run */
export function isGoingOn(model, run) {
	return model.isLive && !run.end && newestRun(model) === run;
}

/** @param {Run} run */
function ranNothing(run) {
	return !!run.end && run.end.outcome === 'success' && !run.attempts.length && run.stages.size === 0;
}

/** The names that a run was about; null for all.
 * @param {Run} run @returns {Set<string> | null} */
function selection(run) {
	const selected = run.begin?.selected;
	return Array.isArray(selected) ? new Set(selected.map(String)) : null;
}

/** What became of each stage in the run that is looked at, by id.
 * @param {Model} model @returns {State[]} */
export function statesOf(model) {
	const run = currentRun(model);
	if (!run)
		return model.stages.map((stage) => stateFrom(stage.manifest?.status ?? stage.given, stage.mayFail));
	const selected = selection(run);
	const goesOn = isGoingOn(model, run);
	const nothing = ranNothing(run);
	const isNewest = newestRun(model) === run;
	return model.stages.map((stage) => {
		const known = run.stages.get(stage.name);
		if (known) {
			if (known.state === 'running' && !goesOn) return 'interrupted';
			return known.state === 'waiting' && !goesOn ? (isNewest ? 'blocked' : 'idle') : known.state;
		}
		if (selected && !selected.has(stage.name)) return 'idle';
		if (nothing) return 'fresh';
		if (goesOn) return 'waiting';
		return isNewest && stage.given ? notRun(stateFrom(stage.given, stage.mayFail)) : 'idle';
	});
}

/** A state that a run did not speak of cannot be one that only a run makes.
 * @param {State} state @returns {State} */
function notRun(state) {
	return state === 'done' || state === 'restored' || isFailure(state) || state === 'running' ? 'idle' : state;
}

/** The last attempt of a stage in the run that is looked at.
 * @param {Model} model @param {Stage} stage @returns {Attempt | null} */
export function attemptIn(model, stage) {
	return currentRun(model)?.stages.get(stage.name)?.attempts.at(-1) ?? null;
}

/** Is the job looked at, and no run of it?
 * @param {Model} model */
export function isMade(model) {
	return model.current === MADE;
}

/** Does the manifest tell of the run that is looked at, or is there no run to tell of?
 * @param {Model} model @param {Stage} stage */
export function manifestIsOfRun(model, stage) {
	return model.current === null || stage.manifest?.run === model.current || (isMade(model) && stage.manifest?.status === 'success');
}
