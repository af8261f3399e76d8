/* Which stage made a file and which used it, from the manifests, and from the graph's dependencies
 * where there is none yet. */
import { successOf } from './model.js';

/** @typedef {import('./types.js').ManifestFile} ManifestFile */

/** `row`: as its maker's manifest has it, of an output that is there.
 * @typedef {{path: string, maker: number | null, isIntermediate: boolean, users: number[],
 *   row: ManifestFile | null, size: number | null, checksum: string, type: string}} File */

/** @typedef {{files: Map<string, File>, made: string[][], used: string[][]}} Lineage */

/** @param {import('./model.js').Model} model @returns {Lineage} */
export function lineageOf(model) {
	/** @type {Map<string, File>} */
	const files = new Map();
	/** @param {ManifestFile} row */
	const fileOf = (row) => {
		let file = files.get(row.path);
		if (!file) {
			file = { path: row.path, maker: null, isIntermediate: false, users: [], row: null, size: null,
				checksum: '', type: '' };
			files.set(row.path, file);
		}
		if (typeof row.size_bytes === 'number') file.size = row.size_bytes;
		if (row.checksum) file.checksum = row.checksum;
		file.type ||= row.type ?? '';
		return file;
	};
	/** @type {string[][]} */
	const made = model.stages.map(() => []);
	/** @type {string[][]} */
	const used = model.stages.map(() => []);
	for (const stage of model.stages) {
		for (const row of (successOf(stage) ?? stage.manifest)?.inputs ?? []) {
			const file = fileOf(row);
			if (file.users.at(-1) !== stage.id) file.users.push(stage.id);
			used[stage.id].push(row.path);
		}
	}
	/* what a maker says of a file counts more than what its users said */
	for (const stage of model.stages) {
		for (const row of successOf(stage)?.outputs ?? []) {
			const file = fileOf(row);
			file.maker = stage.id;
			file.row = row.missing ? null : row;
			made[stage.id].push(row.path);
		}
		for (const row of successOf(stage)?.intermediate_files ?? []) {
			const file = fileOf(row);
			file.maker = stage.id;
			file.isIntermediate = true;
			made[stage.id].push(row.path);
		}
	}
	return { files, made, used };
}

/** The stages that a file came through, or that it went on to: ids with their distance, nearest first.
 * @param {Lineage} lineage @param {File} file @param {'up' | 'down'} way
 * @returns {{id: number, distance: number}[]} */
export function reach(lineage, file, way) {
	/** @type {Map<number, number>} */
	const seen = new Map();
	const first = way === 'up' ? (file.maker === null ? [] : [file.maker]) : file.users;
	for (const id of first) seen.set(id, 1);
	const queue = [...first];
	for (let i = 0; i < queue.length; i++) {
		const next = way === 'up' ? makersFor(lineage, queue[i]) : usersOf(lineage, queue[i]);
		for (const id of next) {
			if (seen.has(id)) continue;
			seen.set(id, /** @type {number} */ (seen.get(queue[i])) + 1);
			queue.push(id);
		}
	}
	return queue.map((id) => ({ id, distance: /** @type {number} */ (seen.get(id)) }));
}

/** @param {Lineage} lineage @param {number} id */
function makersFor(lineage, id) {
	const ids = [];
	for (const path of lineage.used[id]) {
		const maker = lineage.files.get(path)?.maker;
		if (maker !== null && maker !== undefined && maker !== id) ids.push(maker);
	}
	return ids;
}

/** @param {Lineage} lineage @param {number} id */
function usersOf(lineage, id) {
	return lineage.made[id].flatMap((path) => lineage.files.get(path)?.users ?? []).filter((user) => user !== id);
}
