/* Numbers and times for people. */

/** 30 ms, 4.2 s, 1 m 03 s, 2 h 05 m
 * @param {number | null | undefined} value seconds @returns {string} */
export function seconds(value) {
	if (value === null || value === undefined || !Number.isFinite(value)) return '';
	if (value < 0) return '\u2212' + seconds(-value);
	if (value < 0.0005) return '0 s';
	if (value < 0.9995) return `${Math.round(value * 1000)} ms`;
	if (value < 9.95) return `${value.toFixed(1)} s`;
	if (value < 59.5) return `${Math.round(value)} s`;
	let whole = Math.round(value);
	if (whole < 3600) return `${Math.floor(whole / 60)} m ${pad(whole % 60)} s`;
	whole = Math.round(value / 60);
	if (whole < 48 * 60) return `${Math.floor(whole / 60)} h ${pad(whole % 60)} m`;
	return `${Math.floor(whole / 1440)} d ${Math.floor((whole % 1440) / 60)} h`;
}

/** @param {number} value */
function pad(value) {
	return String(value).padStart(2, '0');
}

/** @param {number | null | undefined} value bytes, in units of 1,024, as everywhere in restage */
export function bytes(value) {
	if (value === null || value === undefined || !Number.isFinite(value)) return '';
	const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
	let unit = 0;
	while (Math.abs(value) >= 1023.5 && unit < units.length - 1) {
		value /= 1024;
		unit++;
	}
	return `${unit && Math.abs(value) < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** @param {number | null | undefined} value megabytes, as resources have them */
export function megabytes(value) {
	return value === null || value === undefined ? '' : bytes(value * 1048576);
}

/** @param {number | null | undefined} value */
export function percent(value) {
	return value === null || value === undefined ? '' : `${Math.round(value)} %`;
}

/** 12345 -> 12,345
 * @param {number} value */
export function count(value) {
	return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** @param {number} n @param {string} one @param {string} [many] */
export function plural(n, one, many) {
	return `${count(n)} ${n === 1 ? one : (many ?? one + 's')}`;
}

/** ISO 8601 as written where the run was, without the offset: 2026-11-24 16:20:02
 * @param {string | null | undefined} iso */
export function when(iso) {
	return iso ? iso.slice(0, 19).replace('T', ' ') : '';
}

/** A run's id as a time: 20261124_162002_5 -> 2026-11-24 16:20:02 (5)
 * @param {string | null | undefined} run */
export function runTime(run) {
	const m = /^(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)(?:_(\d+))?$/.exec(run ?? '');
	if (!m) return run ?? '';
	return `${m[1]}-${m[2]}-${m[3]} ${m[4]}:${m[5]}:${m[6]}${m[7] ? ` (${m[7]})` : ''}`;
}

/** A value of a config as one line.
 * @param {unknown} value */
export function oneLine(value) {
	return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** @param {Record<string, number> | null} costs sums by currency */
export function money(costs) {
	return Object.entries(costs ?? {}).map(([currency, cost]) =>
		`${cost !== 0 && Math.abs(cost) < 0.01 ? cost.toPrecision(2) : cost.toFixed(2)} ${currency}`.trim()).join(', ');
}

/** Steps of an axis: a round number of which `most` or fewer make up the span.
 * @param {number} span @param {number} most */
export function roundStep(span, most) {
	if (!(span > 0)) return 1;
	const raw = span / most;
	const power = 10 ** Math.floor(Math.log10(raw));
	for (const factor of [1, 2, 5]) if (power * factor >= raw) return power * factor;
	return power * 10;
}

/** Round steps of seconds: 1, 2, 5, 10, 15, 30, 60 ...
 * @param {number} span @param {number} most */
export function timeStep(span, most) {
	const raw = span / most;
	for (const step of [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400])
		if (raw > 0.5 && step >= raw) return step;
	return raw > 0.5 ? Math.ceil(raw / 86400) * 86400 : roundStep(span, most);
}

/** A tick of a time axis: 0.25 s, 30 s, 5:00, 2:00:00
 * @param {number} value */
export function tick(value) {
	if (value < 60) return `${+value.toFixed(3)} s`;
	const whole = Math.round(value), hours = Math.floor(whole / 3600);
	const rest = `${hours ? pad(Math.floor((whole % 3600) / 60)) : Math.floor(whole / 60)}:${pad(whole % 60)}`;
	return hours ? `${hours}:${rest}` : rest;
}
