// Finds the addresses in a text, so that they can be followed. Only http and https: nothing that runs.

export type Piece = { readonly kind: 'text' | 'link'; readonly text: string };

const ADDRESS = /https?:\/\/[^\s<>"'`]+/g;
/** What usually ends the sentence and not the address. */
const TRAILING = /[.,;:!?…]+$/;

export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimmed(match[0]);
    if (!URL.canParse(address)) continue;
    if (match.index > from) pieces.push({ kind: 'text', text: text.slice(from, match.index) });
    pieces.push({ kind: 'link', text: address });
    from = match.index + address.length;
  }
  if (from < text.length) pieces.push({ kind: 'text', text: text.slice(from) });
  return pieces;
}

/** A closing bracket belongs to the address only if it was opened in it. */
function trimmed(address: string): string {
  const bare = address.replace(TRAILING, '');
  const isUnopened = bare.endsWith(')') && !bare.includes('(');
  return isUnopened ? trimmed(bare.slice(0, -1)) : bare;
}
