import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { piecesOf } from '../../src/state/links';

const links = (text: string) => piecesOf(text).flatMap((piece) => (piece.kind === 'link' ? [piece.text] : []));

describe('links in a text', () => {
  it('are found without the punctuation around them', () => {
    expect(links('See https://a.example/b?c=d#e, or (http://f.example).')).toEqual([
      'https://a.example/b?c=d#e',
      'http://f.example',
    ]);
    expect(links('https://en.example/wiki/Moth_(insect)!')).toEqual(['https://en.example/wiki/Moth_(insect)']);
  });

  it('are http and https only', () => {
    expect(links('javascript:alert(1) data:text/html,x file:///etc/passwd ftp://a.example http://')).toEqual([]);
  });

  it('leave every character of the text where it was', () => {
    const part = fc.oneof(fc.string(), fc.constantFrom('https://a.example/x', ' ', ').', 'http://', '<'));
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const text = parts.join('');
        expect(
          piecesOf(text)
            .map((piece) => piece.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });
});
