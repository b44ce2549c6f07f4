import { piecesOf } from '../../state/links';
import styles from './MessageText.module.css';

/** What was written, with its line breaks, and with its addresses as links. */
export function MessageText({ text }: { readonly text: string }) {
  return (
    <span className={styles.text}>
      {piecesOf(text).map((piece, index) =>
        piece.kind === 'link' ? (
          <a key={index} className={styles.link} href={piece.text} target="_blank" rel="noopener noreferrer">
            {piece.text}
          </a>
        ) : (
          piece.text
        ),
      )}
    </span>
  );
}
