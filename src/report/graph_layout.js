/* Where the boxes of the graph stand. Up to a few hundred boxes dagre finds places with few
 * crossings; beyond, boxes stand in columns by their rank, ordered by where their needs stand, and
 * long columns are wound so that the whole keeps the shape of the window. */
import { Graph, layout } from '@dagrejs/dagre';

/** A stage, or all instances of a section as one.
 * @typedef {{key: string, label: string, ids: number[], isGroup: boolean, x: number, y: number,
 *   w: number, h: number, rank: number}} Box */

/** @typedef {{from: number, to: number, points: {x: number, y: number}[] | null}} Edge */
/** @typedef {{boxes: Box[], edges: Edge[], boxOf: Int32Array, width: number, height: number, isWide: boolean}} Picture */

const MOST_DAGRE = 300, MOST_DAGRE_EDGES = 1200;
const MOST_WIDE = 300;
const H = 42, GAP = 14, BETWEEN = 64;

/** Boxes and edges without places.
 * @param {import('./model.js').Stage[]} stages @param {(section: string) => boolean} isFolded
 * @param {(box: Box) => string} words below the name of a box @returns {Picture} */
function boxesOf(stages, isFolded, words) {
	/** @type {Map<string, number>} */
	const sizes = new Map();
	for (const stage of stages) sizes.set(stage.section, (sizes.get(stage.section) ?? 0) + 1);
	/** @type {Map<string, number>} */
	const groups = new Map();
	/** @type {Box[]} */
	const boxes = [];
	const boxOf = new Int32Array(stages.length);
	for (const stage of stages) {
		const isGroup = (sizes.get(stage.section) ?? 0) > 1 && isFolded(stage.section);
		const known = isGroup ? groups.get(stage.section) : undefined;
		if (known !== undefined) {
			boxes[known].ids.push(stage.id);
			boxes[known].rank = Math.max(boxes[known].rank, stage.rank);
			boxOf[stage.id] = known;
			continue;
		}
		boxOf[stage.id] = boxes.length;
		if (isGroup) groups.set(stage.section, boxes.length);
		boxes.push({ key: (isGroup ? 'group ' : 'stage ') + (isGroup ? stage.section : stage.name),
			label: isGroup ? stage.section : stage.name, ids: [stage.id], isGroup, x: 0, y: 0, w: 0, h: H, rank: stage.rank });
	}
	/** @type {Edge[]} */
	const edges = [];
	const seen = new Set();
	for (const stage of stages)
		for (const need of stage.needs) {
			const from = boxOf[need], to = boxOf[stage.id], key = from * boxes.length + to;
			if (from === to || seen.has(key)) continue;
			seen.add(key);
			edges.push({ from, to, points: null });
		}
	for (const box of boxes)
		box.w = Math.min(MOST_WIDE, Math.max(box.isGroup ? 168 : 150, box.label.length * 7.8 + (box.isGroup ? 90 : 46), words(box).length * 6.4 + 46));
	return { boxes, edges, boxOf, width: 0, height: 0, isWide: true };
}

/** @param {Picture} picture */
function placeByDagre(picture) {
	const graph = new Graph();
	graph.setGraph({ rankdir: picture.isWide ? 'LR' : 'TB', nodesep: GAP, ranksep: picture.isWide ? BETWEEN : 40, edgesep: 8 });
	graph.setDefaultEdgeLabel(() => ({}));
	picture.boxes.forEach((box, i) => graph.setNode(String(i), { width: box.w, height: box.h }));
	for (const edge of picture.edges) graph.setEdge(String(edge.from), String(edge.to));
	layout(graph);
	picture.boxes.forEach((box, i) => {
		const place = /** @type {{x: number, y: number}} */ (graph.node(String(i)));
		box.x = place.x - box.w / 2;
		box.y = place.y - box.h / 2;
	});
	for (const edge of picture.edges)
		edge.points = graph.edge(String(edge.from), String(edge.to))?.points ?? null;
}

/** Columns of boxes by rank, each in the order of the mean place of what it needs.
 * @param {Picture} picture */
function columnsOf(picture) {
	const { boxes, edges } = picture;
	/** @type {number[][]} */
	const columns = [];
	boxes.forEach((box, i) => (columns[box.rank] ??= []).push(i));
	const place = new Float64Array(boxes.length);
	/** @type {number[][]} */
	const needs = boxes.map(() => []);
	/** @type {number[][]} */
	const feeds = boxes.map(() => []);
	for (const edge of edges) {
		needs[edge.to].push(edge.from);
		feeds[edge.from].push(edge.to);
	}
	const full = columns.filter((column) => column?.length);
	/** @param {number[]} column */
	const number = (column) => column.forEach((i, at) => (place[i] = at / column.length));
	full.forEach(number);
	/** @param {number[]} column @param {number[][]} beside */
	const order = (column, beside) => {
		const mean = new Map(column.map((i) => [i, beside[i].length
			? beside[i].reduce((sum, one) => sum + place[one], 0) / beside[i].length : place[i]]));
		column.sort((a, b) => Number(mean.get(a)) - Number(mean.get(b)) || a - b);
		number(column);
	};
	for (const column of full) order(column, needs);
	for (const column of [...full].reverse()) order(column, feeds);
	for (const column of full) order(column, needs);
	return full;
}

/** @param {Picture} picture @param {number} shape width by height of the window */
function placeByRank(picture, shape) {
	const columns = columnsOf(picture);
	const wide = picture.boxes.reduce((most, box) => Math.max(most, box.w), 0);
	let rows = 1, best = Infinity;
	for (let test = 4; test <= Math.max(4, ...columns.map((column) => column.length)); test = Math.ceil(test * 1.15)) {
		const w = columns.reduce((sum, column) => sum + Math.ceil(column.length / test) * (wide + GAP) + BETWEEN, 0);
		const off = Math.abs(Math.log(w / (test * (H + GAP)) / shape));
		if (off < best) {
			best = off;
			rows = test;
		}
	}
	let x = 0;
	for (const column of columns) {
		const height = Math.min(rows, column.length);
		const start = ((rows - height) * (H + GAP)) / 2;
		column.forEach((id, i) => {
			picture.boxes[id].x = x + Math.floor(i / rows) * (wide + GAP);
			picture.boxes[id].y = start + (i % rows) * (H + GAP);
		});
		x += Math.ceil(column.length / rows) * (wide + GAP) + BETWEEN;
	}
}

/** Do ranks go from left to right in a window of this shape, or from top to bottom?
 * @param {number} shape width by height */
export function isWideShape(shape) {
	return shape > 0.8;
}

/** @param {import('./model.js').Stage[]} stages @param {(section: string) => boolean} isFolded
 * @param {(box: Box) => string} words below the name of a box
 * @param {number} shape width by height of the window @returns {Picture} */
export function pictureOf(stages, isFolded, words, shape) {
	const picture = boxesOf(stages, isFolded, words);
	const isSmall = picture.boxes.length <= MOST_DAGRE && picture.edges.length <= MOST_DAGRE_EDGES;
	picture.isWide = isWideShape(shape) || !isSmall;
	if (isSmall) placeByDagre(picture);
	else placeByRank(picture, shape);
	for (const box of picture.boxes) {
		picture.width = Math.max(picture.width, box.x + box.w);
		picture.height = Math.max(picture.height, box.y + box.h);
	}
	return picture;
}

/** An edge as a path.
 * @param {Picture} picture @param {Edge} edge */
export function edgePath(picture, edge) {
	const from = picture.boxes[edge.from], to = picture.boxes[edge.to];
	/** @param {number} n */
	const r = (n) => Math.round(n * 10) / 10;
	if (edge.points && edge.points.length > 2) {
		const p = edge.points;
		let path = `M${r(p[0].x)} ${r(p[0].y)}`;
		for (let i = 1; i < p.length - 1; i++) {
			const end = i === p.length - 2 ? p[i + 1] : { x: (p[i].x + p[i + 1].x) / 2, y: (p[i].y + p[i + 1].y) / 2 };
			path += `Q${r(p[i].x)} ${r(p[i].y)} ${r(end.x)} ${r(end.y)}`;
		}
		return path;
	}
	const x1 = from.x + from.w, y1 = from.y + from.h / 2, x2 = to.x, y2 = to.y + to.h / 2;
	const bend = Math.max(24, Math.abs(x2 - x1) / 2);
	return `M${r(x1)} ${r(y1)}C${r(x1 + bend)} ${r(y1)} ${r(x2 - bend)} ${r(y2)} ${r(x2)} ${r(y2)}`;
}
