/* The attempts of a stage over all runs that the data has, and what changed from one to the next. */
import { manifestCosts } from './costs.js';
import { currentRun } from './model.js';
import { stateFrom } from './states.js';

/** @typedef {import('./run.js').Attempt} Attempt */
/** @typedef {import('./types.js').RecordFile} RecordFile */

/** Oldest first. An attempt that only the manifest knows of stands where its run would.
 * @param {import('./model.js').Model} model @param {import('./model.js').Stage} stage
 * @returns {Attempt[]} */
export function attemptsOf(model, stage) {
	/** @type {Attempt[]} */
	const all = [];
	for (const run of model.runs.values()) all.push(...(run.stages.get(stage.name)?.attempts ?? []));
	const manifest = stage.manifest;
	if (!manifest?.run || manifest.status === 'skipped') return all;
	const own = all.find((one) => one.run === manifest.run && one.number === (manifest.attempt ?? one.number));
	if (own) fillFrom(own, manifest);
	else {
		const began = Date.parse(manifest.timestamp ?? '');
		const at = all.findIndex((one) => Date.parse(String(model.runs.get(one.run)?.begin?.time)) > began);
		all.splice(at < 0 ? all.length : at, 0, attemptFromManifest(stage, manifest));
	}
	return all;
}

/** @param {import('./types.js').ManifestFile[] | undefined} files @returns {RecordFile[]} */
function asRecord(files) {
	return (files ?? []).map((file) => [file.path, file.checksum, file.size_bytes, file.mtime_ns]);
}

/** What a record leaves out, its manifest has.
 * @param {Attempt} attempt @param {import('./types.js').Manifest} manifest */
function fillFrom(attempt, manifest) {
	if (manifest.status === 'running') return;
	attempt.command ??= manifest.command ?? null;
	attempt.inputs ??= asRecord(manifest.inputs);
	attempt.outputs ??= asRecord(manifest.outputs);
	attempt.config ??= manifest.config ?? null;
	attempt.tools ??= manifest.tools ?? null;
	attempt.metrics ??= manifest.metrics ?? null;
	if (!attempt.reasons.length) attempt.reasons = manifest.reasons ?? [];
}

/** @param {import('./model.js').Stage} stage @param {import('./types.js').Manifest} manifest @returns {Attempt} */
export function attemptFromManifest(stage, manifest) {
	return { run: manifest.run ?? '', stage: stage.name, number: manifest.attempt ?? 1, start: 0,
		end: manifest.duration_seconds ?? null,
		state: manifest.status === 'running' ? 'running' : manifest.status === 'success' ? (manifest.restored_from ? 'restored' : 'done') : stateFrom('failed', stage.mayFail),
		retried: false, exitCode: manifest.exit_code ?? null,
		signal: manifest.signal ?? null, command: manifest.command ?? null, text: null,
		reasons: manifest.reasons ?? [], resources: manifest.resources ?? {}, samples: [],
		inputs: asRecord(manifest.inputs), outputs: asRecord(manifest.outputs), inputsMore: 0,
		outputsMore: 0, config: manifest.config ?? {}, tools: manifest.tools ?? {}, executor: manifest.executor ?? null, costs: manifestCosts(manifest.resources),
		warningCount: manifest.warning_count ?? manifest.warnings?.length ?? 0, metrics: manifest.metrics ?? null, envDigest: null, warnings: [], tail: [] };
}

/** The index of the attempt that a reader wants first: the last of the run that is looked at.
 * @param {import('./model.js').Model} model @param {Attempt[]} attempts */
export function attemptFirst(model, attempts) {
	const run = currentRun(model);
	for (let i = attempts.length - 1; i >= 0; i--) if (attempts[i].run === run?.run) return i;
	return attempts.length - 1;
}

/** @typedef {'same' | 'new' | 'gone' | 'changed'} Change */

/** @typedef {{name: string, change: Change, now: unknown, before: unknown}} Setting */

/** Values by name beside those of the attempt before. Without one nothing is a change.
 * @param {Record<string, unknown> | null} now @param {Record<string, unknown> | null | undefined} before
 * @returns {Setting[]} */
export function compareSettings(now, before) {
	const left = new Map(Object.entries(before ?? {})), right = new Map(Object.entries(now ?? {}));
	/** @type {Setting[]} */
	const rows = [];
	for (const [name, value] of right) {
		const had = left.get(name);
		rows.push({ name, now: value, before: had,
			change: !before || JSON.stringify(had) === JSON.stringify(value) ? 'same'
				: left.has(name) ? 'changed' : 'new' });
	}
	for (const [name, value] of left)
		if (!right.has(name)) rows.push({ name, now: undefined, before: value, change: 'gone' });
	return rows;
}

/** @typedef {{path: string, change: Change, checksum: string, size: number | null, sizeBefore: number | null}} FileChange */

/** Files beside those of the attempt before; what changed first.
 * @param {RecordFile[] | null} now @param {RecordFile[] | null | undefined} before
 * @returns {FileChange[]} */
export function compareFiles(now, before) {
	const left = new Map((before ?? []).map((file) => [file[0], file]));
	/** @type {FileChange[]} */
	const rows = [];
	for (const [path, checksum, size] of now ?? []) {
		const had = left.get(path);
		const isSame = !before || (had && (had[1] ?? null) === (checksum ?? null));
		rows.push({ path, checksum: checksum ?? '', size: size ?? null, sizeBefore: had?.[2] ?? null,
			change: isSame ? 'same' : had ? 'changed' : 'new' });
		left.delete(path);
	}
	for (const [path, checksum, size] of before ? left.values() : [])
		rows.push({ path, checksum: checksum ?? '', size: null, sizeBefore: size ?? null, change: 'gone' });
	return rows.sort((a, b) => Number(a.change === 'same') - Number(b.change === 'same'));
}
