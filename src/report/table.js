/* Rows of CSV and TSV (RFC 4180): cells in quotes may hold separators, quotes and ends of lines. */

/** @param {string} text @param {string} separator @param {number} most rows
 * @returns {string[][]} */
export function tableOf(text, separator, most) {
	/** @type {string[][]} */
	const rows = [];
	/** @type {string[]} */
	let row = [];
	let at = text.startsWith('\ufeff') ? 1 : 0;
	while (at < text.length && rows.length < most) {
		const [cell, end] = text[at] === '"' ? quoted(text, at) : plain(text, at, separator);
		row.push(cell);
		at = end;
		if (text[at] === separator && at + 1 < text.length) {
			at++;
			continue;
		}
		if (text[at] === separator) row.push('');
		rows.push(row);
		row = [];
		at += text[at] === '\r' && text[at + 1] === '\n' ? 2 : 1;
	}
	return rows;
}

/** A cell and where it ends.
 * @param {string} text @param {number} at @param {string} separator @returns {[string, number]} */
function plain(text, at, separator) {
	let end = at;
	while (end < text.length && text[end] !== separator && text[end] !== '\n' && text[end] !== '\r') end++;
	return [text.slice(at, end), end];
}

/** @param {string} text @param {number} at @returns {[string, number]} */
function quoted(text, at) {
	let cell = '', from = at + 1;
	for (;;) {
		const end = text.indexOf('"', from);
		if (end < 0) return [cell + text.slice(from), text.length];
		cell += text.slice(from, end);
		if (text[end + 1] !== '"') return [cell, end + 1];
		cell += '"';
		from = end + 2;
	}
}
